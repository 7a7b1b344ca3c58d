import type { StoredClient } from "../store/client.ts";
import { attributesOf } from "./attributes.ts";
import type { NexusSettings } from "./settings.ts";

/** The fields of the read model (vendor-apis 4.2); `description` and `initiate_login_uri` are not among them. */
export const readFields = [
  "id",
  "name",
  "type",
  "mobile",
  "owners",
  "secret",
  "logoUrl",
  "grantTypes",
  "productName",
  "callbackUrls",
  "client_upn_key",
  "applicationName",
  "clientAuthMethod",
  "allowedLogoutUrls",
  "allowedWebOrigins",
  "allowedCorsOrigins",
  "idTokenExpiration",
  "refreshTokenReuseInterval",
  "refreshTokenAbsoluteLifetime",
  "refreshTokenInactivityLifetime",
  "isRefreshTokenRotationEnabled",
  "isRefreshTokenAbsoluteExpirationEnabled",
  "isRefreshTokenInactivityLifetimeEnabled",
  "allowCrossOriginAuthentication",
  "manuallyCreated",
] as const;

export type ReadField = (typeof readFields)[number];

export type ReadModel = Readonly<Record<ReadField, unknown>>;

/** Stands for a secret that exists and is not shown. */
const mask = "********";

function shownSecret(client: StoredClient, setting: NexusSettings["secret"]): string | null {
  if (client.clientType === "public") return null;
  switch (setting) {
    case "null":
      return null;
    case "masked":
      return mask;
    case "populated":
      return client.secrets.find(({ validUntil }) => validUntil === null)?.plain ?? null;
  }
}

export function readModel(client: StoredClient, { secret }: Pick<NexusSettings, "secret">): ReadModel {
  const { initiate_login_uri: _unreadable, ...attributes } = attributesOf(client);
  const { idTokenLifetime, refreshTokenLifetime } = client.tokenSettings;
  return {
    ...attributes,
    id: client.id,
    name: client.name,
    secret: shownSecret(client, secret),
    grantTypes: client.grantTypes,
    callbackUrls: client.redirectUris,
    allowedCorsOrigins: client.allowedOrigins,
    clientAuthMethod: client.clientType === "public" ? "none" : "client_secret_post",
    idTokenExpiration: idTokenLifetime,
    refreshTokenReuseInterval: 0,
    refreshTokenAbsoluteLifetime: refreshTokenLifetime,
    refreshTokenInactivityLifetime: refreshTokenLifetime,
    isRefreshTokenRotationEnabled: true,
    isRefreshTokenAbsoluteExpirationEnabled: true,
    isRefreshTokenInactivityLifetimeEnabled: false,
    allowCrossOriginAuthentication: false,
  };
}

/** What a creation answers, if anything: here the secret is always the real one. */
export function created(
  client: StoredClient,
  secret: string | undefined,
  shape: NexusSettings["createBody"],
): Readonly<Record<string, unknown>> | undefined {
  switch (shape) {
    case "full":
      return { ...readModel(client, { secret: "null" }), secret: secret ?? null };
    case "id-only":
      return { id: client.id };
    case "empty":
      return undefined;
  }
}
