import { evidenceAgainst } from "../../core/absence.ts";
import { diffDeclared, wantedValues } from "../../core/diff.ts";
import { describeError, OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { idToCheck, type Subject, whereabouts } from "../../core/subject.ts";
import { type Message, say } from "../../core/text.ts";
import { announceAdoption, assertMatches, changesOf, sayAdopted, wantedIn } from "../../lifecycle/adoption.ts";
import { Attempts } from "../../lifecycle/attempts.ts";
import { type Failed, isNotFound, orThrow } from "../../lifecycle/call.ts";
import { checkInputs, isNew } from "../../lifecycle/check.ts";
import { claimDifference, isClaim, withoutClaim } from "../../lifecycle/claim.ts";
import {
  type Difference,
  keeping,
  type Lifecycle,
  type Operation,
  type Properties,
  type Read,
  type Recorded,
} from "../../lifecycle/lifecycle.ts";
import { filledInBy, filledInNow } from "../../lifecycle/outputs.ts";
import {
  deletesClient,
  deletesLeavingClient,
  heldClient,
  isReplaced,
  keepsClient,
  takesClient,
} from "../../lifecycle/ownership.ts";
import { nameOf, type Place, placeKey, placeOf } from "../../lifecycle/place.ts";
import { others, pick, text } from "../../lifecycle/properties.ts";
import { assertSameAddress, leaveState, placeToRead, readAs } from "../../lifecycle/reading.ts";
import { idFrom, isTombstone } from "../../lifecycle/recorded.ts";
import { listedSecret } from "../../lifecycle/secret.ts";
import { staysDeleted, terminalDifference, unknownStatusWarnings } from "../../lifecycle/tombstone.ts";
import { doubtAbout } from "../../lifecycle/walk.ts";
import { settleCreation } from "./claim.ts";
import { createClient } from "./creation.ts";
import { apiOf, deleteNexusClient } from "./deletion.ts";
import { CLIENT_FIELDS, clientInputs, clientPolicies, INPUTS, REPLACING_FIELDS } from "./inputs.ts";
import type { Listings } from "./listing.ts";
import { listLater, lookAtAbsence } from "./look.ts";
import {
  type Known,
  knownOf,
  NOTHING_KNOWN,
  neverCreated,
  outputsOf,
  type RecordedClient,
  readRecorded,
  tombstoneOf,
} from "./state.ts";
import { listOf, patchBody, readableOf, type WireClient } from "./wire.ts";
import { CREATE_PERMISSION, READ_PERMISSION, WORDS } from "./words.ts";

/** Inputs that only matter to us: recorded, never sent. */
const OWN_SETTINGS = ["connection", "deletion", "adopt"] as const;

/** The life cycle of `nexus.Client`. */
export function nexusClient(listings: Listings): Lifecycle {
  const attempts = new Attempts();
  /** What the program says of `adopt` where the state has a claim, by the claim's id. */
  const adoptions = new Map<string, unknown>();

  return {
    kind: "nexus:Client",

    async check(olds, news, operation) {
      const checked = await checkInputs({
        schema: clientInputs,
        vendor: WORDS.name,
        defaults: { status: "active" },
        olds,
        news,
        settled: staysDeleted(olds, news),
        operation,
      });
      if (isNew(olds) && checked.problems.length === 0) announceAdoption(checked.inputs, WORDS, operation);
      return checked;
    },

    diff(id, olds, news, operation) {
      const recorded = readRecorded(olds);
      if (!isClaim(id)) {
        if (!isTombstone(recorded)) keepsClient(heldClient(id, olds, WORDS, operation), operation);
        return difference(recorded, olds, news);
      }
      adoptions.set(id, news.adopt);
      return claimDifference(recorded, news);
    },

    async create(inputs, operation) {
      const previousRevocation = operation.handover.take();
      if (inputs.status === "deleted") return neverCreated(inputs, previousRevocation);
      const place = placeOf(inputs, operation, WORDS);
      const known: Known = { ...NOTHING_KNOWN, previousRevocation, baseUrl: place.connection.http.baseUrl };
      const existing = await existingClient(inputs, place, operation, listings);
      return existing === null
        ? createNew(inputs, known, place, operation, listings, attempts)
        : adopt(existing, inputs, known, place, operation, listings);
    },

    async read(id, state, operation) {
      const recorded = readRecorded(state);
      if (isClaim(id)) {
        const made = await settleCreation(id, state, null, listings, attempts, operation);
        return made === null ? null : readMade(made, withoutClaim(state), operation);
      }
      if (isTombstone(recorded)) return { id, outputs: { ...state } };
      const place = placeToRead(state, recorded, operation, WORDS);
      const subject = {
        ...place.subject("read", nameOf(recorded.name, id), idFrom(recorded)),
        permission: READ_PERMISSION,
      };
      const isRecorded = recorded.baseUrl !== null;
      const api = apiOf(place);
      const failure = (failed: Failed) => listFailure(failed, subject);
      let { client, listing } = orThrow(await listings.find(api, placeKey(place), id, isRecorded), failure);
      if (client === null) {
        assertSameAddress(recorded, subject);
        const later = await listLater(recorded.__createdMs, listing, api, place, listings);
        if (later !== null) listing = orThrow(later, failure);
        client = listing.clients.get(id) ?? null;
      }
      if (client !== null) return readAlive(client, state, recorded, place, subject, operation);
      const against = evidenceAgainst(lookAtAbsence(listing, recorded.name), subject);
      if (against !== null) {
        if (!isRecorded) throw against;
        operation.log("warning", describeError(against));
        return { id, outputs: { ...state } };
      }
      await leaveState(recorded, subject, { id, clientId: id, httpStatus: listing.answer.status }, operation);
      return null;
    },

    async update(id, olds, news, operation) {
      const recorded = readRecorded(olds);
      if (isTombstone(recorded)) return { id, outputs: { ...olds, ...pick(news, OWN_SETTINGS) } };
      const held = heldClient(id, olds, WORDS, operation);
      keepsClient(held, operation);
      // An existing client is where it was recorded, whatever the defaults say now.
      const settings = { ...pick(news, OWN_SETTINGS), ...pick(olds, ["tenantId"]) };
      if (news.status === "deleted") {
        const state = { ...olds, ...settings };
        const revocation = await deletesClient(held, operation, () =>
          deleteNexusClient(id, state, listings, operation),
        );
        return { id, outputs: tombstoneOf(state, recorded, revocation) };
      }
      const place = placeOf(settings, operation, WORDS);
      const filledIn = recorded.__filledIn ?? {};
      const { patch } = diffDeclared(clientPolicies, olds, news, filledIn);
      const wire = patch.length === 0 ? null : await patchClient(id, recorded, patch, news, filledIn, place, listings);
      const said = wire && readableOf(wire);
      const filledInBefore = filledInNow(clientPolicies, recorded.__filledIn, olds, said);
      const known: Known = {
        ...knownOf(recorded),
        baseUrl: patch.length === 0 ? recorded.baseUrl : place.connection.http.baseUrl,
        __filledIn: filledInBy(CLIENT_FIELDS, news, said, filledInBefore),
      };
      // What no request has changed stays as the state knows it.
      const kept = pick(olds, others(CLIENT_FIELDS, patch));
      const inputs = { ...news, ...settings };
      return { id, outputs: outputsOf(patch.length === 0 ? { ...inputs, ...kept } : inputs, wire, known, kept) };
    },

    async delete(id, state, operation) {
      const recorded = readRecorded(state);
      if (isClaim(id)) {
        const made = await settleCreation(id, state, adoptions.get(id), listings, attempts, operation);
        const revoked = made === null ? null : await deleteOnce(made.id, withoutClaim(state), operation);
        // Nobody used what a claim stood for: what came before it says more.
        operation.handover.leave(recorded.previousRevocation ?? revoked);
        return;
      }
      operation.handover.leave(isTombstone(recorded) ? recorded.revocation : await deleteOnce(id, state, operation));
    },
  };

  function deleteOnce(id: string, state: Properties, operation: Operation) {
    const held = heldClient(id, state, WORDS, operation);
    return deletesLeavingClient(held, operation, () => deleteNexusClient(id, state, listings, operation));
  }
}

function difference(recorded: RecordedClient, olds: Properties, news: Properties): Difference {
  const terminal = terminalDifference(recorded, news, WORDS);
  if (terminal !== null) return terminal;
  const { patch, replace, stateOnly } = diffDeclared(clientPolicies, olds, news, recorded.__filledIn ?? {});
  const replaces = isTombstone(recorded) ? ["status", ...replace] : replace;
  const changed = [...replaces, ...patch, ...stateOnly];
  return { changes: changed.length > 0, replaces, changed, warnings: unknownStatusWarnings(recorded, news) };
}

const SECRET_UNKNOWN = say`The secret of an adopted client cannot be read, so clientSecret is null; Nexus documents no way to rotate it.`;

/** The client that `adopt` means; null where a new one is to be created. */
async function existingClient(
  inputs: Properties,
  place: Place,
  operation: Operation,
  listings: Listings,
): Promise<WireClient | null> {
  const wanted = wantedIn(inputs);
  if (wanted === null) return null;
  const api = apiOf(place);
  if (wanted.id !== null) {
    const subject = { ...place.subject("adopt", nameOf(null, wanted.id), "program"), permission: READ_PERMISSION };
    if (isReplaced(wanted.id, subject, operation)) return null;
    const { client } = orThrow(await listings.find(api, placeKey(place), wanted.id, false), (failed) =>
      listFailure(failed, subject),
    );
    if (client !== null) return client;
    throw new OAuthClientsError(
      "client-missing",
      say`Cannot adopt ${whereabouts(subject)}: it is not among the clients that the credentials may see.`,
      say`${idToCheck(subject)} Check the tenant, and whether the credentials may read it; or take \`adopt\` out to create a new client.`,
    );
  }
  const subject = { ...place.subject("adopt", nameOf(inputs.name, null), null), permission: READ_PERMISSION };
  const name = String(inputs.name);
  const { clients: named, listing } = orThrow(await listings.named(api, placeKey(place), name), (failed) =>
    listFailure(failed, subject),
  );
  // A list may lag behind a deletion.
  const clients = named.filter(({ id }) => !isReplaced(id, subject, operation));
  const [only, ...others] = clients;
  if (others.length > 0) {
    throw new OAuthClientsError(
      "name-taken",
      say`Cannot adopt ${whereabouts(subject)}: the tenant has ${clients.length} clients of this name (${clients.map(({ id }) => id).join(", ")}).`,
      say`Say which one: adopt: { id }.`,
    );
  }
  if (only !== undefined) {
    const doubt = doubtAbout(listing, name);
    if (doubt === null) return only;
    throw new OAuthClientsError(
      "response-invalid",
      say`Cannot adopt ${whereabouts(subject)}: the list of the tenant's clients ${doubt}, so nobody knows whether ${only.id} is the only one of this name.`,
      say`Say which one: adopt: { id: "${only.id}" }.`,
    );
  }
  const look = lookAtAbsence(listing, name);
  if (look.found === "absent") return null;
  throw new OAuthClientsError(
    listing.everyClient ? "response-invalid" : "permission-missing",
    say`Cannot adopt ${whereabouts(subject)}: no client of this name can be seen. To know that there is none takes ${look.needs}.`,
    say`Say which one: adopt: { id }; or take \`adopt\` out, to create a new client.`,
  );
}

async function createNew(
  inputs: Properties,
  known: Known,
  place: Place,
  operation: Operation,
  listings: Listings,
  attempts: Attempts,
): Promise<Recorded> {
  const subject = { ...place.subject("create", nameOf(inputs.name, null), null), permission: CREATE_PERMISSION };
  const wanted = outputsOf(inputs, null, known);
  const { id, secret } = await createClient(inputs, wanted, place, subject, operation, listings, attempts);
  const __createdMs = Date.now();
  const outputsWith = (clientSecret: string | null) => outputsOf(inputs, null, { ...known, clientSecret, __createdMs });
  operation.keepSecret(secret);
  const owners = listOf(inputs.owners);
  // Until it is patched, the client has the one owner that a create can name.
  const created = { ...outputsWith(secret), ...(owners.length < 2 ? {} : { owners: owners.slice(0, 1) }) };
  return keeping({ id, outputs: created }, operation, async () => {
    const clientSecret = secret ?? (await findSecret(id, place, subject, operation, listings));
    operation.keepSecret(clientSecret);
    if (owners.length > 1)
      await patchClient(id, { name: inputs.name, baseUrl: null }, ["owners"], inputs, {}, place, listings);
    return { id, outputs: outputsWith(clientSecret) };
  });
}

/** Looks for the secret of a new client in the list, where the response did not have it. */
async function findSecret(
  id: string,
  place: Place,
  subject: Subject,
  operation: Operation,
  listings: Listings,
): Promise<string | null> {
  const found = await listings.find(apiOf(place), placeKey(place), id, true);
  const { secret } = listedSecret(found.ok ? found.value.client?.secret : null, null);
  if (secret === null) {
    operation.log(
      "warning",
      say`${whereabouts(subject)} was created (${id}), but neither the response nor the list says its secret, so clientSecret is null.`,
    );
  }
  return secret;
}

/** Takes an existing client over: patched to the desired state; what the program leaves out stays as it is. */
async function adopt(
  existing: WireClient,
  inputs: Properties,
  known: Known,
  place: Place,
  operation: Operation,
  listings: Listings,
): Promise<Recorded> {
  const { id } = existing;
  const filledIn = filledInBy(CLIENT_FIELDS, inputs, readableOf(existing), null) ?? {};
  const subject = place.subject("adopt", nameOf(inputs.name, id), null);
  takesClient(id, "adopted", subject, operation);
  // What is not said is taken to be what the program says.
  const unsaid = pick(inputs, REPLACING_FIELDS);
  const before = { ...unsaid, ...readableOf(existing) };
  const { patch, replace } = diffDeclared(clientPolicies, before, inputs, filledIn);
  const changesIn = (fields: readonly (keyof typeof clientPolicies)[]) =>
    changesOf(fields, before, wantedValues(clientPolicies, fields, inputs, filledIn));
  if (replace.length > 0) {
    throw new OAuthClientsError(
      "vendor-refused",
      say`Cannot adopt ${whereabouts(subject)}: it differs in what Nexus cannot change: ${changesIn(replace)}.`,
      say`Make the program say what the client is; change it afterwards, by a replacement.`,
    );
  }
  const changes = changesIn(patch);
  assertMatches(inputs, changes, subject);
  const wire =
    patch.length === 0
      ? null
      : await patchClient(id, { name: inputs.name, baseUrl: null }, patch, inputs, filledIn, place, listings);
  const clientSecret = listedSecret(existing.secret, null).secret;
  operation.keepSecret(clientSecret);
  sayAdopted(changes, subject, clientSecret === null ? SECRET_UNKNOWN : null, operation);
  const unpatched = pick(readableOf(existing), others(CLIENT_FIELDS, patch));
  return { id, outputs: outputsOf(inputs, wire, { ...known, clientSecret, __filledIn: filledIn }, unpatched) };
}

/** A client that a claim turned out to be. */
function readMade(wire: WireClient, state: Properties, operation: Operation): Read {
  const place = placeOf(state, operation, WORDS);
  const subject = place.subject("read", nameOf(state.name, wire.id));
  const read = readAlive(wire, state, readRecorded(state), place, subject, operation);
  operation.log(
    "warning",
    say`${whereabouts(subject)} was created by an attempt whose answer was lost; the state has it now.`,
  );
  return read;
}

function readAlive(
  wire: WireClient,
  state: Properties,
  recorded: RecordedClient,
  place: Place,
  subject: Subject,
  operation: Operation,
): Read {
  const { secret: clientSecret, other } = listedSecret(wire.secret, recorded.clientSecret);
  operation.keepSecret(clientSecret);
  if (other !== null) operation.log("warning", secretWarning(other, wire.id, subject));
  const outputs = outputsOf({ ...state, tenantId: place.tenantId, status: "active" }, wire, {
    ...knownOf(recorded),
    clientSecret,
    baseUrl: place.connection.http.baseUrl,
    __filledIn:
      filledInNow(clientPolicies, recorded.__filledIn, state, readableOf(wire)) ??
      filledInBy(CLIENT_FIELDS, state, readableOf(wire), null),
  });
  const compared = { policies: clientPolicies, keys: INPUTS, replacing: [] };
  return readAs({ id: wire.id, outputs }, state, recorded, compared, subject, operation);
}

function secretWarning(other: "taken" | "doubted", id: string, subject: Subject): Message {
  return other === "taken"
    ? say`The secret of ${whereabouts(subject)} was changed outside of Pulumi; the state has the one that the list shows now.`
    : say`The list shows another secret of ${whereabouts(subject)} than the state, or a mask; the state keeps the known one. If it was changed in Nexus, take the resource out of the state (\`pulumi state delete\`) and the client over (adopt: { id: "${id}" }).`;
}

async function patchClient(
  id: string,
  last: { name: unknown; baseUrl: string | null },
  fields: readonly (keyof typeof clientPolicies)[],
  news: Properties,
  filledIn: Properties,
  place: Place,
  listings: Listings,
): Promise<WireClient | null> {
  const subject = place.subject("update", nameOf(last.name, id));
  const changes = wantedValues(clientPolicies, fields, news, filledIn);
  const called = await apiOf(place).patch(id, patchBody(changes));
  listings.noteTouched(placeKey(place), { id, name: text(last.name) });
  const wire = orThrow(called, (failed) => {
    if (isNotFound(failed.answer)) assertSameAddress(last, subject);
    return patchFailure(failed, subject);
  });
  // Only an answer about this very client counts at another address, and then it is there.
  if (wire?.id !== id) assertSameAddress(last, subject, say`a success that does not name it`);
  return wire;
}

function patchFailure({ answer, neededMs }: Failed, subject: Subject): OAuthClientsError {
  if (!isNotFound(answer)) return failureOf(answer, subject, neededMs);
  return new OAuthClientsError(
    "client-missing",
    say`Cannot ${subject.action} ${whereabouts(subject)}: it is not there, or not visible to these credentials.`,
    say`Run \`pulumi refresh\` to find out whether it was deleted; then \`pulumi up\` creates it again.`,
  );
}

/** A list that is not found has no tenant. */
function listFailure({ answer, neededMs }: Failed, subject: Subject): OAuthClientsError {
  const against = isNotFound(answer) ? evidenceAgainst({ found: "no-tenant", answer }, subject) : null;
  return against ?? failureOf(answer, subject, neededMs);
}
