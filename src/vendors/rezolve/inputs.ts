import { z } from "zod";
import { headerProblem } from "../../lifecycle/identifier.ts";
import {
  adoptSchema,
  anyText,
  clientName,
  guardedDeletionSchema,
  identifier,
  named,
  purgeInputs,
  refuse,
  refuseEmptyPurge,
  selectDate,
  selectDays,
  selectPrefix,
  texts,
} from "../../lifecycle/inputs.ts";

/** A tenant, which requests carry in a header. */
const tenant = anyText.superRefine((value, context) => refuse(headerProblem(value), context));

/** A realm, likewise; empty for none, where the connection has a default. */
const realm = anyText.superRefine((value, context) => {
  if (value !== "") refuse(headerProblem(value), context);
});

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
    tenantId: tenant,
    realmName: realm.optional(),
    status: z.enum(["active", "inactive", "deleted"], { error: 'must be "active", "inactive" or "deleted"' }),
    rotateSecretWhen: z.unknown().optional(),
    adopt: adoptSchema.optional(),
    deletion: guardedDeletionSchema.optional(),
    connection: named.optional(),
  })
  .refine((inputs) => inputs.clientType !== "public" || !inputs.grantTypes.includes("client_credentials"), {
    path: ["grantTypes"],
    error: "must not contain client_credentials for a public client",
    params: { among: ["clientType", "grantTypes"] },
    // Beside other problems too, so that all are found at once.
    when: ({ value }) => grantsOfType.safeParse(value).success,
  });

/** The inputs of `rezolve.OAuthClientPurge`. */
export const purgeSchema = z
  .strictObject({
    ...purgeInputs,
    select: z
      .strictObject({
        namePrefix: selectPrefix,
        createdBefore: selectDate,
        unusedForDays: selectDays,
        status: z
          .enum(["active", "inactive", "revoked"], { error: 'must be "active", "inactive" or "revoked"' })
          .optional(),
      })
      .optional(),
    tenantId: tenant,
    realmName: realm.optional(),
    deletion: guardedDeletionSchema.optional(),
  })
  .superRefine(refuseEmptyPurge)
  .refine(({ select, deletion }) => select?.status !== "active" || deletion?.disableFirst !== true, {
    path: ["deletion", "disableFirst"],
    error: 'must not stand beside select.status "active": what was disabled and not deleted would be selected no more',
  });

/** The inputs of `rezolve.OAuthClientDeletion`. */
export const deletionInputs = z.strictObject({
  targetId: identifier,
  tenantId: tenant,
  realmName: realm.optional(),
  deletion: guardedDeletionSchema.optional(),
  connection: named.optional(),
});
