/** Figures, their targets, and how they are printed. */

/** Something measured. With a target it holds or does not. */
export interface Figure {
  name: string;
  /** As people read it. */
  value: string;
  target?: string;
  holds?: boolean;
  /** What was seen, for `--json`. */
  data?: unknown;
}

/** Lowest, middle and highest of some measurements. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return { min: at(0), median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2, max: at(sorted.length - 1) };
}

/** `2.41 s (2.35 … 2.60)`: the median, and from the lowest to the highest. */
export function shownSeconds(milliseconds: readonly number[]): string {
  const { min, median, max } = spreadOf(milliseconds.map((value) => value / 1_000));
  return `${median.toFixed(2)} s (${min.toFixed(2)} … ${max.toFixed(2)})`;
}

/**
 * Ours against a baseline, measured in turns. What counts is the median of the rounds' own ratios: the two halves of
 * a round are neighbours in time, so a machine that is busy for a while slows both.
 */
export function compared(
  name: string,
  measured: { ours: readonly number[]; baseline: readonly number[] },
  most: number,
): Figure {
  const ratios = measured.ours.map((value, round) => value / (measured.baseline[round] ?? Number.NaN));
  const { min, median, max } = spreadOf(ratios);
  const ofMinima = Math.min(...measured.ours) / Math.min(...measured.baseline);
  return {
    name,
    value: `ours ${shownSeconds(measured.ours)}, baseline ${shownSeconds(measured.baseline)}: ${times(median)} (rounds ${times(min)} … ${times(max)}; best against best ${times(ofMinima)})`,
    target: `<= ${times(most)}`,
    holds: median <= most,
    data: { ...measured, ratios, ofMinima },
  };
}

export function times(ratio: number): string {
  return `${ratio.toFixed(3)}x`;
}

/** A figure that has to be exactly this. */
export function exactly(name: string, found: number, wanted: number, data?: unknown): Figure {
  return { name, value: String(found), target: `= ${wanted}`, holds: found === wanted, data };
}

export function printFigure(figure: Figure): string {
  const verdict = figure.holds === undefined ? "      " : figure.holds ? "holds " : "MISSED";
  const target = figure.target === undefined ? "" : `   [target ${figure.target}]`;
  return `  ${verdict}  ${figure.name}${target}\n          ${figure.value}\n`;
}
