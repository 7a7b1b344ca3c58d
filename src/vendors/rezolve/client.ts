import { baseUrlChanged, evidenceAgainst } from "../../core/absence.ts";
import type { Answer } from "../../core/answer.ts";
import { diffDeclared, emptyOf } from "../../core/diff.ts";
import { OAuthClientsError } from "../../core/errors.ts";
import { failureOf, saying } from "../../core/failure.ts";
import type { Revocation } from "../../core/revocation.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { isUnknown } from "../../core/unknown.ts";
import { checkInputs } from "../check.ts";
import type { Connection } from "../connection.ts";
import { deleteClient } from "../deletion.ts";
import {
  type Checked,
  type Difference,
  type Lifecycle,
  type Operation,
  PartialFailure,
  type Properties,
  type Recorded,
} from "../lifecycle.ts";
import { type TakenOver, takeOver } from "./ambiguous.ts";
import { type ClientPatch, orThrow, RezolveApi } from "./api.ts";
import { CLIENT_FIELDS, clientInputs, clientPolicies } from "./inputs.ts";
import { SecondLooks } from "./look.ts";
import { filledInBy, isTombstone, knownOf, nameOf, outputsOf, type RecordedClient, readRecorded } from "./state.ts";
import { readDeletion, type WireClient } from "./wire.ts";

const KIND = "rezolve:OAuthClient";
const PERMISSION = "admin-level permission, typically the role tenant_admin or oauth_admin";
const ALREADY_DELETED = "OAUTH_CLIENT_ALREADY_DELETED";

/** A client's place: the connection's API for its tenant, and words for messages. */
interface Place {
  connection: Connection;
  api: RezolveApi;
  tenantId: string;
  realmName: string | null;
  subject(action: string, client: string): Subject;
}

/** The life cycle of `rezolve.OAuthClient`. */
export function rezolveClient(): Lifecycle {
  const looks = new SecondLooks();

  return {
    kind: KIND,

    async check(olds, news, operation): Promise<Checked> {
      return checkInputs({ schema: clientInputs, vendor: "rezolve", olds, news, operation });
    },

    diff(_id, olds, news): Difference {
      return difference(readRecorded(olds), olds, news);
    },

    async create(inputs, operation): Promise<Recorded> {
      const previousRevocation = operation.handover.take();
      if (inputs.status === "deleted") return neverCreated(inputs, previousRevocation);
      const place = placeOf(inputs, operation);
      const subject = place.subject("create", nameOf(text(inputs.name), null));
      const attempt = { startedMs: Date.now() };
      const created = await place.api.create(pick(inputs, CLIENT_FIELDS));
      if (!created.ok && created.answer.kind === "response" && created.answer.status === 409) {
        throw new OAuthClientsError(
          "name-taken",
          `Cannot create ${whereabouts(subject)}: the tenant already has a client of this name (HTTP 409${saying(created.answer)}).`,
          "Choose another name, or delete the other client first.",
        );
      }
      const { client, secret, rotatedAt, problem }: TakenOver = created.ok
        ? { client: created.value, secret: created.value.clientSecret ?? null, rotatedAt: null, problem: null }
        : await takeOver(place.api, created, inputs, subject, attempt, operation);
      operation.keepSecret(secret);
      const recorded: Recorded = {
        id: client.id,
        outputs: outputsOf(inputs, client, {
          clientId: client.clientId ?? null,
          clientSecret: secret,
          createdAt: client.createdAt ?? client.audit?.createdAt ?? null,
          secretRotatedAt: rotatedAt,
          revocation: null,
          previousRevocation,
          baseUrl: place.connection.http.baseUrl,
          __filledIn: filledInBy(inputs, client),
        }),
      };
      if (problem !== null)
        throw new PartialFailure({ ...recorded, outputs: { ...recorded.outputs, __secretLost: true } }, problem);
      if (inputs.status !== "inactive" || client.status === "inactive") return recorded;
      return disable(place, recorded, inputs);
    },

    async read(id, state, operation): Promise<Recorded | null> {
      const recorded = readRecorded(state);
      if (isTombstone(recorded)) return { id, outputs: { ...state } };
      const place = placeOf(state, operation);
      const subject = place.subject("read", nameOf(recorded.name, id));
      const called = await place.api.get(id);
      if (called.ok && called.value.status !== "deleted") {
        const wire = called.value;
        const outputs = outputsOf({ ...state, tenantId: place.tenantId }, wire, {
          ...knownOf(recorded),
          clientId: wire.clientId ?? recorded.clientId ?? null,
          createdAt: recorded.createdAt ?? wire.audit?.createdAt ?? wire.createdAt ?? null,
          secretRotatedAt: wire.audit?.lastSecretRotatedAt ?? recorded.secretRotatedAt ?? null,
          baseUrl: place.connection.http.baseUrl,
        });
        const drifted = recorded.baseUrl ? diffDeclared(clientPolicies, outputs, state).patch : [];
        if (drifted.length > 0) {
          operation.log(
            "info",
            `${whereabouts(subject)} was changed outside of Pulumi: ${drifted.join(", ")}. The next \`pulumi up\` sets it back to what the program says.`,
          );
        }
        return { id: wire.id, outputs };
      }
      await assertAbsent(called.ok ? null : called.answer, id, recorded, place, subject);
      // `.get` reads what no operation of ours recorded: there, empty outputs would look like a client.
      if (!recorded.baseUrl) {
        throw new OAuthClientsError(
          "client-missing",
          `Cannot read ${whereabouts(subject)}: there is no such client at ${place.connection.http.baseUrl}.`,
          "Check the id (the vendor's id, not the OAuth client id) and the tenant.",
        );
      }
      operation.log(
        "warning",
        `Rezolve ${whereabouts(subject)} no longer exists: somebody deleted it outside of Pulumi. It leaves the state; the next \`pulumi up\` creates it again if the program still has it.`,
      );
      return null;
    },

    async update(id, olds, news, operation): Promise<Recorded> {
      const recorded = readRecorded(olds);
      if (isTombstone(recorded)) return { id, outputs: { ...olds, ...pick(news, ["connection", "deletion"]) } };
      const settings = { ...pick(news, ["connection", "deletion"]), ...pick(olds, ["tenantId", "realmName"]) };
      if (news.status === "deleted") {
        const revocation = await carryOut(id, { ...olds, ...settings }, operation);
        return { id, outputs: tombstoneOf({ ...olds, ...settings }, recorded, revocation) };
      }
      const place = placeOf(settings, operation);
      const { patch } = diffDeclared(clientPolicies, olds, news, recorded.__filledIn ?? {});
      const known = knownOf(recorded);
      if (recorded.__secretLost === true) Object.assign(known, await replaceLostSecret(id, place, recorded, operation));
      if (patch.length === 0) {
        const kept = pick(olds, [...CLIENT_FIELDS, "status"]);
        return { id, outputs: outputsOf({ ...news, ...settings, ...kept }, null, known) };
      }
      const subject = place.subject("update", nameOf(recorded.name, id));
      const called = await place.api.patch(id, patchBody(patch, news, recorded));
      const wire = orThrow(called, (answer, neededMs) => updateFailure(answer, neededMs, subject, patch));
      const updated: Recorded = {
        id,
        outputs: outputsOf({ ...news, ...settings }, wire, { ...known, baseUrl: place.connection.http.baseUrl }),
      };
      if (patch.includes("status")) assertStatus(updated, wire, String(news.status), subject);
      return updated;
    },

    async delete(id, state, operation): Promise<void> {
      const recorded = readRecorded(state);
      const revocation = isTombstone(recorded) ? (recorded.revocation ?? null) : await carryOut(id, state, operation);
      operation.handover.leave(revocation);
    },
  };

  /** Deletes a client and writes the evidence down. */
  async function carryOut(id: string, state: Properties, operation: Operation): Promise<Revocation> {
    const recorded = readRecorded(state);
    const place = placeOf(state, operation);
    const subject = place.subject("delete", nameOf(recorded.name, id));
    if (recorded.deletion?.disableFirst === true && recorded.status !== "inactive") {
      await disableFirst(id, place, subject, operation);
    }
    const revocation = await deleteClient(
      {
        connection: place.connection,
        subject,
        mode: recorded.deletion?.alreadyGone ?? "verify",
        recordedBaseUrl: recorded.baseUrl ?? null,
        alreadyDeletedCode: ALREADY_DELETED,
        details: readDeletion,
        send: (judge) => place.api.delete(id, judge),
        look: () => looks.look(place.api, tenantKey(place), id),
      },
      operation,
    );
    await operation.evidence({
      client: `Rezolve ${whereabouts(subject)}`,
      connection: place.connection.name,
      tenantId: place.tenantId,
      realmName: place.realmName,
      id,
      clientId: recorded.clientId ?? null,
      name: recorded.name ?? null,
      revocation,
    });
    return revocation;
  }

  /** Throws unless the client is absent for certain. `answer` is null where the vendor shows it as deleted. */
  async function assertAbsent(
    answer: Answer | null,
    id: string,
    recorded: RecordedClient,
    place: Place,
    subject: Subject,
  ): Promise<void> {
    if (answer === null) return;
    const notFound = answer.kind === "response" && (answer.status === 404 || answer.status === 410);
    if (!notFound || answer.author === "stranger") throw failureOf(answer, subject);
    if (recorded.baseUrl && recorded.baseUrl !== subject.baseUrl) throw baseUrlChanged(subject, recorded.baseUrl);
    const against = evidenceAgainst(await looks.look(place.api, tenantKey(place), id), subject);
    if (against !== null) throw against;
  }
}

function difference(recorded: RecordedClient, olds: Properties, news: Properties): Difference {
  const tombstone = isTombstone(recorded);
  if (news.status === "deleted") {
    if (tombstone) return { changes: false, replaces: [], changed: [], warnings: [] };
    return {
      changes: true,
      replaces: [],
      changed: ["status"],
      warnings: [
        `This update DELETES ${nameOf(recorded.name, null)} in tenant ${recorded.tenantId ?? "?"} at Rezolve and revokes its tokens; it cannot be undone. The resource stays as a tombstone with the evidence.`,
      ],
    };
  }
  const { patch, replace, stateOnly } = diffDeclared(clientPolicies, olds, news, recorded.__filledIn ?? {});
  // A deleted or revoked client cannot come back: what is wanted again is another client.
  const over = tombstone || recorded.status === "revoked";
  const replaces = over ? [...new Set(["status", ...replace])] : replace;
  const warnings =
    isUnknown(news.status) && !over
      ? [
          `The status of ${nameOf(recorded.name, null)} is not known yet; if it becomes "deleted", this update deletes the client.`,
        ]
      : [];
  const unfinished = recorded.__secretLost === true ? ["clientSecret"] : [];
  const changed = [...new Set([...replaces, ...patch, ...stateOnly, ...unfinished])];
  return { changes: changed.length > 0, replaces, changed, warnings };
}

function placeOf(properties: Properties, operation: Operation): Place {
  const connection = operation.connect(text(properties.connection) ?? "default");
  const tenantId = text(properties.tenantId) ?? connection.tenantId;
  if (tenantId === null) {
    throw new OAuthClientsError(
      "configuration-invalid",
      `There is no tenant: neither the resource nor connection "${connection.name}" names one.`,
      "Set tenantId on the resource, rezolve:tenantId in the stack config or REZOLVE_TENANT_ID in the environment.",
    );
  }
  const realmName = text(properties.realmName);
  return {
    connection,
    tenantId,
    realmName,
    api: new RezolveApi(connection.http, tenantId, realmName),
    subject: (action, client) => ({
      vendor: "Rezolve",
      action,
      client,
      tenantId,
      realmName,
      connection: connection.name,
      baseUrl: connection.http.baseUrl,
      credentialSource: connection.http.credential.source,
      permission: PERMISSION,
    }),
  };
}

function tenantKey(place: Place): string {
  return JSON.stringify([place.connection.name, place.tenantId, place.realmName]);
}

/** A new resource that is already over: a fresh stack of an old program. Nothing was there, so nothing is called. */
function neverCreated(inputs: Properties, previousRevocation: Revocation | null): Recorded {
  const nothing = {
    clientId: null,
    clientSecret: null,
    createdAt: null,
    secretRotatedAt: null,
    revocation: null,
    previousRevocation,
    baseUrl: null,
    __filledIn: null,
  };
  return { id: `never-created:${text(inputs.name) ?? ""}`, outputs: outputsOf(inputs, null, nothing) };
}

/** A deleted client as the state keeps it: what it was, the evidence, no secret. */
function tombstoneOf(state: Properties, recorded: RecordedClient, revocation: Revocation): Record<string, unknown> {
  const known = { ...knownOf(recorded), clientSecret: null, revocation, __filledIn: null };
  return outputsOf({ ...state, status: "deleted" }, null, known);
}

/** Only what changed, with what a left-out input means written out. */
function patchBody(
  fields: readonly (keyof typeof clientPolicies)[],
  news: Properties,
  recorded: RecordedClient,
): ClientPatch {
  const filledIn = recorded.__filledIn ?? {};
  return Object.fromEntries(
    fields.map((field) => [field, news[field] ?? filledIn[field] ?? emptyOf(clientPolicies[field])]),
  );
}

function updateFailure(
  answer: Answer,
  neededMs: number | null,
  subject: Subject,
  patched: readonly string[],
): OAuthClientsError {
  if (answer.kind === "response" && answer.author !== "stranger") {
    if (answer.status === 404 || answer.status === 410) {
      return new OAuthClientsError(
        "client-missing",
        `Cannot update ${whereabouts(subject)}: it is not there (HTTP ${answer.status}${saying(answer)}).`,
        "Run `pulumi refresh` to find out whether it was deleted; then `pulumi up` creates it again.",
      );
    }
    if (answer.status === 409) {
      return new OAuthClientsError(
        "name-taken",
        `Cannot update ${whereabouts(subject)}: the tenant already has a client of the new name (HTTP 409${saying(answer)}).`,
        "Choose another name.",
      );
    }
  }
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

/** Finishes a create whose response, and so the secret, was lost, and whose rotation failed then. */
async function replaceLostSecret(id: string, place: Place, recorded: RecordedClient, operation: Operation) {
  const subject = place.subject("give a fresh secret to", nameOf(recorded.name, id));
  const called = await place.api.rotateSecret(id);
  const clientSecret = orThrow(called, (answer, neededMs) => failureOf(answer, subject, neededMs));
  operation.keepSecret(clientSecret);
  return { clientSecret, secretRotatedAt: new Date().toISOString() };
}

async function disable(place: Place, recorded: Recorded, inputs: Properties): Promise<Recorded> {
  const subject = place.subject("disable", nameOf(text(inputs.name), recorded.id));
  const called = await place.api.patch(recorded.id, { status: "inactive" });
  if (!called.ok) {
    throw new PartialFailure(recorded, updateFailure(called.answer, called.neededMs, subject, ["status"]));
  }
  const status = called.value.status ?? "inactive";
  const updated = { ...recorded, outputs: { ...recorded.outputs, status } };
  assertStatus(updated, called.value, "inactive", subject);
  return updated;
}

/** Disables a client before its deletion, as far as the vendor goes along. */
async function disableFirst(id: string, place: Place, subject: Subject, operation: Operation): Promise<void> {
  const called = await place.api.patch(id, { status: "inactive" });
  if (called.ok) return;
  const { answer } = called;
  // The DELETE itself will find out, with evidence, whether the client is gone.
  if (answer.kind === "response" && (answer.status === 404 || answer.status === 410)) return;
  const why = answer.kind === "response" ? `HTTP ${answer.status}${saying(answer)}` : answer.message;
  operation.log(
    "warning",
    `disableFirst: ${whereabouts(subject)} could not be disabled (${why}); it is deleted all the same.`,
  );
}

function pick(properties: Properties, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => properties[key] !== undefined).map((key) => [key, properties[key]]));
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
