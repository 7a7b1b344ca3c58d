import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_SECRETS } from "../../core/redaction.ts";
import { NO_DETAILS, type Revocation, safeRevocation } from "../../core/revocation.ts";
import { filledInBy } from "../../lifecycle/outputs.ts";
import { isTombstone } from "../../lifecycle/recorded.ts";
import { CLIENT_FIELDS } from "./inputs.ts";
import { knownOf, NOTHING_KNOWN, outputsOf, readRecorded, tombstoneOf } from "./state.ts";

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
    const keys = Object.keys(readRecorded({}));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (state) => {
        const recorded = readRecorded(state);
        expect(Object.keys(recorded)).toEqual(keys);
        for (const key of ["name", "tenantId", "clientSecret", "status"] as const) {
          expect(recorded[key]).toBe(typeof state[key] === "string" ? state[key] : null);
        }
      }),
    );
  });

  test("keeps its evidence, and none that cannot be read", () => {
    expect(readRecorded({ revocation: REVOCATION }).revocation).toEqual(REVOCATION);
    expect(readRecorded({ revocation: { ...REVOCATION, tokensRevoked: -1 } }).revocation).toBeNull();
    expect(readRecorded({ revocation: "x" }).revocation).toBeNull();
  });

  test("is a tombstone by its status alone", () => {
    expect(isTombstone(readRecorded({ status: "deleted" }))).toBe(true);
    for (const status of ["active", "inactive", "revoked", "", null, undefined]) {
      expect(isTombstone(readRecorded({ status, revocation: REVOCATION }))).toBe(false);
    }
  });
});

describe("the outputs", () => {
  test("are the inputs as the vendor has them, and what is known besides", () => {
    const wire = { id: "client-1", name: "CI bot 2", scopes: [], status: "inactive", clientType: "public" };
    expect(outputsOf(INPUTS, wire, { ...NOTHING_KNOWN, clientId: "sn_1" })).toMatchObject({
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
      INPUTS,
      { id: "client-1", description: "", allowedOrigins: [], ipWhitelist: null },
      NOTHING_KNOWN,
    );
    for (const key of ["description", "allowedOrigins", "ipWhitelist"]) expect(outputs).not.toHaveProperty(key);
  });

  test("show as empty what the vendor no longer has and the program wants", () => {
    const inputs = { ...INPUTS, description: "text", allowedOrigins: ["https://a.example.test"] };
    const wire = { id: "client-1", description: null, allowedOrigins: null };
    expect(outputsOf(inputs, wire, NOTHING_KNOWN)).toMatchObject({ description: "", allowedOrigins: [] });
  });

  test("of a tombstone have the evidence and no secret", () => {
    const state = { ...INPUTS, clientId: "sn_1", clientSecret: "s3cr3t-value", __filledIn: { description: "x" } };
    const outputs = tombstoneOf(state, readRecorded(state), safeRevocation(REVOCATION, NO_SECRETS));
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
    expect(outputsOf(INPUTS, null, knownOf(readRecorded(state)))).toMatchObject(state);
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
  expect(filledInBy(CLIENT_FIELDS, INPUTS, wire, null)).toEqual({
    description: "by the vendor",
    ipWhitelist: ["192.0.2.1"],
  });
});
