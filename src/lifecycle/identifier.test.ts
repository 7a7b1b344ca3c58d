import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectionTo } from "../../test/unit/operation.ts";
import { json, serve } from "../../test/unit/server.ts";
import { storable } from "../core/text.ts";
import { NexusApi } from "../vendors/nexus/api.ts";
import { RezolveApi } from "../vendors/rezolve/api.ts";
import { deletionInputs } from "../vendors/rezolve/inputs.ts";
import { identifierProblem, pathSegment } from "./identifier.ts";
import { adoptSchema, identifier } from "./inputs.ts";

const BAD = [
  "",
  ".",
  "..",
  "../tenants",
  "a/..",
  "..\\a",
  "a/./b",
  " id-1",
  "id-1 ",
  "id-1\n",
  "\tid-1",
  "id-1\u00a0",
  "\ufeffid-1",
  "id\u200b-1",
  "id\u0000-1",
  "id\u0085-1",
  "id\u202e-1",
  "id\u2028-1",
  "id-\ud800",
  "id-<{%boom%}>",
];
const GOOD = [
  "client-5a4dbc0e-0000-4000-8000-000000000001",
  "auth0|abc",
  "a.b",
  "...",
  "a..b",
  "a b",
  "%2e%2e",
  "büro",
  "a/b",
];

test.each(BAD)("%j is no id, and the problem does not quote it", (text) => {
  const problem = identifierProblem(text);
  expect(problem).not.toBeNull();
  if (text.length > 3) expect(problem).not.toContain(text.trim());
  for (const schema of [identifier, adoptSchema]) {
    expect(schema.safeParse(schema === identifier ? text : { id: text }).error?.issues[0]?.message).toBe(problem);
  }
  expect(() => pathSegment(text, "id")).toThrow(/^No request was sent: the id must not/);
});

test.each(GOOD)("%j may be an id", (text) => {
  expect(identifierProblem(text)).toBeNull();
  expect(adoptSchema.safeParse({ id: text }).success).toBe(true);
});

const { tenantId, realmName } = deletionInputs.shape;

test("a realm may be empty, which is none", () => {
  expect(realmName.safeParse("").success).toBe(true);
  expect(realmName.safeParse(" ").success).toBe(false);
});

test.each(["日本", "tenant-Ω", "тест"])(
  "a header cannot carry %s, so no tenant and no realm of Rezolve's is that",
  async (text) => {
    for (const schema of [tenantId, realmName]) {
      expect(schema.safeParse(text).error?.issues).toMatchObject([
        { message: expect.stringContaining("outside of Latin-1") },
      ]);
      expect(schema.safeParse("Zürich").success).toBe(true);
    }
    expect(identifier.safeParse(text).success).toBe(true);
    const { http } = connectionTo("https://api.example.test");
    expect(() => new RezolveApi(http, text, null)).toThrow("No request was sent: the tenant must not contain");
    expect(() => new RezolveApi(http, "tenant-1", text)).toThrow("No request was sent: the realm must not contain");
  },
);

test("whatever passes is one part of a path, and comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      if (identifierProblem(text) !== null) return;
      const url = new URL(`https://api.example.test/clients/${pathSegment(text, "id")}/rest`);
      expect(url.pathname.split("/")).toHaveLength(4);
      expect(decodeURIComponent(url.pathname.split("/")[2] ?? "")).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});

test("whatever passes may stand in a state as it is", () => {
  const parts = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("<{%", "%}>", "id"));
  fc.assert(
    fc.property(fc.array(parts), (all) => {
      const text = all.join("");
      if (identifierProblem(text) === null) expect(storable(text)).toBe(text);
    }),
  );
});

describe("no request is sent", () => {
  const judge = () => ({ do: "done", result: null }) as const;

  test.each(BAD)("for %j, in whichever place of a path or a header", async (text) => {
    const server = await serve((response) => json(response, 404, {}));
    const { http } = connectionTo(server.baseUrl);
    const attempts: (() => unknown)[] = [
      () => new NexusApi(http, "tenant-1").delete(text, judge, () => {}),
      () => new NexusApi(http, "tenant-1").patch(text, {}, () => {}),
      () => new NexusApi(http, text).list(0),
      () => new RezolveApi(http, "tenant-1", null).delete(text, judge, () => {}),
      () => new RezolveApi(http, "tenant-1", null).get(text),
      () => new RezolveApi(http, "tenant-1", null).patch(text, {}, () => {}),
      () => new RezolveApi(http, "tenant-1", null).rotateSecret(text, () => {}),
      () => new RezolveApi(http, text, null).list(),
      () => new RezolveApi(http, "tenant-1", text).list(),
    ];
    for (const attempt of attempts) await expect((async () => attempt())()).rejects.toThrow("No request was sent");
    expect(server.requests).toEqual([]);
  });
});
