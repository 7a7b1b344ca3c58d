import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type CustomFetchOptions,
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "oauth4webapi";
import type { VendorResponse } from "../core/answer.ts";
import { describeError, OAuthClientsError } from "../core/errors.ts";
import { isRecord, parsedJson } from "../core/json.ts";
import { planRetry } from "../core/retry.ts";
import { type Message, say } from "../core/text.ts";
import { type Refusal, TokenRefused, verdictOf } from "../core/token-refusal.ts";
import { type HttpAnswer, HttpClient, type HttpClientOptions, type HttpResponse } from "./client.ts";
import { assertToken, CredentialUnavailable, NO_CREDENTIAL } from "./credential.ts";

/** Statuses that a `Response` cannot have a body with. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** What the token endpoint gets, and the names of its settings for messages: `authClientId (the environment …)`. */
export interface TokenEndpointOptions {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** Space-separated scopes; null for those that the server gives by default. */
  scope: string | null;
  named: { tokenUrl: Message; clientId: Message; clientSecret: Message; scope: Message };
  /** Called with every secret that comes into being, to keep it out of messages. */
  seen(secret: string): void;
  /** How the token endpoint is reached: as the vendor's API is. */
  http: Omit<HttpClientOptions, "baseUrl" | "credential" | "maxConcurrency" | "maxRequestsPerSecond">;
}

/** A token as the endpoint gave it. */
export interface IssuedToken {
  value: string;
  /** Seconds that it is good for, counted from some moment of the request; null when the endpoint does not say. */
  expiresIn: number | null;
}

/**
 * A token endpoint and the client that asks it for tokens (RFC 6749, 4.4). The secret goes by HTTP Basic, which every
 * server must support (2.3.1), and in the body where a server refuses that.
 */
export class TokenEndpoint {
  readonly #options: TokenEndpointOptions;
  readonly #http: HttpClient;
  #methods: readonly ClientAuth[];

  /** @throws {ConfigurationInvalid} for an unusable proxy */
  constructor(options: TokenEndpointOptions) {
    this.#options = options;
    const { origin } = new URL(options.tokenUrl);
    this.#http = new HttpClient({ ...options.http, baseUrl: origin, credential: NO_CREDENTIAL, maxConcurrency: 1 });
    this.#methods = [ClientSecretBasic(options.clientSecret), ClientSecretPost(options.clientSecret)];
  }

  /**
   * A new token.
   *
   * @throws {CredentialUnavailable} when the endpoint cannot be reached or fails
   * @throws {TokenRefused} when it refuses
   * @throws {OAuthClientsError} `response-invalid` when it is no token endpoint
   */
  async issue(): Promise<IssuedToken> {
    for (;;) {
      const [method, ...others] = this.#methods;
      if (method === undefined) throw new Error("There is no method of client authentication left.");
      try {
        const token = await this.#ask(method);
        this.#methods = [method];
        return token;
      } catch (error) {
        if (others.length === 0 || !isRefusedClient(error)) throw await this.#failure(error);
        this.#methods = others;
      }
    }
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#http.close();
  }

  async #ask(method: ClientAuth): Promise<IssuedToken> {
    const { tokenUrl, clientId, scope, named } = this.#options;
    const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
    const client = { client_id: clientId };
    const response = await clientCredentialsGrantRequest(
      server,
      client,
      method,
      scope === null ? {} : { scope },
      // Which addresses may be plain http: was decided with the settings.
      { [customFetch]: (url, request) => this.#send(url, request), [allowInsecureRequests]: true },
    );
    const token = await processClientCredentialsResponse(server, client, response);
    assertToken(token.access_token, say`the response of the token endpoint ${named.tokenUrl}`);
    return { value: token.access_token, expiresIn: token.expires_in ?? null };
  }

  /** `fetch` over the connection's own TLS, proxy and time limits, with tries until the budget is spent. */
  async #send(url: string, request: CustomFetchOptions<"POST", URLSearchParams>): Promise<Response> {
    const { pathname, search } = new URL(url);
    const [, basic] = /^Basic (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (basic !== undefined) this.#options.seen(basic);
    const answer = await this.#http.exchange<HttpAnswer>(
      { method: "POST", path: pathname + search, headers: request.headers, form: request.body },
      (given, history) => {
        const step = planRetry(given.kind === "transport" ? given : unread(given), "idempotent", history, {
          budgetMs: this.#http.retryBudgetMs,
          canRefreshCredentials: false,
          random: Math.random(),
        });
        return step.do === "stop" ? { do: "done", result: given } : step;
      },
    );
    const { tokenUrl, named } = this.#options;
    const gaveNone = say`the token endpoint ${tokenUrl} (${named.tokenUrl}) gave no token`;
    if (answer.kind === "transport") {
      throw new CredentialUnavailable({
        ...answer,
        message: say`${gaveNone}: ${answer.message}`,
        maybeCarriedOut: false,
      });
    }
    if (answer.status === 429 || answer.status >= 500 || !answer.complete) {
      throw new CredentialUnavailable({
        kind: "transport",
        reason: "connect",
        message: say`${gaveNone}: HTTP ${answer.status}${answer.complete ? say`` : say`, and the response was cut`}`,
        maybeCarriedOut: false,
      });
    }
    return new Response(BODILESS.has(answer.status) ? null : answer.text, {
      status: answer.status,
      headers: answer.headers,
    });
  }

  async #failure(error: unknown): Promise<OAuthClientsError> {
    if (error instanceof OAuthClientsError) return error;
    const refusal = await refusalIn(error);
    if (refusal !== null) return this.#refused(refusal);
    const { tokenUrl, named } = this.#options;
    const { cause } = error instanceof Error ? error : {};
    const status = cause instanceof Response ? say` (HTTP ${cause.status})` : say``;
    return new OAuthClientsError(
      "response-invalid",
      say`The response of ${tokenUrl}${status} is not one of an OAuth 2.0 token endpoint: ${describeError(error)}.`,
      say`Check ${named.tokenUrl}, and any proxy on the way.`,
    );
  }

  #refused(refusal: Refusal): TokenRefused {
    const { tokenUrl, named } = this.#options;
    const { status, error, words } = refusal;
    const endpoint = say`The token endpoint ${tokenUrl}`;
    if (error === null) {
      return new TokenRefused(
        refusal,
        say`${endpoint}, or something on the way to it, wants other credentials (HTTP ${status}, without an error of OAuth 2.0).`,
        say`Check ${named.tokenUrl} and any proxy on the way, then ${named.clientId} and ${named.clientSecret}.`,
      );
    }
    const said = say`(HTTP ${status}, ${error}${words === null ? say`` : say`: "${words}"`})`;
    switch (verdictOf(refusal)) {
      case "rejected":
        return new TokenRefused(
          refusal,
          say`${endpoint} rejected the client credentials ${said}.`,
          say`Check ${named.clientId} and ${named.clientSecret}.`,
        );
      case "accepted":
        return new TokenRefused(
          refusal,
          say`${endpoint} accepted the client credentials, and gives this client no token for them ${said}.`,
          say`Check ${named.scope}.`,
        );
      case "unclear":
        return new TokenRefused(
          refusal,
          say`${endpoint} issues no token ${said}.`,
          error === "unauthorized_client"
            ? say`Either the server does not know the client, or the client may not use the grant client_credentials there. Check ${named.clientId}, and what it may do; ${named.clientSecret} may be right.`
            : say`Check ${named.clientId} and ${named.clientSecret}, and what the client may do there.`,
        );
    }
  }
}

/** How an answer refuses to issue a token; null where it is no refusal. */
async function refusalIn(error: unknown): Promise<Refusal | null> {
  if (error instanceof ResponseBodyError) {
    return { status: error.status, error: error.error, words: error.error_description ?? null };
  }
  if (!(error instanceof WWWAuthenticateChallengeError)) return null;
  // The challenge alone may be a proxy's: only the body tells that it is the endpoint's.
  const body = parsedJson(await error.response.text());
  const said = isRecord(body) ? body : {};
  const words = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  return { status: error.status, error: words(said.error), words: words(said.error_description) };
}

/** Whether the server did not accept the client, or how it authenticated itself. */
function isRefusedClient(error: unknown): boolean {
  if (error instanceof WWWAuthenticateChallengeError) return error.status === 401;
  return error instanceof ResponseBodyError && ["invalid_client", "invalid_request"].includes(error.error);
}

function unread({ status, waitMs, clock, complete }: HttpResponse): VendorResponse {
  return {
    kind: "response",
    status,
    waitMs,
    clock,
    location: null,
    author: "unclear",
    vendorCode: null,
    words: null,
    saysFailed: false,
    complete,
    body: undefined,
  };
}
