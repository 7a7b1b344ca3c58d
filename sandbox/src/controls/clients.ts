import { SandboxError } from "../errors.ts";
import type { Activity, TokenLedger } from "../oauth/ledger.ts";
import type { SandboxSettings } from "../settings.ts";
import type { ClientUsage, SandboxClient, StoredClient, Vendor } from "../store/client.ts";
import type { ClientDirectory } from "../store/directory.ts";

/** Fields that {@link SandboxClients.edit} can set. */
export interface SandboxClientChange
  extends Partial<
    Pick<
      SandboxClient,
      | "name"
      | "description"
      | "clientType"
      | "redirectUris"
      | "grantTypes"
      | "scopes"
      | "allowedOrigins"
      | "ipWhitelist"
      | "tokenSettings"
      | "createdAt"
      | "attributes"
    >
  > {
  /** Any status but `deleted`. */
  readonly status?: "active" | "inactive" | "revoked" | undefined;
  /** Some of the usage; the rest stays. */
  readonly usage?: Partial<ClientUsage> | undefined;
}

/** Which clients {@link SandboxClients.list} gives; all of it together. */
export interface SandboxClientFilter {
  /** Whose API has them. */
  readonly vendor?: Vendor | undefined;
  /** The tenant. */
  readonly tenantId?: string | undefined;
}

/**
 * The clients, seen and changed directly in the store, past the API: what an administrator does in the vendor's
 * console while Pulumi is not looking. All of it is synchronous, nothing of it shows in the request log.
 *
 * @example
 * sandbox.clients.edit(id, { scopes: ["ticketing:read"] }); // drift
 * sandbox.clients.remove(id); // deleted behind Pulumi's back
 */
export interface SandboxClients {
  /** All clients in the order of their creation; soft-deleted ones too, with `status: "deleted"`. */
  list(filter?: SandboxClientFilter): SandboxClient[];
  /** By resource id; soft-deleted ones too. */
  get(id: string): SandboxClient | undefined;
  /** The living client of that name, in the given tenant or in any. */
  find(name: string, tenantId?: string): SandboxClient | undefined;
  /** How many living clients there are, or how many of that name. */
  count(name?: string): number;
  /** What the client has living: tokens, and users' sessions. */
  activity(id: string): Activity;
  /**
   * Deletes the client with its tokens and sessions. `mode` defaults to the setting `rezolve.deletion`, and to `"hard"`
   * for clients of Nexus, which knows nothing else; a soft-deleted client is removed for good.
   *
   * @returns what that ended
   * @throws {SandboxError} `client-missing`
   */
  remove(id: string, mode?: "hard" | "soft"): Activity;
  /**
   * Sets fields without any check, and leaves `updatedAt` alone. `attributes` and `usage` are set one by one, e.g.
   * `{ attributes: { owners: ["u-2"] } }` or `{ usage: { lastUsedAt: "2026-01-31T00:00:00.000Z" } }`. A
   * soft-deleted client cannot be edited.
   *
   * @returns the client as it is now
   * @throws {SandboxError} `client-missing`
   */
  edit(id: string, change: SandboxClientChange): SandboxClient;
}

/** Who deletes in {@link SandboxClients.remove}. */
const CONSOLE_ACTOR = { id: "sandbox-console", name: "Sandbox Console", email: "console@sandbox.example.test" };

function shown({ secrets: _secrets, ...client }: StoredClient): SandboxClient {
  return client;
}

export function clientControls(
  directory: ClientDirectory,
  ledger: TokenLedger,
  settings: SandboxSettings,
): SandboxClients {
  const existing = (id: string): StoredClient => {
    const client = directory.get(id);
    if (client === undefined) throw new SandboxError("client-missing", `The sandbox has no client ${id}.`);
    return client;
  };
  const living = (clients: StoredClient[]) => clients.filter((client) => client.deletion === null);

  return {
    list: ({ vendor, tenantId } = {}) =>
      directory
        .all()
        .filter((client) => (vendor ?? client.vendor) === client.vendor)
        .filter((client) => (tenantId ?? client.tenantId) === client.tenantId)
        .map(shown),
    get: (id) => {
      const client = directory.get(id);
      return client === undefined ? undefined : shown(client);
    },
    find: (name, tenantId) => {
      const named = living(directory.named(name));
      const client = named.find((candidate) => (tenantId ?? candidate.tenantId) === candidate.tenantId);
      return client === undefined ? undefined : shown(client);
    },
    count: (name) => living(name === undefined ? directory.all() : directory.named(name)).length,
    activity: (id) => ledger.activity(existing(id).clientId),
    remove: (id, mode) => {
      const client = existing(id);
      const { deletion, retentionDays } = settings.rezolve;
      const isHard = (mode ?? (client.vendor === "nexus" ? "hard" : deletion)) === "hard";
      return directory.remove(client, isHard ? { kind: "hard" } : { kind: "soft", retentionDays }, CONSOLE_ACTOR).ended;
    },
    edit: (id, change) => {
      const client = existing(id);
      if (client.deletion !== null) throw new SandboxError("client-missing", `Client ${id} is deleted.`);
      const { status = client.status, ...rest } = change;
      const attributes = { ...client.attributes, ...change.attributes };
      const usage = { ...client.usage, ...change.usage };
      return shown(directory.change(client, { ...rest, status, attributes, usage }));
    },
  };
}
