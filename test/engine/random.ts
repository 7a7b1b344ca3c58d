/** Whole numbers from 0, below the given one: the same ones for the same seed. */
export type Random = (below: number) => number;

/** A linear congruential generator: random enough to choose moments. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
