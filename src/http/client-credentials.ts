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
import { quote } from "../core/redaction.ts";
import { planRetry } from "../core/retry.ts";
import { type HttpAnswer, HttpClient, type HttpClientOptions, type HttpResponse } from "./client.ts";
import { type AuthHeaders, assertToken, type Credential, CredentialUnavailable, NO_CREDENTIAL } from "./credential.ts";

/** A token is renewed so long before its end, or a tenth of its life where that is less. */
const RENEWAL_MARGIN_MS = 30_000;

/**
 * A token that took the place of a refused one and is refused itself within this time is refused for another reason
 * than its age: one more would be, too, and token endpoints count (and charge for) what they issue.
 */
const FRESH_MS = 1_000;

/** Statuses that a `Response` cannot have a body with. */
const BODILESS = new Set([204, 205, 304]);

/** What the token endpoint gets, and the names of its settings for messages: `authClientId (the environment …)`. */
export interface ClientCredentialsOptions {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** Space-separated scopes; null for those that the server gives by default. */
  scope: string | null;
  named: { tokenUrl: string; clientId: string; clientSecret: string; scope: string };
  /** For messages, see {@link Credential.source}. */
  source: string;
  /** How the token endpoint is reached: as the vendor's API is. */
  http: Omit<HttpClientOptions, "baseUrl" | "credential" | "maxConcurrency" | "maxRequestsPerSecond">;
  /** Called with every token that was fetched, to keep it out of messages. */
  seen(token: string): void;
}

interface Token {
  headers: AuthHeaders;
  /** On `performance.now()`'s clock, like the others. */
  fetchedAt: number;
  renewAt: number;
  expiresAt: number;
  replacesRefused: boolean;
}

/**
 * Tokens by OAuth 2.0 client credentials (RFC 6749, 4.4): fetched at the first use, shared by all requests, renewed
 * before they expire and after a 401, one fetch at a time. The secret goes by HTTP Basic, which every server must
 * support (2.3.1), and in the body where a server refuses that.
 *
 * @example
 * const credential = new ClientCredentials({ tokenUrl: "https://auth.example.test/oauth/token", clientId: "ci", … });
 * await credential.headers(); // { authorization: "Bearer …" }
 */
export class ClientCredentials implements Credential {
  readonly source: string;
  readonly canRefresh = true;
  readonly #options: ClientCredentialsOptions;
  readonly #http: HttpClient;
  #methods: ClientAuth[];
  #token: Token | null = null;
  #flight: Promise<Token> | null = null;
  /** The settings do not change during a run: a refusal is final, and a thousand tries could lock the client out. */
  #rejected: OAuthClientsError | null = null;

  constructor(options: ClientCredentialsOptions) {
    this.source = options.source;
    this.#options = options;
    const { origin } = new URL(options.tokenUrl);
    this.#http = new HttpClient({ ...options.http, baseUrl: origin, credential: NO_CREDENTIAL, maxConcurrency: 1 });
    this.#methods = [ClientSecretBasic(options.clientSecret), ClientSecretPost(options.clientSecret)];
  }

  /** Finds nothing: only the token endpoint can tell. */
  async check(): Promise<void> {}

  async headers(): Promise<AuthHeaders> {
    const now = performance.now();
    if (this.#token === null || now >= this.#token.expiresAt) return (await this.#fetch(false)).headers;
    // Nobody waits for a renewal, and while the old token is good nobody minds when it fails.
    if (now >= this.#token.renewAt) this.#fetch(false).catch(() => {});
    return this.#token.headers;
  }

  async refresh(refused: AuthHeaders): Promise<boolean> {
    const current = this.#token;
    if (current?.headers.authorization === refused.authorization) {
      if (current?.replacesRefused === true && performance.now() - current.fetchedAt < FRESH_MS) return false;
      this.#token = null;
    }
    // Otherwise another request has had the refused one replaced already.
    const { headers } = this.#token ?? (await this.#fetch(true));
    return headers.authorization !== refused.authorization;
  }

  /** Closes the connections to the token endpoint. */
  async close(): Promise<void> {
    await this.#http.close();
  }

  #fetch(replacesRefused: boolean): Promise<Token> {
    if (this.#rejected !== null) return Promise.reject(this.#rejected);
    this.#flight ??= this.#request(replacesRefused).finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  async #request(replacesRefused: boolean): Promise<Token> {
    for (;;) {
      const [method, ...others] = this.#methods;
      if (method === undefined) throw new Error("There is no method of client authentication left.");
      // Before the request: the server counts the life of a token from a moment after this one.
      const fetchedAt = performance.now();
      try {
        const token = await this.#ask(method);
        this.#methods = [method];
        const lifeMs = token.expires_in === undefined ? Number.POSITIVE_INFINITY : token.expires_in * 1_000;
        this.#token = {
          headers: { authorization: `Bearer ${token.access_token}` },
          fetchedAt,
          renewAt: fetchedAt + lifeMs - Math.min(RENEWAL_MARGIN_MS, lifeMs / 10),
          expiresAt: fetchedAt + lifeMs,
          replacesRefused,
        };
        return this.#token;
      } catch (error) {
        if (others.length > 0 && isRefusedClient(error)) {
          this.#methods = others;
          continue;
        }
        throw this.#failure(error);
      }
    }
  }

  async #ask(method: ClientAuth): Promise<{ access_token: string; expires_in?: number }> {
    const { tokenUrl, clientId, scope, named, seen } = this.#options;
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
    seen(token.access_token);
    assertToken(token.access_token, `the response of the token endpoint ${named.tokenUrl}`);
    return token;
  }

  /** `fetch` over the connection's own TLS, proxy and time limits, with tries until the budget is spent. */
  async #send(url: string, request: CustomFetchOptions<"POST", URLSearchParams>): Promise<Response> {
    const { pathname, search } = new URL(url);
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
    const endpoint = `the token endpoint ${this.#options.tokenUrl} (${this.#options.named.tokenUrl})`;
    if (answer.kind === "transport") {
      throw new CredentialUnavailable({
        ...answer,
        message: `${endpoint} gave no token: ${answer.message}`,
        maybeCarriedOut: false,
      });
    }
    if (answer.status === 429 || answer.status >= 500 || answer.status < 200) {
      throw new CredentialUnavailable({
        kind: "transport",
        reason: "connect",
        message: `${endpoint} gave no token: HTTP ${answer.status}`,
        maybeCarriedOut: false,
      });
    }
    return new Response(BODILESS.has(answer.status) ? null : answer.text, {
      status: answer.status,
      headers: answer.headers,
    });
  }

  #failure(error: unknown): OAuthClientsError {
    if (error instanceof OAuthClientsError) return error;
    const { tokenUrl, named } = this.#options;
    if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) {
      const words = error instanceof ResponseBodyError ? error.error_description : undefined;
      const said = error instanceof ResponseBodyError ? `, ${quote(error.error, 80)}` : "";
      const aboutScope = error instanceof ResponseBodyError && error.error === "invalid_scope";
      this.#rejected = new OAuthClientsError(
        "credentials-rejected",
        `The token endpoint ${tokenUrl} rejected the client credentials (HTTP ${error.status}${said}${words === undefined ? "" : `: "${quote(words)}"`}).`,
        aboutScope ? `Check ${named.scope}.` : `Check ${named.clientId} and ${named.clientSecret}.`,
      );
      return this.#rejected;
    }
    return new OAuthClientsError(
      "response-invalid",
      `The response of ${tokenUrl} is not one of an OAuth 2.0 token endpoint: ${quote(describeError(error))}.`,
      `Check ${named.tokenUrl}, and any proxy on the way.`,
    );
  }
}

/** Whether the server did not accept the client, or how it authenticated itself. */
function isRefusedClient(error: unknown): boolean {
  if (error instanceof WWWAuthenticateChallengeError) return error.status === 401;
  return error instanceof ResponseBodyError && ["invalid_client", "invalid_request"].includes(error.error);
}

function unread({ status, waitMs, clock }: HttpResponse): VendorResponse {
  return {
    kind: "response",
    status,
    waitMs,
    clock,
    location: null,
    author: "unclear",
    vendorCode: null,
    words: null,
    body: undefined,
  };
}
