import { z } from "zod";
import { namesOf } from "../../lifecycle/fields.ts";
import { identifierProblem } from "../../lifecycle/identifier.ts";
import { type Properties, text } from "../../lifecycle/properties.ts";
import { entriesOf, type Page } from "../../lifecycle/walk.ts";
import { FIELDS, type NexusField } from "./fields.ts";

/**
 * Shapes of the Nexus API. The same client is snake_case in a create, camelCase in the list and in a patch, with
 * other words for the same thing; read leniently, because most of the read model is known from one example only.
 */
const optionalText = z.string().nullable().optional().catch(undefined);
const optionalList = z.array(z.string()).nullable().optional().catch(undefined);

const mobileWire = z
  .object({
    ios: z.object({ team_id: optionalText, app_bundle_identifier: optionalText }).nullable().optional(),
    android: z.object({ keystore_hash: optionalText, app_package_name: optionalText }).nullable().optional(),
  })
  .nullable()
  .optional()
  .catch(undefined);

const FIELD_NAMES = namesOf(FIELDS, "client");

/** What the list and a patch call an input; null where they do not have it. */
function readName(name: keyof typeof FIELDS): string | null {
  const { read = name }: NexusField = FIELDS[name];
  return read;
}

/** Inputs that the list brings back. */
export const READABLE_FIELDS = FIELD_NAMES.filter((name) => readName(name) !== null);

const schemas = Object.fromEntries(
  READABLE_FIELDS.map((name) => {
    const { as } = FIELDS[name];
    return [readName(name) ?? name, as === "set" ? optionalList : as === "text" ? optionalText : mobileWire];
  }),
);

/** A client of the list, in our own names. */
export const wireClient = z
  .object({
    ...schemas,
    id: z.string().refine((id) => identifierProblem(id) === null),
    name: optionalText,
    secret: optionalText,
  })
  .transform((client) => ({ id: client.id, name: client.name, secret: client.secret, values: valuesIn(client) }));
export type WireClient = z.infer<typeof wireClient>;

/**
 * The readable inputs as the vendor has them; what it does not say is left out. A null in what only a new client can
 * change says nothing: if it were taken for empty, the next update would delete the client and make another one.
 */
function valuesIn(client: Properties): Properties {
  const values: Record<string, unknown> = {};
  for (const name of READABLE_FIELDS) {
    const said = client[readName(name) ?? name];
    const value = name === "mobile" && said ? fromMobile(mobileWire.parse(said)) : said;
    const isSaid = value !== undefined && (value !== null || FIELDS[name].effect !== "replace");
    if (isSaid) values[name] = value;
  }
  return values;
}

/** One page of the list: an OData envelope. */
export const wirePage = z
  .object({
    "@odata.count": z.number().int().nonnegative().nullable().default(null).catch(null),
    value: z.array(z.unknown()),
  })
  .transform(
    ({ "@odata.count": count, value }): Page<WireClient> => ({ count, entries: entriesOf(wireClient, value) }),
  );

const createdHolder = z.object({
  name: optionalText,
  id: optionalText,
  client_id: optionalText,
  clientId: optionalText,
  secret: optionalText,
  client_secret: optionalText,
  clientSecret: optionalText,
});

/** The response to a create is not documented: what can be found of the id and the secret in it, if it has a body. */
export const wireCreated = createdHolder.default({}).transform((found) => {
  const id = text(found.id) ?? text(found.client_id) ?? text(found.clientId);
  return {
    // One that no request could name is none.
    id: id !== null && identifierProblem(id) === null ? id : null,
    name: text(found.name),
    secret: text(found.secret) ?? text(found.client_secret) ?? text(found.clientSecret),
  };
});

/** The response to a patch, which is not documented either: the client, as far as it says it, or no body at all. */
export const wirePatched = z
  .looseObject({})
  .optional()
  .transform((body): WireClient | null => wireClient.safeParse(body).data ?? null);

const namedAnswer = z.object({ id: optionalText, client_id: optionalText, clientId: optionalText });

/** The id of the client that an answer is about; null where it names none. */
export function namedIn(body: unknown): string | null {
  const { data } = namedAnswer.safeParse(body);
  return text(data?.id) ?? text(data?.client_id) ?? text(data?.clientId);
}

/** Problem details (RFC 9457), all of them nullable. The status in it is not believed: HTTP's counts. */
export const wireProblem = z
  .object({
    type: optionalText,
    title: optionalText,
    detail: optionalText,
    status: z.number().nullable().optional().catch(undefined),
    instance: optionalText,
  })
  .refine(({ title, detail, type }) => Boolean(title || detail || type));

/** The body of a create, Auth0-style. */
export function createBody(inputs: Properties): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  for (const name of FIELD_NAMES) {
    const { create = name }: NexusField = FIELDS[name];
    const [first = name, inMetadata] = create.split(".");
    // Of several owners only the first can be given: how to pack more is not said.
    const value = name === "owners" ? listOf(inputs.owners)[0] : toWire(name, inputs[name]);
    if (value === undefined) continue;
    if (inMetadata === undefined) body[first] = value;
    else metadata[inMetadata] = value;
  }
  return { ...body, client_metadata: metadata };
}

/** The body of a patch. */
export function patchBody(changes: Properties): Record<string, unknown> {
  return defined(
    Object.fromEntries(
      FIELD_NAMES.filter((name) => name in changes).map((name) => [
        readName(name) ?? name,
        toWire(name, changes[name]),
      ]),
    ),
  );
}

function toWire(name: keyof typeof FIELDS, value: unknown): unknown {
  return name === "mobile" && value !== undefined ? toMobile(value) : value;
}

/** What may stand between several owners in the one text that a create has for them: what does is not said. */
const BETWEEN_OWNERS = /[\s,;]/;

/** The owners that a create names for certain: the first, unless the vendor may take it for several. */
export function ownersOfCreate(owners: readonly string[]): string[] {
  return owners.slice(0, 1).filter((owner) => !BETWEEN_OWNERS.test(owner));
}

/** Whether a create names all of these owners for certain. */
export function areNamedByCreate(owners: readonly string[]): boolean {
  return ownersOfCreate(owners).length === owners.length;
}

/** A list of texts, whatever stands there. */
export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

const mobileInput = z.object({
  ios: z.object({ teamId: z.string().optional(), appBundleIdentifier: z.string().optional() }).optional(),
  android: z.object({ keystoreHash: z.string().optional(), appPackageName: z.string().optional() }).optional(),
});

function toMobile(mobile: unknown): unknown {
  const parsed = mobileInput.safeParse(mobile);
  // Cleared: sent as the vendor's nothing.
  if (!parsed.success) return null;
  const { ios, android } = parsed.data;
  return defined({
    ios: ios && defined({ team_id: ios.teamId, app_bundle_identifier: ios.appBundleIdentifier }),
    android: android && defined({ keystore_hash: android.keystoreHash, app_package_name: android.appPackageName }),
  });
}

function fromMobile(said: z.infer<typeof mobileWire>): unknown {
  const { ios, android } = said ?? {};
  const mobile = defined({
    ios: ios ? emptyToNothing({ teamId: ios.team_id, appBundleIdentifier: ios.app_bundle_identifier }) : undefined,
    android: android
      ? emptyToNothing({ keystoreHash: android.keystore_hash, appPackageName: android.app_package_name })
      : undefined,
  });
  return Object.keys(mobile).length === 0 ? null : mobile;
}

function emptyToNothing(values: Record<string, string | null | undefined>): Record<string, unknown> | undefined {
  const set = Object.fromEntries(
    Object.entries(values).filter(([, value]) => typeof value === "string" && value !== ""),
  );
  return Object.keys(set).length === 0 ? undefined : set;
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
