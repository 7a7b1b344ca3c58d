import { z } from "zod";
import { NO_DETAILS, type RevocationDetails } from "../../core/revocation.ts";
import type { AnsweredClient } from "../../lifecycle/driver.ts";
import { namesOf } from "../../lifecycle/fields.ts";
import { identifierProblem } from "../../lifecycle/identifier.ts";
import { type Properties, pick } from "../../lifecycle/properties.ts";
import { givenSecret } from "../../lifecycle/secret.ts";
import { saidFields } from "../../lifecycle/state.ts";
import { entriesOf, type Page } from "../../lifecycle/walk.ts";
import { FIELDS } from "./fields.ts";

/**
 * Shapes of Rezolve's API, read leniently: a field that is not there, or not of its type, is unknown and no reason to
 * fail. Only what identifies a client is demanded.
 */
const optionalText = z.string().nullable().optional().catch(undefined);
const optionalCount = z.number().int().nonnegative().nullable().optional().catch(undefined);
/** A secret that a response gives; a mask in its place is none. */
const given = z
  .string()
  .refine((secret) => givenSecret(secret) !== null)
  .nullable()
  .optional()
  .catch(undefined);
const optionalList = z.array(z.string()).nullable().optional().catch(undefined);

const fieldSchemas = Object.fromEntries(
  namesOf(FIELDS, "client").map((name) => [name, FIELDS[name].as === "set" ? optionalList : optionalText]),
);

/** A client as create, list, get and update return it: the shapes differ, this is what they share. */
export const wireClient = z.object({
  id: z.string().refine((id) => identifierProblem(id) === null),
  ...fieldSchemas,
  name: optionalText,
  clientType: optionalText,
  clientId: optionalText,
  /** Only in the responses of create and rotate-secret. */
  clientSecret: given,
  status: optionalText,
  /** At the top level in create and list, below `audit` in get. */
  createdAt: optionalText,
  /** The same, below `usage` in get. */
  lastUsedAt: optionalText,
  usageCount: optionalCount,
  usage: z
    .object({
      lastUsedAt: optionalText,
      totalTokenRequests: optionalCount,
      activeTokenCount: optionalCount,
      averageRequestsPerDay: z.number().nonnegative().nullable().optional().catch(undefined),
    })
    .nullable()
    .optional()
    .catch(undefined),
  audit: z
    .object({ createdAt: optionalText, updatedAt: optionalText, lastSecretRotatedAt: optionalText })
    .nullable()
    .optional()
    .catch(undefined),
});
export type WireClient = z.infer<typeof wireClient>;

/** A client's fields and its status; what the vendor does not say is left out. */
export function valuesOf(client: Partial<WireClient>): Properties {
  return pick(client, saidFields(FIELDS));
}

/** One page of the list. Whether it says that there are more tells it from other answers, and proves nothing. */
export const wirePage = z
  .object({
    clients: z.array(z.unknown()),
    pagination: z.object({
      hasMore: z.boolean(),
      total: z.number().int().nonnegative().nullable().default(null).catch(null),
    }),
  })
  .transform(
    ({ clients, pagination: { total } }): Page<WireClient> => ({
      entries: entriesOf(wireClient, clients),
      count: total,
    }),
  );

/** The client after a patch, as far as the response says it: of an empty one, nothing is known but what was asked for. */
export const wirePatched = wireClient.partial().optional();

/**
 * A rotation. No page documents the response: the secret stands in the field of create, or in the one of the API-key
 * analogy; without it, the rotation is as good as lost.
 */
export const wireRotation = z
  .object({
    clientSecret: given,
    newClientSecret: given,
    lastSecretRotatedAt: optionalText,
    rotation: z.object({ rotatedAt: optionalText }).nullable().optional().catch(undefined),
  })
  .transform((data) => ({
    secret: data.clientSecret ?? data.newClientSecret,
    rotatedAt: data.rotation?.rotatedAt ?? data.lastSecretRotatedAt ?? null,
  }))
  .pipe(z.object({ secret: z.string(), rotatedAt: z.string().nullable() }));
export type Rotation = z.infer<typeof wireRotation>;

/** Null where it is missing or unreadable. */
const said = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null).catch(null);
const saidText = said(z.string());
const saidCount = said(z.number().int().nonnegative());

const deletionAnswer = z.object({
  data: z.object({
    tokensRevoked: saidCount,
    activeSessionsTerminated: saidCount,
    deletedAt: saidText,
    deletedBy: said(z.object({ id: saidText, name: saidText, email: saidText })),
    previousStatus: saidText,
    retentionDays: said(z.number()),
    permanentDeletionDate: saidText,
  }),
});

/** What a delete's response says. Any body is accepted. */
export function readDeletion(body: unknown): RevocationDetails {
  return deletionAnswer.safeParse(body).data?.data ?? NO_DETAILS;
}

const clientAnswer = z.object({ data: z.object({ id: z.string(), name: saidText, clientId: saidText }) });

/** The client that an answer is about; null where it names none. */
export function clientOf(body: unknown): AnsweredClient | null {
  return clientAnswer.safeParse(body).data?.data ?? null;
}

/** Its id. */
export function namedIn(body: unknown): string | null {
  return clientOf(body)?.id ?? null;
}

/** The error envelope: `details` is an object for validation errors and a text elsewhere. */
export const wireError = z.object({
  success: z.literal(false),
  error: z.object({
    code: optionalText,
    message: optionalText,
    details: z
      .union([z.string(), z.record(z.string(), z.unknown())])
      .nullable()
      .optional()
      .catch(undefined),
  }),
});
