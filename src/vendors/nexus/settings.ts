import { z } from "zod";
import { bearerParts, type CredentialAlternative, type CredentialPart } from "../credentials.ts";
import { baseUrl, commonSettings, onOrOff, secret, text } from "../settings.ts";

/** Names that a header may have (RFC 9110, 5.6.2), save the one that the bearer token has. */
const HEADER_NAME = /^(?!authorization$)[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/i;

/** Settings of a Nexus connection. */
export const nexusSettings = z.strictObject({
  baseUrl: baseUrl("/v1", "/tenants"),
  tenantId: text.describe("Tenant of clients that name none."),
  ...commonSettings,
  applicationToken: secret.describe("Application token, sent beside the bearer token."),
  applicationTokenHeader: z
    .string()
    .regex(HEADER_NAME, { error: "must be the name of a header other than Authorization" })
    .default("ApplicationToken")
    .describe("Header of the application token; Nexus' public pages do not name it."),
  username: text.describe("User name, with `password` instead of both tokens (HTTP Basic)."),
  password: secret.describe("Password of `username`."),
  uniqueNames: onOrOff.describe("Create no client whose name another one of the tenant has; Nexus itself would."),
});

const applicationToken: CredentialPart = {
  kind: "header",
  value: "applicationToken",
  name: "applicationTokenHeader",
  saidAs: "application token",
};

/**
 * A bearer token and an application token together, or a user name and a password. Source: ECI Nexus, DeleteTenantClient,
 * security: "any one option".
 */
export const nexusCredentials: readonly CredentialAlternative[] = [
  ...bearerParts.map((bearer) => [bearer, applicationToken]),
  [{ kind: "basic", username: "username", password: "password" }],
];
