import { counted, type Message, say } from "./text.ts";
import { DAY_MS } from "./time.ts";

/** What must be true of a client for its deletion to go ahead; each is optional. */
export interface OnlyIf {
  /** It was last used at least so many days ago; if it was never used, it was created so long ago. */
  unusedForDays?: number;
  /** It has no more tokens than that which are still good. */
  maxActiveTokens?: number;
  /** It has been disabled for at least so many days. */
  disabledForDays?: number;
}

/** How a client is used, as its vendor says. Times are milliseconds since 1970, by the vendor's clock. */
export interface Use {
  /** Null where nobody says. */
  createdMs: number | null;
  /** `never` only where the vendor says so; null where it does not say. */
  lastUsedMs: number | "never" | null;
  /** Tokens that are still good; null where nobody says. */
  activeTokens: number | null;
  /** On average; null where nobody says. */
  requestsPerDay: number | null;
  /** Since when it has certainly been disabled; `not` where it is not; null where nobody says. */
  disabledMs: number | "not" | null;
}

/** What was seen of a client's use before its deletion, which destroys it: as a receipt keeps it. */
export interface Usage {
  /** ISO 8601; null where it was never used, or nobody says. */
  lastUsedAt: string | null;
  /** Whether it was ever used; null where nobody says. */
  everUsed: boolean | null;
  /** Tokens that were still good; null where nobody says. */
  activeTokens: number | null;
}

/**
 * Why a client's use speaks against its deletion, each as "it …" goes on; empty where nothing does. What nobody says
 * speaks against it: unknown is not "never".
 *
 * @param onlyIf as it was recorded: a criterion that this version does not know is never fulfilled
 * @param use null where the vendor does not show the client's use at all
 * @param nowMs the vendor's clock, where it is known
 */
export function violationsOf(onlyIf: Readonly<Record<string, unknown>>, use: Use | null, nowMs: number): Message[] {
  return Object.entries(onlyIf)
    .filter(([, wanted]) => wanted !== undefined && wanted !== null)
    .flatMap(([criterion, wanted]) => {
      const found = typeof wanted === "number" ? judge(criterion, wanted, use, nowMs) : unknownCriterion();
      return found === null ? [] : [say`${found} (${criterion}: ${String(wanted)})`];
    });
}

function judge(criterion: string, wanted: number, use: Use | null, nowMs: number): Message | null {
  const { createdMs = null, lastUsedMs = null, activeTokens = null, disabledMs = null } = use ?? {};
  switch (criterion) {
    case "unusedForDays":
      if (lastUsedMs === null) return say`may be in use: nobody says when it was last used`;
      if (lastUsedMs !== "never") return since(lastUsedMs, wanted, nowMs, say`was last used`);
      return createdMs === null
        ? say`was never used, and nobody says when it was created`
        : since(createdMs, wanted, nowMs, say`was never used, but it was created`);
    case "maxActiveTokens":
      if (activeTokens === null) return say`may have tokens that are still good: nobody says how many`;
      return activeTokens <= wanted ? null : say`has ${counted(activeTokens, "active token")}`;
    case "disabledForDays":
      if (disabledMs === "not") return say`is not disabled`;
      return disabledMs === null
        ? say`may have been disabled just now: nobody says since when it is`
        : since(disabledMs, wanted, nowMs, say`was last changed, perhaps disabled,`);
    default:
      return unknownCriterion();
  }
}

function unknownCriterion(): Message {
  return say`was given a condition that this version of pulumi-oauth-clients does not know`;
}

/** Null where a time is at least so many days ago. */
function since(atMs: number, days: number, nowMs: number, what: Message): Message | null {
  const agoMs = nowMs - atMs;
  if (agoMs >= days * DAY_MS) return null;
  return say`${what} ${inWords(agoMs)} ago, at ${new Date(atMs).toISOString()}`;
}

function inWords(ms: number): string {
  const [amount, unit] =
    ms < 2 * 3_600_000 ? [ms / 60_000, "min"] : ms < 2 * DAY_MS ? [ms / 3_600_000, "h"] : [ms / DAY_MS, "days"];
  return `${Math.max(0, Math.floor(amount))} ${unit}`;
}

/** As a receipt keeps it; of a use that nobody shows, nothing is known. */
export function usageOf(use: Pick<Use, "lastUsedMs" | "activeTokens"> | null): Usage {
  const { lastUsedMs = null, activeTokens = null } = use ?? {};
  return {
    lastUsedAt: typeof lastUsedMs === "number" ? new Date(lastUsedMs).toISOString() : null,
    everUsed: lastUsedMs === null ? null : lastUsedMs !== "never",
    activeTokens,
  };
}
