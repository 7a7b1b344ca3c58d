import { OAuthClientsError } from "../core/errors.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { listed, type Message, say } from "../core/text.ts";
import type { Rivals } from "./attempts.ts";
import { type Failed, orThrow } from "./call.ts";
import { clientIn, type Named, type VendorClient, type Work } from "./driver.ts";
import { listFailure, NAME_TAKEN_HINT } from "./failures.ts";
import { isDeleted } from "./held.ts";
import { nameOf } from "./words.ts";

/**
 * The clients that have a name, read one by one: a list may lag behind a deletion, and does not say everything.
 *
 * @param isOver whether a client does not count any more
 */
export async function namesakes(
  { clients }: Work,
  name: string,
  subject: Subject,
  isOver: (id: string) => boolean,
): Promise<Named> {
  const failure = (failed: Failed) => listFailure(failed, subject);
  const named = orThrow(await clients.named(name), failure);
  const found: VendorClient[] = [];
  for (const { id } of named.clients) {
    const client = isOver(id) ? null : clientIn(orThrow(await clients.find(id, true), failure));
    if (client !== null) found.push(client);
  }
  return { ...named, clients: found };
}

/**
 * Where no client of a name was seen: whether there is none.
 *
 * @throws {OAuthClientsError} `permission-missing` where the credentials may not see all, `response-invalid` where the list
 *   leaves it open
 */
export function assertNoneUnseen(
  others: Named["others"],
  doubt: Named["doubt"],
  subject: Subject,
  hint: Message,
): void {
  if (others.found === "absent") return;
  throw new OAuthClientsError(
    doubt === null ? "permission-missing" : "response-invalid",
    say`Cannot ${subject.action} ${whereabouts(subject)}: no client of this name can be seen. To know that there is none takes ${others.needs}.`,
    hint,
  );
}

/**
 * Before a client is created where names are to be unique, and the vendor does not see to it.
 *
 * @throws {OAuthClientsError} `name-taken` where there is another one, or may soon be; or where nobody can know
 */
export async function assertNameIsFree(work: Work, name: string, rivals: Rivals): Promise<void> {
  const { place, operation } = work;
  if (!place.connection.uniqueNames) return;
  const subject = place.subject("create", "read", nameOf(name, null), null);
  const taken = (by: Message) =>
    new OAuthClientsError(
      "name-taken",
      say`Cannot create ${whereabouts(subject)}: uniqueNames is set, and ${by}.`,
      NAME_TAKEN_HINT,
    );
  if (rivals.wereBegun) throw taken(say`this run creates another client of this name, or has tried to`);
  const isOver = (id: string) => isDeleted(id, subject, operation);
  const { clients, others, doubt } = await namesakes(work, name, subject, isOver);
  if (clients.length > 0) {
    throw taken(say`the ${subject.home} already has a client of this name (${listed(clients.map(({ id }) => id))})`);
  }
  assertNoneUnseen(others, doubt, subject, say`Or take uniqueNames out of connection "${subject.connection}".`);
}
