import { z } from "zod";
import type { FieldPolicies } from "../../core/diff.ts";

const text = z.string({ error: "must be a text" });
const named = text.min(1, "must not be empty");
const list = z.array(named, { error: "must be a list of texts" });

/** How a deletion treats an answer that says the client is not there, and what it does first. */
export const deletionSchema = z.strictObject({
  alreadyGone: z.enum(["verify", "trust", "fail"], { error: 'must be "verify", "trust" or "fail"' }).optional(),
  disableFirst: z.boolean({ error: "must be true or false" }).optional(),
});

/** The inputs of `rezolve.OAuthClient`, after the connection's defaults were filled in. Source: create-oauth-client. */
export const clientInputs = z
  .strictObject({
    name: named,
    description: text.optional(),
    clientType: z.enum(["confidential", "public"], { error: 'must be "confidential" or "public"' }),
    redirectUris: list,
    grantTypes: list,
    scopes: list,
    allowedOrigins: list.optional(),
    ipWhitelist: list.optional(),
    tenantId: named,
    realmName: text.optional(),
    status: z.enum(["active", "inactive", "deleted"], { error: 'must be "active", "inactive" or "deleted"' }),
    deletion: deletionSchema.optional(),
    connection: named.optional(),
  })
  .refine((inputs) => inputs.clientType !== "public" || !inputs.grantTypes.includes("client_credentials"), {
    path: ["grantTypes"],
    error: "must not contain client_credentials for a public client",
  });

/** Inputs of `rezolve.OAuthClient` as the life cycle gets them. */
export type ClientInputs = z.infer<typeof clientInputs>;

/** How each input behaves when it changes. */
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
  deletion: { effect: "state-only", as: "value" },
  connection: { effect: "state-only", as: "text" },
} as const satisfies FieldPolicies<keyof ClientInputs>;

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
