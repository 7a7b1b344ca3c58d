import { z } from "zod";
import { identifierProblem } from "../../lifecycle/identifier.ts";
import type { Properties } from "../../lifecycle/lifecycle.ts";
import { text } from "../../lifecycle/properties.ts";
import { entriesOf, type Page } from "../../lifecycle/walk.ts";
import { type CLIENT_FIELDS, clientPolicies, READABLE_FIELDS } from "./inputs.ts";

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

/** A client of the list, in our own names. */
export const wireClient = z
  .object({
    id: z.string().refine((id) => identifierProblem(id) === null),
    name: optionalText,
    type: optionalText,
    mobile: mobileWire,
    owners: optionalList,
    secret: optionalText,
    logoUrl: optionalText,
    grantTypes: optionalList,
    productName: optionalText,
    callbackUrls: optionalList,
    client_upn_key: optionalText,
    applicationName: optionalText,
    allowedLogoutUrls: optionalList,
    allowedWebOrigins: optionalList,
    allowedCorsOrigins: optionalList,
  })
  .transform(({ type, client_upn_key, mobile, ...same }) => ({
    ...same,
    appType: type,
    clientUpnKey: client_upn_key,
    mobile: mobile ? fromMobile(mobile) : mobile,
  }));
export type WireClient = z.infer<typeof wireClient>;

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

/** The body of a create, Auth0-style. Of several owners only the first can be given: how to pack more is not said. */
export function createBody(inputs: Properties): Record<string, unknown> {
  const owners = listOf(inputs.owners);
  return defined({
    name: inputs.name,
    app_type: inputs.appType,
    description: inputs.description,
    callbacks: inputs.callbackUrls,
    allowed_logout_urls: inputs.allowedLogoutUrls,
    allowed_origins: inputs.allowedCorsOrigins,
    web_origins: inputs.allowedWebOrigins,
    grant_types: inputs.grantTypes,
    logo_uri: inputs.logoUrl,
    initiate_login_uri: inputs.initiateLoginUri,
    client_metadata: defined({
      owners: owners[0],
      productName: inputs.productName,
      applicationName: inputs.applicationName,
      client_upn_key: inputs.clientUpnKey,
    }),
    mobile: inputs.mobile === undefined ? undefined : toMobile(inputs.mobile),
  });
}

/** The body of a patch. */
export function patchBody(changes: Partial<Record<(typeof CLIENT_FIELDS)[number], unknown>>): Record<string, unknown> {
  const { clientUpnKey, mobile, ...same } = changes;
  return defined({
    ...same,
    client_upn_key: clientUpnKey,
    mobile: mobile === undefined ? undefined : toMobile(mobile),
  });
}

/**
 * The readable inputs as the vendor has them; what it does not say is left out. A null in what only a new client can
 * change says nothing: if it were taken for empty, the next update would delete the client and make another one.
 */
export function readableOf(client: WireClient): Partial<Record<(typeof READABLE_FIELDS)[number], unknown>> {
  const readable: Partial<Record<(typeof READABLE_FIELDS)[number], unknown>> = {};
  for (const field of READABLE_FIELDS) {
    const value = client[field];
    const isSaid = value !== undefined && (value !== null || clientPolicies[field].effect !== "replace");
    if (isSaid) readable[field] = value;
  }
  return readable;
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

function fromMobile({ ios, android }: NonNullable<z.infer<typeof mobileWire>>): unknown {
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
