/** What became of each client of a purge, as its outputs have it. */

import { counted, identifier, joined, type Message, say } from "../core/text.ts";
import type { Operation } from "./lifecycle.ts";
import type { Done } from "./purge.ts";

/** So many bytes of a line are beyond the id and what separates it: with both they are 64. */
const LONGEST_REST = 62;

/** What became of one client, in one short line: of a failure its kind, which is all that there is room for. */
export function lineOf(
  { id, outcome, tokensRevoked, activeSessionsTerminated, because, code }: Done,
  shown: Shown,
): string {
  const counts = [
    tokensRevoked === null ? say`` : say`${counted(tokensRevoked, "token")}`,
    activeSessionsTerminated === null ? say`` : say`${counted(activeSessionsTerminated, "session")}`,
  ];
  return lineFor(id, [say`${outcome}`, ...counts, code === undefined ? because : say`${code}`], shown);
}

type Shown = Operation["shown"];

function lineFor(id: string, parts: readonly Message[], shown: Shown): string {
  // Without secrets before it is cut: nobody knows half a one.
  const rest = shown(joined(parts, ", "));
  return `${shown(identifier(id))}: ${Buffer.byteLength(rest) <= LONGEST_REST ? rest : `${shortened(rest)}…`}`;
}

function shortened(text: string): string {
  let kept = text;
  while (Buffer.byteLength(kept) > LONGEST_REST - 3) kept = kept.slice(0, Math.max(0, kept.lastIndexOf(" ")));
  return kept;
}
