import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { revocationSchema } from "../../core/evidence-schemas.ts";
import { NO_DETAILS } from "../../core/revocation.ts";
import { readDeletion, wireClient, wirePage, wireRotation } from "./wire.ts";

const HARD = {
  id: "client-1",
  name: "CI bot",
  clientId: "sn_1",
  status: "deleted",
  deletedAt: "2026-07-10T13:30:00.000Z",
  deletedBy: { id: "user-1", name: "Ada Example", email: "ada@example.test" },
  tokensRevoked: 245,
  activeSessionsTerminated: 12,
};

describe("what a delete's response says", () => {
  test("of a hard delete", () => {
    expect(readDeletion({ success: true, data: HARD })).toEqual({
      ...NO_DETAILS,
      tokensRevoked: 245,
      activeSessionsTerminated: 12,
      deletedAt: HARD.deletedAt,
      deletedBy: HARD.deletedBy,
    });
  });

  test("of a soft delete, which says nothing of sessions", () => {
    const { activeSessionsTerminated: _, ...rest } = HARD;
    const soft = {
      ...rest,
      previousStatus: "active",
      retentionDays: 30,
      permanentDeletionDate: "2026-08-09T13:30:00.000Z",
    };
    expect(readDeletion({ success: true, data: soft })).toMatchObject({
      tokensRevoked: 245,
      activeSessionsTerminated: null,
      previousStatus: "active",
      retentionDays: 30,
      permanentDeletionDate: "2026-08-09T13:30:00.000Z",
    });
  });

  test.each([
    undefined,
    null,
    "",
    "text",
    5,
    [],
    {},
    { data: null },
    { data: "x" },
    { data: [] },
    { tokensRevoked: 3 },
  ])("is nothing where there is nothing: %j", (body) => {
    expect(readDeletion(body)).toEqual(NO_DETAILS);
  });

  test.each(["245", -1, 1.5, null, true, {}, [], 1e300])(
    "has no count where it says %j, and keeps the rest",
    (count) => {
      expect(readDeletion({ data: { ...HARD, tokensRevoked: count } })).toMatchObject({
        tokensRevoked: null,
        activeSessionsTerminated: 12,
        deletedAt: HARD.deletedAt,
      });
    },
  );

  test("has zero where it says zero", () => {
    expect(readDeletion({ data: { tokensRevoked: 0 } })).toEqual({ ...NO_DETAILS, tokensRevoked: 0 });
  });

  test.each<[unknown, unknown]>([
    ["Ada", null],
    [[], null],
    [null, null],
    [
      { id: 5, name: "Ada Example" },
      { id: null, name: "Ada Example", email: null },
    ],
  ])("names who did it as far as it does: %j", (deletedBy, read) => {
    expect(readDeletion({ data: { ...HARD, deletedBy } })).toMatchObject({ deletedBy: read, tokensRevoked: 245 });
  });

  test("is read from whatever body, and every number in it is the vendor's", () => {
    const anyDeletion = fc.record(
      {
        tokensRevoked: fc.oneof(fc.nat(), fc.jsonValue()),
        activeSessionsTerminated: fc.oneof(fc.nat(), fc.jsonValue()),
        deletedAt: fc.jsonValue(),
        deletedBy: fc.jsonValue(),
        previousStatus: fc.jsonValue(),
        retentionDays: fc.oneof(fc.nat(), fc.jsonValue()),
        permanentDeletionDate: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anyDeletion, fc.jsonValue()), fc.boolean(), (data, wrapped) => {
        const said = readDeletion(wrapped ? { data } : data);
        const held = typeof data === "object" && data !== null && wrapped ? data : {};
        for (const key of ["tokensRevoked", "activeSessionsTerminated", "retentionDays"] as const) {
          if (said[key] !== null) expect(said[key]).toBe(Reflect.get(held, key));
        }
        const revocation = {
          outcome: "deleted",
          ...said,
          httpStatus: 200,
          vendorCode: null,
          verified: false,
          responseLost: false,
        };
        expect(revocationSchema.safeParse(revocation).success).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a client", () => {
  test("is what can be read of it", () => {
    const read = wireClient.parse({
      id: "client-1",
      name: 5,
      scopes: "users:read",
      redirectUris: [1],
      grantTypes: ["client_credentials"],
      status: null,
      audit: "none",
      usage: { totalTokenRequests: 5 },
    });
    const usage = { totalTokenRequests: 5 };
    expect(read).toEqual({ id: "client-1", grantTypes: ["client_credentials"], status: null, usage });
  });

  test("is none without an id", () => {
    for (const id of [undefined, null, "", 5]) expect(wireClient.safeParse({ ...HARD, id }).success).toBe(false);
  });

  test("has an id or is none, whatever else arrives", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.dictionary(fc.constantFrom(...Object.keys(wireClient.shape)), fc.jsonValue()),
        (a, b) => {
          for (const value of [a, b]) {
            const read = wireClient.safeParse(value);
            if (read.success) expect(read.data.id.length).toBeGreaterThan(0);
          }
          expect(wireClient.safeParse({ ...b, id: "client-1" }).success).toBe(true);
        },
      ),
    );
  });
});

describe("a page", () => {
  test("has every client, and the names of entries that are none", () => {
    const clients = [{ id: "a" }, { name: "Portal" }, { id: "b", name: 5 }, null];
    const page = wirePage.parse({ clients, pagination: { hasMore: true, total: "many" } });
    expect(page.count).toBeNull();
    expect(page.entries.map((entry) => ("key" in entry ? entry.name : entry.client.id))).toEqual([
      "a",
      "Portal",
      "b",
      null,
    ]);
  });

  test("says whether there is more: one that does not is no page", () => {
    expect(wirePage.safeParse({ clients: [{ id: "a" }], pagination: { hasMore: false, total: 1 } }).success).toBe(true);
    expect(wirePage.safeParse({ clients: [], pagination: {} }).success).toBe(false);
    expect(wirePage.safeParse({ clients: [] }).success).toBe(false);
    expect(wirePage.safeParse({ pagination: { hasMore: false } }).success).toBe(false);
  });
});

describe("a rotation", () => {
  test.each([
    [{ clientSecret: "new-secret" }, "new-secret"],
    [{ newClientSecret: "new-secret" }, "new-secret"],
    [{ clientSecret: "new-secret", newClientSecret: "other" }, "new-secret"],
  ])("has the new secret in either field: %j", (data, secret) => {
    expect(wireRotation.safeParse(data).data?.secret).toBe(secret);
  });

  test.each([null, "", 5])("has it beside a clientSecret of %j", (clientSecret) => {
    expect(wireRotation.safeParse({ clientSecret, newClientSecret: "new-secret" }).data?.secret).toBe("new-secret");
  });

  test("has none where a mask stands in its place", () => {
    expect(wireRotation.safeParse({ clientSecret: "********" }).success).toBe(false);
    expect(wireRotation.safeParse({ clientSecret: "<hidden>", newClientSecret: "new-secret" }).data?.secret).toBe(
      "new-secret",
    );
  });

  test.each([{}, { clientSecret: "" }, { secret: "x" }, null, "x"])("without a secret is none: %j", (data) => {
    expect(wireRotation.safeParse(data).success).toBe(false);
  });
});
