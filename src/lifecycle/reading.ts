import { evidenceAgainst, isElsewhere } from "../core/absence.ts";
import { describeError, OAuthClientsError } from "../core/errors.ts";
import type { EarlierDeed } from "../core/receipt.ts";
import { idToCheck, type Subject, whereabouts } from "../core/subject.ts";
import { listed, type Message, say } from "../core/text.ts";
import { type Failed, orThrow } from "./call.ts";
import { confirmDeletion } from "./deletion.ts";
import { sayDrift } from "./drift.ts";
import { type ClientDriver, clientIn, type VendorClient, type Work, workOn } from "./driver.ts";
import { assertSameAddress, listFailure } from "./failures.ts";
import { stillInDoubt } from "./in-doubt.ts";
import type { Operation, Read } from "./lifecycle.ts";
import { declaredOf, filledInBy, filledInNow, inputsOf } from "./outputs.ts";
import { connectionNameIn, type Place, placeIn, placeOf } from "./place.ts";
import { asStored, others, type Properties, pick } from "./properties.ts";
import { idFrom, type RecordedClient, type RecordedCommon } from "./recorded.ts";
import { knownOf, outputsOf, readRecorded } from "./state.ts";
import { nameOf, type VendorWords } from "./words.ts";

type Seen = Pick<RecordedCommon, "baseUrl">;

/**
 * Where to read a client. What no operation of ours has recorded (`.get`) lives where the connection's defaults say,
 * unless the program says otherwise.
 */
function placeToRead(state: Properties, { baseUrl }: Seen, operation: Operation, vendor: VendorWords): Place {
  if (baseUrl !== null) return placeOf(state, operation, vendor);
  const { place } = operation.connect(connectionNameIn(state));
  return placeOf({ ...state, ...place, ...placeIn(state, vendor) }, operation, vendor);
}

/** Reads a recorded client; null when it is gone for certain. */
export async function readClient(
  driver: ClientDriver,
  id: string,
  state: Properties,
  operation: Operation,
): Promise<Read | null> {
  const recorded = readRecorded(driver, state);
  const { name, baseUrl, kept } = recorded;
  const work = workOn(driver, state, operation, placeToRead(state, recorded, operation, driver.words));
  const { place, clients } = work;
  const subject = place.subject("read", "read", nameOf(name, id), idFrom(recorded));
  const failure = (failed: Failed) => listFailure(failed, subject);
  const isRecorded = baseUrl !== null;
  let called = await clients.find(id, isRecorded);
  let found = orThrow(called, failure);
  if (found.is === "deleted") assertSameAddress(recorded, subject, say`it is deleted`);
  if (found.is === "missing") {
    assertSameAddress(recorded, subject);
    const look = await clients.look({ id, name, createdMs: driver.createdMs(kept) });
    // A list may lag behind a creation.
    if (look.found === "alive") {
      called = await clients.find(id, isRecorded);
      found = orThrow(called, failure);
    }
    const against = found.is === "missing" ? evidenceAgainst(look, subject) : null;
    if (against !== null && !(look.found === "invisible" && isRecorded)) throw against;
    if (against !== null) {
      operation.log("warning", describeError(against));
      return { id, outputs: { ...state } };
    }
  }
  if (found.is === "there") {
    const read = readAlive(work, found.client, state, recorded, subject);
    // No program describes what has no inputs, so it cannot differ.
    if (read.inputs !== undefined) sayDrift(driver, recorded, state, read.outputs, subject, operation);
    return read;
  }
  const httpStatus = called.answer.kind === "response" ? called.answer.status : 0;
  await leaveState(work, recorded, subject, { id, clientId: driver.oauthClientId(id, kept), httpStatus });
  return null;
}

/**
 * An existing client that the program is to manage: what the vendor says of it is an input. What only a new client can
 * change, and a program may leave out, counts as filled in: a program that does must not cost the client.
 */
export async function importClient(
  driver: ClientDriver,
  id: string,
  where: Properties,
  operation: Operation,
): Promise<Read> {
  const nothing = readRecorded(driver, where);
  const work = workOn(driver, where, operation, placeToRead(where, nothing, operation, driver.words));
  const { place, clients } = work;
  const subject = place.subject("import", "read", nameOf(null, id), "program");
  const found = orThrow(await clients.find(id, false), (failed) => listFailure(failed, subject));
  if (found.is === "deleted") throw importOver(subject, "deleted");
  const client = clientIn(found);
  if (client === null) {
    throw new OAuthClientsError(
      "client-missing",
      say`Cannot import ${whereabouts(subject)}: it ${driver.words.absent}.`,
      say`${idToCheck(subject)} Check the ${subject.home}, too.`,
    );
  }
  const values = driver.valuesOf(client);
  if (driver.finalStatuses.includes(String(values.status))) throw importOver(subject, String(values.status));
  const kept = driver.keptOfAdopted(client);
  const recorded = { ...nothing, kept, baseUrl: place.connection.http.baseUrl, __filledIn: {} };
  const { required, optional } = declaredOf(driver, values);
  const filledIn = Object.keys(optional).filter((field) => driver.fields[field]?.effect === "replace");
  const declared = { ...required, ...pick(optional, others(Object.keys(optional), filledIn)) };
  const secret = driver.secretOfAdopted(client, kept, declared);
  if (secret !== null) operation.explain(secret);
  if (filledIn.length > 0) {
    operation.explain(
      say`The program may leave ${listed(filledIn)} out, and the client keeps what it has. A client that is created in its place has the same only if the program says it.`,
    );
  }
  return readAlive(work, client, { ...declared, ...where }, recorded, subject);
}

function importOver(subject: Subject, status: string): OAuthClientsError {
  return new OAuthClientsError(
    "vendor-refused",
    say`Cannot import ${whereabouts(subject)}: it was ${status} for good.`,
    say`Leave it out; a new client is created by a resource that is not imported.`,
  );
}

/** A client that a claim turned out to be. Where it is not what the program says, its creation is not finished yet. */
export async function readClaimed(
  driver: ClientDriver,
  id: string,
  state: Properties,
  operation: Operation,
): Promise<Read> {
  const work = workOn(driver, state, operation);
  const subject = work.place.subject("read", "read", nameOf(state.name, id));
  // What found it may not show all of it.
  const client = clientIn(orThrow(await work.clients.find(id, true), (failed) => listFailure(failed, subject)));
  if (client === null)
    throw new OAuthClientsError("client-missing", say`Cannot read ${whereabouts(subject)}: it ${driver.words.absent}.`);
  const recorded = { ...readRecorded(driver, state), __filledIn: null };
  const lost = driver.keptOfClaimed?.(client, recorded.kept);
  const known = lost === undefined ? recorded : { ...recorded, kept: lost.kept };
  const read = readAlive(work, client, state, known, subject);
  operation.log(
    "warning",
    say`${whereabouts(subject)} was created by an attempt whose answer was lost; the state has it now.${lost?.message ?? ""}`,
  );
  return read;
}

function readAlive(
  { driver, place, operation }: Work,
  client: VendorClient,
  state: Properties,
  recorded: RecordedClient,
  subject: Subject,
): Read {
  const { fields } = driver;
  const values = driver.valuesOf(client);
  const kept = driver.keptOfRead(client, recorded, subject, operation);
  operation.keepSecret(kept.clientSecret);
  const filledIn = filledInNow(fields, recorded.__filledIn, state, values) ?? filledInBy(fields, state, values, null);
  const known = { ...knownOf(recorded), kept, baseUrl: place.connection.http.baseUrl, filledIn };
  const inDoubt = stillInDoubt(fields, recorded, state, values);
  const outputs = {
    ...outputsOf(driver, { ...state, ...place.values }, values, known),
    ...(inDoubt.length === 0 ? {} : { __inDoubt: inDoubt }),
  };
  const moved = isElsewhere(recorded.baseUrl, subject);
  if (moved) {
    operation.explain(
      say`Connection "${subject.connection}" leads to ${subject.baseUrl}, which shows clients that were recorded at ${recorded.baseUrl ?? ""}: the state has the new address now.`,
    );
  }
  // What was only ever read (`.get`) has no inputs but where it is.
  if (recorded.__external || recorded.baseUrl === null) {
    return { id: client.id, outputs: { ...outputs, __external: true } };
  }
  const now = asStored(outputs);
  return { id: client.id, outputs: now, inputs: inputsOf(fields, now) };
}

/**
 * Says that a client, absent for certain, leaves the state, and as whose deed: where a DELETE of ours was left open, this
 * settles it, with a receipt.
 *
 * @param client what identifies it, and the status of the answer that it was missed in
 * @throws {OAuthClientsError} `client-missing` for a `.get`, which reads what no operation of ours recorded: there,
 *   empty outputs would look like a client
 */
async function leaveState(
  { place, operation }: Work,
  { baseUrl, name, __external }: RecordedClient,
  subject: Subject,
  client: { id: string; clientId: string | null; httpStatus: number },
): Promise<void> {
  if (baseUrl === null) {
    throw new OAuthClientsError(
      "client-missing",
      say`Cannot ${subject.action} ${whereabouts(subject)}: there is no such client at ${subject.baseUrl}.`,
      say`${idToCheck(subject)} Check the ${subject.home}, too.`,
    );
  }
  const { httpStatus, ...ids } = client;
  const earlier = await operation.earlier({ tenantId: place.receipt.tenantId, id: ids.id });
  if (earlier?.outcome === "open") await confirmDeletion({ place, operation }, { ...ids, name }, subject, httpStatus);
  operation.explain(
    __external
      ? say`A client that is only read and no longer exists leaves the state; the next \`pulumi up\` fails if the program still reads it.`
      : say`A client that no longer exists leaves the state; the next \`pulumi up\` creates it again if the program still has it.`,
  );
  operation.log(
    "warning",
    say`${subject.vendor} ${whereabouts(subject)} no longer exists: ${byWhom(earlier, __external)}.`,
  );
}

function byWhom(earlier: EarlierDeed | null, isExternal: boolean): Message {
  switch (earlier?.outcome) {
    case "deleted":
      return say`this project deleted it before, see the receipt of ${earlier.at}`;
    case "open":
      return say`a DELETE of this project, whose response was lost, may have deleted it`;
    case undefined:
      // Whoever manages it may have done so with Pulumi.
      return isExternal ? say`it was deleted` : say`somebody deleted it outside of Pulumi`;
  }
}
