import { z } from "zod";
import type { CollectionDefinition } from "./store.ts";

/** The vendors whose API the sandbox speaks. */
export const VENDORS = ["rezolve", "nexus"] as const;
export type Vendor = (typeof VENDORS)[number];

/** A person or a machine that does something to a client. */
export interface Actor {
  id: string;
  name: string;
  email: string;
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** In seconds. No deletion revokes an ID token, so it matters to nobody how long one lives. */
export const ID_TOKEN_LIFETIME = 3600;

/** A client as the sandbox keeps it, the same for every vendor. */
export interface StoredClient {
  /** The resource's id, the one in API paths. */
  readonly id: string;
  readonly vendor: Vendor;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string | null;
  /** The OAuth `client_id`. */
  readonly clientId: string;
  readonly clientType: "confidential" | "public";
  readonly redirectUris: string[];
  readonly grantTypes: string[];
  readonly scopes: string[];
  readonly allowedOrigins: string[];
  readonly ipWhitelist: string[];
  readonly status: "active" | "inactive" | "revoked" | "deleted";
  /**
   * Hashes; `validUntil` (ISO 8601) is set for a secret that rotation has replaced, `plain` for one that the settings
   * want to be shown again.
   */
  readonly secrets: { hash: string; validUntil: string | null; plain?: string | undefined }[];
  readonly tokenSettings: { accessTokenLifetime: number; refreshTokenLifetime: number; idTokenLifetime: number };
  readonly createdAt: string;
  readonly createdBy: Actor;
  readonly updatedAt: string | null;
  readonly updatedBy: Actor | null;
  readonly lastSecretRotatedAt: string | null;
  readonly secretRotationCount: number;
  readonly usage: {
    totalTokenRequests: number;
    successfulTokenRequests: number;
    failedTokenRequests: number;
    firstUsedAt: string | null;
    lastUsedAt: string | null;
    lastUsedFromIp: string | null;
  };
  /** Set once the client is soft-deleted. */
  readonly deletion: {
    deletedAt: string;
    deletedBy: Actor;
    previousStatus: "active" | "inactive" | "revoked";
    permanentDeletionDate: string;
  } | null;
  /** What only one vendor knows, in that vendor's own terms. */
  readonly attributes: Record<string, Json>;
}

const actor = z.object({ id: z.string(), name: z.string(), email: z.string() });

const storedClient = z.object({
  id: z.string(),
  vendor: z.enum(VENDORS),
  tenantId: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  clientId: z.string(),
  clientType: z.enum(["confidential", "public"]),
  redirectUris: z.array(z.string()),
  grantTypes: z.array(z.string()),
  scopes: z.array(z.string()),
  allowedOrigins: z.array(z.string()),
  ipWhitelist: z.array(z.string()),
  status: z.enum(["active", "inactive", "revoked", "deleted"]),
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
  deletion: z
    .object({
      deletedAt: z.string(),
      deletedBy: actor,
      previousStatus: z.enum(["active", "inactive", "revoked"]),
      permanentDeletionDate: z.string(),
    })
    .nullable(),
  attributes: z.record(z.string(), z.json()),
}) satisfies z.ZodType<StoredClient>;

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
