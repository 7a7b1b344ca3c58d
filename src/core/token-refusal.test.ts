import { expect, test } from "vitest";
import { type CredentialsVerdict, verdictOf } from "./token-refusal.ts";

test.each<[number, string | null, CredentialsVerdict]>([
  [400, "invalid_client", "rejected"],
  [401, "invalid_client", "rejected"],
  [401, "access_denied", "rejected"],
  [401, "invalid_grant", "rejected"],
  [400, "invalid_scope", "accepted"],
  // By RFC 6749 said of a client that was authenticated; some servers say it of one that they do not know.
  [400, "unauthorized_client", "unclear"],
  [403, "unauthorized_client", "unclear"],
  // A 401 says that nobody was authenticated, and the code that somebody was.
  [401, "unauthorized_client", "unclear"],
  [401, "invalid_scope", "unclear"],
  // Said of the server, whoever asks.
  [400, "unsupported_grant_type", "unclear"],
  [400, "invalid_request", "unclear"],
  [403, "access_denied", "unclear"],
  [401, "Unauthorized", "unclear"],
  [401, null, "unclear"],
  [403, null, "unclear"],
])("HTTP %i with %s: the credentials are %s", (status, error, expected) => {
  expect(verdictOf({ status, error, words: null })).toBe(expected);
});
