import { diffDeclared } from "../../core/diff.ts";
import { OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { idToCheck, type Subject, whereabouts } from "../../core/subject.ts";
import { say } from "../../core/text.ts";
import {
  assertMatches,
  changesOf,
  NAME_TAKEN_HINT,
  nameTaken,
  sayAdopted,
  wantedIn,
} from "../../lifecycle/adoption.ts";
import type { Attempts } from "../../lifecycle/attempts.ts";
import { isNotFound, orThrow, vendorStatus } from "../../lifecycle/call.ts";
import { attempted } from "../../lifecycle/claim.ts";
import { keeping, type Operation, PartialFailure, type Properties, type Recorded } from "../../lifecycle/lifecycle.ts";
import { filledInBy } from "../../lifecycle/outputs.ts";
import { isReplaced, takesClient } from "../../lifecycle/ownership.ts";
import { nameOf, type Place } from "../../lifecycle/place.ts";
import { pick } from "../../lifecycle/properties.ts";
import type { RezolveApi } from "./api.ts";
import { findCreated } from "./claim.ts";
import { apiOf } from "./deletion.ts";
import { CLIENT_FIELDS, clientPolicies } from "./inputs.ts";
import { createdAtOf, type Known, outputsOf } from "./state.ts";
import { assertStatus, patchBody, updateFailure, withFreshSecret } from "./update.ts";
import type { WireClient } from "./wire.ts";

/** Inputs that no client says of itself. */
const PLACE = ["tenantId", "realmName"] as const;

const SECRET_UNKNOWN = say`The secret of an adopted client cannot be read, so clientSecret is null; set rotateSecretWhen to get a fresh one.`;

/** The client that `adopt` means; null where a new one is to be created. */
export async function existingClient(
  inputs: Properties,
  place: Place,
  operation: Operation,
): Promise<WireClient | null> {
  const wanted = wantedIn(inputs);
  if (wanted === null) return null;
  const api = apiOf(place);
  if (wanted.id === null) {
    const name = String(inputs.name);
    const subject = place.subject("adopt", nameOf(name, null), null);
    const { clients, doubt } = orThrow(await api.named(name), ({ answer, neededMs }) =>
      failureOf(answer, subject, neededMs),
    );
    for (const { id } of clients.filter((one) => one.name === name)) {
      // A list may lag behind a deletion, and does not say everything: a read does.
      if (isReplaced(id, subject, operation)) continue;
      const called = await api.get(id);
      if (called.ok && called.value.status !== "deleted") return called.value;
      if (!called.ok && !isNotFound(called.answer)) throw failureOf(called.answer, subject, called.neededMs);
    }
    if (doubt !== null) {
      throw new OAuthClientsError(
        "response-invalid",
        say`Cannot adopt ${whereabouts(subject)}: no client of this name was found, but the list of the tenant's clients ${doubt}.`,
        say`Say which one: adopt: { id }; or take \`adopt\` out, to create a new client.`,
      );
    }
    return null;
  }
  const subject = place.subject("adopt", nameOf(null, wanted.id), "program");
  if (isReplaced(wanted.id, subject, operation)) return null;
  const called = await api.get(wanted.id);
  if (called.ok && called.value.status !== "deleted") return called.value;
  if (!called.ok && !isNotFound(called.answer)) throw failureOf(called.answer, subject, called.neededMs);
  throw new OAuthClientsError(
    "client-missing",
    say`Cannot adopt ${whereabouts(subject)}: it is not there.`,
    say`${idToCheck(subject)} Check the tenant, too; or take \`adopt\` out to create a new client.`,
  );
}

/** Nor need anybody: the vendor dates its clients. */
const NOBODY_LOOKED = { before: [], sawAllBefore: false } as const;

/**
 * Creates a client, in one request.
 *
 * @param madeHere ids of clients that this process made; the new one is added
 */
export async function createNew(
  inputs: Properties,
  known: Known,
  place: Place,
  operation: Operation,
  madeHere: Set<string>,
  attempts: Attempts,
): Promise<Recorded> {
  const api = apiOf(place);
  const subject = place.subject("create", nameOf(inputs.name, null), null);
  const wanted = outputsOf(inputs, null, known);
  const { created, client } = await attempts.during(place, inputs.name, async (isContested) => {
    const { called, attempt } = await attempted(wanted, operation, NOBODY_LOOKED, (sent) =>
      api.create(pick(inputs, CLIENT_FIELDS), sent),
    );
    if (!called.ok && vendorStatus(called.answer) === 409) throw nameTaken(called.answer, subject, NAME_TAKEN_HINT);
    const made = called.ok ? called.value : await findCreated(place, called, attempt, wanted, operation, isContested);
    takesClient(made.id, "created", subject, operation);
    madeHere.add(made.id);
    return { created: called, client: made };
  });
  operation.keepSecret(client.clientSecret ?? null);
  const outputs = outputsOf(inputs, client, {
    ...known,
    clientId: client.clientId ?? null,
    clientSecret: client.clientSecret ?? null,
    createdAt: createdAtOf(client),
    __filledIn: filledInBy(CLIENT_FIELDS, inputs, client, null),
  });
  // The first secret was lost with the response; a public client has none.
  const lost = !created.ok && client.clientType !== "public";
  const recorded: Recorded = { id: client.id, outputs: lost ? { ...outputs, __secretLost: true } : outputs };
  return keeping(recorded, operation, async () => {
    if (!created.ok) {
      operation.log(
        "warning",
        say`The response to the creation of ${whereabouts(subject)} was lost. The client it created (${client.id}) was found and taken over${lost ? say`, with a fresh secret` : ""}.`,
      );
    }
    const done = lost ? await withFreshSecret({ ...recorded, outputs }, true, inputs.name, place, operation) : recorded;
    if (created.ok && inputs.clientType === "confidential" && (client.clientSecret ?? null) === null) {
      operation.log(
        "warning",
        say`${whereabouts(subject)} was created (${client.id}), but the response does not say its secret, so clientSecret is null; set rotateSecretWhen to get a fresh one.`,
      );
    }
    if (inputs.status !== "inactive" || client.status === "inactive") return done;
    return disable(done, api, place.subject("disable", nameOf(inputs.name, client.id)));
  });
}

/** Takes an existing client over: patched to the desired state; what the program leaves out stays as it is. */
export async function adopt(
  existing: WireClient,
  inputs: Properties,
  known: Known,
  place: Place,
  operation: Operation,
): Promise<Recorded> {
  const { id } = existing;
  const subject = place.subject("adopt", nameOf(inputs.name, id), null);
  if (existing.status === "revoked") {
    throw new OAuthClientsError(
      "vendor-refused",
      say`Cannot adopt ${whereabouts(subject)}: it was revoked for good.`,
      say`Delete it with a rezolve.OAuthClientDeletion, and create a new client without \`adopt\`.`,
    );
  }
  takesClient(id, "adopted", subject, operation);
  const filledIn = filledInBy(CLIENT_FIELDS, inputs, existing, null) ?? {};
  const { patch } = diffDeclared(clientPolicies, { ...existing, ...pick(inputs, PLACE) }, inputs, filledIn);
  const changes = changesOf(patch, existing, patchBody(patch, inputs, filledIn));
  assertMatches(inputs, changes, subject);
  const patched =
    patch.length === 0
      ? null
      : orThrow(await apiOf(place).patch(id, patchBody(patch, inputs, filledIn)), (failed) =>
          updateFailure(failed, subject, patch),
        );
  const outputs = outputsOf(
    inputs,
    { ...existing, ...patched },
    {
      ...known,
      clientId: existing.clientId ?? null,
      createdAt: createdAtOf(existing),
      secretRotatedAt: existing.audit?.lastSecretRotatedAt ?? null,
      __filledIn: filledIn,
    },
  );
  // Until it is rotated, the trigger has not done its work.
  const recorded: Recorded = { id, outputs: { ...outputs, rotateSecretWhen: undefined } };
  return keeping(recorded, operation, async () => {
    const rotates = (inputs.rotateSecretWhen ?? null) !== null;
    sayAdopted(changes, subject, rotates || existing.clientType === "public" ? null : SECRET_UNKNOWN, operation);
    const done: Recorded = { id, outputs };
    const adopted = rotates ? await withFreshSecret(done, false, inputs.name, place, operation) : done;
    if (patched !== null && patch.includes("status")) assertStatus(adopted, patched, String(inputs.status), subject);
    return adopted;
  });
}

async function disable(recorded: Recorded, api: RezolveApi, subject: Subject): Promise<Recorded> {
  const called = await api.patch(recorded.id, { status: "inactive" });
  if (!called.ok) throw new PartialFailure(recorded, updateFailure(called, subject, ["status"]));
  const status = called.value.status ?? "inactive";
  const updated = { ...recorded, outputs: { ...recorded.outputs, status } };
  assertStatus(updated, called.value, "inactive", subject);
  return updated;
}
