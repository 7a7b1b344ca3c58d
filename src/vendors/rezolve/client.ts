import { evidenceAgainst } from "../../core/absence.ts";
import type { Answer } from "../../core/answer.ts";
import { diffDeclared, emptyOf, sameValue } from "../../core/diff.ts";
import { OAuthClientsError } from "../../core/errors.ts";
import { failureOf, saying } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { type Called, type Failed, isNotFound, orThrow, vendorStatus } from "../call.ts";
import { checkInputs } from "../check.ts";
import {
  type Difference,
  type Lifecycle,
  type Operation,
  PartialFailure,
  type Properties,
  type Recorded,
} from "../lifecycle.ts";
import { nameOf, type Place, placeKey, placeOf } from "../place.ts";
import { pick } from "../properties.ts";
import { assertSameAddress, leaveState, sayDrift } from "../reading.ts";
import { isTombstone } from "../recorded.ts";
import { terminalDifference, unknownStatusWarnings } from "../tombstone.ts";
import { findCreated } from "./ambiguous.ts";
import type { ClientPatch, RezolveApi } from "./api.ts";
import { apiOf, deleteRezolveClient } from "./deletion.ts";
import { CLIENT_FIELDS, clientInputs, clientPolicies } from "./inputs.ts";
import type { SecondLooks } from "./look.ts";
import { type Rotated, rotateSecret } from "./rotation.ts";
import {
  filledInBy,
  type Known,
  knownOf,
  NOTHING_KNOWN,
  neverCreated,
  outputsOf,
  type RecordedClient,
  readRecorded,
  tombstoneOf,
} from "./state.ts";
import type { WireClient } from "./wire.ts";
import { WORDS } from "./words.ts";

/** Inputs that only matter to us: recorded, never sent. */
const OWN_SETTINGS = ["connection", "deletion", "adopt"] as const;

/** The life cycle of `rezolve.OAuthClient`. */
export function rezolveClient(looks: SecondLooks): Lifecycle {
  /** Ids that this process has deleted: their successors may not adopt them any more. */
  const deletedHere = new Set<string>();

  return {
    kind: "rezolve:OAuthClient",

    check(olds, news, operation) {
      return checkInputs({
        schema: clientInputs,
        vendor: WORDS.name,
        defaults: { status: "active" },
        olds,
        news,
        operation,
      });
    },

    diff(_id, olds, news) {
      return difference(readRecorded(olds), olds, news);
    },

    async create(inputs, operation) {
      const previousRevocation = operation.handover.take();
      if (inputs.status === "deleted") return neverCreated(inputs, previousRevocation);
      const place = placeOf(inputs, operation, WORDS);
      const existing = await existingClient(inputs, place, deletedHere);
      const known: Known = { ...NOTHING_KNOWN, previousRevocation, baseUrl: place.connection.http.baseUrl };
      return existing === null
        ? createNew(inputs, known, place, operation)
        : adopt(existing, inputs, known, place, operation);
    },

    async read(id, state, operation) {
      const recorded = readRecorded(state);
      if (isTombstone(recorded)) return { id, outputs: { ...state } };
      const place = placeOf(state, operation, WORDS);
      const subject = place.subject("read", nameOf(recorded.name, id));
      const called = await apiOf(place).get(id);
      if (called.ok && called.value.status !== "deleted") {
        return readAlive(called.value, state, recorded, place, subject, operation);
      }
      if (!called.ok) {
        if (!isNotFound(called.answer)) throw failureOf(called.answer, subject, called.neededMs);
        assertSameAddress(recorded, subject);
        const against = evidenceAgainst(await looks.look(apiOf(place), placeKey(place), id), subject);
        if (against !== null) throw against;
      }
      leaveState(recorded, subject, operation);
      return null;
    },

    async update(id, olds, news, operation) {
      const recorded = readRecorded(olds);
      if (isTombstone(recorded)) return { id, outputs: { ...olds, ...pick(news, OWN_SETTINGS) } };
      // An existing client is where it was recorded, whatever the defaults say now.
      const settings = { ...pick(news, OWN_SETTINGS), ...pick(olds, ["tenantId", "realmName"]) };
      if (news.status === "deleted") {
        const state = { ...olds, ...settings };
        const revocation = await deleteRezolveClient(id, state, looks, operation);
        deletedHere.add(id);
        return { id, outputs: tombstoneOf(state, recorded, revocation) };
      }
      return updateAlive(id, recorded, olds, { ...news, ...settings }, operation);
    },

    async delete(id, state, operation) {
      const recorded = readRecorded(state);
      const revocation = isTombstone(recorded)
        ? recorded.revocation
        : await deleteRezolveClient(id, state, looks, operation);
      deletedHere.add(id);
      operation.handover.leave(revocation);
    },
  };
}

function difference(recorded: RecordedClient, olds: Properties, news: Properties): Difference {
  const terminal = terminalDifference(recorded, news, WORDS);
  if (terminal !== null) return terminal;
  const { patch, replace, stateOnly } = diffDeclared(clientPolicies, olds, news, recorded.__filledIn ?? {});
  // A revoked client cannot come back either: what is wanted again is another client.
  const over = isTombstone(recorded) || recorded.status === "revoked";
  const replaces = over ? [...new Set(["status", ...replace])] : replace;
  const rotation = over ? [] : rotationReasons(recorded, olds, news);
  const trigger = sameValue("value", olds.rotateSecretWhen, news.rotateSecretWhen) ? [] : ["rotateSecretWhen"];
  const changed = [...new Set([...replaces, ...patch, ...stateOnly, ...trigger, ...rotation])];
  const warnings = unknownStatusWarnings(recorded, news);
  if (rotation.length > 0 && replaces.length === 0) {
    warnings.push(`This update rotates the secret of ${nameOf(recorded.name, null)}: the old one stops working.`);
  }
  return { changes: changed.length > 0, replaces, changed, warnings };
}

/** Why an update rotates the secret, by name; removing the trigger is no reason. */
function rotationReasons(recorded: RecordedClient, olds: Properties, news: Properties): string[] {
  const trigger = news.rotateSecretWhen ?? null;
  return [
    ...(trigger !== null && !sameValue("value", olds.rotateSecretWhen, trigger) ? ["rotateSecretWhen"] : []),
    ...(recorded.__secretLost ? ["clientSecret"] : []),
  ];
}

/** The client that `adopt` means; null where a new one is to be created. */
async function existingClient(inputs: Properties, place: Place, deletedHere: ReadonlySet<string>) {
  const { adopt: wanted } = inputs;
  if (typeof wanted !== "object" || wanted === null) return null;
  const api = apiOf(place);
  if (!("id" in wanted) || typeof wanted.id !== "string") {
    const name = String(inputs.name);
    const subject = place.subject("adopt", nameOf(name, null));
    const found = orThrow(await api.findByName(name), ({ answer, neededMs }) => failureOf(answer, subject, neededMs));
    // The list does not say everything: a read does.
    return found === null ? null : orThrow(await api.get(found.id), ({ answer }) => failureOf(answer, subject));
  }
  // A replacement deleted it a moment ago: its successor is a new client.
  if (deletedHere.has(wanted.id)) return null;
  const subject = place.subject("adopt", nameOf(null, wanted.id));
  const called = await api.get(wanted.id);
  if (called.ok && called.value.status !== "deleted") return called.value;
  if (!called.ok && !isNotFound(called.answer)) throw failureOf(called.answer, subject, called.neededMs);
  throw new OAuthClientsError(
    "client-missing",
    `Cannot adopt ${whereabouts(subject)}: it is not there.`,
    "Check the id (the vendor's id, not the OAuth client id) and the tenant, or take `adopt` out to create a new client.",
  );
}

async function createNew(inputs: Properties, known: Known, place: Place, operation: Operation): Promise<Recorded> {
  const api = apiOf(place);
  const subject = place.subject("create", nameOf(inputs.name, null));
  const startedMs = Date.now();
  const created = await api.create(pick(inputs, CLIENT_FIELDS));
  if (!created.ok && vendorStatus(created.answer) === 409) throw nameTaken(created.answer, subject, ADOPT_HINT);
  const client = created.ok ? created.value : await findCreated(api, created, inputs, subject, startedMs);
  const outputs = outputsOf(inputs, client, {
    ...known,
    clientId: client.clientId ?? null,
    clientSecret: client.clientSecret ?? null,
    createdAt: createdAtOf(client),
    __filledIn: filledInBy(inputs, client),
  });
  operation.keepSecret(client.clientSecret ?? null);
  let recorded: Recorded = { id: client.id, outputs };
  if (!created.ok) {
    operation.log(
      "warning",
      `The response to the creation of ${whereabouts(subject)} was lost. The client it created (${client.id}) was found and taken over${client.clientType === "public" ? "" : ", with a fresh secret"}.`,
    );
    if (client.clientType !== "public") recorded = await withFreshSecret(recorded, true, inputs.name, place, operation);
  }
  if (inputs.status !== "inactive" || client.status === "inactive") return recorded;
  return disable(recorded, api, place.subject("disable", nameOf(inputs.name, client.id)));
}

/** Takes an existing client over: patched to the desired state; what the program leaves out stays as it is. */
async function adopt(
  existing: WireClient,
  inputs: Properties,
  known: Known,
  place: Place,
  operation: Operation,
): Promise<Recorded> {
  const { id } = existing;
  const filledIn = filledInBy(inputs, existing);
  const subject = place.subject("adopt", nameOf(inputs.name, id));
  const { patch } = diffDeclared(clientPolicies, { ...existing }, inputs, filledIn);
  const client =
    patch.length === 0
      ? existing
      : orThrow(await apiOf(place).patch(id, patchBody(patch, inputs, filledIn)), (failed) =>
          updateFailure(failed, subject, patch),
        );
  const outputs = outputsOf(inputs, client, {
    ...known,
    clientId: client.clientId ?? existing.clientId ?? null,
    createdAt: createdAtOf(existing),
    secretRotatedAt: existing.audit?.lastSecretRotatedAt ?? null,
    __filledIn: filledIn,
  });
  const recorded: Recorded = { id, outputs };
  if (patch.includes("status")) assertStatus(recorded, client, String(inputs.status), subject);
  if ((inputs.rotateSecretWhen ?? null) !== null)
    return withFreshSecret(recorded, false, inputs.name, place, operation);
  if (existing.clientType !== "public") {
    operation.log(
      "warning",
      `${whereabouts(subject)} was adopted. Its secret cannot be read, so clientSecret is null; set rotateSecretWhen to get a fresh one.`,
    );
  }
  return recorded;
}

function readAlive(
  wire: WireClient,
  state: Properties,
  recorded: RecordedClient,
  place: Place,
  subject: Subject,
  operation: Operation,
): Recorded {
  const rotatedAt = wire.audit?.lastSecretRotatedAt ?? null;
  const outputs = outputsOf({ ...state, tenantId: place.tenantId }, wire, {
    ...knownOf(recorded),
    clientId: wire.clientId ?? recorded.clientId,
    createdAt: recorded.createdAt ?? createdAtOf(wire),
    secretRotatedAt: rotatedAt ?? recorded.secretRotatedAt,
    baseUrl: place.connection.http.baseUrl,
  });
  if (recorded.__secretLost) outputs.__secretLost = true;
  sayDrift(clientPolicies, recorded, state, outputs, subject, operation);
  if (recorded.clientSecret !== null && isLater(rotatedAt, recorded.secretRotatedAt)) {
    operation.log(
      "warning",
      `The secret of ${whereabouts(subject)} was rotated outside of Pulumi at ${rotatedAt}: the one in the state may not work any more. Change rotateSecretWhen to get a fresh one.`,
    );
  }
  return { id: wire.id, outputs };
}

/** Whether a rotation is not the recorded one; the `Date` header, which may have been recorded, has whole seconds. */
function isLater(rotatedAt: string | null, recordedAt: string | null): boolean {
  if (rotatedAt === null) return false;
  return recordedAt === null || Date.parse(rotatedAt) > Date.parse(recordedAt) + 2_000;
}

async function updateAlive(
  id: string,
  recorded: RecordedClient,
  olds: Properties,
  news: Properties,
  operation: Operation,
): Promise<Recorded> {
  const place = placeOf(news, operation, WORDS);
  const filledIn = recorded.__filledIn ?? {};
  const { patch } = diffDeclared(clientPolicies, olds, news, filledIn);
  let known = knownOf(recorded);
  let wire: WireClient | null = null;
  // Without a request, what the state knows of the client stays as it is.
  let inputs: Properties = { ...news, ...pick(olds, [...CLIENT_FIELDS, "status"]) };
  if (patch.length > 0) {
    const subject = place.subject("update", nameOf(recorded.name, id));
    const called = await apiOf(place).patch(id, patchBody(patch, news, filledIn));
    wire = orThrow(called, (failed) => updateFailure(failed, subject, patch));
    known = { ...known, baseUrl: place.connection.http.baseUrl };
    inputs = news;
    const updated = { id, outputs: outputsOf(inputs, wire, known) };
    if (patch.includes("status")) assertStatus(updated, wire, String(news.status), subject);
  }
  const updated: Recorded = { id, outputs: outputsOf(inputs, wire, known) };
  if (rotationReasons(recorded, olds, news).length === 0) return updated;
  return withFreshSecret(updated, recorded.__secretLost, recorded.name, place, operation, olds.rotateSecretWhen);
}

/**
 * Rotates the secret of a client that is otherwise as desired.
 *
 * @param lost whether the recorded secret is known not to be the client's
 * @param before the trigger to keep where nothing was rotated, so that the next run tries again
 */
async function withFreshSecret(
  recorded: Recorded,
  lost: boolean,
  name: unknown,
  place: Place,
  operation: Operation,
  before?: unknown,
): Promise<Recorded> {
  const subject = place.subject("rotate the secret of", nameOf(name, recorded.id));
  const rotated: Rotated = await rotateSecret(recorded.id, apiOf(place), subject, operation);
  if (rotated.ok) {
    const { clientSecret, secretRotatedAt } = rotated;
    return { ...recorded, outputs: { ...recorded.outputs, clientSecret, secretRotatedAt } };
  }
  const isLost = lost || rotated.lost;
  const kept = isLost ? { __secretLost: true } : { rotateSecretWhen: before };
  throw new PartialFailure(
    { ...recorded, outputs: { ...recorded.outputs, ...kept } },
    new OAuthClientsError(
      rotated.problem.code,
      rotated.problem.message,
      isLost
        ? `The secret in the state may not work any more; the next \`pulumi up\` rotates it again and finishes the job. ${rotated.problem.hint}`
        : rotated.problem.hint,
    ),
  );
}

/** Only what changed, with what a left-out input means written out. */
function patchBody(
  fields: readonly (keyof typeof clientPolicies)[],
  news: Properties,
  filledIn: Properties,
): ClientPatch {
  return Object.fromEntries(
    fields.map((field) => [field, news[field] ?? filledIn[field] ?? emptyOf(clientPolicies[field])]),
  );
}

const ADOPT_HINT =
  "Choose another name, delete the other client first, or take it over: adopt: { byName: true } on the resource.";

function nameTaken(answer: Answer, subject: Subject, hint: string): OAuthClientsError {
  const said = answer.kind === "response" ? `HTTP ${answer.status}${saying(answer)}` : answer.message;
  return new OAuthClientsError(
    "name-taken",
    `Cannot ${subject.action} ${whereabouts(subject)}: the tenant already has a client of this name (${said}).`,
    hint,
  );
}

function updateFailure({ answer, neededMs }: Failed, subject: Subject, patched: readonly string[]): OAuthClientsError {
  if (isNotFound(answer)) {
    return new OAuthClientsError(
      "client-missing",
      `Cannot ${subject.action} ${whereabouts(subject)}: it is not there.`,
      "Run `pulumi refresh` to find out whether it was deleted; then `pulumi up` creates it again.",
    );
  }
  if (vendorStatus(answer) === 409) return nameTaken(answer, subject, "Choose another name.");
  const failure = failureOf(answer, subject, neededMs);
  if (failure.code !== "vendor-refused" || !patched.includes("status")) return failure;
  return new OAuthClientsError(
    failure.code,
    failure.message,
    "The update changes the status, which this installation of Rezolve may not accept in a PATCH; take the status out of the program, and disable the client in Rezolve itself.",
  );
}

/** A vendor that takes a status and does not act on it must not look as if it had. */
function assertStatus(updated: Recorded, wire: WireClient, desired: string, subject: Subject): void {
  if (wire.status === undefined || wire.status === null || wire.status === desired) return;
  throw new PartialFailure(
    updated,
    new OAuthClientsError(
      "vendor-refused",
      `${subject.vendor} accepted the update of ${whereabouts(subject)} but its status is still ${wire.status}, not ${desired}.`,
      "This installation of Rezolve does not change the status through its API; do it in Rezolve itself, or take the status out of the program.",
    ),
  );
}

async function disable(recorded: Recorded, api: RezolveApi, subject: Subject): Promise<Recorded> {
  const called: Called<WireClient> = await api.patch(recorded.id, { status: "inactive" });
  if (!called.ok) throw new PartialFailure(recorded, updateFailure(called, subject, ["status"]));
  const status = called.value.status ?? "inactive";
  const updated = { ...recorded, outputs: { ...recorded.outputs, status } };
  assertStatus(updated, called.value, "inactive", subject);
  return updated;
}

function createdAtOf(client: WireClient): string | null {
  return client.createdAt ?? client.audit?.createdAt ?? null;
}
