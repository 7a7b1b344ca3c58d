import { type Attempt, type Candidate, whatWasMade } from "../../core/attempt.ts";
import { sameValue } from "../../core/diff.ts";
import { describeError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Message, say } from "../../core/text.ts";
import type { Attempts } from "../../lifecycle/attempts.ts";
import { type Called, orThrow } from "../../lifecycle/call.ts";
import { claimed, listed, type Named, settle } from "../../lifecycle/claim.ts";
import type { Operation, Properties } from "../../lifecycle/lifecycle.ts";
import { unheld } from "../../lifecycle/ownership.ts";
import { nameOf, type Place, placeKey, placeOf } from "../../lifecycle/place.ts";
import { isSameName } from "../../lifecycle/properties.ts";
import { apiOf } from "./deletion.ts";
import { clientPolicies, READABLE_FIELDS } from "./inputs.ts";
import type { Listings } from "./listing.ts";
import { lookAtAbsence } from "./look.ts";
import { readRecorded } from "./state.ts";
import { listOf, readableOf, type WireClient } from "./wire.ts";
import { READ_PERMISSION, WORDS } from "./words.ts";

/**
 * After a create whose answer was lost or did not say the id: the client that it made, where that is certain. The list
 * has no dates, so nothing tells a client that this attempt made from one that was there before; only the secret that
 * the answer gave does, or that it is the only one after a create that was carried out for certain.
 *
 * @param why what became of the request
 * @param isContested whether another creation of this name is open
 * @throws {PartialFailure} a claim, where nobody knows which client it made, if any
 */
export async function findCreated(
  place: Place,
  why: Message,
  attempt: Attempt,
  outputs: Properties,
  listings: Listings,
  operation: Operation,
  isContested: () => boolean,
): Promise<WireClient> {
  const subject = place.subject("create", nameOf(outputs.name, null));
  // Whatever ends the look-up, an interrupt too, must not hide what may have been left behind.
  const found = await lookUp().catch((error: unknown) => say`Looking it up failed too: ${describeError(error)}`);
  if ("id" in found) return found;
  throw claimed(outputs, attempt, why, found);

  async function lookUp(): Promise<WireClient | Message> {
    const { http, settlesMs } = place.connection;
    // It exists, so it is worth waiting until the list shows it for certain.
    if (attempt.carriedOut) await http.pause(settlesMs);
    const looked = await clientsNamed(place, String(outputs.name), listings, performance.now());
    const { clients: named, unseen } = orThrow(looked, ({ answer, neededMs }) => {
      const reading = { ...subject, action: "look up by its name", permission: READ_PERMISSION };
      return failureOf(answer, reading, neededMs);
    });
    const { clients } = unheld(named, subject, operation);
    const made = whatWasMade(attempt, clients.map(candidateFor(outputs)), {
      settled: attempt.carriedOut && unseen === null,
      contested: isContested(),
    });
    const client = made.is === "found" ? clients.find(({ id }) => id === made.id) : undefined;
    const { before } = attempt;
    return (
      client ??
      describe(
        clients.filter(({ id }) => !before.includes(id)),
        unseen,
      )
    );
  }
}

/** Finds out what became of the attempt that a claim stands for: see `settle`. */
export function settleCreation(
  id: string,
  state: Properties,
  adopt: unknown,
  listings: Listings,
  attempts: Attempts,
  operation: Operation,
): Promise<WireClient | null> {
  const recorded = readRecorded(state);
  const place = placeOf(state, operation, WORDS);
  const settlement = {
    id,
    name: recorded.name,
    claim: recorded.__claim,
    place,
    subject: { ...place.subject("settle the creation of", nameOf(recorded.name, null)), permission: READ_PERMISSION },
    recordedBaseUrl: recorded.baseUrl,
    adopt,
    deletionClass: "nexus.ClientDeletion",
    look: (notBefore: number) => clientsNamed(place, recorded.name ?? "", listings, notBefore),
    candidate: candidateFor(state),
    contested: () => attempts.isUnderWay(place, recorded.name),
  };
  return settle(settlement, operation);
}

function candidateFor(inputs: Properties): (client: WireClient) => Candidate {
  return (client) => {
    return {
      id: client.id,
      createdMs: null,
      asAskedFor: isAskedFor(client, inputs),
      hasItsSecret: typeof inputs.clientSecret === "string" && client.secret === inputs.clientSecret,
    };
  };
}

/** Every client of this name that can be seen, from a list that serves all who ask at the same time. */
async function clientsNamed(
  place: Place,
  name: string,
  listings: Listings,
  notBefore: number,
): Promise<Called<Named<WireClient>>> {
  const listed = await listings.list(apiOf(place), placeKey(place), notBefore);
  if (!listed.ok) return listed;
  const look = lookAtAbsence(listed.value, name);
  const clients = [...listed.value.clients.values()].filter(
    (one) => isSameName(one.name, name) && !listings.isGone(placeKey(place), one.id),
  );
  return {
    ...listed,
    value: { clients, unseen: look.found === "absent" ? null : say`it takes ${look.needs} to know.` },
  };
}

function describe(clients: readonly WireClient[], unseen: Message | null): Message {
  const ids = listed(clients.map(({ id }) => id));
  if (clients.length === 0)
    return say`No client of this name can be seen now${unseen === null ? "." : say`: ${unseen}`}`;
  return say`Clients of this name that can be seen now, one of which it may have left behind: ${ids}.`;
}

function isAskedFor(client: WireClient, inputs: Properties): boolean {
  const read = readableOf(client);
  return READABLE_FIELDS.every(
    (field) =>
      inputs[field] === undefined ||
      // Null is not said: where the list hides a field, it has null.
      (read[field] ?? undefined) === undefined ||
      // Of several owners, the create could name only the first.
      (field === "owners" && listOf(inputs.owners).length > 1) ||
      sameValue(clientPolicies[field].as, inputs[field], read[field]),
  );
}
