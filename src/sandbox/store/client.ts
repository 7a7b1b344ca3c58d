import { z } from "zod";
import type { CollectionDefinition } from "./store.ts";

/** The vendors whose API the sandbox speaks. */
export const vendors = ["rezolve", "nexus"] as const;
export type Vendor = (typeof vendors)[number];

const actor = z.object({ id: z.string(), name: z.string(), email: z.string() });

const storedClient = z.object({
  /** The resource's id, the one in API paths. */
  id: z.string(),
  vendor: z.enum(vendors),
  tenantId: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** The OAuth `client_id`. */
  clientId: z.string(),
  clientType: z.enum(["confidential", "public"]),
  redirectUris: z.array(z.string()),
  grantTypes: z.array(z.string()),
  scopes: z.array(z.string()),
  allowedOrigins: z.array(z.string()),
  ipWhitelist: z.array(z.string()),
  status: z.enum(["active", "inactive", "revoked", "deleted"]),
  /**
   * Hashes; `validUntil` (ISO 8601) is set for a secret that rotation has replaced, `plain` for one that the settings
   * want to be shown again.
   */
  secrets: z.array(z.object({ hash: z.string(), validUntil: z.string().nullable(), plain: z.string().optional() })),
  tokenSettings: z.object({
    accessTokenLifetime: z.number(),
    refreshTokenLifetime: z.number(),
    idTokenLifetime: z.number(),
  }),
  createdAt: z.string(),
  createdBy: actor,
  updatedAt: z.string().nullable(),
  updatedBy: actor.nullable(),
  lastSecretRotatedAt: z.string().nullable(),
  secretRotationCount: z.number(),
  usage: z.object({
    totalTokenRequests: z.number(),
    successfulTokenRequests: z.number(),
    failedTokenRequests: z.number(),
    firstUsedAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
    lastUsedFromIp: z.string().nullable(),
  }),
  /** Set once the client is soft-deleted. */
  deletion: z
    .object({
      deletedAt: z.string(),
      deletedBy: actor,
      previousStatus: z.enum(["active", "inactive", "revoked"]),
      permanentDeletionDate: z.string(),
    })
    .nullable(),
  /** What only one vendor knows, in that vendor's own terms. */
  attributes: z.record(z.string(), z.json()),
});

/** A client as the sandbox keeps it, the same for every vendor. */
export type StoredClient = Readonly<z.infer<typeof storedClient>>;

/** A person or a machine that does something to a client. */
export type Actor = z.infer<typeof actor>;

export const clientTags = {
  tenant: (vendor: Vendor, tenantId: string) => `tenant:${vendor}:${tenantId}`,
  name: (name: string) => `name:${name}`,
  clientId: (clientId: string) => `clientId:${clientId}`,
};

export const clientCollection: CollectionDefinition<StoredClient> = {
  name: "client",
  parse: (stored) => storedClient.parse(stored),
  tags: (client) => [
    clientTags.tenant(client.vendor, client.tenantId),
    clientTags.name(client.name),
    clientTags.clientId(client.clientId),
  ],
  expiresAt: (client) => (client.deletion === null ? undefined : Date.parse(client.deletion.permanentDeletionDate)),
};
