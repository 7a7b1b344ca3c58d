/** Numbers that look random and are the same for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 on, less than `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of these, or nothing of nothing. */
  maybeOf<Some>(several: readonly Some[]): Some | undefined {
    return several[this.below(several.length)];
  }

  of<const Some>(several: readonly [Some, ...Some[]]): Some {
    return several[this.below(several.length)] ?? several[0];
  }

  /** One of these, the heavier the likelier. */
  weighted<Some>(several: readonly (readonly [weight: number, one: Some])[]): Some {
    const all = several.reduce((sum, [weight]) => sum + weight, 0);
    let left = this.next() * all;
    for (const [weight, one] of several) {
      left -= weight;
      if (left < 0) return one;
    }
    throw new Error("nothing to choose from");
  }
}
