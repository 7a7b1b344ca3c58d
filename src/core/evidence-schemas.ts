/** Schemas of what is kept as evidence. In a file of their own, so that the declarations of its types lead to no zod. */
import { z } from "zod";
import { RECEIPT_VERSION, type Receipt } from "./receipt.ts";
import type { Revocation } from "./revocation.ts";

const count = z.number().int().nonnegative();

const outcomes = ["deleted", "soft-deleted", "already-gone", "abandoned"] as const;

export const revocationSchema = z.object({
  outcome: z.enum(outcomes),
  tokensRevoked: count.nullable(),
  activeSessionsTerminated: count.nullable(),
  deletedAt: z.string().nullable(),
  deletedBy: z
    .object({ id: z.string().nullable(), name: z.string().nullable(), email: z.string().nullable() })
    .nullable(),
  previousStatus: z.string().nullable(),
  retentionDays: z.number().nullable(),
  permanentDeletionDate: z.string().nullable(),
  httpStatus: z.number().int(),
  vendorCode: z.string().nullable(),
  /** Never null in what version 0.1.0 wrote. */
  verified: z.boolean().nullable(),
  responseLost: z.boolean(),
}) satisfies z.ZodType<Revocation>;

const usage = z.object({
  lastUsedAt: z.string().nullable(),
  everUsed: z.boolean().nullable(),
  activeTokens: count.nullable(),
});

export const receiptSchema = z.object({
  receipt: z.literal(RECEIPT_VERSION),
  at: z.string(),
  kind: z.string(),
  connection: z.string(),
  tenantId: z.string(),
  realmName: z.string().nullable(),
  id: z.string(),
  clientId: z.string().nullable(),
  name: z.string().nullable(),
  urn: z.string().nullable(),
  usage: usage.nullable(),
  forced: z.boolean(),
  ...revocationSchema.shape,
  outcome: z.enum([...outcomes, "unconfirmed"]),
}) satisfies z.ZodType<Receipt>;

/** What was written before lines had a checksum, as it is read now. */
export const firstReceiptSchema = receiptSchema.extend({
  receipt: z.literal(1).transform((): Receipt["receipt"] => RECEIPT_VERSION),
  /** Not in what version 0.1.0 wrote, like the next. */
  usage: usage.nullable().default(null),
  forced: z.boolean().default(false),
}) satisfies z.ZodType<Receipt>;
