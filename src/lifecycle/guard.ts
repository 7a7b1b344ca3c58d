import { isElsewhere } from "../core/absence.ts";
import type { Answer } from "../core/answer.ts";
import { isNobodysLook } from "../core/deletion.ts";
import { type ErrorCode, OAuthClientsError } from "../core/errors.ts";
import { type Usage, usageOf, violationsOf } from "../core/guard.ts";
import { whereabouts } from "../core/subject.ts";
import { joined, type Message, say } from "../core/text.ts";
import { type Failed, isNotFound } from "./call.ts";
import { type BeforeDeletion, clientIn, type Found } from "./driver.ts";
import { failedLook, listFailure } from "./failures.ts";
import { text } from "./properties.ts";

/** What the look before a deletion brought. */
interface Allowed {
  isSeen: true;
  /** What was seen of the client's use; null where nobody looked, or there was nothing to see. */
  usage: Usage | null;
  /** The OAuth client id and the name, as the look showed them; null where it did not. */
  clientId: string | null;
  name: string | null;
  /** The same of its status. */
  status: string | null;
  /** It was not allowed, and `OAUTH_CLIENTS_FORCE` let it pass all the same. */
  forced: boolean;
}

/** The client could not be looked at: no deletion is tried. */
interface Unseen {
  isSeen: false;
  answer: Answer;
  error: OAuthClientsError;
  /** Whether nobody was there to be asked, so that the emergency switch may take the client out of the state. */
  abandonable: boolean;
}

/**
 * Why a client is none of those that a deletion means; null where it is one.
 *
 * @param found as it was looked at a moment ago
 * @param nowMs the vendor's clock, where it is known
 * @throws {OAuthClientsError} where that cannot be told this time
 */
export type Proof = (found: Found, nowMs: number) => Message | null;

/** The codes of our own guards: they say nothing of what becomes of other clients, or of the vendor. */
export const REFUSALS: ReadonlySet<string> = new Set<ErrorCode>(["deletion-guarded", "own-credentials"]);

/** The deletion is not to be begun any more: no DELETE has left. */
export class NotBegun extends Error {}

/** The client is none of those that the deletion means: nothing was changed. */
export class NotMeant extends Error {
  readonly because: Message;

  constructor(because: Message) {
    super(String(because));
    this.because = because;
  }
}

/** The same where that is not known: the client is not shown to these credentials, which need not see every one. */
export class NotSeen extends NotMeant {
  /** The permission that it takes to see every client. */
  readonly hiddenWithout: string;

  constructor(hiddenWithout: string) {
    super(say`the list does not show it any more, which proves nothing: to see every client takes ${hiddenWithout}`);
    this.hiddenWithout = hiddenWithout;
  }
}

/**
 * Finds out whether a client may be deleted: what `deletion.onlyIf` asks for, and that it is not the one that this very
 * connection works as. Looks at the client where it takes that, in one request, right before the deletion.
 *
 * @param known the OAuth client id, as far as it is known; `proof`: null where the client is meant for certain; `isOwn`:
 *   whether the connection works as this client, null where that is to be found out
 * @throws {OAuthClientsError} `deletion-guarded` or `own-credentials`, unless `OAUTH_CLIENTS_FORCE` lets it pass; nothing was
 *   changed
 * @throws {NotMeant} where the proof fails
 */
export async function allowed(
  deletion: BeforeDeletion,
  known: { clientId: string | null; proof: Proof | null; isOwn: boolean | null },
): Promise<Allowed | Unseen> {
  const { driver, operation, place, clients, id, recorded, subject } = deletion;
  const { clientId, proof, isOwn } = known;
  const onlyIf = recorded.deletion?.onlyIf ?? null;
  const { credential } = place.connection.http;
  // Where the credential is not to be had, no request will leave either.
  const ownIds = isOwn === null ? await credential.clientIds().catch((): readonly string[] => []) : [];
  const isAsked = onlyIf !== null || proof !== null || (clientId === null && ownIds.length > 0);
  const called = isAsked ? await clients.find(id, true) : null;
  const client = called?.ok ? clientIn(called.value) : null;
  if (proof !== null && called !== null) {
    // Nothing overrules a proof: what a selection means, nobody knows then.
    if (!called.ok) throw lookFailure(called);
    const because = proof(called.value, nowIn(called.answer));
    if (because !== null) throw new NotMeant(because);
  }
  const use = client === null ? null : (driver.useOf?.(client) ?? null);
  const shownId = client === null ? null : driver.clientIdOf(client);
  const values = client === null ? {} : driver.valuesOf(client);
  let against: OAuthClientsError | null = null;
  /** As "although …" goes on. */
  let although = say``;
  if (isOwn === true || isAmong(ownIds, id, clientId, shownId)) {
    const own = say`connection "${subject.connection}" itself works as this client, with ${credential.source}`;
    although = own;
    against = refusal("own-credentials", own);
  } else if (called !== null) {
    // What is not there has no use to protect: the deletion finds out, with evidence.
    if (!called.ok && !isNotFound(called.answer)) {
      const { code, what, hint } = lookFailure(called);
      although = say`it could not be looked at: ${what}`;
      against = new OAuthClientsError(code, what, joined([hint, wayOut()]));
      if (!operation.mayForce(subject.connection)) {
        const abandonable = isNobodysLook(failedLook(called)) && !isElsewhere(recorded.baseUrl, subject);
        return { isSeen: false, answer: called.answer, error: against, abandonable };
      }
    } else if (onlyIf !== null && client !== null) {
      const unmet = violationsOf(onlyIf, use, nowIn(called.answer));
      although = say`it ${joined(unmet, "; it ")}`;
      if (unmet.length > 0) against = refusal("deletion-guarded", although);
    }
  }
  if (against !== null && !operation.mayForce(subject.connection)) throw against;
  if (against !== null) {
    operation.log("warning", say`OAUTH_CLIENTS_FORCE: ${whereabouts(subject)} is deleted, although ${although}`);
  }
  return {
    isSeen: true,
    usage: use === null ? null : usageOf(use),
    clientId: shownId,
    name: text(values.name),
    status: text(values.status),
    forced: against !== null,
  };

  function refusal(code: "own-credentials" | "deletion-guarded", why: Message): OAuthClientsError {
    return new OAuthClientsError(
      code,
      say`Cannot delete ${whereabouts(subject)}: ${why}.`,
      joined([say`Nothing was changed.`, wayOut()]),
    );
  }

  function lookFailure(failed: Failed): OAuthClientsError {
    return listFailure(failed, { ...subject, action: "see, before its deletion, the use of" });
  }

  function wayOut(): Message {
    return say`To delete it all the same, set OAUTH_CLIENTS_FORCE=${driver.words.name}:${subject.connection} in the environment of one run.`;
  }
}

/** Whether a connection works as a client: its token may name it by either of its ids. */
export function isAmong(ownIds: readonly string[], ...ids: readonly (string | null)[]): boolean {
  return ids.some((id) => id !== null && ownIds.includes(id));
}

/** The vendor's clock, where an answer tells it; else ours. */
export function nowIn(answer: Answer): number {
  return (answer.kind === "response" ? answer.clock : null) ?? Date.now();
}
