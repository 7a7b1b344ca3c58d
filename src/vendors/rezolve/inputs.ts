import { z } from "zod";
import type { FieldPolicies } from "../../core/diff.ts";
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

/** Inputs of `rezolve.OAuthClient` as the life cycle gets them. */
export type ClientInputs = z.infer<typeof clientInputs>;

/** The names of all inputs of a client. */
export const INPUTS: readonly string[] = Object.keys(clientInputs.shape);

/** How each input behaves when it changes. `adopt` is only read at creation, so changing it changes nothing. */
export const clientPolicies = {
  name: { effect: "patch", as: "text" },
  description: { effect: "patch", as: "text" },
  clientType: { effect: "patch", as: "text" },
  redirectUris: { effect: "patch", as: "set" },
  grantTypes: { effect: "patch", as: "set" },
  scopes: { effect: "patch", as: "set" },
  allowedOrigins: { effect: "patch", as: "set" },
  ipWhitelist: { effect: "patch", as: "set" },
  status: { effect: "patch", as: "text" },
  tenantId: { effect: "replace", as: "text" },
  realmName: { effect: "replace", as: "text" },
  rotateSecretWhen: { effect: "state-only", as: "value" },
  deletion: { effect: "state-only", as: "value" },
  connection: { effect: "state-only", as: "text" },
} as const satisfies FieldPolicies<Exclude<keyof ClientInputs, "adopt">>;

/** What a client is made of at the vendor: the body of a create, and what a read brings back. */
export const CLIENT_FIELDS = [
  "name",
  "description",
  "clientType",
  "redirectUris",
  "grantTypes",
  "scopes",
  "allowedOrigins",
  "ipWhitelist",
] as const;
