import { describe, expect, it } from "vitest";
import { compare, medianInterval } from "./verdict.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const against = (ratios: readonly number[]) =>
  compare(
    ratios.map((ratio) => ratio * 2_000),
    ratios.map(() => 2_000),
  );

describe("the interval of a median", () => {
  // From tables of the sign test, two-sided, 5 %.
  it.each([
    [1, 1, 1],
    [5, 1, 5],
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [12, 3, 10],
    [15, 4, 12],
    [20, 6, 15],
    [24, 7, 18],
    [30, 10, 21],
    [50, 18, 33],
  ])("of %i values is from number %i to number %i", (count, low, high) => {
    expect(medianInterval(upTo(count).toReversed())).toEqual({ low, high });
  });
});

describe("a verdict", () => {
  it.each([
    ["within noise", [0.98, 1.02, 0.99, 1.01, 1.03, 0.97], true],
    ["better", [0.9, 0.91, 0.92, 0.93, 0.94, 0.95], true],
    ["worse", [1.01, 1.02, 1.03, 1.04, 1.02, 1.01], true],
    ["worse", [1.06, 1.07, 1.08, 1.09, 1.1, 1.11], false],
    ["worse", [1.04, 1.2, 1.2, 1.2, 1.2, 1.2], true],
  ] as const)("is %s for %j; the target holds: %s", (verdict, ratios, holds) => {
    expect(against(ratios)).toMatchObject({ verdict, holds });
  });

  it("is not changed by a stall of the machine in one round of many", () => {
    const rounds = [...Array.from({ length: 11 }, () => 0.95), 9];
    expect(against(rounds)).toMatchObject({ verdict: "better", median: 0.95, max: 9 });
  });

  it("is of each round's own ratio, however the machine's speed changes between rounds", () => {
    const speeds = [1, 5, 2, 9, 3, 7];
    const compared = compare(
      speeds.map((speed) => 1.02 * speed),
      speeds,
    );
    expect(compared.verdict).toBe("worse");
    expect(compared.interval.high).toBeCloseTo(1.02);
  });

  it("takes nothing against nothing for the same, and something against nothing for worse", () => {
    expect(compare([0, 0, 0], [0, 0, 0])).toMatchObject({ verdict: "within noise", median: 1, holds: true });
    expect(compare([2, 2, 2], [0, 0, 0])).toMatchObject({ verdict: "worse", holds: false });
  });
});
