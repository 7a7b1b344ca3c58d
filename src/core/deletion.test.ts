import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyAnswer,
  anyHistory,
  anyLimits,
  anyResponse,
  FIRST_TRY,
  LIMITS,
  response,
  SUBJECT,
  TRANSPORT_REASONS,
  transport,
} from "../../test/unit/facts.ts";
import type { Look } from "./absence.ts";
import type { Answer } from "./answer.ts";
import {
  type AlreadyGoneMode,
  abandoned,
  type DeletionFacts,
  type DeletionVerdict,
  decideDeletion,
} from "./deletion.ts";
import type { ErrorCode } from "./errors.ts";
import { NO_DETAILS, type RevocationDetails } from "./revocation.ts";

const ALREADY_DELETED = "OAUTH_CLIENT_ALREADY_DELETED";
const MODES: readonly AlreadyGoneMode[] = ["verify", "trust", "fail"];

const ABSENT: Look = { found: "absent" };
const ALIVE: Look = { found: "alive", status: "active" };
const NO_TENANT: Look = { found: "no-tenant", answer: response(404) };
const NOT_PERMITTED: Look = { found: "not-permitted", answer: response(403) };
const INVISIBLE: Look = { found: "invisible", needs: "the permission client.read.all" };
const nothing = (answer: Answer, neededMs: number | null = null): Look => ({ found: "nothing", answer, neededMs });

function facts(answer: Answer, rest: Partial<DeletionFacts> = {}): DeletionFacts {
  return {
    answer,
    history: FIRST_TRY,
    limits: LIMITS,
    mode: "verify",
    subject: SUBJECT,
    details: NO_DETAILS,
    alreadyDeletedCode: ALREADY_DELETED,
    named: false,
    isUsual: true,
    recordedBaseUrl: SUBJECT.baseUrl,
    look: null,
    ...rest,
  };
}

/** A verdict in a word or two, as the tables below write it. */
function inBrief(verdict: DeletionVerdict): string {
  switch (verdict.do) {
    case "gone":
      return `gone: ${verdict.revocation.outcome}${verdict.revocation.verified ? ", verified" : ""}${verdict.unverified === null ? "" : ", with a warning"}`;
    case "fail":
      return `fail: ${verdict.error.code}${verdict.abandonable ? ", abandonable" : ""}`;
    default:
      return verdict.do;
  }
}

const NOT_FOUND = response(404, { vendorCode: "OAUTH_CLIENT_NOT_FOUND", words: "OAuth client not found" });
const PAGE = (status: number) => response(status, { author: "stranger" });
const FAILED = response(200, { author: "unclear", words: "in use", saysFailed: true });
const CODED = response(409, { vendorCode: ALREADY_DELETED });
const CONFLICT = response(409, { vendorCode: "CLIENT_IN_USE", words: "The client is in use" });

describe("before any look, an answer means", () => {
  const table: [what: string, answer: Answer, verify: string, trust: string, fail: string][] = [
    ["200", response(200), "gone: deleted", "gone: deleted", "gone: deleted"],
    ["202", response(202), "gone: deleted", "gone: deleted", "gone: deleted"],
    ["204", response(204), "gone: deleted", "gone: deleted", "gone: deleted"],
    ["200 of nobody's", response(200, { author: "unclear" }), "gone: deleted", "gone: deleted", "gone: deleted"],
    ["200 that says it failed", FAILED, "look", "look", "fail: vendor-refused"],
    ["a proxy's 200", PAGE(200), "look", "look", "fail: not-the-vendor"],
    ["404", NOT_FOUND, "look", "gone: already-gone", "fail: client-missing"],
    ["410", response(410), "look", "gone: already-gone", "fail: client-missing"],
    ["an empty 404", response(404, { author: "unclear" }), "look", "gone: already-gone", "fail: client-missing"],
    ["a proxy's 404", PAGE(404), ...thrice("fail: not-the-vendor, abandonable")],
    ["a proxy's 410", PAGE(410), ...thrice("fail: not-the-vendor, abandonable")],
    ["409 already deleted", CODED, "gone: already-gone", "gone: already-gone", "fail: client-missing"],
    ["409 otherwise", CONFLICT, "look", "look", "fail: vendor-refused"],
    ["409 without a code", response(409), "look", "look", "fail: vendor-refused"],
    ["a proxy's 409", PAGE(409), ...thrice("fail: not-the-vendor, abandonable")],
    ["401", response(401), ...thrice("fail: credentials-rejected")],
    ["403", response(403), ...thrice("fail: permission-missing")],
    ["400", response(400), ...thrice("fail: vendor-refused")],
    ["405", response(405), ...thrice("fail: vendor-refused")],
    ["418", response(418), ...thrice("fail: vendor-refused")],
    ["422", response(422), ...thrice("fail: vendor-refused")],
    ["302", response(302), ...thrice("fail: vendor-refused")],
    ["302 of nobody's", response(302, { author: "unclear" }), ...thrice("fail: vendor-refused, abandonable")],
    ["a page's 302", PAGE(302), ...thrice("fail: not-the-vendor, abandonable")],
    ["429", response(429), ...thrice("retry")],
    ["500", response(500), ...thrice("retry")],
    ["503", response(503), ...thrice("retry")],
    ["a proxy's 502", PAGE(502), ...thrice("retry")],
    ["a refused connection", transport("connect"), ...thrice("retry")],
    ["an unknown host", transport("dns"), ...thrice("retry")],
    ["a reset", transport("reset"), ...thrice("retry")],
    ["a time-out", transport("timeout"), ...thrice("retry")],
    ["a bad certificate", transport("tls"), ...thrice("fail: vendor-unavailable")],
    ["a proxy in the way", transport("proxy"), ...thrice("retry")],
    ["an abort", transport("aborted"), ...thrice("fail: interrupted")],
  ];
  function thrice(verdict: string): [string, string, string] {
    return [verdict, verdict, verdict];
  }
  test.each(table)("%s", (_what, answer, verify, trust, fail) => {
    expect(MODES.map((mode) => inBrief(decideDeletion(facts(answer, { mode }))))).toEqual([verify, trust, fail]);
  });
});

describe("after a look", () => {
  const table: [what: string, look: Look, notFound: string, conflict: string][] = [
    ["absent", ABSENT, "gone: already-gone, verified", "gone: already-gone, verified"],
    ["alive", ALIVE, "fail: client-alive", "fail: vendor-refused"],
    ["an unknown tenant", NO_TENANT, "fail: tenant-unknown, abandonable", "fail: tenant-unknown, abandonable"],
    ["no permission", NOT_PERMITTED, "gone: already-gone, with a warning", "fail: permission-missing"],
    ["too few permissions to see it", INVISIBLE, "gone: already-gone, with a warning", "fail: permission-missing"],
    ["401", nothing(response(401)), "fail: credentials-rejected", "fail: credentials-rejected"],
    ["400", nothing(response(400)), "fail: vendor-refused", "fail: vendor-refused"],
    ["429", nothing(response(429)), "fail: rate-limited", "fail: rate-limited"],
    ["a broken 200", nothing(response(200)), "fail: response-invalid", "fail: response-invalid"],
    ["503", nothing(response(503)), "fail: vendor-unavailable, abandonable", "fail: vendor-unavailable, abandonable"],
    ["503 to wait for", nothing(response(503), 9_000), "fail: vendor-unavailable", "fail: vendor-unavailable"],
    ["a page", nothing(PAGE(404)), "fail: not-the-vendor, abandonable", "fail: not-the-vendor, abandonable"],
    ["a page of success", nothing(PAGE(200)), "fail: not-the-vendor, abandonable", "fail: not-the-vendor, abandonable"],
    [
      "a redirect",
      nothing(response(307, { author: "unclear" })),
      "fail: vendor-refused, abandonable",
      "fail: vendor-refused, abandonable",
    ],
    [
      "no connection",
      nothing(transport("connect")),
      "fail: vendor-unavailable, abandonable",
      "fail: vendor-unavailable, abandonable",
    ],
    ["an abort", nothing(transport("aborted")), "fail: interrupted", "fail: interrupted"],
  ];
  test.each(table)("that found %s", (_what, look, notFound, conflict) => {
    expect(inBrief(decideDeletion(facts(NOT_FOUND, { look })))).toBe(notFound);
    expect(inBrief(decideDeletion(facts(response(410), { look })))).toBe(notFound);
    expect(inBrief(decideDeletion(facts(CONFLICT, { look })))).toBe(conflict);
    expect(inBrief(decideDeletion(facts(CONFLICT, { look, mode: "trust" })))).toBe(conflict);
  });

  test("a client that is alive is described with the vendor's words after a 409, and its status after a 404", () => {
    const conflict = decideDeletion(facts(CONFLICT, { look: ALIVE }));
    expect(conflict.do === "fail" && conflict.error.message).toContain('CLIENT_IN_USE: "The client is in use"');
    const missing = decideDeletion(facts(NOT_FOUND, { look: ALIVE }));
    expect(missing.do === "fail" && missing.error.message).toContain("a second look finds it, status active");
  });

  test("an unverified absence says so, and what permission a look takes", () => {
    const verdict = decideDeletion(facts(NOT_FOUND, { look: NOT_PERMITTED }));
    expect(verdict).toMatchObject({ do: "gone", revocation: { verified: false } });
    expect(verdict.do === "gone" && verdict.unverified).toContain("permission to list");
    const invisible = decideDeletion(facts(NOT_FOUND, { look: INVISIBLE }));
    expect(invisible).toMatchObject({ do: "gone", unverified: "the permission client.read.all" });
  });
});

describe("a base URL other than the one recorded at creation", () => {
  const moved: Partial<DeletionFacts> = { recordedBaseUrl: "https://old.example.test" };
  const table: [what: string, facts: DeletionFacts, verdict: string][] = [
    ["makes a 404 an error, without a look", facts(NOT_FOUND, moved), "fail: base-url-changed"],
    ["makes a 410 an error, without a look", facts(response(410), moved), "fail: base-url-changed"],
    [
      "makes a 409 an error where a look finds no client",
      facts(CONFLICT, { ...moved, look: ABSENT }),
      "fail: base-url-changed",
    ],
    ["makes a 409 an error, without a look", facts(CONFLICT, moved), "fail: base-url-changed"],
    [
      "makes a success of nobody's an error",
      facts(response(204, { author: "unclear" }), moved),
      "fail: base-url-changed",
    ],
    ["makes a page an error", facts(PAGE(200), moved), "fail: base-url-changed"],
    ["makes a success of the vendor's own an error", facts(response(200), moved), "fail: base-url-changed"],
    [
      "counts for nothing where that names this client",
      facts(response(200), { ...moved, named: true }),
      "gone: deleted",
    ],
    [
      "makes that an error where it says that it failed",
      facts(response(200, { saysFailed: true }), { ...moved, named: true }),
      "fail: base-url-changed",
    ],
    ["makes the word that it is deleted an error", facts(CODED, moved), "fail: base-url-changed"],
    ["is not asked about in mode trust", facts(NOT_FOUND, { ...moved, mode: "trust" }), "gone: already-gone"],
    ["nor where a code says that it is gone", facts(CODED, { ...moved, mode: "trust" }), "gone: already-gone"],
    [
      "makes a success an error also there",
      facts(response(204, { author: "unclear" }), { ...moved, mode: "trust" }),
      "fail: base-url-changed",
    ],
    ["makes a conflict an error also there", facts(CONFLICT, { ...moved, mode: "trust" }), "fail: base-url-changed"],
    ["is no matter for the switch", facts(PAGE(404), moved), "fail: base-url-changed"],
    ["is none where nobody answers either", facts(transport("tls"), moved), "fail: vendor-unavailable"],
    ["is no evidence where none was recorded", facts(NOT_FOUND, { recordedBaseUrl: null }), "look"],
  ];
  test.each(table)("%s", (_what, given, verdict) => {
    expect(inBrief(decideDeletion(given))).toBe(verdict);
  });

  test("is named in the error beside the current one", () => {
    const verdict = decideDeletion(facts(NOT_FOUND, moved));
    const text = verdict.do === "fail" ? String(verdict.error) : "";
    for (const part of ["https://api.example.test", "https://old.example.test", "client-1", "tenant-1", '"trust"']) {
      expect(text).toContain(part);
    }
  });
});

describe("a vendor without a code for already deleted", () => {
  test("gets a look at every 409", () => {
    expect(inBrief(decideDeletion(facts(CODED, { alreadyDeletedCode: null })))).toBe("look");
    const none = response(409, { vendorCode: null });
    expect(inBrief(decideDeletion(facts(none, { alreadyDeletedCode: null })))).toBe("look");
  });
});

describe("what mode fail says", () => {
  test.each([NOT_FOUND, response(410), CODED])("about $status: the vendor's answer and both ways out", (answer) => {
    const verdict = decideDeletion(facts(answer, { mode: "fail" }));
    const text = verdict.do === "fail" ? String(verdict.error) : "";
    for (const part of ["client-1", "tenant-1", `HTTP ${answer.status}`, "pulumi state delete", '"verify"']) {
      expect(text).toContain(part);
    }
  });

  test.each([PAGE(404), CONFLICT])(
    "about an answer that does not say that it is gone: nothing of the state",
    (answer) => {
      const verdict = decideDeletion(facts(answer, { mode: "fail" }));
      expect(verdict.do).toBe("fail");
      expect(verdict.do === "fail" && String(verdict.error)).not.toMatch(/already gone|state delete/);
    },
  );
});

describe("credentials that are rejected", () => {
  const limits = { ...LIMITS, canRefreshCredentials: true };
  test("are refreshed once", () => {
    expect(decideDeletion(facts(response(401), { limits }))).toEqual({ do: "refresh-credentials" });
    const history = { ...FIRST_TRY, attempt: 2, credentialsRefreshed: true };
    expect(inBrief(decideDeletion(facts(response(401), { limits, history })))).toBe("fail: credentials-rejected");
  });
  test("are never a reason to abandon a client", () => {
    const verdict = decideDeletion(facts(response(401, { author: "unclear" })));
    expect(verdict).toMatchObject({ do: "fail", abandonable: false });
  });
});

describe("a success that is none of the vendor's answers to a deletion", () => {
  const odd = (rest: Partial<DeletionFacts> = {}) =>
    inBrief(decideDeletion(facts(response(200, { author: "unclear" }), { isUsual: false, ...rest })));

  test("is looked into, also in mode trust, and believed unless the client is seen alive", () => {
    expect([odd(), odd({ mode: "trust" }), odd({ mode: "fail" })]).toEqual(["look", "look", "gone: deleted"]);
    expect(odd({ look: ALIVE })).toBe("fail: response-invalid");
    for (const look of [ABSENT, NOT_PERMITTED, INVISIBLE, nothing(response(503))]) {
      expect(odd({ look })).toBe("gone: deleted");
    }
  });

  test("at another address proves nothing", () => {
    expect(odd({ recordedBaseUrl: "https://old.example.test" })).toBe("fail: base-url-changed");
  });
});

describe("a web page that calls itself a success", () => {
  const page = response(200, { author: "stranger" });
  const table: [what: string, rest: Partial<DeletionFacts>, verdict: Record<string, unknown>][] = [
    ["is looked into", {}, { do: "look" }],
    [
      "is an absence where the client is gone",
      { look: { found: "absent" } },
      { do: "gone", revocation: { outcome: "already-gone", verified: true, responseLost: true } },
    ],
    [
      "is nobody's word where the client is alive",
      { look: { found: "alive", status: "active" } },
      { do: "fail", error: { code: "not-the-vendor" }, abandonable: false },
    ],
    [
      "is nobody's word where nobody may look",
      { look: { found: "not-permitted", answer: response(403) } },
      { do: "fail", error: { code: "not-the-vendor" }, abandonable: false },
    ],
    ["is looked into also in mode trust", { mode: "trust" }, { do: "look" }],
    [
      "is nobody's word where the look meets somebody else too",
      { look: nothing(PAGE(200)) },
      { do: "fail", error: { code: "not-the-vendor" }, abandonable: true },
    ],
    [
      "is nobody's word where the tenant is unknown by now",
      { look: NO_TENANT },
      { do: "fail", error: { code: "not-the-vendor" }, abandonable: true },
    ],
    [
      "is nobody's word where the client cannot be seen",
      { look: INVISIBLE },
      { do: "fail", error: { code: "not-the-vendor" }, abandonable: false },
    ],
    ["fails where nothing is to be looked into", { mode: "fail" }, { do: "fail", error: { code: "not-the-vendor" } }],
  ];
  test.each(table)("%s", (_what, rest, verdict) => {
    expect(decideDeletion(facts(page, rest))).toMatchObject(verdict);
  });
});

describe("what passes", () => {
  const spent = { ...FIRST_TRY, attempt: 9, elapsedMs: LIMITS.budgetMs };
  const table: [what: string, answer: Answer, code: ErrorCode, abandonable: boolean][] = [
    ["429", response(429), "rate-limited", false],
    ["500", response(500), "vendor-unavailable", true],
    ["a proxy's 502", PAGE(502), "not-the-vendor", true],
    ["a refused connection", transport("connect"), "vendor-unavailable", true],
    ["a reset", transport("reset"), "vendor-unavailable", true],
  ];
  test.each(table)("fails when the budget is spent: %s", (_what, answer, code, abandonable) => {
    const verdict = decideDeletion(facts(answer, { history: spent }));
    expect(verdict).toMatchObject({ do: "fail", error: { code }, abandonable });
  });

  test("holds the whole host back only after a 429", () => {
    expect(decideDeletion(facts(response(429, { waitMs: 3_000 })))).toEqual({
      do: "retry",
      afterMs: 4_000,
      holdHost: true,
    });
    expect(decideDeletion(facts(response(503, { waitMs: 3_000 })))).toEqual({
      do: "retry",
      afterMs: 4_000,
      holdHost: false,
    });
  });

  test("fails at once where the vendor asks for more patience than the budget has, and says how long", () => {
    const verdict = decideDeletion(facts(response(429, { waitMs: 3_600_000 })));
    expect(verdict).toMatchObject({ do: "fail", error: { code: "rate-limited" }, abandonable: false });
    expect(verdict.do === "fail" && verdict.error.message).toContain("asks to wait 3601 s");
  });
});

describe("the evidence", () => {
  const SAID: RevocationDetails = {
    ...NO_DETAILS,
    tokensRevoked: 245,
    activeSessionsTerminated: 12,
    deletedAt: "2026-07-10T13:30:00.000Z",
    deletedBy: { id: "user-1", name: "Ada Example", email: "ada@example.test" },
  };

  test("of a deletion is what the vendor said", () => {
    expect(decideDeletion(facts(response(200), { details: SAID }))).toEqual({
      do: "gone",
      unverified: null,
      revocation: {
        outcome: "deleted",
        ...SAID,
        httpStatus: 200,
        vendorCode: null,
        verified: null,
        responseLost: false,
      },
    });
  });

  test("of a deletion about which the vendor says nothing has no numbers", () => {
    const verdict = decideDeletion(facts(response(204)));
    expect(verdict.do === "gone" && verdict.revocation).toMatchObject({
      tokensRevoked: null,
      activeSessionsTerminated: null,
      deletedAt: null,
    });
  });

  test.each<[string, Partial<RevocationDetails>, string]>([
    ["nothing of a record", {}, "deleted"],
    ["a retention", { retentionDays: 30 }, "soft-deleted"],
    ["a retention of no days", { retentionDays: 0 }, "soft-deleted"],
    ["a date", { permanentDeletionDate: "2026-08-09T13:30:00.000Z" }, "soft-deleted"],
    ["a previous status", { previousStatus: "active" }, "soft-deleted"],
  ])("is a soft delete when the vendor says so: %s", (_what, said, outcome) => {
    const verdict = decideDeletion(facts(response(200), { details: { ...SAID, ...said } }));
    expect(verdict.do === "gone" && verdict.revocation.outcome).toBe(outcome);
  });

  test.each([
    [NOT_FOUND, ABSENT],
    [CODED, null],
    [CONFLICT, ABSENT],
  ])("of a client that is already gone has no counts, and tells of a lost response", (answer, look) => {
    for (const maybeCarriedOut of [true, false]) {
      const history = { ...FIRST_TRY, attempt: 2, maybeCarriedOut };
      const verdict = decideDeletion(facts(answer, { history, look, details: SAID }));
      expect(verdict.do === "gone" && verdict.revocation).toEqual({
        outcome: "already-gone",
        ...NO_DETAILS,
        httpStatus: answer.status,
        vendorCode: answer.vendorCode,
        // The vendor's own word needs no look.
        verified: look === null ? null : true,
        responseLost: maybeCarriedOut,
      });
    }
  });

  test("of a repeated DELETE that succeeds is its own: no response was lost", () => {
    const history = { ...FIRST_TRY, attempt: 3, maybeCarriedOut: true };
    const verdict = decideDeletion(facts(response(200), { history, details: SAID }));
    expect(verdict.do === "gone" && verdict.revocation).toMatchObject({ tokensRevoked: 245, responseLost: false });
  });

  test.each([
    [
      response(503, { vendorCode: "INTERNAL_ERROR" }),
      false,
      { httpStatus: 503, vendorCode: "INTERNAL_ERROR", responseLost: true },
    ],
    [PAGE(200), false, { httpStatus: 200, vendorCode: null, responseLost: true }],
    [PAGE(404), false, { httpStatus: 404, vendorCode: null, responseLost: false }],
    [PAGE(404), true, { httpStatus: 404, vendorCode: null, responseLost: true }],
    [transport("timeout"), false, { httpStatus: 0, vendorCode: null, responseLost: true }],
    [transport("connect"), false, { httpStatus: 0, vendorCode: null, responseLost: false }],
    [transport("connect"), true, { httpStatus: 0, vendorCode: null, responseLost: true }],
  ])("of an abandoned client claims nothing, and tells of a lost response", (answer, maybeCarriedOut, rest) => {
    const evidence = abandoned(answer, { ...FIRST_TRY, maybeCarriedOut });
    expect(evidence).toEqual({ outcome: "abandoned", ...NO_DETAILS, verified: null, ...rest });
  });
});

describe("for whatever facts", () => {
  const anyLook: fc.Arbitrary<Look> = fc.oneof(
    fc.constant(ABSENT),
    fc.record({ found: fc.constant("alive" as const), status: fc.option(fc.string()) }),
    fc.constant(INVISIBLE),
    fc.record({ found: fc.constantFrom("no-tenant", "not-permitted"), answer: anyAnswer }),
    fc.record({ found: fc.constant("nothing" as const), answer: anyAnswer, neededMs: fc.option(fc.nat()) }),
  );
  const anyCount = fc.option(fc.nat());
  const anyDetails: fc.Arbitrary<RevocationDetails> = fc.record({
    tokensRevoked: anyCount,
    activeSessionsTerminated: anyCount,
    deletedAt: fc.option(fc.string()),
    deletedBy: fc.constant(null),
    previousStatus: fc.option(fc.string()),
    retentionDays: anyCount,
    permanentDeletionDate: fc.option(fc.string()),
  });
  const anyFacts: fc.Arbitrary<DeletionFacts> = fc.record({
    answer: anyAnswer,
    history: anyHistory,
    limits: anyLimits,
    mode: fc.constantFrom(...MODES),
    subject: fc.constant(SUBJECT),
    details: anyDetails,
    alreadyDeletedCode: fc.option(fc.constant(ALREADY_DELETED)),
    named: fc.boolean(),
    isUsual: fc.boolean(),
    recordedBaseUrl: fc.option(fc.constantFrom(SUBJECT.baseUrl, "https://old.example.test")),
    look: fc.option(anyLook),
  });

  test("the decision is the same each time", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        expect(decideDeletion(Object.freeze({ ...given }))).toEqual(decideDeletion(given));
      }),
    );
  });

  test("only a success, or a word that the client is gone, is ever gone", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        if (decideDeletion(given).do !== "gone") return;
        const status = given.answer.kind === "response" ? given.answer.status : 0;
        expect((status >= 200 && status < 300) || [404, 409, 410].includes(status)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(TRANSPORT_REASONS)("a connection that failed (%s) is never gone", (reason) => {
    fc.assert(
      fc.property(anyFacts, fc.boolean(), (given, maybe) => {
        expect(decideDeletion({ ...given, answer: transport(reason, maybe) }).do).not.toBe("gone");
      }),
      { numRuns: 50 },
    );
  });

  test("a client that is alive, or whose tenant is unknown, is never gone unless the look is not to be taken", () => {
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(404, 410), fc.constantFrom(ALIVE, NO_TENANT), (given, status, look) => {
        const verdict = decideDeletion({ ...given, answer: response(status), look, mode: "verify" });
        expect(verdict.do).toBe("fail");
      }),
    );
  });

  test("a look is never asked for after a look, nor in the mode that takes none", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        if (decideDeletion(given).do !== "look") return;
        expect(given.look).toBeNull();
        expect(given.mode).not.toBe("fail");
      }),
      { numRuns: 1_000 },
    );
  });

  test("nothing is gone on another host's word, unless the vendor's own answer names it or the user trusts it", () => {
    const elsewhere = anyFacts.map((given) => ({ ...given, recordedBaseUrl: "https://old.example.test" }));
    fc.assert(
      fc.property(elsewhere, (given) => {
        const verdict = decideDeletion(given);
        expect(verdict.do).not.toBe("look");
        if (verdict.do !== "gone") return;
        const isTrusted = given.mode === "trust" && verdict.revocation.outcome === "already-gone";
        if (isTrusted) return;
        expect(given).toMatchObject({ named: true, answer: { author: "vendor" } });
        if (verdict.revocation.outcome !== "already-gone") expect(given.answer).toMatchObject({ saysFailed: false });
      }),
      { numRuns: 2_000 },
    );
  });

  test("a 409 without the vendor's code is gone only where a look found no client, in every mode", () => {
    fc.assert(
      fc.property(anyFacts, anyResponse, (given, answer) => {
        const uncoded = { ...answer, status: 409, vendorCode: "CLIENT_IN_USE" };
        const verdict = decideDeletion({ ...given, answer: uncoded });
        if (verdict.do === "gone") expect(given.look).toEqual(ABSENT);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a success that is a page, or says that it failed, is gone only where a look found no client", () => {
    fc.assert(
      fc.property(anyFacts, anyResponse, fc.boolean(), (given, answer, isPage) => {
        const doubtful = {
          ...answer,
          status: 200,
          ...(isPage ? { author: "stranger" as const } : { saysFailed: true }),
        };
        const verdict = decideDeletion({ ...given, answer: doubtful });
        if (verdict.do !== "gone") return;
        expect(verdict.revocation).toMatchObject({ outcome: "already-gone", responseLost: true });
        expect(given.look).toEqual(ABSENT);
      }),
      { numRuns: 1_000 },
    );
  });

  test("nothing is abandoned where the vendor itself answers, unless it keeps failing or does not know the tenant", () => {
    const atWork = anyResponse.map((answer) => ({ ...answer, author: "vendor" as const, status: answer.status % 500 }));
    const seen = fc.option(fc.constantFrom(ABSENT, ALIVE, INVISIBLE, NOT_PERMITTED));
    fc.assert(
      fc.property(anyFacts, atWork, seen, (given, answer, look) => {
        expect(decideDeletion({ ...given, answer, look })).not.toMatchObject({ abandonable: true });
      }),
      { numRuns: 1_000 },
    );
  });

  test("nothing is abandoned where the vendor answers the look", () => {
    const seen = fc.constantFrom(
      ABSENT,
      ALIVE,
      INVISIBLE,
      NOT_PERMITTED,
      nothing(response(401)),
      nothing(response(200)),
    );
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(200, 404, 409, 410), seen, (given, status, look) => {
        for (const author of ["vendor", "unclear"] as const) {
          const verdict = decideDeletion({ ...given, answer: response(status, { author, saysFailed: true }), look });
          expect(verdict).not.toMatchObject({ abandonable: true });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("nothing is abandoned while the connection talks to another host than the recorded one", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideDeletion({ ...given, recordedBaseUrl: "https://old.example.test" });
        expect(verdict).not.toMatchObject({ abandonable: true });
      }),
      { numRuns: 1_000 },
    );
  });

  test("what a try may have done is never told as somebody else's deed", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideDeletion({ ...given, history: { ...given.history, maybeCarriedOut: true } });
        if (verdict.do !== "gone" || verdict.revocation.outcome !== "already-gone") return;
        expect(verdict.revocation.responseLost).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a client's counts are the vendor's or nobody's", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideDeletion(given);
        if (verdict.do !== "gone") return;
        const { tokensRevoked, activeSessionsTerminated, outcome } = verdict.revocation;
        const said = outcome === "already-gone" ? NO_DETAILS : given.details;
        expect({ tokensRevoked, activeSessionsTerminated }).toEqual({
          tokensRevoked: said.tokensRevoked,
          activeSessionsTerminated: said.activeSessionsTerminated,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test("no retry starts after the budget", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideDeletion(given);
        if (verdict.do !== "retry") return;
        expect(given.history.elapsedMs + verdict.afterMs).toBeLessThanOrEqual(given.limits.budgetMs);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a client that is alive, or credentials that do not suffice, are never a reason to abandon", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideDeletion(given);
        if (verdict.do !== "fail" || !verdict.abandonable) return;
        // A refusal only where it is a redirect.
        if (verdict.error.code === "vendor-refused") expect(verdict.error.message).toMatch(/HTTP 3\d\d/);
        else expect(["not-the-vendor", "tenant-unknown", "vendor-unavailable"]).toContain(verdict.error.code);
      }),
      { numRuns: 1_000 },
    );
  });

  test("every failure names client, tenant and realm", () => {
    fc.assert(
      fc.property(anyFacts, anyResponse, (given, answer) => {
        const verdict = decideDeletion({ ...given, answer });
        if (verdict.do !== "fail") return;
        for (const part of ["client-1", "tenant-1", "acme-realm"]) expect(verdict.error.message).toContain(part);
      }),
    );
  });
});
