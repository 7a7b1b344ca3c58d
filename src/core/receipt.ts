import type { Usage } from "./guard.ts";
import type { Safe, Showing } from "./redaction.ts";
import { type Deed, type Revocation, safeDeed } from "./revocation.ts";

/** Version of the form that receipts have. Whatever a reader has to know about makes a new one. */
export const RECEIPT_VERSION = 2;

/** What a line of the receipts file says: what was deleted, from where, and what that did. */
export interface Receipt extends Omit<Revocation, "outcome"> {
  /**
   * `deleted`, `soft-deleted`, `already-gone` or `abandoned`, as in a `Revocation`, or `unconfirmed`: a DELETE may have been carried out, but the run ended before anybody said
   * so. The receipt of the run that finds out comes later.
   */
  outcome: Deed["outcome"];
  /** Version of this form. Lines of version 1 are read as this. */
  receipt: 2;
  /** When the receipt was written, ISO 8601, this machine's time. */
  at: string;
  /** The resource kind, for example `rezolve:OAuthClient`. */
  kind: string;
  /** Name of the connection. */
  connection: string;
  /** The tenant. */
  tenantId: string;
  /** The realm; null in none. */
  realmName: string | null;
  /** The vendor's id of the client. */
  id: string;
  /** The OAuth client id; null when not known. */
  clientId: string | null;
  /** Display name of the client; null when not known. */
  name: string | null;
  /** Pulumi's name of the resource; null when the engine did not say. */
  urn: string | null;
  /** How the client was used, seen right before its deletion; null where nobody looked, or the vendor does not say. */
  usage: Usage | null;
  /** Whether it was deleted although a guard spoke against it (`OAUTH_CLIENTS_FORCE`). */
  forced: boolean;
}

/** As it may be written down: texts that are short, on one line, and free of secrets. */
export function safeReceipt(receipt: Receipt, redactor: Showing): Safe<Receipt> {
  return {
    ...receipt,
    ...safeDeed(receipt, redactor),
    at: redactor.identifier(receipt.at),
    kind: redactor.identifier(receipt.kind),
    connection: redactor.identifier(receipt.connection),
    tenantId: redactor.identifier(receipt.tenantId),
    realmName: redactor.identifier(receipt.realmName),
    id: redactor.identifier(receipt.id),
    clientId: redactor.identifier(receipt.clientId),
    name: redactor.identifier(receipt.name),
    urn: redactor.identifier(receipt.urn),
    usage: receipt.usage === null ? null : { ...receipt.usage, lastUsedAt: redactor.clean(receipt.usage.lastUsedAt) },
  };
}

/** Totals over receipts. A sum is null when nothing was summed, `unknown…` says how many clients had no count. */
export interface ReceiptTotals {
  /** How many clients the receipts are of. */
  clients: number;
  /** How many of those ended how. */
  outcomes: Record<Receipt["outcome"], number>;
  /** Tokens that stopped working, where somebody counted. */
  tokensRevoked: number | null;
  /** Users' sessions that ended, where somebody counted. */
  activeSessionsTerminated: number | null;
  /** Clients whose number of revoked tokens nobody knows. */
  unknownTokenCounts: number;
  /** Clients whose number of ended sessions nobody knows. */
  unknownSessionCounts: number;
}

/** What this project did to a client before, as a receipt of an earlier run tells. */
export interface EarlierDeed {
  /** `open`: a DELETE may have been carried out. */
  outcome: "deleted" | "open";
  /** When the receipt was written. */
  at: string;
}

/** Tells one client from others, whichever resource it is deleted by. */
export function clientKey({ kind, tenantId, id }: Pick<Receipt, "kind" | "tenantId" | "id">): string {
  return JSON.stringify([kind.split(":")[0], tenantId, id]);
}

/**
 * One receipt for each client: one with counts before any other of a client that is gone, that before `abandoned`, and
 * `unconfirmed` last; the first where several are alike. A second run of an interrupted destroy writes a second,
 * `already-gone` receipt for clients that the first run deleted, and a client that was abandoned may be deleted later.
 *
 * @param receipts in any order, of any number of runs
 */
export function onePerClient(receipts: readonly Receipt[]): Receipt[] {
  const best = new Map<string, Receipt>();
  for (const receipt of receipts) {
    const key = clientKey(receipt);
    const known = best.get(key);
    if (known === undefined || weightOf(receipt) > weightOf(known)) best.set(key, receipt);
  }
  return [...best.values()];
}

/** How much a receipt says about its client. */
function weightOf({ outcome, tokensRevoked, activeSessionsTerminated }: Receipt): number {
  if (tokensRevoked !== null || activeSessionsTerminated !== null) return 3;
  if (outcome === "unconfirmed") return 0;
  return outcome === "abandoned" ? 1 : 2;
}

/** Whether the client may be alive: nobody has deleted it, as far as this receipt knows. */
export function mayBeAlive({ outcome }: Pick<Receipt, "outcome">): boolean {
  return outcome === "unconfirmed" || outcome === "abandoned";
}

/** When a client was deleted, or found to be: by the vendor's time, else by the receipt's; null where nobody has deleted it. */
export function deletedAt(receipt: Pick<Receipt, "outcome" | "deletedAt" | "at">): string | null {
  return mayBeAlive(receipt) ? null : (receipt.deletedAt ?? receipt.at);
}

/**
 * Sums receipts, each client once, as {@link onePerClient} picks them.
 *
 * @param receipts in any order, of any number of runs
 */
export function totalReceipts(receipts: readonly Receipt[]): ReceiptTotals {
  const totals: ReceiptTotals = {
    clients: 0,
    outcomes: { deleted: 0, "soft-deleted": 0, "already-gone": 0, abandoned: 0, unconfirmed: 0 },
    tokensRevoked: null,
    activeSessionsTerminated: null,
    unknownTokenCounts: 0,
    unknownSessionCounts: 0,
  };
  for (const receipt of onePerClient(receipts)) {
    totals.clients += 1;
    totals.outcomes[receipt.outcome] += 1;
    if (receipt.tokensRevoked === null) totals.unknownTokenCounts += 1;
    else totals.tokensRevoked = (totals.tokensRevoked ?? 0) + receipt.tokensRevoked;
    if (receipt.activeSessionsTerminated === null) totals.unknownSessionCounts += 1;
    else totals.activeSessionsTerminated = (totals.activeSessionsTerminated ?? 0) + receipt.activeSessionsTerminated;
  }
  return totals;
}
