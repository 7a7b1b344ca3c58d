import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyAnswer,
  anyHistory,
  anyLimits,
  anyStatus,
  FIRST_TRY,
  LIMITS,
  response,
  transport,
} from "../../test/unit/facts.ts";
import type { Answer } from "./answer.ts";
import { backoffMs, planRetry, toldWaitMs } from "./retry.ts";

describe("an answer is worth another try", () => {
  const table: [what: string, answer: Answer, idempotent: string, create: string][] = [
    ["200", response(200), "stop", "stop"],
    ["302", response(302), "stop", "stop"],
    ["400", response(400), "stop", "stop"],
    ["401", response(401), "stop", "stop"],
    ["403", response(403), "stop", "stop"],
    ["404", response(404), "stop", "stop"],
    ["409", response(409), "stop", "stop"],
    ["422", response(422), "stop", "stop"],
    ["429", response(429), "retry", "retry"],
    ["500", response(500), "retry", "stop"],
    ["502", response(502), "retry", "stop"],
    ["503", response(503), "retry", "stop"],
    ["599", response(599), "retry", "stop"],
    ["a refused connection", transport("connect"), "retry", "retry"],
    ["an unknown host", transport("dns"), "retry", "retry"],
    ["a proxy that was not reached", transport("proxy", false), "retry", "retry"],
    ["a proxy that failed later", transport("proxy", true), "retry", "stop"],
    ["a proxy that wants a password", { ...transport("proxy", false), lasting: true }, "stop", "stop"],
    ["a reset", transport("reset"), "retry", "stop"],
    ["a time-out", transport("timeout"), "retry", "stop"],
    ["a bad certificate", transport("tls", false), "stop", "stop"],
    ["an abort", transport("aborted"), "stop", "stop"],
  ];
  test.each(table)("%s", (_what, answer, idempotent, create) => {
    expect(planRetry(answer, "idempotent", FIRST_TRY, LIMITS).do).toBe(idempotent);
    expect(planRetry(answer, "create", FIRST_TRY, LIMITS).do).toBe(create);
  });
});

describe("a 401", () => {
  test.each([
    [true, false, "refresh-credentials"],
    [true, true, "stop"],
    [false, false, "stop"],
    [false, true, "stop"],
  ])("asks for a new credential once, where there can be one (%s, already: %s)", (can, already, step) => {
    const history = { ...FIRST_TRY, credentialsRefreshed: already };
    const limits = { ...LIMITS, canRefreshCredentials: can };
    for (const request of ["idempotent", "create"] as const) {
      expect(planRetry(response(401), request, history, limits).do).toBe(step);
    }
  });
});

describe("the wait", () => {
  test("is what the vendor asked for and a second, whatever the jitter", () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), anyLimits, (waitMs, { random }) => {
        const step = planRetry(response(429, { waitMs }), "create", FIRST_TRY, { ...LIMITS, random });
        expect(step).toEqual({ do: "retry", afterMs: waitMs + 1_000, holdHost: true });
      }),
    );
  });

  test("that the budget just covers is taken, a longer one is named", () => {
    const history = { ...FIRST_TRY, elapsedMs: 19_000 };
    const limits = { ...LIMITS, budgetMs: 30_000 };
    const wait = (waitMs: number) => planRetry(response(429, { waitMs }), "idempotent", history, limits);
    expect(wait(10_000)).toEqual({ do: "retry", afterMs: 11_000, holdHost: true });
    expect(wait(10_001)).toEqual({ do: "stop", neededMs: 11_001 });
  });

  test("that nobody asked for is not named when the budget is spent", () => {
    const history = { ...FIRST_TRY, elapsedMs: LIMITS.budgetMs };
    expect(planRetry(response(503), "idempotent", history, LIMITS)).toEqual({ do: "stop", neededMs: null });
  });

  test("never ends after the budget, and is never asked for once it is spent", () => {
    fc.assert(
      fc.property(
        anyAnswer,
        fc.constantFrom("idempotent" as const, "create" as const),
        anyHistory,
        anyLimits,
        (answer, request, history, limits) => {
          const step = planRetry(answer, request, history, limits);
          if (step.do !== "retry") return;
          expect(step.afterMs).toBeGreaterThanOrEqual(0);
          expect(history.elapsedMs + step.afterMs).toBeLessThanOrEqual(limits.budgetMs);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("holds back the whole host only after a 429", () => {
    fc.assert(
      fc.property(anyAnswer, anyHistory, anyLimits, (answer, history, limits) => {
        const step = planRetry(answer, "idempotent", history, limits);
        if (step.do !== "retry") return;
        expect(step.holdHost).toBe(answer.kind === "response" && answer.status === 429);
      }),
    );
  });
});

describe("the back-off", () => {
  test.each([
    [1, 250],
    [2, 500],
    [3, 1_000],
    [6, 8_000],
    [7, 15_000],
    [60, 15_000],
    [100_000, 15_000],
  ])("of try %i is anything from nothing to %i ms", (attempt, bound) => {
    expect(backoffMs(attempt, 0)).toBe(0);
    expect(backoffMs(attempt, 0.5)).toBe(bound / 2);
    expect(backoffMs(attempt, 0.999_999_9)).toBeLessThanOrEqual(bound);
  });

  test("grows with the jitter and with the tries", () => {
    fc.assert(
      fc.property(anyHistory, anyLimits, ({ attempt }, { random }) => {
        expect(backoffMs(attempt + 1, random)).toBeGreaterThanOrEqual(backoffMs(attempt, random));
        expect(backoffMs(attempt, random)).toBeLessThanOrEqual(backoffMs(attempt, 1));
      }),
    );
  });
});

describe("what a response asks to wait", () => {
  const NOW = Date.parse("2026-10-21T07:28:00Z");
  const table: [what: string, headers: Record<string, string>, ms: number | null][] = [
    ["nothing", {}, null],
    ["Retry-After in seconds", { "retry-after": "7" }, 7_000],
    ["Retry-After of zero", { "retry-after": "0" }, 0],
    ["Retry-After with space around it", { "retry-after": " 7 " }, 7_000],
    ["Retry-After as a date", { "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT" }, 30_000],
    ["Retry-After as an obsolete date", { "retry-after": "Wednesday, 21-Oct-26 07:28:30 GMT" }, 30_000],
    ["Retry-After as a date that is over", { "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT" }, 0],
    ["an empty Retry-After", { "retry-after": "" }, null],
    ["a negative Retry-After", { "retry-after": "-5" }, null],
    ["a Retry-After in words", { "retry-after": "soon" }, null],
    ["a Retry-After in words with a number", { "retry-after": "wait 2099" }, null],
    ["a Retry-After without end", { "retry-after": "9".repeat(400) }, null],
    ["reset as a delta", { "x-ratelimit-reset": "12" }, 12_000],
    ["reset as a fractional delta", { "x-ratelimit-reset": "1.5" }, 1_500],
    ["reset in epoch seconds", { "x-ratelimit-reset": String(NOW / 1_000 + 30) }, 30_000],
    ["reset in epoch milliseconds", { "x-ratelimit-reset": String(NOW + 30_000) }, 30_000],
    ["reset in epoch seconds that are over", { "x-ratelimit-reset": String(NOW / 1_000 - 30) }, 0],
    ["reset in epoch milliseconds that are over", { "x-ratelimit-reset": String(NOW - 30_000) }, 0],
    ["reset as an ISO date", { "x-ratelimit-reset": "2026-10-21T07:28:30.000Z" }, 30_000],
    ["reset as an HTTP date", { "x-ratelimit-reset": "Wed, 21 Oct 2026 07:28:30 GMT" }, 30_000],
    ["reset in words", { "x-ratelimit-reset": "later 12" }, null],
    ["a negative reset", { "x-ratelimit-reset": "-12" }, null],
    ["an empty reset", { "x-ratelimit-reset": " " }, null],
    ["reset with nothing remaining", { "x-ratelimit-reset": "12", "x-ratelimit-remaining": "0" }, 12_000],
    ["reset with some remaining", { "x-ratelimit-reset": "12", "x-ratelimit-remaining": "3" }, null],
    ["both: Retry-After wins", { "retry-after": "7", "x-ratelimit-reset": "12" }, 7_000],
    ["a senseless Retry-After and a reset", { "retry-after": "soon", "x-ratelimit-reset": "12" }, 12_000],
  ];
  test.each(table)("%s", (_what, headers, ms) => {
    expect(toldWaitMs(429, headers, NOW)).toBe(ms);
  });

  test.each<[string, number, Record<string, string>, number | null]>([
    ["a reset says nothing, where the limit is not said to be reached", 503, { "x-ratelimit-reset": "3600" }, null],
    ["nor does it with some remaining", 503, { "x-ratelimit-reset": "3600", "x-ratelimit-remaining": "1" }, null],
    ["it does with nothing remaining", 503, { "x-ratelimit-reset": "12", "x-ratelimit-remaining": "0" }, 12_000],
    ["Retry-After counts", 503, { "retry-after": "7", "x-ratelimit-reset": "3600" }, 7_000],
  ])("after anything but a 429: %s", (_what, status, headers, ms) => {
    expect(toldWaitMs(status, headers, NOW)).toBe(ms);
  });

  test("is nothing or a number that can be waited for, whatever stands there", () => {
    const anyValue = fc.oneof(fc.string(), fc.double().map(String), fc.bigInt().map(String), fc.date().map(String));
    fc.assert(
      fc.property(
        anyValue,
        anyValue,
        fc.option(anyValue, { nil: undefined }),
        anyStatus,
        (after, reset, remaining, status) => {
          const headers = {
            "retry-after": after,
            "x-ratelimit-reset": reset,
            ...(remaining === undefined ? {} : { "x-ratelimit-remaining": remaining }),
          };
          const wait = toldWaitMs(status, headers, NOW);
          if (wait === null) return;
          expect(Number.isFinite(wait) && wait >= 0).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("a success whose body was cut", () => {
  const cut = response(200, { complete: false });

  test("is had once more where the request may be repeated", () => {
    expect(planRetry(cut, "idempotent", FIRST_TRY, LIMITS)).toMatchObject({ do: "retry", holdHost: false });
  });

  test("is final for a create, which has been carried out", () => {
    expect(planRetry(cut, "create", FIRST_TRY, LIMITS)).toEqual({ do: "stop", neededMs: null });
  });
});
