/** How far a purge is, and what came of it. */

import type { PurgeTotals } from "../core/purge-totals.ts";
import { counted, joined, type Message, say } from "../core/text.ts";
import type { Operation } from "./lifecycle.ts";
import type { Done, Rest } from "./purge.ts";

/** What is known of a purge so far. */
export interface Tally extends PurgeTotals {
  tokensRevoked: number;
  activeSessionsTerminated: number;
}

export const NOTHING: Tally = {
  selected: 0,
  deleted: 0,
  softDeleted: 0,
  alreadyGone: 0,
  failed: 0,
  skipped: 0,
  wouldBeDeleted: 0,
  tokensRevoked: 0,
  activeSessionsTerminated: 0,
  unknownTokenCounts: 0,
  unknownSessionCounts: 0,
};

/** So often a purge says how far it is, in milliseconds: where somebody looks on, and where nobody does. */
const PROGRESS_MS = 500;
const HEARTBEAT_MS = 30_000;

/** Says something now and then, and nothing of it at the end. */
export function pacedBy(operation: Operation, what: () => Message): { tick(): void; end(): void } {
  let shownMs = performance.now();
  // A long work without a line looks like one that hangs, and one request may take as long.
  const heartbeat = setInterval(() => operation.log("info", what()), HEARTBEAT_MS);
  heartbeat.unref();
  return {
    tick() {
      if (performance.now() - shownMs < PROGRESS_MS) return;
      shownMs = performance.now();
      operation.progress(what());
    },
    end: () => clearInterval(heartbeat),
  };
}

/**
 * How far a purge is.
 *
 * @param left how many clients are still to be handled
 */
export function progressOf(tally: Tally, left: number): Message {
  const { deleted, softDeleted, alreadyGone, failed, skipped, wouldBeDeleted } = tally;
  const counts = {
    deleted,
    "soft-deleted": softDeleted,
    "already gone": alreadyGone,
    "would be deleted": wouldBeDeleted,
    failed,
    skipped,
  };
  const parts = Object.entries(counts).map(([what, count]) => (count === 0 ? say`` : say`${count} ${what}`));
  const said = joined(parts, ", ");
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (done + left === 0) return say`no client is meant`;
  return say`${done} of ${counted(done + left, "client")}: ${said.isEmpty ? say`nothing yet` : said}`;
}

/** What was not done, as a sentence goes on. */
export function leftOf({ left, cutOff }: Pick<Rest, "left" | "cutOff">): Message {
  const begun = say`${left.length} ${left.length === 1 ? "was" : "were"} not begun`;
  if (cutOff.length === 0) return begun;
  return say`${begun}, and ${cutOff.length} ended with a DELETE that may have been carried out`;
}

export function tallied(tally: Tally, done: readonly Done[]): Tally {
  const sum = { ...tally };
  for (const { outcome, tokensRevoked, activeSessionsTerminated } of done) {
    if (outcome === "would be deleted") {
      sum.wouldBeDeleted += 1;
      continue;
    }
    if (outcome === "failed" || outcome === "skipped") {
      sum[outcome] += 1;
      continue;
    }
    sum[outcome === "deleted" ? "deleted" : outcome === "soft-deleted" ? "softDeleted" : "alreadyGone"] += 1;
    sum.tokensRevoked += tokensRevoked ?? 0;
    sum.activeSessionsTerminated += activeSessionsTerminated ?? 0;
    if (tokensRevoked === null) sum.unknownTokenCounts += 1;
    if (activeSessionsTerminated === null) sum.unknownSessionCounts += 1;
  }
  return sum;
}

/** Its totals: a sum is null as soon as one part of it is unknown. */
export function totalsOf(tally: Tally): PurgeTotals {
  return {
    ...tally,
    tokensRevoked: tally.unknownTokenCounts > 0 ? null : tally.tokensRevoked,
    activeSessionsTerminated: tally.unknownSessionCounts > 0 ? null : tally.activeSessionsTerminated,
  };
}
