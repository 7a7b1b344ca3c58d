import { z } from "zod";
import type { FieldPolicies } from "../../core/diff.ts";
import { adoptSchema, anyText, clientName, deletionSchema, identifier, named, texts } from "../../lifecycle/inputs.ts";

const mobileSchema = z.strictObject({
  ios: z.strictObject({ teamId: named.optional(), appBundleIdentifier: named.optional() }).optional(),
  android: z.strictObject({ keystoreHash: named.optional(), appPackageName: named.optional() }).optional(),
});

/** The inputs of `nexus.Client`, after the connection's defaults were filled in. Source: CreateTenantClient. */
export const clientInputs = z.strictObject({
  name: clientName,
  appType: named,
  description: anyText.optional(),
  callbackUrls: texts.optional(),
  allowedLogoutUrls: texts.optional(),
  allowedWebOrigins: texts.optional(),
  allowedCorsOrigins: texts.optional(),
  grantTypes: texts.optional(),
  logoUrl: anyText.optional(),
  initiateLoginUri: anyText.optional(),
  owners: texts.optional(),
  productName: anyText.optional(),
  applicationName: anyText.optional(),
  clientUpnKey: anyText.optional(),
  mobile: mobileSchema.optional(),
  tenantId: identifier,
  status: z.enum(["active", "deleted"], { error: 'must be "active" or "deleted"' }),
  adopt: adoptSchema.optional(),
  deletion: deletionSchema.optional(),
  connection: named.optional(),
});

/** The inputs of `nexus.ClientDeletion`. */
export const deletionInputs = z.strictObject({
  targetId: identifier,
  tenantId: identifier,
  deletion: deletionSchema.optional(),
  connection: named.optional(),
});

/** Inputs of `nexus.Client` as the life cycle gets them. */
export type ClientInputs = z.infer<typeof clientInputs>;

/** The names of all inputs of a client. */
export const INPUTS: readonly string[] = Object.keys(clientInputs.shape);

/**
 * How each input behaves when it changes: PatchTenantClient takes nine fields, all others need a new client. `adopt` is
 * only read at creation, so changing it changes nothing.
 */
export const clientPolicies = {
  callbackUrls: { effect: "patch", as: "set" },
  allowedLogoutUrls: { effect: "patch", as: "set" },
  allowedWebOrigins: { effect: "patch", as: "set" },
  allowedCorsOrigins: { effect: "patch", as: "set" },
  applicationName: { effect: "patch", as: "text" },
  clientUpnKey: { effect: "patch", as: "text" },
  productName: { effect: "patch", as: "text" },
  owners: { effect: "patch", as: "set" },
  mobile: { effect: "patch", as: "value" },
  name: { effect: "replace", as: "text" },
  appType: { effect: "replace", as: "text" },
  grantTypes: { effect: "replace", as: "set" },
  description: { effect: "replace", as: "text" },
  logoUrl: { effect: "replace", as: "text" },
  initiateLoginUri: { effect: "replace", as: "text" },
  tenantId: { effect: "replace", as: "text" },
  status: { effect: "state-only", as: "text" },
  deletion: { effect: "state-only", as: "value" },
  connection: { effect: "state-only", as: "text" },
} as const satisfies FieldPolicies<Exclude<keyof ClientInputs, "adopt">>;

/** Inputs that the list brings back; `description` and `initiateLoginUri` cannot be read. */
export const READABLE_FIELDS = [
  "name",
  "appType",
  "callbackUrls",
  "allowedLogoutUrls",
  "allowedWebOrigins",
  "allowedCorsOrigins",
  "grantTypes",
  "logoUrl",
  "owners",
  "productName",
  "applicationName",
  "clientUpnKey",
  "mobile",
] as const;

/** Inputs that make up the client at the vendor. */
export const CLIENT_FIELDS = [...READABLE_FIELDS, "description", "initiateLoginUri"] as const;
