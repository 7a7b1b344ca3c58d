import type { Use } from "../../core/guard.ts";
import type { WireClient } from "./wire.ts";

/** When the client was created: at the top level in create and list, below `audit` in get. */
export function createdAtOf(client: WireClient): string | null {
  return client.createdAt ?? client.audit?.createdAt ?? null;
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** What is before is no time of a client, but what programs write that have none: the year 1, or 1970. */
const FIRST_MS = Date.UTC(2000);

/** Milliseconds since 1970; null for what is no time. */
export function timeIn(text: string | null | undefined): number | null {
  const ms = ISO_8601.test(text ?? "") ? Date.parse(text ?? "") : Number.NaN;
  return ms >= FIRST_MS ? ms : null;
}

/** How a client is used. A list says less than a look at the client itself: nothing of its tokens, or since when it is disabled. */
export function useOf(client: WireClient): Use {
  const { usage, audit, status } = client;
  const lastUsedAt = usage == null ? client.lastUsedAt : usage.lastUsedAt;
  const requests = (usage == null ? client.usageCount : usage.totalTokenRequests) ?? null;
  const activeTokens = usage?.activeTokenCount ?? null;
  // Null may also mean that nobody counts: only with a count of none it means never.
  const isNever = lastUsedAt === null && requests === 0 && (activeTokens ?? 0) === 0;
  const createdMs = timeIn(createdAtOf(client));
  const usedMs = timeIn(lastUsedAt);
  // Nobody used it before there was one.
  const isPossible = usedMs !== null && (createdMs === null || usedMs >= createdMs);
  const isDisabled = status === "inactive" || status === "revoked";
  return {
    createdMs,
    lastUsedMs: isNever ? "never" : isPossible ? usedMs : null,
    activeTokens,
    requestsPerDay: usage?.averageRequestsPerDay ?? null,
    // Disabling changes a client, so it was not later than the last change.
    disabledMs: isDisabled ? timeIn(audit?.updatedAt) : status == null ? null : "not",
  };
}
