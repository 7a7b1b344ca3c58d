import type { StoredClient } from "../store/client.ts";
import { attributesOf } from "./attributes.ts";
import type { ReadField } from "./fields.ts";
import type { NexusSettings } from "./settings.ts";

export type ReadModel = Readonly<Record<ReadField, unknown>>;

type Shown = Pick<NexusSettings, "secret" | "secretMask" | "nullFields">;

function shownSecret(client: StoredClient, { secret, secretMask }: Shown): string | null {
  if (client.clientType === "public") return null;
  switch (secret) {
    case "null":
      return null;
    case "masked":
      return secretMask;
    case "populated":
      return client.secrets.find(({ validUntil }) => validUntil === null)?.plain ?? null;
  }
}

/** The client as it is shown: some fields as `null`, the secret as the settings say. */
export function readModel(client: StoredClient, settings: Shown): ReadModel {
  const nulls: Partial<ReadModel> = Object.fromEntries(settings.nullFields.map((field) => [field, null]));
  return { ...fullReadModel(client, shownSecret(client, settings)), ...nulls };
}

function fullReadModel(client: StoredClient, secret: string | null): ReadModel {
  const { initiate_login_uri: _unreadable, ...attributes } = attributesOf(client);
  const { idTokenLifetime, refreshTokenLifetime } = client.tokenSettings;
  return {
    ...attributes,
    id: client.id,
    name: client.name,
    secret,
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
  const full = fullReadModel(client, secret ?? null);
  switch (shape) {
    case "full":
      return full;
    case "id-only":
      return { id: client.id };
    case "without-id": {
      const { id: _id, ...others } = full;
      return others;
    }
    case "empty":
      return undefined;
  }
}
