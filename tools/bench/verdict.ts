/** When one build counts as slower than another, on a machine whose figures are noisy. */
import { type Spread, spreadOf } from "./figures.ts";

export type Verdict = "better" | "within noise" | "worse";

/** How many times as much of anything ours may take, beyond noise. */
export const TOLERANCE = 1.05;

/** How sure the interval of a median is to have the true one in it. */
const CONFIDENCE = 0.95;

export interface Comparison extends Spread {
  /** Of each round, ours to the other. */
  ratios: number[];
  /** Where the true median of the ratios is. */
  interval: { low: number; high: number };
  verdict: Verdict;
  /** Whether it cannot be said that ours takes more than {@link TOLERANCE} allows. */
  holds: boolean;
}

/** Ours against another, of which less is better, round by round. */
export function compare(ours: readonly number[], other: readonly number[]): Comparison {
  // Nothing against nothing is the same, as when neither sends a request.
  const ratios = ours.map((value, round) => (value === other[round] ? 1 : value / (other[round] ?? Number.NaN)));
  const interval = medianInterval(ratios);
  const verdict = interval.low > 1 ? "worse" : interval.high < 1 ? "better" : "within noise";
  return { ...spreadOf(ratios), ratios, interval, verdict, holds: interval.low <= TOLERANCE };
}

/**
 * The interval that the sign test gives the median, which asks nothing of how the values are distributed: a stall of the
 * machine in one round is one value like any other. Fewer than six values have no such interval; it is all of them then.
 */
export function medianInterval(values: readonly number[]): { low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const outside = outsideOf(sorted.length);
  return { low: sorted.at(outside) ?? Number.NaN, high: sorted.at(-1 - outside) ?? Number.NaN };
}

/** How many of so many sorted values may be left out at each end. */
function outsideOf(count: number): number {
  // A coin, tossed `count` times: the chance of at most `heads` heads.
  let exactly = 0.5 ** count;
  let atMost = exactly;
  let heads = 0;
  while (2 * atMost <= 1 - CONFIDENCE) {
    heads += 1;
    exactly *= (count - heads + 1) / heads;
    atMost += exactly;
  }
  return Math.max(0, heads - 1);
}
