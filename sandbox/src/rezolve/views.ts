import type { Activity } from "../oauth/ledger.ts";
import type { SandboxTenant } from "../options.ts";
import type { StoredClient } from "../store/client.ts";
import type { Removal, Rotation } from "../store/directory.ts";
import type { RezolveSettings } from "./settings.ts";

// One view per endpoint: the shapes differ on purpose (vendor-apis 2.3, "Shape differences").

/** What create, list, get and update have in common. */
function core(client: StoredClient) {
  return {
    id: client.id,
    name: client.name,
    description: client.description ?? "",
    clientId: client.clientId,
    clientType: client.clientType,
    redirectUris: client.redirectUris,
    grantTypes: client.grantTypes,
    scopes: client.scopes,
    allowedOrigins: client.allowedOrigins,
    ipWhitelist: client.ipWhitelist,
    status: client.status,
  };
}

function pkceRequired(client: StoredClient): boolean {
  return client.clientType === "public";
}

function tenantView({ id, name }: SandboxTenant) {
  return { id, name };
}

/** The only view with a secret, besides {@link rotated}. */
export function created(client: StoredClient, secret: string | undefined, tenant: SandboxTenant) {
  return {
    ...core(client),
    ...(secret === undefined ? {} : { clientSecret: secret }),
    tokenSettings: client.tokenSettings,
    pkceRequired: pkceRequired(client),
    createdAt: client.createdAt,
    createdBy: client.createdBy,
    tenant: tenantView(tenant),
  };
}

export function listed(client: StoredClient) {
  return {
    ...core(client),
    pkceRequired: pkceRequired(client),
    lastUsedAt: client.usage.lastUsedAt,
    usageCount: client.usage.totalTokenRequests,
    createdAt: client.createdAt,
    createdBy: client.createdBy,
  };
}

function requestsPerDay({ usage }: StoredClient): number {
  if (usage.firstUsedAt === null) return 0;
  const days = Math.max(1, (Date.now() - Date.parse(usage.firstUsedAt)) / 86_400_000);
  return Math.round((usage.totalTokenRequests / days) * 100) / 100;
}

export function retrieved(client: StoredClient, activity: Activity, tenant: SandboxTenant) {
  const { usage } = client;
  return {
    ...core(client),
    tokenSettings: {
      ...client.tokenSettings,
      tokenFormat: "opaque",
      refreshTokenRotation: true,
      reuseInterval: 0,
    },
    pkceSettings: { required: pkceRequired(client), allowPlainChallenge: false, supportedMethods: ["S256"] },
    consent: { requireConsent: true, skipConsentForFirstParty: true, consentLifetime: 2_592_000 },
    security: {
      requireClientAuthentication: client.clientType === "confidential",
      allowedAuthMethods:
        client.clientType === "confidential" ? ["client_secret_post", "client_secret_basic"] : ["none"],
      enforceHttps: true,
      validateRedirectUri: true,
    },
    usage: {
      totalTokenRequests: usage.totalTokenRequests,
      successfulTokenRequests: usage.successfulTokenRequests,
      failedTokenRequests: usage.failedTokenRequests,
      activeTokenCount: activity.tokens,
      lastUsedAt: usage.lastUsedAt,
      lastUsedFromIp: usage.lastUsedFromIp,
      firstUsedAt: usage.firstUsedAt,
      averageRequestsPerDay: requestsPerDay(client),
    },
    audit: {
      createdAt: client.createdAt,
      createdBy: client.createdBy,
      updatedAt: client.updatedAt,
      updatedBy: client.updatedBy,
      lastSecretRotatedAt: client.lastSecretRotatedAt,
      secretRotationCount: client.secretRotationCount,
    },
    tenant: tenantView(tenant),
  };
}

const SCALAR_FIELDS = ["name", "description", "clientType", "status"] as const;
const ARRAY_FIELDS = ["redirectUris", "grantTypes", "scopes", "allowedOrigins", "ipWhitelist"] as const;

function changes(before: StoredClient, after: StoredClient): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const [from, to] = [core(before), core(after)];
  for (const field of SCALAR_FIELDS) {
    if (from[field] !== to[field]) found[field] = { from: from[field], to: to[field] };
  }
  for (const field of ARRAY_FIELDS) {
    const added = to[field].filter((item) => !from[field].includes(item));
    const removed = from[field].filter((item) => !to[field].includes(item));
    if (added.length > 0 || removed.length > 0) found[field] = { added, removed };
  }
  return found;
}

export function updated(before: StoredClient, after: StoredClient) {
  return {
    ...core(after),
    updatedAt: after.updatedAt,
    updatedBy: after.updatedBy,
    changes: changes(before, after),
  };
}

/** Two forms, told apart by whether the record is kept (seed 004, "Alternative Response (Soft Delete)"). */
export function deleted(removal: Removal, actor: StoredClient["createdBy"], retentionDays: number) {
  const { before, deletedAt, ended, permanentDeletionDate } = removal;
  const common = { id: before.id, name: before.name, clientId: before.clientId };
  if (permanentDeletionDate === null) {
    return {
      ...common,
      status: "deleted",
      deletedAt,
      deletedBy: actor,
      tokensRevoked: ended.tokens,
      activeSessionsTerminated: ended.sessions,
    };
  }
  return {
    ...common,
    previousStatus: before.status,
    status: "deleted",
    deletedAt,
    deletedBy: actor,
    retentionDays,
    permanentDeletionDate,
    tokensRevoked: ended.tokens,
  };
}

/** Undocumented: modelled on the rotation of API keys (vendor-apis 2.6). */
export function rotated(
  { client, previousValidUntil, rotatedAt, secret }: Rotation,
  field: RezolveSettings["rotation"]["field"],
  actor: StoredClient["createdBy"],
) {
  const rotation = {
    rotatedAt,
    rotatedBy: actor,
    rotationCount: client.secretRotationCount,
    ...(previousValidUntil === null
      ? { previousSecretInvalidatedAt: rotatedAt, gracePeriod: null }
      : {
          gracePeriod: {
            enabled: true,
            minutes: (Date.parse(previousValidUntil) - Date.parse(rotatedAt)) / 60_000,
            previousSecretValidUntil: previousValidUntil,
          },
        }),
  };
  const fields = field === "new-beside-null" ? { clientSecret: null, newClientSecret: secret } : { [field]: secret };
  return { id: client.id, name: client.name, clientId: client.clientId, ...fields, rotation };
}
