import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Attempt, type Candidate, isInDoubt, type View, whatWasMade } from "./attempt.ts";

const START = Date.parse("2026-11-02T10:00:00.000Z");
const ATTEMPT: Attempt = {
  startedMs: START,
  endedMs: START + 5_000,
  aheadMs: 0,
  aheadDoubtMs: 0,
  carriedOut: false,
  before: [],
  sawAllBefore: false,
};
const CARRIED_OUT: Attempt = { ...ATTEMPT, carriedOut: true, sawAllBefore: true };
const LATE: View = { settled: true, contested: false };

function candidate(createdAfterStartMs: number | null, rest: Partial<Candidate> = {}): Candidate {
  const createdMs = createdAfterStartMs === null ? null : START + createdAfterStartMs;
  return { id: "client-1", createdMs, asAskedFor: true, hasItsSecret: false, ...rest };
}

const FOUND = { is: "found", id: "client-1" };
const OPEN = { is: "open", ids: ["client-1"] };
const OLDER = { is: "none", older: ["client-1"] };

describe("a client of the attempt's name", () => {
  test.each([
    ["created during the attempt is what it made", 3_000, {}, ATTEMPT, FOUND],
    ["created at its very beginning is what it made", 0, {}, ATTEMPT, FOUND],
    ["created a while after it was given up is what it made", 30_000, {}, ATTEMPT, FOUND],
    [
      "created in the first second by a clock of whole seconds may be either",
      900,
      {},
      { ...ATTEMPT, aheadDoubtMs: 1_000 },
      OPEN,
    ],
    ["created after that second is what it made", 1_000, {}, { ...ATTEMPT, aheadDoubtMs: 1_000 }, FOUND],
    ["created long after it was given up may be somebody else's", 60_000, {}, ATTEMPT, OPEN],
    ["that is not what was asked for may be somebody else's", 3_000, { asAskedFor: false }, ATTEMPT, OPEN],
    ["created minutes before was there before", -120_000, {}, ATTEMPT, OLDER],
    ["created just before may be either, since no two clocks are the same", -30_000, {}, ATTEMPT, OPEN],
    ["created before by a clock that is behind is what it made", -59_000, {}, { ...ATTEMPT, aheadMs: -60_000 }, FOUND],
    ["created during it by a clock that is ahead was there before", 3_000, {}, { ...ATTEMPT, aheadMs: 600_000 }, OLDER],
    ["created during it by a clock nobody compared may be either", 3_000, {}, { ...ATTEMPT, aheadMs: null }, OPEN],
    ["created before by a clock nobody compared may be either", -60_000, {}, { ...ATTEMPT, aheadMs: null }, OPEN],
    ["created hours before was there before, whatever clock", -4e6, {}, { ...ATTEMPT, aheadMs: null }, OLDER],
    ["without a date may be somebody else's", null, {}, ATTEMPT, OPEN],
    ["with the secret of the answer is what it made", null, { hasItsSecret: true }, ATTEMPT, FOUND],
    ["without a date, the only one after a create that was done, is it", null, {}, CARRIED_OUT, FOUND],
    [
      "without a date, the only one after a create that was done, may have been there before where nobody looked",
      null,
      {},
      { ...CARRIED_OUT, sawAllBefore: false },
      OPEN,
    ],
    ["that a list had before was there before", null, {}, { ...CARRIED_OUT, before: ["client-1"] }, OLDER],
    ["without a date that is not as asked for may be somebody else's", null, { asAskedFor: false }, CARRIED_OUT, OPEN],
  ] satisfies [string, number | null, Partial<Candidate>, Attempt, object][])(
    "%s",
    (_what, createdAfterStartMs, rest, attempt, expected) => {
      expect(whatWasMade(attempt, [candidate(createdAfterStartMs, rest)], LATE)).toEqual(expected);
    },
  );

  test("proves nothing by its date or its place while another request may have made it", () => {
    const contested = { ...LATE, contested: true };
    expect(whatWasMade(ATTEMPT, [candidate(3_000)], contested)).toEqual(OPEN);
    expect(whatWasMade(CARRIED_OUT, [candidate(null)], contested)).toEqual(OPEN);
    expect(whatWasMade(ATTEMPT, [candidate(null, { hasItsSecret: true })], contested)).toEqual(FOUND);
  });

  test("proves nothing beside another one that it may be", () => {
    const two = [candidate(1_000), candidate(2_000, { id: "client-2" })];
    expect(whatWasMade(ATTEMPT, two, LATE)).toEqual({ is: "open", ids: ["client-1", "client-2"] });
    const undated = [candidate(null), candidate(null, { id: "client-2" })];
    expect(whatWasMade(CARRIED_OUT, undated, LATE)).toMatchObject({ is: "open" });
  });

  test("without a date proves nothing in a list that may lag", () => {
    expect(whatWasMade(CARRIED_OUT, [candidate(null)], { ...LATE, settled: false })).toEqual(OPEN);
  });
});

test("no client: nothing was made", () => {
  expect(whatWasMade(ATTEMPT, [], LATE)).toEqual({ is: "none", older: [] });
});

test("property: whatever the clocks, a client that was there before is never taken for the attempt's", () => {
  const facts = fc.record({
    offBy: fc.integer({ min: -1e7, max: 1e7 }),
    latency: fc.integer({ min: 0, max: 20_000 }),
    before: fc.integer({ min: 1, max: 1e9 }),
    took: fc.integer({ min: 0, max: 120_000 }),
  });
  fc.assert(
    fc.property(facts, ({ offBy, latency, before, took }) => {
      // As a `Date` header tells it: cut to seconds, and older by the time it was on its way.
      const aheadMs = Math.floor((START + offBy) / 1_000) * 1_000 - (START + latency);
      const older = candidate(offBy - before - latency - 1_000);
      for (const told of [aheadMs, null]) {
        const attempt = { ...ATTEMPT, endedMs: START + took, aheadMs: told };
        expect(whatWasMade(attempt, [older], LATE).is).not.toBe("found");
      }
    }),
  );
});

test("property: whatever the clocks, what the attempt made is never said to have been there before", () => {
  const facts = fc.record({
    offBy: fc.integer({ min: -1e7, max: 1e7 }),
    latency: fc.integer({ min: 0, max: 20_000 }),
    after: fc.integer({ min: 0, max: 200_000 }),
  });
  fc.assert(
    fc.property(facts, ({ offBy, latency, after }) => {
      const aheadMs = Math.floor((START + offBy) / 1_000) * 1_000 - (START + latency);
      const made = candidate(Math.floor((offBy + after) / 1_000) * 1_000);
      expect(whatWasMade({ ...ATTEMPT, aheadMs }, [made], LATE)).not.toMatchObject({ is: "none" });
    }),
  );
});

test("in doubt is what a clock of whole seconds leaves open, and nothing else", () => {
  const attempt = { ...ATTEMPT, aheadDoubtMs: 1_000 };
  expect([-1, 0, 999, 1_000, null].map((at) => isInDoubt(attempt, candidate(at)))).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
  expect(isInDoubt({ ...attempt, aheadMs: null }, candidate(0))).toBe(false);
});
