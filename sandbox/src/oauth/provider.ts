import {
  type Client,
  type ClientMetadata,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  type Provider,
} from "oidc-provider";
import type { Actor } from "../store/client.ts";
import type { ClientDirectory } from "../store/directory.ts";
import { secretMatches } from "../store/secrets.ts";
import { oauthAdapter } from "./adapter.ts";
import { rightsClaims } from "./admin-tokens.ts";
import type { SandboxKeys } from "./keys.ts";
import type { TokenLedger } from "./ledger.ts";
import type { AdminClient, IntrospectionClient } from "./machine-clients.ts";
import { allowedOrigins, NO_SCOPE } from "./metadata.ts";
import { registerPasswordGrant } from "./password-grant.ts";

export interface OAuthServerParts {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: SandboxKeys;
  readonly directory: ClientDirectory;
  readonly ledger: TokenLedger;
  readonly adminClients: readonly AdminClient[];
  readonly introspectionClient: IntrospectionClient;
  /** Every scope that a client may have. */
  readonly scopes: readonly string[];
  /** Takes what the OAuth server would print. */
  readonly onError: (error: unknown) => void;
}

/** The query parameter of the authorization endpoint that says who signs in; there is no log-in page. */
export const SIGN_IN_PARAMETER = "sandbox_user";

/** Who signs in when nobody is named, e.g. from a browser. */
const DEFAULT_USER = "user@example.test";

const MINUTE = 60;
const DAY = 86_400;
const YEAR = 365 * DAY;

export function adminActor(client: AdminClient): Actor {
  return { id: client.clientId, name: client.clientId, email: `${client.clientId}@machines.example.test` };
}

function ownMetadata(parts: OAuthServerParts): Map<string, ClientMetadata> {
  const confidential = {
    token_endpoint_auth_method: "client_secret_basic",
    response_types: [],
    redirect_uris: [],
  } as const;
  const own = new Map<string, ClientMetadata>();
  for (const { clientId, clientSecret } of parts.adminClients) {
    own.set(clientId, {
      ...confidential,
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ["client_credentials"],
    });
  }
  const { clientId, clientSecret } = parts.introspectionClient;
  own.set(clientId, { ...confidential, client_id: clientId, client_secret: clientSecret, grant_types: [] });
  return own;
}

/** Signs the named user in, in place of a log-in page. */
function signIn(ctx: KoaContextWithOIDC, user: string | undefined): void {
  const { session } = ctx.oidc;
  const accountId = user ?? session?.accountId ?? DEFAULT_USER;
  if (session !== undefined && session.accountId !== accountId) session.loginAccount({ accountId });
}

/**
 * Keeps `offline_access` in the scope of a request that does not ask for consent by a prompt: the OAuth server takes it
 * out then (OpenID Connect Core section 11), but here everybody consents, and a refresh token is issued all the same.
 *
 * @throws {errors.InvalidScope} for a client that may not have it
 */
function keepOfflineAccess(ctx: KoaContextWithOIDC, client: Client): void {
  const { body, params = {} } = ctx.oidc;
  const asked = words(ctx.method === "POST" ? body?.scope : ctx.query.scope);
  const left = words(params.scope);
  if (!asked.includes("offline_access") || left.includes("offline_access")) return;
  if (!words(params.response_type).includes("code") || !client.grantTypeAllowed("refresh_token")) return;
  if (!words(client.scope).includes("offline_access")) {
    throw new errors.InvalidScope("requested scope is not allowed", "offline_access");
  }
  params.scope = [...left, "offline_access"].join(" ");
}

/** The parts of a list in one text, such as a scope. */
function words(text: unknown): string[] {
  return typeof text === "string" ? text.split(" ").filter((word) => word !== "") : [];
}

/** Consents to whatever is asked, in place of a consent page. */
async function grantEverything(ctx: KoaContextWithOIDC) {
  const { account, client, provider, requestParamOIDCScopes, session } = ctx.oidc;
  if (account === undefined || client === undefined || session === undefined) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant =
    existing?.accountId === account.accountId
      ? existing
      : new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  if (requestParamOIDCScopes.size > 0) grant.addOIDCScope([...requestParamOIDCScopes]);
  await grant.save();
  return grant;
}

function configuration(parts: OAuthServerParts, own: Map<string, ClientMetadata>): Configuration {
  const { directory, introspectionClient } = parts;
  const admins = new Map(parts.adminClients.map((client) => [client.clientId, client]));
  const lifetimes = (clientId: string | undefined) =>
    clientId === undefined ? undefined : directory.living(clientId)?.tokenSettings;
  const accessTokenLifetime = (clientId: string | undefined) => lifetimes(clientId)?.accessTokenLifetime ?? 3600;

  // No page asks anybody anything: signIn and grantEverything have answered already.
  const policy = interactionPolicy.base();
  for (const prompt of policy) prompt.checks.clear();

  const mayAskAbout = (client: Client, clientId: string | undefined) =>
    client.clientId === introspectionClient.clientId ||
    (client.clientId === clientId && client.clientAuthMethod !== "none");

  return {
    adapter: oauthAdapter(directory, parts.ledger, own),
    jwks: { keys: [parts.keys.signing] },
    cookies: { keys: [parts.keys.cookie] },
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    responseTypes: ["code", "id_token", "id_token token"],
    scopes: [...new Set([...parts.scopes, "openid", "offline_access", NO_SCOPE])],
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    clockTolerance: 0,
    routes: {
      authorization: "/authorize",
      introspection: "/introspect",
      jwks: "/jwks",
      revocation: "/revoke",
      token: "/token",
      userinfo: "/userinfo",
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      introspection: {
        enabled: true,
        // A deleted client's token is not active, even when the deletion overtakes this very request.
        allowedPolicy: (_ctx, client, token) =>
          mayAskAbout(client, token.clientId) &&
          token.clientId !== undefined &&
          directory.living(token.clientId) !== undefined,
      },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => client.clientId === token.clientId },
      resourceIndicators: {
        enabled: true,
        // Admin clients get JWTs for the vendors' APIs; all others get opaque tokens, which can be revoked.
        defaultResource: (_ctx, client, oneOf) => (admins.has(client.clientId) ? parts.audience : oneOf),
        getResourceServerInfo: (_ctx, resource, client) => {
          const admin = admins.get(client.clientId);
          if (admin === undefined || resource !== parts.audience) throw new errors.InvalidTarget();
          return {
            scope: "",
            audience: parts.audience,
            accessTokenTTL: admin.tokenLifetimeSeconds,
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256" } },
          };
        },
      },
    },
    extraTokenClaims: (_ctx, token) => {
      const admin = token.clientId === undefined ? undefined : admins.get(token.clientId);
      return admin === undefined ? undefined : rightsClaims(adminActor(admin), admin);
    },
    extraParams: {
      [SIGN_IN_PARAMETER]: (ctx, user, client) => {
        signIn(ctx, user);
        keepOfflineAccess(ctx, client);
      },
    },
    interactions: { policy },
    loadExistingGrant: grantEverything,
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, name: accountId, email: accountId }),
    }),
    clientBasedCORS: (_ctx, origin, client) => {
      const known = directory.living(client.clientId);
      return known !== undefined && allowedOrigins(known).includes(origin);
    },
    renderError: (ctx, out) => {
      ctx.body = out;
    },
    pkce: { required: (_ctx, client) => client.clientAuthMethod === "none" },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    ttl: {
      AccessToken: (_ctx, token) => accessTokenLifetime(token.clientId),
      AuthorizationCode: MINUTE,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? accessTokenLifetime(token.clientId),
      RefreshToken: (_ctx, token) => lifetimes(token.clientId)?.refreshTokenLifetime ?? DAY,
      IdToken: (_ctx, _token, client) => lifetimes(client.clientId)?.idTokenLifetime ?? 3600,
      // Longer than any token under it: a grant that ends first would end its tokens too.
      Grant: YEAR,
      Session: 14 * DAY,
      Interaction: MINUTE,
    },
  };
}

/** The OAuth server: real tokens for the clients in the directory, admin tokens for the admin clients. */
export async function oauthServer(parts: OAuthServerParts): Promise<Provider> {
  // Imported here: a value import would stand in the published types, whose readers do not have this package's types.
  const { Provider } = await import("oidc-provider");
  const { directory } = parts;
  const own = ownMetadata(parts);
  const provider = new Provider(parts.issuer, configuration(parts, own));

  const compareOwnSecret = provider.Client.prototype.compareClientSecret;
  provider.Client.prototype.compareClientSecret = function compareClientSecret(this: Client, secret: string) {
    if (own.has(this.clientId)) return compareOwnSecret.call(this, secret);
    const client = directory.living(this.clientId);
    return client?.status === "active" && secretMatches(client, secret);
  };
  registerPasswordGrant(provider);

  const record = (succeeded: boolean) => (ctx: KoaContextWithOIDC) => {
    const clientId = ctx.oidc.entities.Client?.clientId;
    if (clientId !== undefined) directory.recordTokenRequest(clientId, succeeded, ctx.ip);
  };
  provider.on("grant.success", record(true));
  provider.on("grant.error", record(false));
  provider.on("server_error", (_ctx, error) => parts.onError(error));
  // Koa would print errors; the listener above has them.
  provider.silent = true;
  return provider;
}
