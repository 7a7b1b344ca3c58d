/** What docs/reliability.md shows of the interrupts, which the last soak has written. */
import { readFileSync } from "node:fs";
import { type Cell, INTERRUPTS, OPERATIONS } from "../../test/interrupts/cells.ts";
import type { Outcome } from "../../test/interrupts/run.ts";
import { VENDORS } from "../../test/outside.ts";
import { markdownTable } from "./markdown.ts";

type Run = Cell & Outcome;

interface Soak {
  date: string;
  version: string;
  seed: number;
  clients: number;
  latencyMs: number;
  runs: readonly Run[];
}

const SOAK: Soak = JSON.parse(readFileSync(new URL("../../test/golden/soak-interrupts.json", import.meta.url), "utf8"));

/** The parts of the page, by their names. */
export function interruptTables(): Record<string, string> {
  return { interruptCounts: counts(), interrupts: matrix(), interruptsLeft: whatWasLeft() };
}

function counts(): string {
  const { date, version, seed, clients, latencyMs, runs } = SOAK;
  const deletions = sum(runs, ({ receipts }) => receipts.counted + receipts.unknown + receipts.printed);
  return [
    `**${runs.length} runs, ${runs.length * clients} clients: lost ${sum(runs, ({ lost }) => lost)}`,
    `duplicate ${sum(runs, ({ duplicate }) => duplicate)}`,
    `wrongly deleted ${sum(runs, ({ wronglyDeleted }) => wronglyDeleted)}`,
    `in the state but gone ${sum(runs, ({ onlyInState }) => onlyInState)}.** ${deletions} deletions, each with its receipt or the line in its place.\nVersion ${version}, ${date}, a vendor that takes ${latencyMs} ms for each request, seed ${seed}.`,
  ].join(", ");
}

/** A row for each interrupt: after how many requests it came, at each vendor, and what that has cost. */
function matrix(): string {
  const head = ["", ...OPERATIONS, "runs", "clients", "lost", "duplicate", "wrongly deleted"];
  const rows = INTERRUPTS.map((interrupt) => {
    const runs = SOAK.runs.filter((run) => run.interrupt === interrupt);
    const moments = OPERATIONS.map((operation) =>
      VENDORS.map((vendor) => momentOf(runs.find((run) => run.operation === operation && run.vendor === vendor))).join(
        " / ",
      ),
    );
    const totals = [
      runs.length,
      sum(runs, ({ clients }) => clients),
      sum(runs, ({ lost }) => lost),
      sum(runs, ({ duplicate }) => duplicate),
      sum(runs, ({ wronglyDeleted }) => wronglyDeleted),
    ];
    return [interrupt, ...moments, ...totals.map(String)];
  });
  return markdownTable(head, rows);
}

function momentOf(run: Run | undefined): string {
  return run === undefined ? "–" : String(run.requests);
}

/** A row for each interrupt: which clients the state did not have afterwards, how they were found, and what receipts say. */
function whatWasLeft(): string {
  const head = ["", "noted as pending", "named by errors", "found by the sweep", "counts", "unknown", "printed"];
  const rows = INTERRUPTS.map((interrupt) => {
    const runs = SOAK.runs.filter((run) => run.interrupt === interrupt);
    const figures = [
      sum(runs, ({ left }) => left.pending),
      sum(runs, ({ left }) => left.named),
      sum(runs, ({ left }) => left.unnamed),
      sum(runs, ({ receipts }) => receipts.counted),
      sum(runs, ({ receipts }) => receipts.unknown),
      sum(runs, ({ receipts }) => receipts.printed),
    ];
    return [interrupt, ...figures.map(String)];
  });
  return markdownTable(head, rows);
}

function sum(runs: readonly Run[], of: (run: Run) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}
