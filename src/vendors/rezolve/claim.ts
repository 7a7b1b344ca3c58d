import { type Attempt, type Candidate, whatWasMade } from "../../core/attempt.ts";
import { sameValue } from "../../core/diff.ts";
import { describeError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Message, say } from "../../core/text.ts";
import type { Attempts } from "../../lifecycle/attempts.ts";
import { type Called, type Failed, mayHaveHappened, orThrow } from "../../lifecycle/call.ts";
import { aheadOf, claimed, listed, type Named, settle } from "../../lifecycle/claim.ts";
import type { Operation, Properties } from "../../lifecycle/lifecycle.ts";
import { unheld } from "../../lifecycle/ownership.ts";
import { nameOf, type Place, placeOf } from "../../lifecycle/place.ts";
import type { RezolveApi } from "./api.ts";
import { apiOf } from "./deletion.ts";
import { CLIENT_FIELDS, clientPolicies } from "./inputs.ts";
import { createdAtOf, readRecorded } from "./state.ts";
import type { WireClient } from "./wire.ts";
import { WORDS } from "./words.ts";

/** How often, and after which pauses, the name is looked up at once: a server may still be at work on a lost request. */
const LOOKUP_PAUSES_MS = [0, 500, 1_500];

/**
 * After a create that failed: throws the failure, unless the request may have been carried out. Then the name is looked
 * up, and the client that this very attempt made is returned. One that was there before is never seized.
 *
 * @param isContested whether another creation of this name is open
 * @throws {PartialFailure} a claim, where nobody knows what became of the request
 */
export async function findCreated(
  place: Place,
  failed: Failed,
  attempt: Attempt,
  outputs: Properties,
  operation: Operation,
  isContested: () => boolean,
): Promise<WireClient> {
  const subject = place.subject("create", nameOf(outputs.name, null), null);
  const failure = failureOf(failed.answer, subject, failed.neededMs);
  if (!mayHaveHappened(failed)) throw failure;
  let dated = attempt;
  // Whatever ends the look-up, an interrupt too, must not hide what may have been left behind.
  const found = await lookUp();
  if ("id" in found) return found;
  throw claimed(outputs, dated, failure.what, found);

  async function lookUp(): Promise<WireClient | Message> {
    try {
      for (const pauseMs of LOOKUP_PAUSES_MS) {
        await place.connection.http.pause(pauseMs);
        const looked = await clientsNamed(apiOf(place), String(outputs.name));
        const { clients: named } = orThrow(looked, ({ answer, neededMs }) =>
          failureOf(answer, { ...subject, action: "look up by its name" }, neededMs),
        );
        dated = { ...dated, aheadMs: dated.aheadMs ?? aheadOf(looked.answer) };
        const { clients } = unheld(named, subject, operation);
        const made = whatWasMade(dated, clients.map(candidateFor(outputs)), {
          settled: false,
          contested: isContested(),
        });
        const client = made.is === "found" ? clients.find(({ id }) => id === made.id) : undefined;
        if (client !== undefined) return client;
        if (clients.length > 0) return describe(clients);
      }
      return say`No client of this name is there now.`;
    } catch (error) {
      return say`Looking it up failed too: ${describeError(error)}`;
    }
  }
}

/** Finds out what became of the attempt that a claim stands for: see `settle`. */
export async function settleCreation(
  id: string,
  state: Properties,
  adopt: unknown,
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
    subject: place.subject("settle the creation of", nameOf(recorded.name, null)),
    recordedBaseUrl: recorded.baseUrl,
    adopt,
    deletionClass: "rezolve.OAuthClientDeletion",
    look: () => clientsNamed(apiOf(place), recorded.name ?? ""),
    candidate: candidateFor(state),
    contested: () => attempts.isUnderWay(place, recorded.name),
  };
  return settle(settlement, operation);
}

function candidateFor(inputs: Properties): (client: WireClient) => Candidate {
  return (client) => {
    const createdMs = Date.parse(createdAtOf(client) ?? "");
    return {
      id: client.id,
      createdMs: Number.isNaN(createdMs) ? null : createdMs,
      // What the program leaves out the vendor may have filled in.
      asAskedFor: CLIENT_FIELDS.every(
        (field) => inputs[field] === undefined || sameValue(clientPolicies[field].as, inputs[field], client[field]),
      ),
      hasItsSecret: false,
    };
  };
}

/** Every client of this name, over all pages. The list shows every client of the tenant. */
async function clientsNamed(api: RezolveApi, name: string): Promise<Called<Named<WireClient>>> {
  const named = await api.named(name);
  if (!named.ok) return named;
  const { clients, doubt } = named.value;
  const unseen = doubt === null ? null : say`the list of the tenant's clients ${doubt}.`;
  return { ...named, value: { clients, unseen } };
}

function describe(clients: readonly WireClient[]): Message {
  const ids = listed(clients.map(({ id }) => id));
  return say`A client of this name is there (${ids}), and nothing proves that this attempt made it; it is left alone.`;
}
