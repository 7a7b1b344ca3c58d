import { z } from "zod";
import type { CredentialAlternative } from "../../../src/vendors/credentials.ts";
import { baseUrl, commonSettings, secret, text } from "../../../src/vendors/settings.ts";

const { timeoutSeconds, retryBudgetSeconds, maxConcurrency, maxRequestsPerSecond, allowInsecureHttp } = commonSettings;

/** No tokens: a user name and a password are all that Acme knows. */
export const acmeSettings = z.strictObject({
  baseUrl: baseUrl("/v2", "/spaces"),
  space: text,
  zone: text,
  username: text,
  password: secret,
  timeoutSeconds,
  retryBudgetSeconds,
  maxConcurrency,
  maxRequestsPerSecond,
  allowInsecureHttp,
});

export const acmeCredentials: readonly CredentialAlternative[] = [
  [{ kind: "basic", username: "username", password: "password" }],
];
