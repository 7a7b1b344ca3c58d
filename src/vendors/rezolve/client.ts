import { evidenceAgainst } from "../../core/absence.ts";
import { diffDeclared, sameValue } from "../../core/diff.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { quoted, say } from "../../core/text.ts";
import { announceAdoption } from "../../lifecycle/adoption.ts";
import { Attempts } from "../../lifecycle/attempts.ts";
import { isNotFound, orThrow } from "../../lifecycle/call.ts";
import { checkInputs, isNew } from "../../lifecycle/check.ts";
import { claimDifference, isClaim, withoutClaim } from "../../lifecycle/claim.ts";
import type { Difference, Lifecycle, Operation, Properties, Read } from "../../lifecycle/lifecycle.ts";
import { filledInBy } from "../../lifecycle/outputs.ts";
import { deletesClient, deletesLeavingClient, heldClient, keepsClient } from "../../lifecycle/ownership.ts";
import { nameOf, type Place, placeKey, placeOf } from "../../lifecycle/place.ts";
import { pick } from "../../lifecycle/properties.ts";
import { assertSameAddress, leaveState, placeToRead, readAs } from "../../lifecycle/reading.ts";
import { idFrom, isTombstone } from "../../lifecycle/recorded.ts";
import { staysDeleted, terminalDifference, unknownStatusWarnings } from "../../lifecycle/tombstone.ts";
import { settleCreation } from "./claim.ts";
import { adopt, createNew, existingClient } from "./creation.ts";
import { apiOf, deleteRezolveClient } from "./deletion.ts";
import { CLIENT_FIELDS, clientInputs, clientPolicies, INPUTS } from "./inputs.ts";
import type { SecondLooks } from "./look.ts";
import {
  createdAtOf,
  type Known,
  knownOf,
  NOTHING_KNOWN,
  neverCreated,
  outputsOf,
  type RecordedClient,
  readRecorded,
  tombstoneOf,
} from "./state.ts";
import { rotationReasons, updateAlive } from "./update.ts";
import type { WireClient } from "./wire.ts";
import { WORDS } from "./words.ts";

/** Inputs that only matter to us: recorded, never sent. */
const OWN_SETTINGS = ["connection", "deletion", "adopt"] as const;

/** The life cycle of `rezolve.OAuthClient`. */
export function rezolveClient(looks: SecondLooks): Lifecycle {
  const attempts = new Attempts();
  /** What the program says of `adopt` where the state has a claim, by the claim's id. */
  const adoptions = new Map<string, unknown>();

  return {
    kind: "rezolve:OAuthClient",

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
      const existing = await existingClient(inputs, place, operation);
      const known: Known = { ...NOTHING_KNOWN, previousRevocation, baseUrl: place.connection.http.baseUrl };
      return existing === null
        ? createNew(inputs, known, place, operation, looks.madeHere, attempts)
        : adopt(existing, inputs, known, place, operation);
    },

    async read(id, state, operation) {
      const recorded = readRecorded(state);
      if (isClaim(id)) {
        const made = await settleCreation(id, state, null, attempts, operation);
        return made === null ? null : readMade(made.id, withoutClaim(state), operation);
      }
      if (isTombstone(recorded)) return { id, outputs: { ...state } };
      const place = placeToRead(state, recorded, operation, WORDS);
      const subject = place.subject("read", nameOf(recorded.name, id), idFrom(recorded));
      const called = await apiOf(place).get(id);
      if (called.ok && called.value.status !== "deleted") {
        return readAlive(called.value, state, recorded, place, subject, operation);
      }
      if (!called.ok && !isNotFound(called.answer)) throw failureOf(called.answer, subject, called.neededMs);
      assertSameAddress(recorded, subject, called.ok ? say`it is deleted` : say`it is not there`);
      if (!called.ok) {
        const against = evidenceAgainst(await looks.look(apiOf(place), placeKey(place), id), subject);
        if (against !== null) throw against;
      }
      const httpStatus = called.answer.kind === "response" ? called.answer.status : 0;
      await leaveState(recorded, subject, { id, clientId: recorded.clientId, httpStatus }, operation);
      return null;
    },

    async update(id, olds, news, operation) {
      const recorded = readRecorded(olds);
      if (isTombstone(recorded)) return { id, outputs: { ...olds, ...pick(news, OWN_SETTINGS) } };
      const held = heldClient(id, olds, WORDS, operation);
      keepsClient(held, operation);
      // An existing client is where it was recorded, whatever the defaults say now.
      const settings = { ...pick(news, OWN_SETTINGS), ...pick(olds, ["tenantId", "realmName"]) };
      if (news.status === "deleted") {
        const state = { ...olds, ...settings };
        const revocation = await deletesClient(held, operation, () => deleteRezolveClient(id, state, looks, operation));
        return { id, outputs: tombstoneOf(state, recorded, revocation) };
      }
      return updateAlive(id, recorded, olds, { ...news, ...settings }, operation);
    },

    async delete(id, state, operation) {
      const recorded = readRecorded(state);
      if (isClaim(id)) {
        const made = await settleCreation(id, state, adoptions.get(id), attempts, operation);
        const client = { ...withoutClaim(state), clientId: made?.clientId };
        const revoked = made === null ? null : await deleteOnce(made.id, client, operation);
        // Nobody had the secret of what a claim stood for: what came before it says more.
        operation.handover.leave(recorded.previousRevocation ?? revoked);
        return;
      }
      operation.handover.leave(isTombstone(recorded) ? recorded.revocation : await deleteOnce(id, state, operation));
    },
  };

  function deleteOnce(id: string, state: Properties, operation: Operation) {
    const held = heldClient(id, state, WORDS, operation);
    return deletesLeavingClient(held, operation, () => deleteRezolveClient(id, state, looks, operation));
  }
}

function difference(recorded: RecordedClient, olds: Properties, news: Properties): Difference {
  const terminal = terminalDifference(recorded, news, WORDS);
  if (terminal !== null) return terminal;
  const { patch, replace, stateOnly } = diffDeclared(clientPolicies, olds, news, recorded.__filledIn ?? {});
  // A revoked client cannot come back either: what is wanted again is another client.
  const over = isTombstone(recorded) || (recorded.status === "revoked" && news.status !== "revoked");
  const replaces = over ? [...new Set(["status", ...replace])] : replace;
  const rotation = over ? [] : rotationReasons(recorded, olds, news);
  const trigger = sameValue("value", olds.rotateSecretWhen, news.rotateSecretWhen) ? [] : ["rotateSecretWhen"];
  const changed = [...new Set([...replaces, ...patch, ...stateOnly, ...trigger, ...rotation])];
  const warnings = unknownStatusWarnings(recorded, news);
  if (rotation.length > 0 && replaces.length === 0) {
    warnings.push(say`This update rotates the secret of ${nameOf(recorded.name, null)}: the old one stops working.`);
  }
  return { changes: changed.length > 0, replaces, changed, warnings };
}

/** A client that a claim turned out to be: nobody has its secret, so the next update rotates it. */
async function readMade(id: string, state: Properties, operation: Operation): Promise<Read> {
  const place = placeOf(state, operation, WORDS);
  const subject = place.subject("read", nameOf(state.name, id));
  const wire = orThrow(await apiOf(place).get(id), ({ answer, neededMs }) => failureOf(answer, subject, neededMs));
  const recorded = readRecorded({ ...state, __filledIn: filledInBy(CLIENT_FIELDS, state, wire, null) });
  const read = readAlive(wire, state, recorded, place, subject, operation);
  const hasSecret = wire.clientType !== "public";
  operation.log(
    "warning",
    say`${whereabouts(subject)} was created by an attempt whose answer was lost; the state has it now.${hasSecret ? say` Its secret is lost: the next \`pulumi up\` rotates it.` : ""}`,
  );
  return hasSecret ? { ...read, outputs: { ...read.outputs, __secretLost: true } } : read;
}

function readAlive(
  wire: WireClient,
  state: Properties,
  recorded: RecordedClient,
  place: Place,
  subject: Subject,
  operation: Operation,
): Read {
  const rotatedAt = wire.audit?.lastSecretRotatedAt ?? null;
  const isOurs = recorded.clientSecret !== null && recorded.baseUrl !== null;
  const outputs = outputsOf({ ...state, ...placeIn(place) }, wire, {
    ...knownOf(recorded),
    clientId: wire.clientId ?? recorded.clientId,
    createdAt: recorded.createdAt ?? createdAtOf(wire),
    // The time of the secret in the state, so that a rotation of somebody else's is seen again at every refresh.
    secretRotatedAt: isOurs ? recorded.secretRotatedAt : (rotatedAt ?? recorded.secretRotatedAt),
    baseUrl: place.connection.http.baseUrl,
  });
  if (recorded.__secretLost) outputs.__secretLost = true;
  if (isOurs && isLater(rotatedAt, recorded.secretRotatedAt ?? recorded.createdAt)) {
    operation.log(
      "warning",
      say`The secret of ${whereabouts(subject)} was rotated outside of Pulumi at ${quoted(rotatedAt ?? "", 40)}: the one in the state may not work any more. Change rotateSecretWhen to get a fresh one.`,
    );
  }
  // A revoked client cannot come back.
  const replacing = wire.status === "revoked" ? ["status"] : [];
  // What Rezolve filled in is known from the creation on.
  const known = { ...recorded, __filledIn: recorded.__filledIn ?? {} };
  const compared = { policies: clientPolicies, keys: INPUTS, replacing };
  return readAs({ id: wire.id, outputs }, state, known, compared, subject, operation);
}

function placeIn({ tenantId, realmName }: Place): Properties {
  return { tenantId, ...(realmName === null ? {} : { realmName }) };
}

/** A `Date` header, which may have been recorded, has whole seconds; times of one request may differ a little. */
function isLater(rotatedAt: string | null, recordedAt: string | null): boolean {
  if (rotatedAt === null) return false;
  if (recordedAt === null) return true;
  const recordedMs = Date.parse(recordedAt);
  return Date.parse(rotatedAt) > recordedMs + (recordedMs % 1_000 === 0 ? 1_000 : 100);
}
