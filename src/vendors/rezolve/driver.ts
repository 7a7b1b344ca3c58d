import { isElsewhere } from "../../core/absence.ts";
import { sameValue } from "../../core/diff.ts";
import { saying } from "../../core/failure.ts";
import { usageOf } from "../../core/guard.ts";
import { isRecord } from "../../core/json.ts";
import { whereabouts } from "../../core/subject.ts";
import { quoted, say } from "../../core/text.ts";
import { isNotFound } from "../../lifecycle/call.ts";
import type { BeforeDeletion, ClientDriver } from "../../lifecycle/driver.ts";
import { namesOf } from "../../lifecycle/fields.ts";
import { RezolveClients } from "./clients.ts";
import { FIELDS } from "./fields.ts";
import { clientInputs } from "./inputs.ts";
import type { SecondLooks } from "./looks.ts";
import { type Kept, keptSchema } from "./state.ts";
import { afterAdoption, afterCreation, afterUpdate, hintOnRefusal, rotationReasons } from "./steps.ts";
import { createdAtOf, timeIn, useOf } from "./use.ts";
import { clientOf, readDeletion, valuesOf, type WireClient } from "./wire.ts";
import { WORDS } from "./words.ts";

/** Clients of Rezolve. */
export function rezolveDriver(looks: SecondLooks): ClientDriver<WireClient, Kept> {
  return {
    kind: "rezolve:OAuthClient",
    words: WORDS,
    schema: clientInputs,
    fields: FIELDS,
    createShowsClient: true,
    // A server may still be at work on a lost request.
    lookUpPausesMs: [0, 500, 1_500],
    stable: ["clientId", "createdAt"],
    statuses: ["active", "inactive", "revoked", "deleted"],
    finalStatuses: ["revoked"],
    alreadyDeletedCode: "OAUTH_CLIENT_ALREADY_DELETED",

    keptIn: (state) => keptSchema.parse(state),
    oauthClientId: (_id, { clientId }) => clientId,
    clientIdOf: ({ clientId }) => clientId ?? null,
    shown(client) {
      const { lastUsedAt, everUsed } = usageOf(useOf(client));
      return { clientId: client.clientId ?? null, createdAt: createdAtOf(client), lastUsedAt, everUsed };
    },
    useOf,
    createdMs: () => null,
    valuesOf,
    candidate(client, asked) {
      const createdMs = timeIn(createdAtOf(client));
      return {
        createdMs,
        // What the program leaves out the vendor may have filled in.
        asAskedFor: namesOf(FIELDS, "client").every(
          (field) => asked[field] === undefined || sameValue(FIELDS[field].as, asked[field], valuesOf(client)[field]),
        ),
        hasItsSecret: false,
      };
    },
    at: (place) => new RezolveClients(place, looks),
    revocationIn: readDeletion,
    // Rezolve answers with its envelope, always.
    isDeletionAnswer: ({ body }) => isRecord(body) && ("success" in body || "data" in body),
    clientOf,

    keptOfNew: (client, clientSecret, answered) => ({
      ...keptIdsOf(client),
      clientSecret,
      secretRotatedAt: null,
      // The first secret was lost with the response; a public client has none.
      __secretLost: !answered && client?.clientType !== "public",
    }),
    keptOfAdopted: (client) => ({
      ...keptIdsOf(client),
      clientSecret: null,
      secretRotatedAt: client.audit?.lastSecretRotatedAt ?? null,
      __secretLost: false,
    }),
    keptOfRead(client, { kept, baseUrl }, subject, operation) {
      const rotatedAt = client.audit?.lastSecretRotatedAt ?? null;
      const isOurs = kept.clientSecret !== null && baseUrl !== null;
      if (isOurs && isLater(rotatedAt, kept.secretRotatedAt ?? kept.createdAt)) {
        operation.log(
          "warning",
          say`The secret of ${whereabouts(subject)} was rotated outside of Pulumi at ${quoted(rotatedAt ?? "", 40)}: the one in the state may not work any more. Change rotateSecretWhen to get a fresh one.`,
        );
      }
      return {
        ...kept,
        clientId: client.clientId ?? kept.clientId,
        createdAt: kept.createdAt ?? createdAtOf(client),
        // The time of the secret in the state, so that a rotation of somebody else's is seen again at every refresh.
        secretRotatedAt: isOurs ? kept.secretRotatedAt : (rotatedAt ?? kept.secretRotatedAt),
      };
    },
    keptOfClaimed(client, kept) {
      if (client.clientType === "public") return { kept, message: say`` };
      return {
        kept: { ...kept, __secretLost: true },
        message: say` Its secret is lost: the next \`pulumi up\` rotates it.`,
      };
    },

    secretOfAdopted: ({ clientType }, _kept, { rotateSecretWhen }) =>
      clientType === "public" || (rotateSecretWhen ?? null) !== null
        ? null
        : say`The secret of an adopted client cannot be read, so clientSecret is null; set rotateSecretWhen to get a fresh one.`,
    hintOnRefusal,
    rotationReasons,
    finishCreation: afterCreation,
    finishAdoption: afterAdoption,
    finishUpdate: afterUpdate,
    beforeDeletion: disableFirst,
  };
}

function keptIdsOf(client: WireClient | null) {
  return { clientId: client?.clientId ?? null, createdAt: client === null ? null : createdAtOf(client) };
}

/** A `Date` header, which may have been recorded, has whole seconds; times of one request may differ a little. */
function isLater(rotatedAt: string | null, recordedAt: string | null): boolean {
  if (rotatedAt === null) return false;
  if (recordedAt === null) return true;
  const recordedMs = Date.parse(recordedAt);
  return Date.parse(rotatedAt) > recordedMs + (recordedMs % 1_000 === 0 ? 1_000 : 100);
}

/** Disables a client before its deletion, where it is asked for and as far as the vendor goes along. */
async function disableFirst({ id, recorded, clients, subject, operation }: BeforeDeletion<WireClient, Kept>) {
  const { deletion, status, name, baseUrl, __inDoubt: inDoubt } = recorded;
  const isDisabled = status === "inactive" && !inDoubt.includes("status");
  if (deletion?.disableFirst !== true || isDisabled) return null;
  if (isElsewhere(baseUrl, subject)) {
    operation.log(
      "warning",
      say`disableFirst: ${whereabouts(subject)} is not disabled, because it was created at ${baseUrl}, not at ${subject.baseUrl}; its deletion is tried all the same.`,
    );
    return null;
  }
  const called = await clients.patch({ id, name }, { status: "inactive" });
  if (called.ok) {
    return say`It was disabled first (disableFirst) and stays disabled, which the state does not show before a refresh.`;
  }
  const { answer } = called;
  // A client that is not there: the DELETE itself will find out, with evidence.
  if (isNotFound(answer)) return null;
  const why = answer.kind === "response" ? say`HTTP ${answer.status}${saying(answer)}` : answer.message;
  operation.log(
    "warning",
    say`disableFirst: ${whereabouts(subject)} could not be disabled (${why}); its deletion is tried all the same.`,
  );
  return null;
}
