import { OAuthClientsError } from "../../core/errors.ts";
import { counted, type Message, say } from "../../core/text.ts";
import { DAY_MS } from "../../core/time.ts";
import { type Impact, titleOf } from "./impact.ts";

/** What a deletion must not hit. */
export interface Thresholds {
  activeTokens?: number | undefined;
  usedWithinDays?: number | undefined;
}

/** What all deletions together would hit. A sum of what nobody said is null. */
export interface ImpactTotals {
  deletions: number;
  /** Fewer, where several deletions name one client. All below but `refused` counts these. */
  clients: number;
  alive: number;
  gone: number;
  unknown: number;
  /** Deletions that would fail. */
  refused: number;
  activeTokens: number | null;
  /** Clients whose number of tokens nobody says, of those that may be alive. */
  unknownTokenCounts: number;
  requestsPerDay: number | null;
  unknownRequestCounts: number;
}

export function totalImpacts(impacts: readonly Impact[]): ImpactTotals {
  const clients = onePerClient(impacts);
  const count = (of: Impact["is"]) => clients.filter(({ is }) => is === of).length;
  const alive = clients.filter(({ is }) => is !== "gone");
  const tokens = summed(alive.map(({ activeTokens }) => activeTokens));
  const requests = summed(alive.map(({ requestsPerDay }) => requestsPerDay));
  return {
    deletions: impacts.length,
    clients: clients.length,
    alive: count("there"),
    gone: count("gone"),
    unknown: count("unknown"),
    refused: impacts.filter(({ refused }) => refused !== null).length,
    activeTokens: tokens.sum,
    unknownTokenCounts: tokens.unknown,
    requestsPerDay: requests.sum,
    unknownRequestCounts: requests.unknown,
  };
}

/** Each client once, with all that is known of it: two resources may delete the same one. */
function onePerClient(impacts: readonly Impact[]): Impact[] {
  const clients = new Map<string, Impact>();
  for (const impact of impacts) {
    const { vendor, tenant, id, urn } = impact;
    const key = JSON.stringify(id === null ? [urn, clients.size] : [vendor, tenant, id]);
    const known = clients.get(key);
    clients.set(key, known === undefined ? impact : both(known, impact));
  }
  return [...clients.values()];
}

/** Where one deletion does not know where a client is, that it is gone for another one makes it no harmless one. */
const WEIGHT: readonly Impact["is"][] = ["gone", "unknown", "there"];

function both(one: Impact, other: Impact): Impact {
  return {
    ...one,
    is: WEIGHT.indexOf(one.is) < WEIGHT.indexOf(other.is) ? other.is : one.is,
    activeTokens: one.activeTokens ?? other.activeTokens,
    requestsPerDay: one.requestsPerDay ?? other.requestsPerDay,
  };
}

function summed(numbers: readonly (number | null)[]): { sum: number | null; unknown: number } {
  const known = numbers.filter((one) => one !== null);
  const sum = known.length === 0 ? null : known.reduce((total, one) => total + one, 0);
  return { sum, unknown: numbers.length - known.length };
}

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

/** Why not everything could be looked at that should be; null where it could. Settings come first: they are to be mended here. */
export function failedLookIn(impacts: readonly Impact[]): OAuthClientsError | null {
  const failed = impacts.flatMap(({ problemCode: code, problem }) =>
    code === null || problem === null ? [] : [{ code, problem }],
  );
  const [first] = [...failed.filter(({ code }) => code === INVALID), ...failed];
  if (first === undefined) return null;
  if (first.code === INVALID) return new OAuthClientsError(INVALID, first.problem);
  return new OAuthClientsError(
    first.code,
    say`Not everything could be looked at: ${first.problem}`,
    say`\`oauth-clients check\` says of each connection what works.`,
  );
}

const INVALID = "configuration-invalid";
