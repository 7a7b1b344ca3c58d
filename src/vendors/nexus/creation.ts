import { sameValue } from "../../core/diff.ts";
import { describeError, OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { type Message, say } from "../../core/text.ts";
import { type Called, mayHaveHappened } from "../call.ts";
import type { Properties } from "../lifecycle.ts";
import type { Created, NexusApi } from "./api.ts";
import { clientPolicies, READABLE_FIELDS } from "./inputs.ts";
import { findByName, type NamedClients } from "./listing.ts";
import { createBody, listOf, readableOf, type WireClient } from "./wire.ts";
import { READ_ALL } from "./words.ts";

/** A client that was created for certain. */
export interface NewClient {
  id: string;
  secret: string | null;
}

/**
 * Creates a client. A lost response is never followed by another create, and never by taking a client over: the list
 * has no dates, so nothing tells a client that this attempt made from one that was there before.
 *
 * @throws {OAuthClientsError} `create-ambiguous`, which names what may have been left behind
 */
export async function createClient(api: NexusApi, inputs: Properties, subject: Subject): Promise<NewClient> {
  const created = await api.create(createBody(inputs));
  if (created.ok) return identify(api, created.value, inputs, subject);
  const failure = failureOf(created.answer, subject, created.neededMs);
  if (!mayHaveHappened(created)) throw failure;
  throw await orphaned(api, inputs, subject, failure.what);
}

/** Finds the id of a created client whose response did not say it. */
async function identify(
  api: NexusApi,
  { id, secret }: Created,
  inputs: Properties,
  subject: Subject,
): Promise<NewClient> {
  if (id !== null) return { id, secret };
  const looked = findByName(api, String(inputs.name));
  const found = await looked.catch(() => null);
  const [only, ...others] = found?.ok ? found.value.clients.filter((client) => isAskedFor(client, inputs)) : [];
  if (only !== undefined && others.length === 0) return { id: only.id, secret };
  const why = say`The client was created, but the response did not say its id${secret === null ? "" : say` (its secret is lost with this run)`}.`;
  throw await orphaned(api, inputs, subject, why, looked);
}

async function orphaned(
  api: NexusApi,
  inputs: Properties,
  subject: Subject,
  why: Message,
  looked?: Promise<Called<NamedClients>>,
): Promise<OAuthClientsError> {
  // Whatever ends the look-up, an interrupt too, must not hide what may have been left behind.
  const found = await (looked ?? findByName(api, String(inputs.name))).then(
    (called) => describeFound(called, subject),
    (error: unknown) => say`It may have been left behind; looking it up failed too: ${describeError(error)}`,
  );
  return new OAuthClientsError(
    "create-ambiguous",
    say`Cannot tell whether ${whereabouts(subject)} was created: ${why} ${found}`,
    say`Before running \`pulumi up\` again, which would create another one: take the client over with adopt: { id: "…" } on the resource, or delete it with a nexus.ClientDeletion.`,
  );
}

function describeFound(found: Called<NamedClients>, subject: Subject): Message {
  if (!found.ok) {
    const failure = failureOf(found.answer, { ...subject, action: "look up by its name" }, found.neededMs);
    return say`It may have been left behind; looking it up failed too: ${describeError(failure)}`;
  }
  if (found.value.clients.length === 0) {
    return say`No client of this name can be seen now; without ${READ_ALL} it may be there all the same.`;
  }
  const ids = found.value.clients.map(({ id }) => id).join(", ");
  return say`Clients of this name that can be seen now, one of which it may have left behind: ${ids}.`;
}

function isAskedFor(client: WireClient, inputs: Properties): boolean {
  const read = readableOf(client);
  return READABLE_FIELDS.every(
    (field) =>
      inputs[field] === undefined ||
      read[field] === undefined ||
      // Of several owners, the create could name only the first.
      (field === "owners" && listOf(inputs.owners).length > 1) ||
      sameValue(clientPolicies[field].as, inputs[field], read[field]),
  );
}
