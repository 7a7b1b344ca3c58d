import { z } from "zod";
import {
  adoptSchema,
  anyText,
  clientName,
  deletionSchema,
  headerIdentifier,
  identifier,
  named,
  realm,
  texts,
} from "../../lifecycle/inputs.ts";

const grantsOfType = z.object({ clientType: z.string(), grantTypes: z.array(z.string()) });

/** The inputs of `rezolve.OAuthClient`, after the connection's defaults were filled in. Source: create-oauth-client. */
export const clientInputs = z
  .strictObject({
    name: clientName,
    description: anyText.optional(),
    clientType: z.enum(["confidential", "public"], { error: 'must be "confidential" or "public"' }),
    redirectUris: texts,
    grantTypes: texts,
    scopes: texts,
    allowedOrigins: texts.optional(),
    ipWhitelist: texts.optional(),
    tenantId: headerIdentifier,
    realmName: realm.optional(),
    status: z.enum(["active", "inactive", "deleted"], { error: 'must be "active", "inactive" or "deleted"' }),
    rotateSecretWhen: z.unknown().optional(),
    adopt: adoptSchema.optional(),
    deletion: deletionSchema.optional(),
    connection: named.optional(),
  })
  .refine((inputs) => inputs.clientType !== "public" || !inputs.grantTypes.includes("client_credentials"), {
    path: ["grantTypes"],
    error: "must not contain client_credentials for a public client",
    params: { among: ["clientType", "grantTypes"] },
    // Beside other problems too, so that all are found at once.
    when: ({ value }) => grantsOfType.safeParse(value).success,
  });

/** The inputs of `rezolve.OAuthClientDeletion`. */
export const deletionInputs = z.strictObject({
  targetId: identifier,
  tenantId: headerIdentifier,
  realmName: realm.optional(),
  deletion: deletionSchema.optional(),
  connection: named.optional(),
});
