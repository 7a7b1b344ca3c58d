import type { Answer } from "../core/answer.ts";
import { isNobodysLook } from "../core/deletion.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { failureOf } from "../core/failure.ts";
import { type Usage, usageOf, violationsOf } from "../core/guard.ts";
import { whereabouts } from "../core/subject.ts";
import { joined, type Message, say } from "../core/text.ts";
import { type Failed, isNotFound } from "./call.ts";
import { type BeforeDeletion, clientIn } from "./driver.ts";
import { failedLook } from "./failures.ts";

/** What the look before a deletion brought. */
interface Allowed {
  isThere: true;
  /** What was seen of the client's use; null where nobody looked, or there was nothing to see. */
  usage: Usage | null;
  /** The OAuth client id, as the look showed it; null where it did not. */
  clientId: string | null;
  /** It was not allowed, and `OAUTH_CLIENTS_FORCE` let it pass all the same. */
  forced: boolean;
}

/** The vendor is not there to be asked, and the emergency switch is on: the deletion is over before it began. */
interface NobodyThere {
  isThere: false;
  answer: Answer;
}

/**
 * Finds out whether a client may be deleted: what `deletion.onlyIf` asks for, and that it is not the one that this very
 * connection works as. Looks at the client where it takes that, in one request, right before the deletion.
 *
 * @param clientId the OAuth client id, as far as it is known
 * @throws {OAuthClientsError} `deletion-guarded`, `own-credentials`, or why the client could not be looked at, unless
 *   `OAUTH_CLIENTS_FORCE` lets it pass; nothing was changed
 */
export async function allowed(deletion: BeforeDeletion, clientId: string | null): Promise<Allowed | NobodyThere> {
  const { driver, operation, place, clients, id, recorded, subject } = deletion;
  const onlyIf = recorded.deletion?.onlyIf ?? null;
  const { credential } = place.connection.http;
  // Where the credential is not to be had, no request will leave either.
  const ownIds = await credential.clientIds().catch((): readonly string[] => []);
  const isAsked = onlyIf !== null || (clientId === null && ownIds.length > 0);
  const called = isAsked ? await clients.find(id, true) : null;
  const client = called?.ok ? clientIn(called.value) : null;
  const use = client === null ? null : (driver.useOf?.(client) ?? null);
  const shownId = client === null ? null : driver.clientIdOf(client);
  let against: OAuthClientsError | null = null;
  if ([id, clientId, shownId].some((one) => one !== null && ownIds.includes(one))) {
    const own = say`connection "${subject.connection}" itself works as this client, with ${credential.source}`;
    against = refusal("own-credentials", own);
  } else if (onlyIf !== null && called !== null) {
    // What is not there has no use to protect: the deletion finds out, with evidence.
    if (!called.ok && !isNotFound(called.answer)) against = unseen(called);
    else if (called.ok && client !== null) {
      const unmet = violationsOf(onlyIf, use, called.answer.clock ?? Date.now());
      if (unmet.length > 0) against = refusal("deletion-guarded", say`it ${joined(unmet, "; it ")}`);
    }
  }
  const { connection } = subject;
  if (against !== null && !operation.mayForce(connection)) {
    const isNobodys = called?.ok === false && isNobodysLook(failedLook(called.answer));
    if (isNobodys && operation.mayAbandon(connection)) return { isThere: false, answer: called.answer };
    throw against;
  }
  if (against !== null) operation.log("warning", say`OAUTH_CLIENTS_FORCE: ${against.what} It is deleted all the same.`);
  return { isThere: true, usage: use === null ? null : usageOf(use), clientId: shownId, forced: against !== null };

  function refusal(code: "own-credentials" | "deletion-guarded", why: Message): OAuthClientsError {
    return new OAuthClientsError(
      code,
      say`Cannot delete ${whereabouts(subject)}: ${why}.`,
      joined([say`Nothing was changed.`, wayOut()]),
    );
  }

  function unseen({ answer, neededMs }: Failed): OAuthClientsError {
    const failure = failureOf(answer, { ...subject, action: "see, before its deletion, the use of" }, neededMs);
    return new OAuthClientsError(failure.code, failure.what, joined([failure.hint, wayOut()]));
  }

  function wayOut(): Message {
    return say`To delete it all the same, set OAUTH_CLIENTS_FORCE=${driver.words.name}:${subject.connection} in the environment of one run.`;
  }
}
