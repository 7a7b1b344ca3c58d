import { z } from "zod";
import { sameValue } from "../../../src/core/diff.ts";
import { NO_DETAILS } from "../../../src/core/revocation.ts";
import { say } from "../../../src/core/text.ts";
import type { ClientDriver } from "../../../src/lifecycle/driver.ts";
import { namesOf } from "../../../src/lifecycle/fields.ts";
import { recordedText } from "../../../src/lifecycle/recorded.ts";
import type { VendorWords } from "../../../src/lifecycle/words.ts";
import type { Vendor } from "../../../src/vendors/vendor.ts";
import type { App } from "./api.ts";
import { AcmeClients, valuesOf } from "./clients.ts";
import { FIELDS } from "./fields.ts";
import { clientInputs, deletionInputs, purgeSchema } from "./inputs.ts";
import { acmeCredentials, acmeSettings } from "./settings.ts";

const WORDS: VendorWords = {
  name: "acme",
  title: "Acme",
  place: [
    { key: "space", noun: "space", optional: false, receipt: "tenantId" },
    { key: "zone", noun: "zone", optional: true, receipt: "realmName" },
  ],
  permissions: { create: "the right to make apps", read: "the right to see apps", change: "the right to change apps" },
  absent: "is not there",
  deletionClass: "acme.AppDeletion",
  aboutId: say`it is the app's key`,
};

const keptSchema = z.object({ clientSecret: recordedText });
type Kept = z.infer<typeof keptSchema>;

const ended = z.object({ ended: z.object({ tokens: z.number().int(), logins: z.number().int() }) });

const driver: ClientDriver<App, Kept> = {
  kind: "acme:App",
  words: WORDS,
  schema: clientInputs,
  fields: FIELDS,
  createShowsClient: true,
  lookUpPausesMs: [0, 200],
  stable: [],
  statuses: ["active"],
  finalStatuses: [],
  alreadyDeletedCode: null,
  keptIn: (state) => keptSchema.parse(state),
  oauthClientId: (id) => id,
  clientIdOf: ({ id }) => id,
  shown: ({ made }) => ({ made: made ?? null }),
  createdMs: () => null,
  valuesOf,
  candidate: (app, asked) => ({
    createdMs: app.made ?? null,
    asAskedFor: namesOf(FIELDS, "client").every(
      (name) => asked[name] === undefined || sameValue(FIELDS[name].as, asked[name], valuesOf(app)[name]),
    ),
    hasItsSecret: false,
  }),
  at: (place) => new AcmeClients(place),
  revocationIn(body) {
    const said = ended.safeParse(body).data?.ended;
    if (said === undefined) return NO_DETAILS;
    return { ...NO_DETAILS, tokensRevoked: said.tokens, activeSessionsTerminated: said.logins };
  },
  isDeletionAnswer: () => true,
  clientOf: () => null,
  keptOfNew: (_app, clientSecret) => ({ clientSecret }),
  keptOfAdopted: () => ({ clientSecret: null }),
  keptOfRead: (_app, { kept }) => kept,
  secretOfAdopted: () => say`Acme shows a secret once.`,
};

/** A small vendor that exists nowhere: other places, other ids, 410 for what is gone, and Basic alone. */
export const acme: Vendor = {
  name: WORDS.name,
  title: WORDS.title,
  place: WORDS.place,
  settings: acmeSettings,
  credentials: acmeCredentials,
  driver: () => driver,
  deletion: { kind: "acme:AppDeletion", schema: deletionInputs },
  purge: { kind: "acme:AppPurge", schema: purgeSchema },
};
