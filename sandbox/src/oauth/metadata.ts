import type { ClientMetadata } from "oidc-provider";
import type { MetadataSource } from "../http/vendor-api.ts";
import type { StoredClient } from "../store/client.ts";

/** Stands for "no scope at all": the OAuth server takes a missing list for "every scope". */
export const NO_SCOPE = "sandbox:none";

/**
 * Never compared: the sandbox compares hashes (`provider.ts`), but the OAuth server wants a secret to be there. It is
 * the same for all clients and does not change with a rotation.
 */
const DUMMY_SECRET = "compared-by-hash-elsewhere";

function usesCustomScheme(uri: string): boolean {
  return !/^https?:/i.test(uri);
}

/** A client in the terms of the OAuth server (RFC 7591 names). */
export function clientMetadata(client: MetadataSource): ClientMetadata {
  const usable = client.status === "active";
  const isPublic = client.clientType === "public";
  const grantTypes = client.grantTypes.filter((grant) => !(isPublic && grant === "client_credentials"));
  const withRedirect = usable && client.redirectUris.length > 0;
  const responseTypes = [
    ...(withRedirect && grantTypes.includes("authorization_code") ? (["code"] as const) : []),
    ...(withRedirect && grantTypes.includes("implicit") ? (["id_token", "id_token token"] as const) : []),
  ];
  return {
    client_id: client.clientId,
    // Edited past the API, a client may have no name; the OAuth server wants none then.
    ...(client.name === "" ? {} : { client_name: client.name }),
    // Without these an inactive client gets nothing, but its older tokens can still be looked at.
    grant_types: usable ? grantTypes : [],
    response_types: responseTypes,
    redirect_uris: client.redirectUris,
    scope: client.scopes.length === 0 ? NO_SCOPE : client.scopes.join(" "),
    application_type: client.redirectUris.some(usesCustomScheme) ? "native" : "web",
    ...(isPublic
      ? { token_endpoint_auth_method: "none" }
      : { token_endpoint_auth_method: "client_secret_basic", client_secret: DUMMY_SECRET }),
  };
}

/** Where scripts may call from. Nexus adds the callbacks by itself (vendor-apis 4.3, `allowedCorsOrigins`). */
export function allowedOrigins(client: Pick<StoredClient, "vendor" | "allowedOrigins" | "redirectUris">): string[] {
  if (client.vendor !== "nexus") return client.allowedOrigins;
  return [...client.allowedOrigins, ...client.redirectUris.flatMap((uri) => URL.parse(uri)?.origin ?? [])];
}
