import { z } from "zod";
import {
  adoptSchema,
  anyText,
  clientName,
  deletionSchema,
  identifier,
  named,
  purgeInputs,
  refuseEmptyPurge,
  selectPrefix,
  texts,
} from "../../lifecycle/inputs.ts";

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

/** The inputs of `nexus.ClientPurge`: the list has no dates and no usage, so only a name selects. */
export const purgeSchema = z
  .strictObject({
    ...purgeInputs,
    select: z.strictObject({ namePrefix: selectPrefix }).optional(),
    tenantId: identifier,
    deletion: deletionSchema.optional(),
  })
  .superRefine(refuseEmptyPurge);

/** The inputs of `nexus.ClientDeletion`. */
export const deletionInputs = z.strictObject({
  targetId: identifier,
  tenantId: identifier,
  deletion: deletionSchema.optional(),
  connection: named.optional(),
});
