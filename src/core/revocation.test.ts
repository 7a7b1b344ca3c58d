import { describe, expect, test } from "vitest";
import { revocationSchema } from "./evidence-schemas.ts";
import { describeRevocation, NO_DETAILS, type Revocation } from "./revocation.ts";
import { say } from "./text.ts";

function revocation(rest: Partial<Revocation> = {}): Revocation {
  return {
    outcome: "deleted",
    ...NO_DETAILS,
    httpStatus: 200,
    vendorCode: null,
    verified: null,
    responseLost: false,
    ...rest,
  };
}

describe("the line about a deletion", () => {
  const table: [what: string, revocation: Revocation, line: string][] = [
    [
      "with counts",
      revocation({ tokensRevoked: 245, activeSessionsTerminated: 1 }),
      "deleted client-1: 245 tokens revoked, 1 session ended",
    ],
    [
      "with a zero that the vendor said",
      revocation({ tokensRevoked: 0, activeSessionsTerminated: 0 }),
      "deleted client-1: 0 tokens revoked, 0 sessions ended",
    ],
    ["without counts", revocation(), "deleted client-1: the vendor gives no counts"],
    [
      "with one count",
      revocation({ tokensRevoked: 2 }),
      "deleted client-1: 2 tokens revoked, sessions ended: not said by the vendor",
    ],
    [
      "with a record that is kept",
      revocation({
        outcome: "soft-deleted",
        tokensRevoked: 2,
        activeSessionsTerminated: 3,
        permanentDeletionDate: "2026-08-09",
      }),
      "soft-deleted client-1: 2 tokens revoked, 3 sessions ended, its record is kept until 2026-08-09",
    ],
    [
      "that had happened before",
      revocation({ outcome: "already-gone", httpStatus: 404, verified: true }),
      "already gone: client-1 (HTTP 404, verified)",
    ],
    [
      "that perhaps an earlier try did",
      revocation({ outcome: "already-gone", httpStatus: 404, verified: false, responseLost: true }),
      "already gone: client-1 (HTTP 404, not verified); an earlier DELETE, whose response was lost, may have deleted it",
    ],
    [
      "that the vendor says to have happened before",
      revocation({ outcome: "already-gone", httpStatus: 409, vendorCode: "ALREADY_DELETED" }),
      "already gone: client-1 (HTTP 409, ALREADY_DELETED)",
    ],
    [
      "that never happened",
      revocation({ outcome: "abandoned", httpStatus: 0 }),
      "ABANDONED client-1: it was NOT deleted and its credentials may still work; only the state forgot it",
    ],
    [
      "that nobody knows of",
      revocation({ outcome: "abandoned", httpStatus: 0, responseLost: true }),
      "ABANDONED client-1: whether it is deleted is NOT known and its credentials may still work; the state forgot it",
    ],
  ];
  test.each(table)("%s", (_what, given, line) => {
    expect(String(describeRevocation(say`client-1`, given))).toBe(line);
  });

  test("names the receipt of a deletion that this project did before", () => {
    const given = revocation({ outcome: "already-gone", httpStatus: 404, verified: true });
    expect(String(describeRevocation(say`client-1`, given, "2026-07-10T13:30:01.000Z"))).toBe(
      "already gone: client-1 (HTTP 404, verified); it was deleted before, see the receipt of 2026-07-10T13:30:01.000Z",
    );
  });

  test("is one line, whatever the vendor gave as a date", () => {
    const evil = revocation({ permanentDeletionDate: "2026-08-09\nerror: forged" });
    expect(String(describeRevocation(say`client-1`, evil))).not.toContain("\n");
  });
});

test("what version 0.1.0 wrote is read: there, nothing verified was false", () => {
  for (const verified of [true, false, null]) {
    expect(revocationSchema.parse({ ...revocation(), verified })).toMatchObject({ verified });
  }
});

test("a state never has what only a receipt may say", () => {
  expect(revocationSchema.safeParse({ ...revocation(), outcome: "unconfirmed" }).success).toBe(false);
});

test("a count is a whole number that is not negative, or unknown", () => {
  for (const tokensRevoked of [-1, 0.5, "3", undefined]) {
    expect(revocationSchema.safeParse({ ...revocation(), tokensRevoked }).success).toBe(false);
  }
  for (const tokensRevoked of [0, 245, null]) {
    expect(revocationSchema.safeParse({ ...revocation(), tokensRevoked }).success).toBe(true);
  }
});
