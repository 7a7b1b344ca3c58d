import type { Use } from "../../core/guard.ts";
import type { WireClient } from "./wire.ts";

/** When the client was created: at the top level in create and list, below `audit` in get. */
export function createdAtOf(client: WireClient): string | null {
  return client.createdAt ?? client.audit?.createdAt ?? null;
}

/** Milliseconds since 1970; null for what is no time. */
export function timeIn(text: string | null | undefined): number | null {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? null : ms;
}

/** How a client is used. A list says less than a look at the client itself: nothing of its tokens, or since when it is disabled. */
export function useOf(client: WireClient): Use {
  const { usage, audit, status } = client;
  const lastUsedAt = usage == null ? client.lastUsedAt : usage.lastUsedAt;
  const requests = (usage == null ? client.usageCount : usage.totalTokenRequests) ?? null;
  const activeTokens = usage?.activeTokenCount ?? null;
  // Null may also mean that nobody counts: only with a count of none it means never.
  const isNever = lastUsedAt === null && requests === 0 && (activeTokens ?? 0) === 0;
  const isDisabled = status === "inactive" || status === "revoked";
  return {
    createdMs: timeIn(createdAtOf(client)),
    lastUsedMs: isNever ? "never" : timeIn(lastUsedAt),
    activeTokens,
    // Disabling changes a client, so it was not later than the last change.
    disabledMs: isDisabled ? timeIn(audit?.updatedAt) : status == null ? null : "not",
  };
}
