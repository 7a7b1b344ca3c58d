import { OAuthClientsError } from "./errors.ts";
import type { Message } from "./text.ts";

/** How a token endpoint refuses to issue a token. */
export interface Refusal {
  status: number;
  /** The code of RFC 6749, 5.2; null where the response has none. */
  error: string | null;
  /** What it says besides; null where it says nothing. */
  words: string | null;
}

/**
 * What a refusal says of the client's credentials: that they are wrong, that they are right and something else is missing, or
 * nothing.
 */
export type CredentialsVerdict = "rejected" | "accepted" | "unclear";

/**
 * What is said only of a client that has been authenticated: which scopes it may have depends on who it is. By RFC 6749,
 * `unauthorized_client` is such a word, too; but Microsoft Entra says it of an application that it does not know.
 */
const OF_THE_AUTHENTICATED: ReadonlySet<string | null> = new Set(["invalid_scope"]);

/** Codes that servers send with a 401 for wrong credentials, instead of `invalid_client`. */
const REJECTING_WITH_401: ReadonlySet<string | null> = new Set(["invalid_request", "invalid_grant", "access_denied"]);

/**
 * Reads a refusal by the words of RFC 6749, 5.2. Who is told that a secret is rejected replaces one that somebody works with:
 * what says nothing for certain stays unclear.
 */
export function verdictOf({ status, error }: Refusal): CredentialsVerdict {
  if (error === "invalid_client") return "rejected";
  if (status !== 401) return OF_THE_AUTHENTICATED.has(error) ? "accepted" : "unclear";
  // Without a code, it may be a proxy's or a gateway's own; and Keycloak says `unauthorized_client` with a 401 of wrong credentials, and of right ones.
  return REJECTING_WITH_401.has(error) ? "rejected" : "unclear";
}

/** A token endpoint issues no token. */
export class TokenRefused extends OAuthClientsError {
  readonly credentials: CredentialsVerdict;
  /** Whether it was the token endpoint that answered, as far as the answer tells. */
  readonly isByEndpoint: boolean;

  constructor(refusal: Refusal, what: Message, hint: Message) {
    super("credentials-rejected", what, hint);
    this.credentials = verdictOf(refusal);
    this.isByEndpoint = refusal.error !== null;
  }
}
