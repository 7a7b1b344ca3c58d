/** What many lives come to, in numbers. */
import type { Lived } from "./lane.ts";

export interface Figures {
  lives: number;
  steps: number;
  /** Of each kind of step. */
  kinds: Record<string, number>;
  /** What commands asked of the provider's process. */
  operations: Record<string, number>;
  /** Operations that ended with an error. */
  failures: number;
  /** Requests that were spoilt. */
  faults: number;
  /** How often the provider's process was killed. */
  kills: number;
  /** Clients that the provider deleted. */
  deletions: number;
  receipts: number;
  /** Clients that a killed process had made and nobody could write down. */
  orphansOfKills: number;
  differences: number;
}

export function figuresOf(all: readonly Lived[]): Figures {
  const sum = (of: (lived: Lived) => number) => all.reduce((total, lived) => total + of(lived), 0);
  const byName = (of: (lived: Lived) => Record<string, number>) => {
    const totals: Record<string, number> = {};
    for (const lived of all) {
      for (const [name, count] of Object.entries(of(lived))) totals[name] = (totals[name] ?? 0) + count;
    }
    return Object.fromEntries(Object.entries(totals).sort(([, one], [, other]) => other - one));
  };
  return {
    lives: all.length,
    steps: sum(({ steps }) => steps),
    kinds: byName(({ counts }) => counts.steps),
    operations: byName(({ counts }) => counts.operations),
    failures: sum(({ counts }) => counts.failures),
    faults: sum(({ counts }) => counts.faults),
    kills: sum(({ counts }) => counts.kills),
    deletions: sum(({ tally }) => tally.deletions),
    receipts: sum(({ tally }) => tally.receipts),
    orphansOfKills: sum(({ tally }) => tally.orphansOfKills),
    differences: all.filter(({ difference }) => difference !== null).length,
  };
}

/** The last long run, as docs/reliability.md shows it. */
export interface Soak extends Figures {
  /** Day of the run, ISO 8601. */
  date: string;
  /** Of the package. */
  version: string;
  minutes: number;
  /** The first seed; each life has the next one. */
  firstSeed: number;
}
