import type { VendorResponse } from "../../core/answer.ts";
import type { Attempt } from "../../core/attempt.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { say } from "../../core/text.ts";
import { NAME_TAKEN_HINT, nameTaken } from "../../lifecycle/adoption.ts";
import type { Attempts } from "../../lifecycle/attempts.ts";
import { mayHaveHappened, vendorStatus } from "../../lifecycle/call.ts";
import { attempted } from "../../lifecycle/claim.ts";
import type { Operation, Properties } from "../../lifecycle/lifecycle.ts";
import { takesClient } from "../../lifecycle/ownership.ts";
import { type Place, placeKey } from "../../lifecycle/place.ts";
import { isSameName, text } from "../../lifecycle/properties.ts";
import { givenSecret, listedSecret } from "../../lifecycle/secret.ts";
import type { Created } from "./api.ts";
import { findCreated } from "./claim.ts";
import { apiOf } from "./deletion.ts";
import type { Listings } from "./listing.ts";
import { lookAtAbsence } from "./look.ts";
import { createBody } from "./wire.ts";

/** A client that was created for certain. */
export interface NewClient {
  id: string;
  secret: string | null;
}

/**
 * Creates a client, in one request where the answer says its id.
 *
 * @param wanted what the state is to hold of it
 * @throws {PartialFailure} a claim, where nobody knows which client the request made, if any
 */
export function createClient(
  inputs: Properties,
  wanted: Properties,
  place: Place,
  subject: Subject,
  operation: Operation,
  listings: Listings,
  attempts: Attempts,
): Promise<NewClient> {
  return attempts.during(place, inputs.name, (isContested) =>
    createOpen(inputs, wanted, place, subject, operation, listings, isContested),
  );
}

async function createOpen(
  inputs: Properties,
  wanted: Properties,
  place: Place,
  subject: Subject,
  operation: Operation,
  listings: Listings,
  isContested: () => boolean,
): Promise<NewClient> {
  const touched = { id: null, name: text(inputs.name) };
  const { called: created, attempt } = await attempted(
    wanted,
    operation,
    thereBefore(inputs, place, listings),
    (sent) => apiOf(place).create(createBody(inputs), sent),
  ).finally(() => listings.noteTouched(placeKey(place), touched));
  if (!created.ok && vendorStatus(created.answer) === 409) throw nameTaken(created.answer, subject, NAME_TAKEN_HINT);
  const failure = created.ok ? null : failureOf(created.answer, subject, created.neededMs);
  if (!created.ok && failure !== null && !mayHaveHappened(created)) throw failure;
  const { id, secret } = created.ok ? created.value : { id: null, secret: null };
  operation.keepSecret(secret);
  const why = failure?.what ?? say`Created ${whereabouts(subject)}, but the response did not say its id.`;
  const known = { ...wanted, clientSecret: givenSecret(secret) };
  const sure = { ...attempt, carriedOut: created.ok && isCertain(created.value, created.answer, inputs) };
  const client =
    id === null ? await findCreated(place, why, sure, known, listings, operation, isContested) : { id, secret };
  takesClient(client.id, "created", subject, operation);
  listings.noteTouched(placeKey(place), { ...touched, id: client.id });
  return { id: client.id, secret: givenSecret(secret) ?? listedSecret(client.secret, null).secret };
}

/** The clients of the name that a whole list of this run has. */
function thereBefore({ name }: Properties, place: Place, listings: Listings): Pick<Attempt, "before" | "sawAllBefore"> {
  const whole = listings.whole(placeKey(place));
  if (whole === null) return { before: [], sawAllBefore: false };
  const before = [...whole.clients.values()].filter((one) => isSameName(one.name, String(name))).map(({ id }) => id);
  return { before, sawAllBefore: lookAtAbsence(whole, String(name)).found === "absent" };
}

/** Whether an answer without an id says all the same that the client was created: a proxy's, too, can be in JSON. */
function isCertain({ name, secret }: Created, { status }: VendorResponse, inputs: Properties): boolean {
  return status === 201 || status === 204 || secret !== null || name === inputs.name;
}
