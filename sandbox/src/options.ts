import { z } from "zod";
import { SandboxError } from "./errors.ts";
import {
  nexusOptionsSchema,
  type ResolvedNexusOptions,
  resolveNexusOptions,
  type SandboxNexusOptions,
} from "./nexus/options.ts";
import type { AdminClient } from "./oauth/machine-clients.ts";
import { type NexusRightsOptions, nexusRights, nexusRightsShape } from "./oauth/rights.ts";
import { resolveSettings, type SandboxSettings, type SandboxSettingsInput } from "./settings.ts";

/** A tenant of the vendors' APIs. */
export interface SandboxTenant {
  /** As requests name it. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The realm that a request may name; a tenant without one refuses every realm name. */
  readonly realmName?: string | undefined;
}

/** A machine client that gets admin tokens at the token endpoint by client credentials. */
export interface SandboxAdminClient extends NexusRightsOptions {
  /** The OAuth `client_id`. */
  readonly clientId: string;
  /** Its secret, in plain text. */
  readonly clientSecret: string;
  /** What Rezolve looks at. Default `["tenant_admin"]`. */
  readonly roles?: readonly string[] | undefined;
  /** One tenant or several. Default: all tenants. */
  readonly tenantId?: string | readonly string[] | undefined;
  /** How long its tokens live, in seconds. Default 3600. */
  readonly tokenLifetimeSeconds?: number | undefined;
}

/** How {@link startSandbox} starts; everything has a default. */
export interface SandboxOptions {
  /** Interface to listen on. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /**
   * Names, besides `localhost` and `host`, by which requests may call the sandbox in their `Host` header; others are
   * refused with 421, so that no web page gets in by a name of its own that leads here. Addresses are always let in.
   * Default none.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Port to listen on. Default 0: any free port. */
  readonly port?: number | undefined;
  /** SQLite file, for its owner alone, that keeps everything across restarts. Default: nothing outlives the sandbox. */
  readonly file?: string | undefined;
  /** Default {@link defaultTenants}. */
  readonly tenants?: readonly SandboxTenant[] | undefined;
  /** Machines that get admin tokens at the token endpoint. Default none. */
  readonly adminClients?: readonly SandboxAdminClient[] | undefined;
  /** Who gets into the Nexus API, besides bearers of admin tokens. */
  readonly nexus?: SandboxNexusOptions | undefined;
  /** Scopes that clients may have, besides the documented ones. */
  readonly scopes?: readonly string[] | undefined;
  /** First values of {@link Sandbox.settings}. */
  readonly settings?: SandboxSettingsInput | undefined;
  /** Takes one line per request, printable and without secrets. Default: silence. */
  readonly log?: ((line: string) => void) | undefined;
  /** How many requests {@link Sandbox.requests} remembers. Default 10,000. */
  readonly requestLogLength?: number | undefined;
}

/** The tenants of a sandbox that is not told otherwise. */
export const defaultTenants = [
  { id: "5a4dbc0e-0000-4000-8000-000000000001", name: "Acme Example", realmName: "acme-realm" },
  { id: "5a4dbc0e-0000-4000-8000-000000000002", name: "Globex Example", realmName: "globex-realm" },
] as const satisfies readonly SandboxTenant[];

/** The scopes that Rezolve's documentation lists. */
export const documentedScopes = [
  "openid",
  "profile",
  "email",
  "offline_access",
  "ticketing:read",
  "ticketing:write",
  "ticketing:delete",
  "ticketing:admin",
  "users:read",
  "users:write",
  "catalog:read",
  "reports:read",
] as const;

const text = z.string().min(1);

const tenantSchema = z.strictObject({ id: text, name: text, realmName: text.optional() });

const optionsSchema = z.strictObject({
  host: text.default("127.0.0.1"),
  allowedHosts: z.array(text).default([]),
  port: z.int().min(0).max(65_535).default(0),
  file: text.optional(),
  tenants: z.tuple([tenantSchema], tenantSchema).default([...defaultTenants]),
  adminClients: z
    .array(
      z.strictObject({
        clientId: text,
        clientSecret: text,
        roles: z.array(text).default(["tenant_admin"]),
        tenantId: z.union([text, z.array(text)]).optional(),
        tokenLifetimeSeconds: z.int().min(1).default(3600),
        ...nexusRightsShape,
      }),
    )
    .default([]),
  nexus: nexusOptionsSchema,
  // RFC 6749 section 3.3.
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/)).default([]),
  settings: z.unknown().optional(),
  log: z.custom<(line: string) => void>((value) => typeof value === "function").optional(),
  requestLogLength: z.int().min(1).default(10_000),
});

/** At least one tenant. */
export type SandboxTenants = readonly [SandboxTenant, ...SandboxTenant[]];

export interface ResolvedOptions {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly port: number;
  readonly file: string | undefined;
  readonly tenants: SandboxTenants;
  readonly adminClients: readonly AdminClient[];
  readonly nexus: ResolvedNexusOptions;
  readonly scopes: readonly string[];
  readonly settings: SandboxSettings;
  readonly log: ((line: string) => void) | undefined;
  readonly requestLogLength: number;
}

/** @throws {SandboxError} `options-invalid` */
export function resolveOptions(options: SandboxOptions): ResolvedOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    throw new SandboxError("options-invalid", `Sandbox options are not valid:\n${z.prettifyError(parsed.error)}`);
  }
  const { tenants, adminClients, nexus, host, allowedHosts, port, file, log, requestLogLength } = parsed.data;
  const known = new Set(tenants.map((tenant) => tenant.id));
  const strangers = [...adminClients, ...nexus.basicUsers]
    .flatMap(({ tenantId = [] }) => tenantId)
    .filter((id) => !known.has(id));
  if (strangers.length > 0) {
    throw new SandboxError(
      "options-invalid",
      `An admin client or a user names tenants that do not exist: ${strangers.join(", ")}.`,
    );
  }
  return {
    host,
    allowedHosts,
    port,
    file,
    tenants,
    adminClients: adminClients.map(({ tenantId = [...known], ...client }) => ({
      ...client,
      ...nexusRights(client),
      tenants: [tenantId].flat(),
    })),
    nexus: resolveNexusOptions(nexus, [...known]),
    scopes: [...new Set([...documentedScopes, ...parsed.data.scopes])],
    settings: resolveSettings(options.settings),
    log,
    requestLogLength,
  };
}
