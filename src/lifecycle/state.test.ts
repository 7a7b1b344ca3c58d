import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_SECRETS } from "../core/redaction.ts";
import { NO_DETAILS, type Revocation, safeRevocation } from "../core/revocation.ts";
import { rezolveDriver } from "../vendors/rezolve/driver.ts";
import { FIELDS } from "../vendors/rezolve/fields.ts";
import { SecondLooks } from "../vendors/rezolve/looks.ts";
import { filledInBy } from "./outputs.ts";
import { isTombstone } from "./recorded.ts";
import { knownOf, nothingKnown, outputsOf, readRecorded, tombstoneOf } from "./state.ts";

const DRIVER = rezolveDriver(new SecondLooks());
const NOTHING_KNOWN = nothingKnown(DRIVER);

const REVOCATION: Revocation = {
  outcome: "deleted",
  ...NO_DETAILS,
  tokensRevoked: 2,
  httpStatus: 200,
  vendorCode: null,
  verified: false,
  responseLost: false,
};
const INPUTS = { name: "CI bot", scopes: ["users:read"], redirectUris: [], status: "active", tenantId: "tenant-1" };

describe("a recorded client", () => {
  test("is read from whatever stands in the state", () => {
    const { kept: nothing, ...common } = readRecorded(DRIVER, {});
    const keys = [...Object.keys(common), ...Object.keys(nothing)];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (state) => {
        const { kept, ...recorded } = readRecorded(DRIVER, state);
        expect([...Object.keys(recorded), ...Object.keys(kept)]).toEqual(keys);
        const orNull = (key: string) => (typeof state[key] === "string" ? state[key] : null);
        for (const key of ["name", "status", "connection"] as const) expect(recorded[key]).toBe(orNull(key));
        for (const key of ["clientId", "clientSecret"] as const) expect(kept[key]).toBe(orNull(key));
      }),
    );
  });

  test("keeps its evidence, and none that cannot be read", () => {
    expect(readRecorded(DRIVER, { revocation: REVOCATION }).revocation).toEqual(REVOCATION);
    expect(readRecorded(DRIVER, { revocation: { ...REVOCATION, tokensRevoked: -1 } }).revocation).toBeNull();
    expect(readRecorded(DRIVER, { revocation: "x" }).revocation).toBeNull();
  });

  test("is a tombstone by its status alone", () => {
    expect(isTombstone(readRecorded(DRIVER, { status: "deleted" }))).toBe(true);
    for (const status of ["active", "inactive", "revoked", "", null, undefined]) {
      expect(isTombstone(readRecorded(DRIVER, { status, revocation: REVOCATION }))).toBe(false);
    }
  });
});

describe("the outputs", () => {
  test("are the inputs as the vendor has them, and what is known besides", () => {
    const wire = { id: "client-1", name: "CI bot 2", scopes: [], status: "inactive", clientType: "public" };
    expect(
      outputsOf(DRIVER, INPUTS, wire, { ...NOTHING_KNOWN, kept: { ...NOTHING_KNOWN.kept, clientId: "sn_1" } }),
    ).toMatchObject({
      ...INPUTS,
      name: "CI bot 2",
      scopes: [],
      status: "inactive",
      clientType: "public",
      clientId: "sn_1",
      clientSecret: null,
      revocation: null,
    });
  });

  test("leave out what the vendor leaves empty and the program leaves out", () => {
    const outputs = outputsOf(
      DRIVER,
      INPUTS,
      { id: "client-1", description: "", allowedOrigins: [], ipWhitelist: null },
      NOTHING_KNOWN,
    );
    for (const key of ["description", "allowedOrigins", "ipWhitelist"]) expect(outputs).not.toHaveProperty(key);
  });

  test("show as empty what the vendor no longer has and the program wants", () => {
    const inputs = { ...INPUTS, description: "text", allowedOrigins: ["https://a.example.test"] };
    const wire = { id: "client-1", description: null, allowedOrigins: null };
    expect(outputsOf(DRIVER, inputs, wire, NOTHING_KNOWN)).toMatchObject({ description: "", allowedOrigins: [] });
  });

  test("of a tombstone have the evidence and no secret", () => {
    const state = { ...INPUTS, clientId: "sn_1", clientSecret: "s3cr3t-value", __filledIn: { description: "x" } };
    const outputs = tombstoneOf(DRIVER, state, readRecorded(DRIVER, state), safeRevocation(REVOCATION, NO_SECRETS));
    expect(outputs).toMatchObject({ status: "deleted", clientId: "sn_1", clientSecret: null, revocation: REVOCATION });
    expect(JSON.stringify(outputs)).not.toContain("s3cr3t-value");
  });

  test("say again what was known", () => {
    const state = {
      ...INPUTS,
      clientId: "sn_1",
      clientSecret: "secret",
      createdAt: "then",
      baseUrl: "https://api.example.test",
    };
    expect(outputsOf(DRIVER, INPUTS, null, knownOf(readRecorded(DRIVER, state)))).toMatchObject(state);
  });
});

test("what the vendor filled in is what it has and the program leaves out, unless it is empty", () => {
  const wire = {
    id: "client-1",
    name: "other",
    description: "by the vendor",
    allowedOrigins: [],
    ipWhitelist: ["192.0.2.1"],
  };
  expect(filledInBy(FIELDS, INPUTS, wire, null)).toEqual({
    description: "by the vendor",
    ipWhitelist: ["192.0.2.1"],
  });
});
