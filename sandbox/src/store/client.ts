import { z } from "zod";
import type { CollectionDefinition } from "./store.ts";

/** The vendors whose API the sandbox speaks. */
export const VENDORS = ["rezolve", "nexus"] as const;
/**
 * A vendor whose API the sandbox speaks.
 *
 * @useDeclaredType
 */
export type Vendor = (typeof VENDORS)[number];

/** A person or a machine that does something to a client. */
export interface Actor {
  /** What Nexus looks for among a client's `owners`. */
  id: string;
  /** Display name. */
  name: string;
  /** E-mail address. */
  email: string;
}

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** In seconds. No deletion revokes an ID token, so it matters to nobody how long one lives. */
export const ID_TOKEN_LIFETIME = 3600;

/** How a client is used. */
export interface ClientUsage {
  /** Requests for a token, granted or not. */
  totalTokenRequests: number;
  /** Those that were granted. */
  successfulTokenRequests: number;
  /** Those that were refused. */
  failedTokenRequests: number;
  /** When it was used first, ISO 8601; null where it never was. */
  firstUsedAt: string | null;
  /** When it was used last, ISO 8601; null where it never was. */
  lastUsedAt: string | null;
  /** Address of the caller; null where it was never used. */
  lastUsedFromIp: string | null;
}

/** How long a client's tokens live, in whole seconds. */
export interface TokenLifetimes {
  /** Of access tokens. */
  accessTokenLifetime: number;
  /** Of refresh tokens. */
  refreshTokenLifetime: number;
  /** Of ID tokens. */
  idTokenLifetime: number;
}

/** What is kept of a soft deletion. */
export interface SoftDeletion {
  /** When it was deleted, ISO 8601. */
  deletedAt: string;
  /** Who did it. */
  deletedBy: Actor;
  /** The status before it. */
  previousStatus: "active" | "inactive" | "revoked";
  /** When the record goes, ISO 8601. */
  permanentDeletionDate: string;
}

/** A client as the sandbox keeps it, the same for every vendor, without its secrets. */
export interface SandboxClient {
  /** The resource's id, the one in API paths. */
  readonly id: string;
  /** Whose API has it. */
  readonly vendor: Vendor;
  /** The tenant. */
  readonly tenantId: string;
  /** Display name. */
  readonly name: string;
  /** What it is for; null where nobody said. */
  readonly description: string | null;
  /** The OAuth `client_id`. */
  readonly clientId: string;
  /** A public client has no secret. */
  readonly clientType: "confidential" | "public";
  /** Where a login may lead back to. */
  readonly redirectUris: string[];
  /** Its grants, by their names in OAuth. */
  readonly grantTypes: string[];
  /** What tokens may be asked for. */
  readonly scopes: string[];
  /** Origins for CORS. */
  readonly allowedOrigins: string[];
  /** IP addresses or CIDR ranges. */
  readonly ipWhitelist: string[];
  /** `deleted` only of a soft deletion. */
  readonly status: "active" | "inactive" | "revoked" | "deleted";
  /** How long its tokens live. */
  readonly tokenSettings: TokenLifetimes;
  /** When it was made, ISO 8601. */
  readonly createdAt: string;
  /** Who made it. */
  readonly createdBy: Actor;
  /** When it was changed last, ISO 8601; null where it never was. */
  readonly updatedAt: string | null;
  /** Who changed it last; null where nobody did. */
  readonly updatedBy: Actor | null;
  /** When the secret was rotated last, ISO 8601; null when it is the first one. */
  readonly lastSecretRotatedAt: string | null;
  /** How often the secret was rotated. */
  readonly secretRotationCount: number;
  /** How it is used. */
  readonly usage: ClientUsage;
  /** Set once the client is soft-deleted. */
  readonly deletion: SoftDeletion | null;
  /** What only one vendor knows, in that vendor's own terms. */
  readonly attributes: Record<string, Json>;
}

/** A client as it is stored. */
export interface StoredClient extends SandboxClient {
  /**
   * Hashes; `validUntil` (ISO 8601) is set for a secret that rotation has replaced, `plain` for one that the settings
   * want to be shown again.
   */
  readonly secrets: { hash: string; validUntil: string | null; plain?: string | undefined }[];
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
