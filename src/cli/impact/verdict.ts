import { counted, type Message, say } from "../../core/text.ts";
import { type Impact, titleOf } from "./impact.ts";

/** What a deletion must not hit. */
export interface Thresholds {
  activeTokens?: number | undefined;
  usedWithinDays?: number | undefined;
}

/** What all deletions together would hit. A sum of what nobody said is null. */
export interface ImpactTotals {
  deletions: number;
  alive: number;
  gone: number;
  unknown: number;
  refused: number;
  activeTokens: number | null;
  /** Clients whose number of tokens nobody says, of those that may be alive. */
  unknownTokenCounts: number;
  requestsPerDay: number | null;
  unknownRequestCounts: number;
}

export function totalImpacts(impacts: readonly Impact[]): ImpactTotals {
  const totals: ImpactTotals = {
    deletions: impacts.length,
    alive: 0,
    gone: 0,
    unknown: 0,
    refused: 0,
    activeTokens: null,
    unknownTokenCounts: 0,
    requestsPerDay: null,
    unknownRequestCounts: 0,
  };
  for (const { is, refused, activeTokens, requestsPerDay } of impacts) {
    totals[is === "there" ? "alive" : is] += 1;
    if (refused !== null) totals.refused += 1;
    if (is === "gone") continue;
    if (activeTokens === null) totals.unknownTokenCounts += 1;
    else totals.activeTokens = (totals.activeTokens ?? 0) + activeTokens;
    if (requestsPerDay === null) totals.unknownRequestCounts += 1;
    else totals.requestsPerDay = (totals.requestsPerDay ?? 0) + requestsPerDay;
  }
  return totals;
}

const DAY_MS = 86_400_000;

/** What speaks against a deletion. */
export interface Objection {
  to: Impact;
  because: Message;
}

/**
 * What speaks against the deletions: thresholds that are exceeded. What nobody says exceeds them, too:
 * unknown is not "none", and not "never".
 */
export function objectionsTo(impacts: readonly Impact[], thresholds: Thresholds, nowMs = Date.now()): Objection[] {
  return impacts
    .filter(({ is }) => is !== "gone")
    .flatMap((to) => objectionsToOne(to, thresholds, nowMs).map((because) => ({ to, because })));
}

function objectionsToOne(impact: Impact, { activeTokens, usedWithinDays }: Thresholds, nowMs: number): Message[] {
  const found: Message[] = [];
  const client = titleOf(impact);
  if (activeTokens !== undefined) {
    if (impact.activeTokens === null) found.push(say`${client}: nobody says how many tokens are active`);
    else if (impact.activeTokens > activeTokens)
      found.push(say`${client}: ${counted(impact.activeTokens, "active token")}`);
  }
  if (usedWithinDays !== undefined && impact.everUsed !== false) {
    const usedMs = Date.parse(impact.lastUsedAt ?? "");
    if (Number.isNaN(usedMs)) found.push(say`${client}: nobody says when it was last used`);
    else if (nowMs - usedMs < usedWithinDays * DAY_MS)
      found.push(say`${client}: last used at ${impact.lastUsedAt ?? ""}`);
  }
  return found;
}
