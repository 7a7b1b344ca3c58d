import { uptime } from "node:os";
import { afterEach, expect, test, vi } from "vitest";
import type { Answer } from "../core/answer.ts";
import { unusable } from "./call.ts";
import { attempted, comparedClosely, isOfThisClock, toldBy } from "./claim.ts";

const NOBODY_LOOKED = { before: [], sawAllBefore: false };

afterEach(() => vi.restoreAllMocks());

function answerAt(clock: number | null): Answer {
  return {
    kind: "response",
    author: "vendor",
    status: 503,
    waitMs: null,
    clock,
    location: null,
    complete: true,
    body: undefined,
    vendorCode: null,
    words: null,
    saysFailed: false,
  };
}
const failed = (clock: number | null) => unusable(answerAt(clock));

test("an attempt whose clock was set while it was under way is compared with no other time", async () => {
  const real = Date.now.bind(Date);
  const exists = vi.fn();
  const { attempt } = await attempted({ name: "x" }, { exists }, NOBODY_LOOKED, async (sent) => {
    sent();
    vi.spyOn(Date, "now").mockImplementation(() => real() + 3_600_000);
    return failed(real());
  });
  expect(attempt).toMatchObject({ aheadMs: null, bootedMs: null });
  // What the state has meanwhile is of the clock of the beginning.
  expect(isOfThisClock(exists.mock.calls[0]?.[0].outputs.__claim)).toBe(false);
});

test("an attempt by a clock that runs on is compared with the vendor's", async () => {
  const { attempt } = await attempted({}, { exists: () => {} }, NOBODY_LOOKED, async (sent) => {
    sent();
    return failed(Date.now() + 60_000);
  });
  expect(attempt.aheadMs).toBeGreaterThan(59_000);
  expect(isOfThisClock(attempt)).toBe(true);
});

test("a closer look at the vendor's clock is taken where it can tell, until a second has passed", async () => {
  const attempt = {
    startedMs: Date.now(),
    endedMs: Date.now(),
    aheadMs: -900,
    aheadDoubtMs: 1_000,
    carriedOut: false,
    bootedMs: Math.round(Date.now() - uptime() * 1_000),
    ...NOBODY_LOOKED,
  };
  const candidate = (createdMs: number) => ({ id: "a", createdMs, asAskedFor: true, hasItsSecret: false });
  const pause = vi.fn(async () => {});
  let read = 0;
  const ask = async () => failed(Date.now() - 900 + (read++ === 7 ? 850 : 0));
  expect(await comparedClosely(attempt, [candidate(attempt.startedMs + 5_000)], { pause }, ask)).toEqual(attempt);
  expect(pause).not.toHaveBeenCalled();
  const closer = await comparedClosely(attempt, [candidate(attempt.startedMs - 800)], { pause }, ask);
  expect(closer.aheadDoubtMs).toBe(0);
  expect(closer.aheadMs).toBeGreaterThan(-60);
  expect(pause).toHaveBeenCalledTimes(11);
});

test("a closer look at which the vendor tells no time leaves the doubt, and ends there", async () => {
  const attempt = {
    startedMs: Date.now(),
    endedMs: Date.now(),
    aheadMs: -900,
    aheadDoubtMs: 1_000,
    carriedOut: false,
    bootedMs: Math.round(Date.now() - uptime() * 1_000),
    ...NOBODY_LOOKED,
  };
  const inDoubt = { id: "a", createdMs: attempt.startedMs - 800, asAskedFor: true, hasItsSecret: false };
  const pause = vi.fn(async () => {});
  let read = 0;
  const ask = async () => failed(read++ === 3 ? null : Date.now() - 900);
  expect(await comparedClosely(attempt, [inDoubt], { pause }, ask)).toBe(attempt);
  expect(read).toBe(4);
});

test("what this machine finds out of the vendor's clock says nothing of another machine's attempt", async () => {
  const ours = {
    startedMs: Date.now(),
    endedMs: Date.now(),
    aheadMs: -900,
    aheadDoubtMs: 1_000,
    carriedOut: false,
    bootedMs: Math.round(Date.now() - uptime() * 1_000),
    ...NOBODY_LOOKED,
  };
  expect(toldBy(ours, answerAt(Date.now() + 5_000)).aheadMs).toBeGreaterThan(4_900);
  expect(toldBy(ours, answerAt(Date.now() - 5_000)).aheadMs).toBe(-900);
  const another = { ...ours, bootedMs: ours.bootedMs - 60_000 };
  expect(toldBy(another, answerAt(Date.now() + 5_000))).toBe(another);
  const inDoubt = { id: "a", createdMs: ours.startedMs - 800, asAskedFor: true, hasItsSecret: false };
  const pause = vi.fn(async () => {});
  expect(await comparedClosely(another, [inDoubt], { pause }, async () => failed(Date.now()))).toBe(another);
  expect(pause).not.toHaveBeenCalled();
});
