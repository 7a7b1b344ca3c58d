/**
 * Keeps requests apart, so that no second has more of them than allowed. Spaced evenly rather than let through in
 * bursts: a vendor counts in windows that nobody here knows the beginning of.
 */
export class Pace {
  readonly #intervalMs: number;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** @param perSecond requests a second, also less than one; null for as many as come */
  constructor(perSecond: number | null) {
    this.#intervalMs = perSecond === null ? 0 : 1_000 / perSecond;
  }

  /** Milliseconds from `now` until the next request may go; 0 when it may at once. */
  remainingMs(now: number): number {
    return Math.max(0, this.#nextAt - now);
  }

  /** Notes that a request goes at `now`. */
  went(now: number): void {
    this.#nextAt = now + this.#intervalMs;
  }
}
