import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { SandboxError } from "../errors.ts";
import type { ClientDirectory } from "../store/directory.ts";
import type { IntrospectionClient } from "./machine-clients.ts";
import { NO_SCOPE } from "./metadata.ts";
import { SIGN_IN_PARAMETER } from "./provider.ts";

/** A client's credentials. A public client has no secret. */
export interface ClientCredentials {
  /** The OAuth `client_id`. */
  readonly clientId: string;
  /** Null or left out for a public client. */
  readonly clientSecret?: string | null | undefined;
}

/** How a user signs in. */
export interface SignInOptions {
  /** Default: the first redirect URI of the client. */
  readonly redirectUri?: string | undefined;
  /** Default: all scopes of the client. */
  readonly scope?: string | undefined;
}

/** What a user's sign-in gives the client. */
export interface SignedIn {
  /** Who signed in. */
  readonly user: string;
  /** A bearer token of the user. */
  readonly accessToken: string;
  /** Only for clients with the `refresh_token` grant. */
  readonly refreshToken: string | undefined;
  /** Only where the scope `openid` was asked for. */
  readonly idToken: string | undefined;
  /** Lifetime of the access token in seconds. */
  readonly expiresIn: number;
}

/** What introspection says (RFC 7662). */
export interface Introspection {
  /** Whether the token is good now. */
  readonly active: boolean;
  /** Whose token it is. */
  readonly client_id?: string | undefined;
  /** Of whom it speaks, if of anybody. */
  readonly sub?: string | undefined;
  /** Its scopes, with spaces in between. */
  readonly scope?: string | undefined;
  /** When it expires, in seconds since 1970. */
  readonly exp?: number | undefined;
  /** What else the server says. */
  readonly [claim: string]: unknown;
}

const tokenResponse = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  expires_in: z.number(),
});

const errorResponse = z.object({ error: z.string(), error_description: z.string().optional() });

const introspectionResponse = z.looseObject({
  active: z.boolean(),
  client_id: z.string().optional(),
  sub: z.string().optional(),
  scope: z.string().optional(),
  exp: z.number().optional(),
});

/** Talks OAuth to the sandbox as clients and users do. */
export interface ProtocolHelpers {
  /**
   * A token by client credentials.
   *
   * @throws {SandboxError} `oauth-refused`
   */
  issueToken(client: ClientCredentials, scope?: string): Promise<string>;
  /**
   * New tokens for a refresh token, which is used up thereby.
   *
   * @throws {SandboxError} `oauth-refused`
   */
  refreshToken(client: ClientCredentials, refreshToken: string): Promise<SignedIn>;
  /**
   * A user signs in to a client (authorization code with PKCE) and gets a session. Without `user` it is a new person
   * each time; the same person keeps one session, also over several clients.
   *
   * @throws {SandboxError} `oauth-refused`
   */
  signIn(client: ClientCredentials, user?: string, options?: SignInOptions): Promise<SignedIn>;
  /** What the OAuth server says about an access or refresh token. */
  introspect(token: string): Promise<Introspection>;
}

export interface ProtocolParts {
  readonly issuer: string;
  readonly directory: ClientDirectory;
  readonly introspectionClient: IntrospectionClient;
  readonly helperHeaders: Readonly<Record<string, string>>;
}

function refusal(what: string, status: number, body: unknown): SandboxError {
  const parsed = errorResponse.safeParse(body);
  const { error = "unexpected answer", error_description: description } = parsed.success
    ? parsed.data
    : { error: undefined };
  const details = parsed.success ? { status, oauthError: parsed.data.error } : { status };
  return new SandboxError(
    "oauth-refused",
    `The sandbox's OAuth server refused ${what}: ${error}${description === undefined ? "" : ` (${description})`}.`,
    details,
  );
}

export function protocolHelpers(parts: ProtocolParts): ProtocolHelpers {
  const { directory, helperHeaders, issuer } = parts;
  // One jar per user: signing in twice as the same person is one session, as in a browser.
  const cookieJars = new Map<string, Map<string, string>>();
  let people = 0;

  const post = async (what: string, path: string, client: ClientCredentials, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    const headers: Record<string, string> = { ...helperHeaders, accept: "application/json" };
    if (client.clientSecret) {
      const credentials = [client.clientId, client.clientSecret].map(encodeURIComponent).join(":");
      headers.authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
    } else {
      body.set("client_id", client.clientId);
    }
    const response = await fetch(`${issuer}${path}`, { method: "POST", headers, body });
    const answer: unknown = await response.json();
    if (!response.ok) throw refusal(what, response.status, answer);
    return answer;
  };

  const signedIn = (user: string, answer: unknown): SignedIn => {
    const tokens = tokenResponse.parse(answer);
    return {
      user,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      idToken: tokens.id_token,
      expiresIn: tokens.expires_in,
    };
  };

  const authorize = async (user: string, query: URLSearchParams): Promise<string> => {
    const jar = cookieJars.get(user) ?? new Map<string, string>();
    cookieJars.set(user, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(`${issuer}/authorize?${query}`, {
      redirect: "manual",
      headers: { ...helperHeaders, accept: "application/json", ...(cookie === "" ? {} : { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) jar.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw refusal("the sign-in", response.status, await response.json().catch(() => undefined));
    await response.body?.cancel();
    const answer = new URL(location).searchParams;
    const code = answer.get("code");
    if (code === null) throw refusal("the sign-in", response.status, Object.fromEntries(answer));
    return code;
  };

  const introspect = async (token: string): Promise<Introspection> => {
    const answer = await post("the introspection", "/introspect", parts.introspectionClient, { token });
    return introspectionResponse.parse(answer);
  };

  return {
    introspect,

    async issueToken(client, scope) {
      const form = { grant_type: "client_credentials", ...(scope === undefined ? {} : { scope }) };
      return tokenResponse.parse(await post("a token", "/token", client, form)).access_token;
    },

    async refreshToken(client, refreshToken) {
      const form = { grant_type: "refresh_token", refresh_token: refreshToken };
      const answer = await post("a refresh", "/token", client, form);
      const { sub = "" } = await introspect(tokenResponse.parse(answer).access_token);
      return signedIn(sub, answer);
    },

    async signIn(client, user = `person-${++people}@example.test`, options = {}) {
      const known = directory.living(client.clientId);
      const redirectUri = options.redirectUri ?? known?.redirectUris[0];
      if (redirectUri === undefined) {
        const why = known === undefined ? "there is no such client" : "the client has no redirect URI";
        throw new SandboxError("oauth-refused", `Nobody can sign in to ${client.clientId}: ${why}.`);
      }
      const codeVerifier = randomBytes(32).toString("base64url");
      const code = await authorize(
        user,
        new URLSearchParams({
          response_type: "code",
          client_id: client.clientId,
          redirect_uri: redirectUri,
          scope: options.scope ?? (known?.scopes.join(" ") || NO_SCOPE),
          code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
          code_challenge_method: "S256",
          [SIGN_IN_PARAMETER]: user,
        }),
      );
      const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: codeVerifier };
      return signedIn(user, await post("the sign-in", "/token", client, form));
    },
  };
}
