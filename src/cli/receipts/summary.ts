import type { ReceiptTotals } from "../../core/receipt.ts";
import { counted } from "../../core/text.ts";

/** Totals as a sentence: a sum of what nobody said is none. */
export function summaryOf({
  clients,
  outcomes,
  tokensRevoked,
  activeSessionsTerminated,
  unknownTokenCounts,
  unknownSessionCounts,
}: ReceiptTotals): string {
  const parts = Object.entries(outcomes).flatMap(([outcome, count]) => (count > 0 ? [`${count} ${outcome}`] : []));
  const counts = [
    sumOf(tokensRevoked, unknownTokenCounts, "token", "revoked"),
    sumOf(activeSessionsTerminated, unknownSessionCounts, "session", "ended"),
  ];
  const what = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  return `${counted(clients, "client")}${what}; ${counts.join(", ")}.`;
}

function sumOf(sum: number | null, unknown: number, noun: string, verb: string): string {
  const known = sum === null ? `nobody says how many ${noun}s were ${verb}` : `${counted(sum, noun)} ${verb}`;
  return unknown === 0 || sum === null ? known : `${known} (${unknown} not said)`;
}
