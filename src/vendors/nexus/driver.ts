import { sameValue } from "../../core/diff.ts";
import { isRecord } from "../../core/json.ts";
import { NO_DETAILS } from "../../core/revocation.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { type Message, say } from "../../core/text.ts";
import type { BeforeDeletion, ClientDriver } from "../../lifecycle/driver.ts";
import type { Properties } from "../../lifecycle/properties.ts";
import { listedSecret } from "../../lifecycle/secret.ts";
import { NexusClients } from "./clients.ts";
import { FIELDS } from "./fields.ts";
import { clientInputs } from "./inputs.ts";
import type { Listings } from "./listing.ts";
import { type Kept, keptSchema } from "./state.ts";
import { afterCreation } from "./steps.ts";
import { mayChange } from "./visibility.ts";
import { areNamedByCreate, listOf, READABLE_FIELDS, type WireClient } from "./wire.ts";
import { WORDS } from "./words.ts";

/** Clients of Nexus. */
export function nexusDriver(listings: Listings): ClientDriver<WireClient, Kept> {
  return {
    kind: "nexus:Client",
    words: WORDS,
    schema: clientInputs,
    fields: FIELDS,
    // Auth0 fills in grant types, for example, and no answer to a create shows it.
    createShowsClient: false,
    // The list has no dates, so nothing but a secret that the answer gave tells what an attempt made: once is enough.
    lookUpPausesMs: [0],
    stable: [],
    statuses: ["active"],
    finalStatuses: [],
    alreadyDeletedCode: null,

    keptIn: (state) => keptSchema.parse(state),
    oauthClientId: (id) => id,
    clientIdOf: ({ id }) => id,
    mayChange,
    shown: () => ({}),
    createdMs: ({ __createdMs }) => __createdMs,
    valuesOf: (client) => ({ ...client.values, status: "active" }),
    candidate: (client, asked) => ({
      createdMs: null,
      asAskedFor: isAskedFor(client, asked),
      hasItsSecret: typeof asked.clientSecret === "string" && client.secret === asked.clientSecret,
    }),
    at: (place) => new NexusClients(place, listings),
    // Nexus reports no counts, and its successes have no form of their own.
    revocationIn: () => NO_DETAILS,
    // A 204, as it is documented; an object may be what Nexus says besides.
    isDeletionAnswer: ({ status, body }) => status === 204 || isRecord(body),
    clientOf: () => null,

    keptOfNew: (client, secret) => ({
      clientSecret: secret ?? listedSecret(client?.secret, null).secret,
      __createdMs: Date.now(),
    }),
    keptOfAdopted: ({ secret }) => ({ clientSecret: listedSecret(secret, null).secret, __createdMs: null }),
    keptOfRead(client, { kept }, subject, operation) {
      const { secret: clientSecret, other } = listedSecret(client.secret, kept.clientSecret);
      if (other !== null) operation.log("warning", secretWarning(other, client.id, subject));
      return { ...kept, clientSecret };
    },
    secretOfAdopted: (_client, { clientSecret }) =>
      clientSecret === null
        ? say`The secret of an adopted client cannot be read, so clientSecret is null; Nexus documents no way to rotate it.`
        : null,
    finishCreation: afterCreation,
    beforeDeletion: sayThatNoneIsDisabled,
  };
}

async function sayThatNoneIsDisabled({ recorded, operation }: BeforeDeletion<WireClient, Kept>): Promise<null> {
  if (recorded.deletion?.disableFirst === true) {
    operation.explain(
      say`disableFirst does nothing at Nexus, where no client can be disabled: they are deleted all the same.`,
    );
  }
  return null;
}

function isAskedFor({ values }: WireClient, inputs: Properties): boolean {
  return READABLE_FIELDS.every(
    (field) =>
      inputs[field] === undefined ||
      // Null is not said: where the list hides a field, it has null.
      (values[field] ?? undefined) === undefined ||
      (field === "owners" && !areNamedByCreate(listOf(inputs.owners))) ||
      sameValue(FIELDS[field].as, inputs[field], values[field]),
  );
}

function secretWarning(other: "taken" | "doubted", id: string, subject: Subject): Message {
  return other === "taken"
    ? say`The secret of ${whereabouts(subject)} was changed outside of Pulumi; the state has the one that the list shows now.`
    : say`The list shows another secret of ${whereabouts(subject)} than the state, or a mask; the state keeps the known one. If it was changed in Nexus, take the resource out of the state (\`pulumi state delete\`) and the client over (adopt: { id: "${id}" }).`;
}
