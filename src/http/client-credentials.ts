import { OAuthClientsError } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";
import type { AuthHeaders, Credential } from "./credential.ts";
import { clientIdsIn } from "./jwt.ts";
import { TokenEndpoint, type TokenEndpointOptions } from "./token-endpoint.ts";

/** A token is renewed so long before its end, or a tenth of its life where that is less. */
const RENEWAL_MARGIN_MS = 30_000;

/** The end of a JWT is a whole second (RFC 7519, `exp`): so much earlier than promised it may be over. */
const CLOCK_STEP_MS = 1_000;

/**
 * A token that took the place of a refused one and is refused itself within this time is refused for another reason
 * than its age: one more would be, too, and token endpoints count (and charge for) what they issue.
 */
const FRESH_MS = 1_000;

/** A token endpoint, and what is to be known about its tokens. */
export interface ClientCredentialsOptions extends TokenEndpointOptions {
  /** For messages, see {@link Credential.source}. */
  source: Message;
}

/** A token that may be over before a request arrives is replaced so often for one request. */
const REFRESHES_OF_SHORT_LIVED = 5;

interface Token {
  headers: AuthHeaders;
  /** On `performance.now()`'s clock, like the others. */
  fetchedAt: number;
  renewAt: number;
  expiresAt: number;
  /** Milliseconds for which it is good for certain. */
  certainMs: number;
  replacesRefused: boolean;
}

/**
 * Tokens by OAuth 2.0 client credentials (RFC 6749, 4.4): fetched at the first use, shared by all requests, renewed
 * before they expire and after a 401, one fetch at a time.
 *
 * @example
 * const credential = new ClientCredentials(options);
 * await credential.headers(); // { authorization: "Bearer …" }
 */
export class ClientCredentials implements Credential {
  readonly source: Message;
  readonly whenRefused: Credential["whenRefused"];
  readonly canRefresh = true;
  readonly #endpoint: TokenEndpoint;
  readonly #clientId: string;
  readonly #seen: (token: string) => void;
  #token: Token | null = null;
  #flight: Promise<Token> | null = null;
  /** So many tokens in a row were refused, each of which had replaced the one before. */
  #refusedInARow = 0;
  /** Not for being over: they would be refused all day. */
  #isRefusedAlways = false;
  /** The settings do not change during a run: a refusal is final, and a thousand tries could lock the client out. */
  #rejected: OAuthClientsError | null = null;

  /** @throws {ConfigurationInvalid} for an unusable proxy */
  constructor(options: ClientCredentialsOptions) {
    this.source = options.source;
    const whenRefused = say`The token was issued a moment ago: check what ${options.named.clientId} may do there, and ${options.named.scope}.`;
    this.whenRefused = () => whenRefused;
    this.#endpoint = new TokenEndpoint(options);
    this.#clientId = options.clientId;
    this.#seen = options.seen;
  }

  get refreshesPerRequest(): number {
    const isShortLived = (this.#token?.certainMs ?? FRESH_MS) < FRESH_MS;
    return isShortLived && !this.#isRefusedAlways ? REFRESHES_OF_SHORT_LIVED : 1;
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
    if (current !== null && current.headers.authorization === refused.authorization) {
      const freshMs = Math.min(FRESH_MS, current.certainMs);
      if (current.replacesRefused && performance.now() - current.fetchedAt < freshMs) return false;
      this.#refusedInARow = current.replacesRefused ? this.#refusedInARow + 1 : 1;
      if (this.#refusedInARow >= REFRESHES_OF_SHORT_LIVED) this.#isRefusedAlways = true;
      this.#token = null;
    }
    // Otherwise another request has had the refused one replaced already.
    const { headers } = this.#token ?? (await this.#fetch(true));
    return headers.authorization !== refused.authorization;
  }

  async clientIds(): Promise<readonly string[]> {
    return [this.#clientId, ...clientIdsIn(this.#token?.headers.authorization ?? "")];
  }

  /** Closes the connections to the token endpoint. */
  async close(): Promise<void> {
    await this.#endpoint.close();
  }

  #fetch(replacesRefused: boolean): Promise<Token> {
    if (this.#rejected !== null) return Promise.reject(this.#rejected);
    this.#flight ??= this.#issue(replacesRefused).finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  async #issue(replacesRefused: boolean): Promise<Token> {
    // Before the request: the server counts the life of a token from a later moment.
    const fetchedAt = performance.now();
    const { value, expiresIn } = await this.#endpoint.issue().catch((error: unknown) => {
      if (error instanceof OAuthClientsError && error.code === "credentials-rejected") this.#rejected = error;
      throw error;
    });
    this.#seen(value);
    const promisedMs = expiresIn === null ? Number.POSITIVE_INFINITY : expiresIn * 1_000;
    const lifeMs = promisedMs - Math.min(CLOCK_STEP_MS, promisedMs / 2);
    this.#token = {
      headers: { authorization: `Bearer ${value}` },
      fetchedAt,
      renewAt: fetchedAt + lifeMs - Math.min(RENEWAL_MARGIN_MS, promisedMs / 10),
      expiresAt: fetchedAt + lifeMs,
      certainMs: Math.max(0, promisedMs - CLOCK_STEP_MS),
      replacesRefused,
    };
    return this.#token;
  }
}
