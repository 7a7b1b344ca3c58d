/** Figures, their targets, and how they are printed. */
import type { SideName } from "./sides.ts";
import { compare, TOLERANCE, type Verdict } from "./verdict.ts";

/** Something measured. With a target it holds or does not. */
export interface Figure {
  name: string;
  /** As people read it. */
  value: string;
  /** What to know besides. */
  note?: string;
  target?: string;
  holds?: boolean;
  /** Of a comparison with another build. */
  verdict?: Verdict;
  /** What was seen, for `--json`. */
  data?: unknown;
  /** What of it goes into tables. */
  timings?: readonly Timing[];
}

/** What was measured of each side, round by round. A side that has nothing was left out. */
export type Measured<Value = number> = Record<SideName, Value[]>;

export function measured<Value = number>(): Measured<Value> {
  return { ours: [], other: [], baseline: [], lean: [] };
}

export function mapped<From, To>(
  { ours, other, baseline, lean }: Measured<From>,
  to: (value: From) => To,
): Measured<To> {
  return { ours: ours.map(to), other: other.map(to), baseline: baseline.map(to), lean: lean.map(to) };
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
  return shownIn("s", 1_000, 2, milliseconds);
}

export function shownMegabytes(bytes: readonly number[]): string {
  return shownIn("MiB", 1024 * 1024, 1, bytes);
}

/** Counts are all but the same in every round. */
export function shownCount(counts: readonly number[]): string {
  return String(Number(spreadOf(counts).median.toFixed(2)));
}

function shownIn(unit: string, size: number, digits: number, values: readonly number[]): string {
  const { min, median, max } = spreadOf(values.map((value) => value / size));
  return `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)} … ${max.toFixed(digits)})`;
}

/**
 * Ours against a baseline, measured in turns; without `most` it is told, and no target. What counts is the median of the rounds' own ratios: the two halves of
 * a round are neighbours in time, so a machine that is busy for a while slows both.
 */
export function compared(name: string, { ours, baseline }: Measured, most: number | null): Figure {
  const { value, median, data } = inTurns(ours, "baseline", baseline);
  if (most === null) return { name, value, data };
  return { name, value, target: `<= ${times(most)}`, holds: median <= most, data };
}

/** Ours against the lean floor, measured in turns: told, and no target. */
export function besideLean(name: string, { ours, lean }: Measured): Figure {
  const { value, data } = inTurns(ours, "lean", lean);
  return { name: `${name}, against a resource that declares only what no input gives`, value, data };
}

function inTurns(ours: readonly number[], side: SideName, others: readonly number[]) {
  const ratios = ours.map((value, round) => value / (others[round] ?? Number.NaN));
  const { min, median, max } = spreadOf(ratios);
  const ofMinima = Math.min(...ours) / Math.min(...others);
  return {
    value: `ours ${shownSeconds(ours)}, ${side} ${shownSeconds(others)}: ${times(median)} (rounds ${times(min)} … ${times(max)}; best against best ${times(ofMinima)})`,
    median,
    data: { ours, [side]: others, ratios, ofMinima },
  };
}

/**
 * Ours against another build, if one was measured: by the rounds' own ratios again.
 *
 * @param shown how the values of a side are shown
 */
export function against(
  name: string,
  { ours, other, baseline, lean }: Measured,
  shown: (values: readonly number[]) => string,
): Figure[] {
  if (other.length === 0) return [];
  const { ratios, min, median, max, interval, verdict, holds } = compare(ours, other);
  const sides = Object.entries({ ours, other, baseline, lean }).filter(([, values]) => values.length > 0);
  const range = (low: number, high: number) => `${times(low)} … ${times(high)}`;
  const ratio = `${times(median)} (interval ${range(interval.low, interval.high)}, rounds ${range(min, max)})`;
  return [
    {
      name: `${name}, against the other build`,
      value: `${verdict}: ${ratio}; ${sides.map(([side, values]) => `${side} ${shown(values)}`).join(", ")}`,
      target: `<= ${times(TOLERANCE)} beyond noise`,
      holds,
      verdict,
      data: { ...Object.fromEntries(sides), ratios, interval },
    },
  ];
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
  const note = figure.note === undefined ? "" : `          ${figure.note}\n`;
  return `  ${verdict}  ${figure.name}${target}\n          ${figure.value}\n${note}`;
}

/** How many figures have which verdict, and which are not as before. */
export function printVerdicts(figures: readonly Figure[]): string {
  const named = (verdict: Verdict) => figures.filter((figure) => figure.verdict === verdict);
  const [better, same, worse] = [named("better"), named("within noise"), named("worse")];
  const counts = `${same.length} within noise, ${better.length} better, ${worse.length} worse`;
  const lines = [...better, ...worse].map(({ name, verdict }) => `  ${verdict}: ${name}\n`);
  return `Against the other build: ${counts}.\n${lines.join("")}`;
}

/**
 * Cells of what was measured of the sides of this checkout.
 *
 * @param besides requests for each client, which only ours sends, and the sizes of the state files
 */
export function timingsOf(
  cell: Pick<Timing, "of" | "clients">,
  took: Measured,
  besides: { requests?: readonly number[]; stateBytes?: Measured } = {},
): Timing[] {
  const { requests = [], stateBytes } = besides;
  return TABLED.flatMap(([name, side]): Timing[] => {
    if (took[name].length === 0) return [];
    const bytes = stateBytes?.[name] ?? [];
    return [
      {
        ...cell,
        side,
        milliseconds: took[name],
        requestsPerClient: name === "ours" && requests.length > 0 ? spreadOf(requests).median : null,
        ...(bytes.length > 0 ? { stateBytes: spreadOf(bytes).median } : {}),
      },
    ];
  });
}

/** Another build has no place in the tables. */
const TABLED = [
  ["ours", "ours"],
  ["baseline", "equal dynamic resource"],
  ["lean", "lean dynamic resource"],
] as const;

/** One cell of the tables of docs/performance.md. */
export interface Timing {
  of: string;
  clients: number;
  side: string;
  milliseconds: readonly number[];
  requestsPerClient: number | null;
  stateBytes?: number;
}
