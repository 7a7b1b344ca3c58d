import type { Activity, TokenLedger } from "../oauth/ledger.ts";
import { type Actor, clientCollection, clientTags, type StoredClient, type Vendor } from "./client.ts";
import { hashSecret, newSecret } from "./secrets.ts";
import type { Collection, Store } from "./store.ts";

/** What a new client is made of; the rest is filled in. */
export type ClientDraft = Pick<
  StoredClient,
  | "id"
  | "vendor"
  | "tenantId"
  | "name"
  | "description"
  | "clientId"
  | "clientType"
  | "redirectUris"
  | "grantTypes"
  | "scopes"
  | "allowedOrigins"
  | "ipWhitelist"
  | "tokenSettings"
  | "attributes"
>;

/** The fields of a client that a change may set. */
export type ClientChange = Partial<Omit<StoredClient, "id" | "vendor" | "deletion">>;

export type DeletionMode = { readonly kind: "hard" } | { readonly kind: "soft"; readonly retentionDays: number };

/** What a deletion did. */
export interface Removal {
  /** The client as it was. */
  readonly before: StoredClient;
  readonly deletedAt: string;
  /** What ended with it. */
  readonly ended: Activity;
  /** Until when a soft-deleted client is kept. */
  readonly permanentDeletionDate: string | null;
}

export interface Rotation {
  readonly client: StoredClient;
  readonly secret: string;
  readonly rotatedAt: string;
  /** Until when the old secret works; `null` when it died at once. */
  readonly previousValidUntil: string | null;
}

/** How long, in milliseconds, a list lags behind what has happened. */
export interface ListLag {
  /** A new client is not listed before. */
  readonly createdMs: number;
  /** A deleted client is listed until then, as it was. */
  readonly deletedMs: number;
}

const MILLISECONDS_PER_DAY = 86_400_000;

/** How many deletions are remembered for lists that lag. */
const REMEMBERED_REMOVALS = 1_000;

/** All clients of all vendors and tenants, and what can happen to them. */
export class ClientDirectory {
  readonly #store: Store;
  readonly #clients: Collection<StoredClient>;
  readonly #ledger: TokenLedger;
  // In memory only: no list lags beyond a restart.
  #removals: { readonly before: StoredClient; readonly at: number }[] = [];

  constructor(store: Store, ledger: TokenLedger) {
    this.#store = store;
    this.#clients = store.collection(clientCollection);
    this.#ledger = ledger;
  }

  /**
   * A new active client, and its secret if it is a confidential one: the only time that the secret is known, unless it is
   * to be kept.
   */
  create(
    draft: ClientDraft,
    actor: Actor,
    { keepPlainSecret = false }: { readonly keepPlainSecret?: boolean } = {},
  ): { client: StoredClient; secret: string | undefined } {
    const secret = draft.clientType === "confidential" ? newSecret() : undefined;
    const client: StoredClient = {
      ...draft,
      status: "active",
      secrets:
        secret === undefined
          ? []
          : [{ hash: hashSecret(secret), validUntil: null, ...(keepPlainSecret ? { plain: secret } : {}) }],
      createdAt: new Date().toISOString(),
      createdBy: actor,
      updatedAt: null,
      updatedBy: null,
      lastSecretRotatedAt: null,
      secretRotationCount: 0,
      usage: {
        totalTokenRequests: 0,
        successfulTokenRequests: 0,
        failedTokenRequests: 0,
        firstUsedAt: null,
        lastUsedAt: null,
        lastUsedFromIp: null,
      },
      deletion: null,
    };
    this.#clients.put(client.id, client);
    return { client, secret };
  }

  /** By resource id; a soft-deleted client too, until its retention ends. */
  get(id: string): StoredClient | undefined {
    const client = this.#clients.get(id);
    return client !== undefined && isKept(client) ? client : undefined;
  }

  /** The client that has this OAuth `client_id`, unless it is deleted. */
  living(clientId: string): StoredClient | undefined {
    return this.#clients.tagged(clientTags.clientId(clientId)).find((client) => client.deletion === null);
  }

  /** Every client of that name, in every tenant, soft-deleted ones too. */
  named(name: string): StoredClient[] {
    return this.#clients.tagged(clientTags.name(name)).filter(isKept);
  }

  /** A tenant's clients in the order of their creation, soft-deleted ones too. */
  ofTenant(vendor: Vendor, tenantId: string): StoredClient[] {
    return this.#clients.tagged(clientTags.tenant(vendor, tenantId)).filter(isKept);
  }

  /** {@link ofTenant} as a list has it that lags behind. */
  listed(vendor: Vendor, tenantId: string, { createdMs, deletedMs }: ListLag): StoredClient[] {
    const now = Date.now();
    const clients = this.ofTenant(vendor, tenantId);
    const arrived =
      createdMs === 0 ? clients : clients.filter(({ createdAt }) => Date.parse(createdAt) + createdMs <= now);
    const lingering = this.#removals
      .filter(({ at, before }) => at + deletedMs > now && before.vendor === vendor && before.tenantId === tenantId)
      .map(({ before }) => before);
    if (lingering.length === 0) return arrived;
    const gone = new Set(lingering.map(({ id }) => id));
    // Where they stood before: nothing shifts from page to page until they go.
    return [...arrived.filter(({ id }) => !gone.has(id)), ...lingering].sort((left, right) =>
      left.createdAt < right.createdAt ? -1 : Number(left.createdAt > right.createdAt),
    );
  }

  all(): StoredClient[] {
    return this.#clients.all().filter(isKept);
  }

  /** Sets fields, and notes who did it unless it happened behind everyone's back. */
  change(client: StoredClient, change: ClientChange, actor?: Actor): StoredClient {
    const audit = actor === undefined ? {} : { updatedAt: new Date().toISOString(), updatedBy: actor };
    const changed: StoredClient = { ...client, ...change, ...audit };
    this.#clients.put(client.id, changed);
    return changed;
  }

  /** A new secret. The old one dies at once, or after a grace period. */
  rotateSecret(client: StoredClient, graceSeconds: number): Rotation {
    const now = Date.now();
    const rotatedAt = new Date(now).toISOString();
    const previousValidUntil = graceSeconds > 0 ? new Date(now + graceSeconds * 1000).toISOString() : null;
    const secret = newSecret();
    const overlapping = client.secrets
      .map((old) => ({ ...old, validUntil: old.validUntil ?? previousValidUntil }))
      .filter((old) => previousValidUntil !== null && old.validUntil !== null && old.validUntil > rotatedAt);
    const rotated = this.change(client, {
      secrets: [{ hash: hashSecret(secret), validUntil: null }, ...overlapping],
      lastSecretRotatedAt: rotatedAt,
      secretRotationCount: client.secretRotationCount + 1,
    });
    return { client: rotated, secret, rotatedAt, previousValidUntil };
  }

  /** Deletes the client, its tokens and its sessions in one step. */
  remove(client: StoredClient, mode: DeletionMode, actor: Actor): Removal {
    const now = Date.now();
    const deletedAt = new Date(now).toISOString();
    const deletion =
      mode.kind === "hard" || client.status === "deleted"
        ? null
        : {
            deletedAt,
            deletedBy: actor,
            previousStatus: client.status,
            permanentDeletionDate: new Date(now + mode.retentionDays * MILLISECONDS_PER_DAY).toISOString(),
          };
    // Nothing in here can fail half-way: a store in memory does not roll back.
    const removal = this.#store.atomically(() => {
      const ended = this.#ledger.revokeClient(client.clientId);
      if (deletion === null) this.#clients.delete(client.id);
      else this.#clients.put(client.id, { ...client, status: "deleted", secrets: [], deletion });
      return { before: client, deletedAt, ended, permanentDeletionDate: deletion?.permanentDeletionDate ?? null };
    });
    if (client.deletion === null) {
      this.#removals = [...this.#removals.slice(1 - REMEMBERED_REMOVALS), { before: client, at: now }];
    }
    return removal;
  }

  /** Notes a request at the token endpoint. A client that is gone by then is left alone. */
  recordTokenRequest(clientId: string, succeeded: boolean, ip: string): void {
    const client = this.living(clientId);
    if (client === undefined) return;
    const { usage } = client;
    const now = new Date().toISOString();
    this.change(client, {
      usage: {
        totalTokenRequests: usage.totalTokenRequests + 1,
        successfulTokenRequests: usage.successfulTokenRequests + (succeeded ? 1 : 0),
        failedTokenRequests: usage.failedTokenRequests + (succeeded ? 0 : 1),
        firstUsedAt: usage.firstUsedAt ?? (succeeded ? now : null),
        lastUsedAt: succeeded ? now : usage.lastUsedAt,
        lastUsedFromIp: succeeded ? ip : usage.lastUsedFromIp,
      },
    });
  }
}

function isKept({ deletion }: StoredClient): boolean {
  return deletion === null || Date.parse(deletion.permanentDeletionDate) > Date.now();
}
