import type { Safe, Showing } from "./redaction.ts";
import { type Message, quoted, say } from "./text.ts";

/** A person or a machine that did something, as the vendor says; null is what it does not say. */
export interface Actor {
  /** The vendor's id. */
  id: string | null;
  /** Display name. */
  name: string | null;
  /** E-mail address. */
  email: string | null;
}

// Written out rather than inferred from the schema: declarations that lead to zod's do not compile in every program.
/**
 * What a deletion did: a resource's `revocation` output and the body of a receipt, the same for every vendor.
 * What the vendor did not say is `null`, never `0`. Source: Rezolve.ai, delete-oauth-client.
 *
 * @example
 * export const revoked = bot.revocation.apply((r) => r?.tokensRevoked ?? "not said");
 */
export interface Revocation {
  /**
   * `deleted`: gone for good. `soft-deleted`: gone, the vendor keeps a record. `already-gone`: it was not there any
   * more. `abandoned`: the state forgot it without a deletion (`OAUTH_CLIENTS_ABANDON`).
   */
  outcome: "deleted" | "soft-deleted" | "already-gone" | "abandoned";
  /** How many tokens stopped working; null: the vendor did not say, like all that follow. */
  tokensRevoked: number | null;
  /** How many users' sessions ended. */
  activeSessionsTerminated: number | null;
  /** ISO 8601, the vendor's own time. */
  deletedAt: string | null;
  /** Who did it, as the vendor says. */
  deletedBy: Actor | null;
  /** Of a soft deletion: the status before it. */
  previousStatus: string | null;
  /** Of a soft deletion: for how many days the vendor keeps a record. */
  retentionDays: number | null;
  /** Of a soft deletion: when the record goes, ISO 8601. */
  permanentDeletionDate: string | null;
  /** What the decision rests on; 0 when no response came at all (with `abandoned`, and `unconfirmed` in a receipt). */
  httpStatus: number;
  /** The vendor's own code beside the status. */
  vendorCode: string | null;
  /**
   * Whether a second look confirmed an "already gone". Null where nothing was to be verified: the vendor did it, said
   * itself that it was deleted before, or the client was abandoned.
   */
  verified: boolean | null;
  /** An earlier try may have done it, so the counts are unknown. */
  responseLost: boolean;
}

/**
 * What a receipt says of a deletion. `unconfirmed`: a DELETE may have been carried out, but nobody has said so; no state
 * ever has that.
 */
export type Deed = Omit<Revocation, "outcome"> & { outcome: Revocation["outcome"] | "unconfirmed" };

/** What a vendor's success response to a delete says, field by field; each null when it did not say. */
export type RevocationDetails = Pick<
  Revocation,
  | "tokensRevoked"
  | "activeSessionsTerminated"
  | "deletedAt"
  | "deletedBy"
  | "previousStatus"
  | "retentionDays"
  | "permanentDeletionDate"
>;

/** Nothing was said. */
export const NO_DETAILS: RevocationDetails = {
  tokensRevoked: null,
  activeSessionsTerminated: null,
  deletedAt: null,
  deletedBy: null,
  previousStatus: null,
  retentionDays: null,
  permanentDeletionDate: null,
};

/** As it may be kept and shown: the vendor's texts are short, on one line, and free of secrets. */
export function safeRevocation(revocation: Revocation, redactor: Showing): Safe<Revocation> {
  return { ...safeDeed(revocation, redactor), outcome: revocation.outcome };
}

/** As {@link safeRevocation}, of anything that a receipt can say. */
export function safeDeed(deed: Deed, redactor: Showing): Safe<Deed> {
  const { deletedBy } = deed;
  const short = (words: string | null) => redactor.clean(words, 200);
  const who = (words: string | null) => redactor.identifier(words, 200);
  return {
    ...deed,
    deletedAt: short(deed.deletedAt),
    deletedBy:
      deletedBy === null ? null : { id: who(deletedBy.id), name: who(deletedBy.name), email: who(deletedBy.email) },
    previousStatus: short(deed.previousStatus),
    permanentDeletionDate: short(deed.permanentDeletionDate),
    vendorCode: short(deed.vendorCode),
  };
}

/**
 * The one line a person reads about a deletion.
 *
 * @param client how messages name the client, for example `OAuth client "CI bot" (client-1) in tenant t-1`
 * @param deletedBefore when the receipt of an earlier deletion was written; null where none is known
 */
export function describeRevocation(
  client: Message,
  revocation: Revocation,
  deletedBefore: string | null = null,
): Message {
  const { outcome } = revocation;
  switch (outcome) {
    case "deleted":
    case "soft-deleted": {
      const kept =
        revocation.permanentDeletionDate === null
          ? ""
          : say`, its record is kept until ${quoted(revocation.permanentDeletionDate, 80)}`;
      return say`${outcome} ${client}: ${counts(revocation)}${kept}`;
    }
    case "already-gone": {
      const how = say`already gone: ${client} (HTTP ${revocation.httpStatus}, ${sureness(revocation)})`;
      if (revocation.responseLost) return say`${how}; an earlier DELETE, whose response was lost, may have deleted it`;
      return deletedBefore === null ? how : say`${how}; it was deleted before, see the receipt of ${deletedBefore}`;
    }
    case "abandoned":
      if (deletedBefore !== null) {
        return say`ABANDONED ${client}: it was deleted before, see the receipt of ${deletedBefore}; only now the state forgot it`;
      }
      return revocation.responseLost
        ? say`ABANDONED ${client}: whether it is deleted is NOT known and its credentials may still work; the state forgot it`
        : say`ABANDONED ${client}: it was NOT deleted and its credentials may still work; only the state forgot it`;
  }
}

function counts({ tokensRevoked, activeSessionsTerminated }: Revocation): Message {
  if (tokensRevoked === null && activeSessionsTerminated === null) return say`the vendor gives no counts`;
  return say`${said(tokensRevoked, "token", "revoked")}, ${said(activeSessionsTerminated, "session", "ended")}`;
}

function sureness({ verified, vendorCode }: Revocation): Message {
  if (verified === null) return vendorCode === null ? say`the vendor's own word` : quoted(vendorCode, 80);
  return verified ? say`verified` : say`not verified`;
}

function said(count: number | null, what: string, done: string): Message {
  if (count === null) return say`${what}s ${done}: not said by the vendor`;
  return say`${count} ${what}${count === 1 ? "" : "s"} ${done}`;
}
