import { z } from "zod";
import { bearerParts, type CredentialAlternative } from "../credentials.ts";
import { baseUrl, commonSettings, text } from "../settings.ts";

/** Settings of a Rezolve connection. */
export const rezolveSettings = z.strictObject({
  baseUrl: baseUrl("/api/v1", "/oauth-clients"),
  tenantId: text.describe("Tenant of clients that name none."),
  ...commonSettings,
  realmName: text.describe("Realm of clients that name none; sent as `realmname`."),
});

/** A bearer token, in any of the ways to have one. Source: docs.rezolve.ai, API reference, OAuth clients. */
export const rezolveCredentials: readonly CredentialAlternative[] = bearerParts.map((bearer) => [bearer]);
