import type { AdapterPayload } from "oidc-provider";
import { z } from "zod";
import type { Collection, CollectionDefinition, Store } from "../store/store.ts";

const artifact = z.object({
  model: z.string(),
  id: z.string(),
  payload: z.custom<AdapterPayload>((value) => typeof value === "object" && value !== null),
  /** Epoch milliseconds. */
  expiresAt: z.number().nullable(),
});

/** One thing that the OAuth server keeps: a token, a code, a grant, a session. */
type Artifact = Readonly<z.infer<typeof artifact>>;

/** What a client has living at a moment, or what its deletion ended. */
export interface Activity {
  /** Access and refresh tokens, neither expired nor used up. */
  readonly tokens: number;
  /** Users' sessions in which the client has a living grant. */
  readonly sessions: number;
}

const TOKEN_MODELS = new Set(["AccessToken", "ClientCredentials", "RefreshToken"]);

const tags = {
  client: (clientId: string) => `client:${clientId}`,
  grant: (grantId: string) => `grant:${grantId}`,
  uid: (model: string, uid: string) => `uid:${model}:${uid}`,
  userCode: (userCode: string) => `userCode:${userCode}`,
};

function clientsOf({ payload }: Artifact): readonly string[] {
  // client_credentials tokens have no grant, so everything is found by its client.
  if (payload.clientId !== undefined) return [payload.clientId];
  const interactionClient = payload.params?.client_id;
  if (typeof interactionClient === "string") return [interactionClient];
  return Object.keys(payload.authorizations ?? {});
}

const artifactCollection: CollectionDefinition<Artifact> = {
  name: "artifact",
  parse: (stored) => artifact.parse(stored),
  tags: (entry) => [
    ...clientsOf(entry).map(tags.client),
    ...(entry.payload.grantId === undefined ? [] : [tags.grant(entry.payload.grantId)]),
    ...(entry.payload.uid === undefined ? [] : [tags.uid(entry.model, entry.payload.uid)]),
    ...(entry.payload.userCode === undefined ? [] : [tags.userCode(entry.payload.userCode)]),
  ],
  expiresAt: (entry) => entry.expiresAt ?? undefined,
};

/** Whether the OAuth server would still honour it: the same test as its own `isExpired`. */
function isLiving({ payload }: Artifact): boolean {
  const now = Math.floor(Date.now() / 1000);
  return payload.consumed === undefined && (payload.exp === undefined || payload.exp > now);
}

/** Everything that the OAuth server has issued, by client: the source of true counts. */
export class TokenLedger {
  readonly #artifacts: Collection<Artifact>;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.#artifacts = store.collection(artifactCollection);
  }

  find(model: string, id: string): AdapterPayload | undefined {
    // A clone: the OAuth server changes a session's payload in place, and stored values never change.
    const entry = this.#artifacts.get(key(model, id));
    return entry === undefined ? undefined : structuredClone(entry.payload);
  }

  findByUid(model: string, uid: string): AdapterPayload | undefined {
    return this.#artifacts.tagged(tags.uid(model, uid)).map(({ payload }) => structuredClone(payload))[0];
  }

  findByUserCode(userCode: string): AdapterPayload | undefined {
    return this.#artifacts.tagged(tags.userCode(userCode)).map(({ payload }) => structuredClone(payload))[0];
  }

  put(model: string, id: string, payload: AdapterPayload, expiresInSeconds: number | undefined): void {
    const expiresAt = expiresInSeconds === undefined ? null : Date.now() + expiresInSeconds * 1000;
    this.#artifacts.put(key(model, id), { model, id, payload: structuredClone(payload), expiresAt });
  }

  consume(model: string, id: string): void {
    const entry = this.#artifacts.get(key(model, id));
    if (entry === undefined) return;
    const payload = { ...entry.payload, consumed: Math.floor(Date.now() / 1000) };
    this.#artifacts.put(key(model, id), { ...entry, payload });
  }

  delete(model: string, id: string): void {
    this.#artifacts.delete(key(model, id));
  }

  /** Everything of one model that was issued under a grant. */
  deleteByGrant(model: string, grantId: string): void {
    this.#store.atomically(() => {
      for (const entry of this.#artifacts.tagged(tags.grant(grantId))) {
        if (entry.model === model) this.delete(model, entry.id);
      }
    });
  }

  /** What the client has living now. */
  activity(clientId: string): Activity {
    const entries = this.#artifacts.tagged(tags.client(clientId)).filter(isLiving);
    const grants = new Set(entries.filter((entry) => entry.model === "Grant").map((entry) => entry.id));
    const inGrant = (grantId: string | undefined) => grantId !== undefined && grants.has(grantId);
    return {
      tokens: entries.filter(({ model }) => TOKEN_MODELS.has(model)).length,
      sessions: entries.filter(
        ({ model, payload }) => model === "Session" && inGrant(payload.authorizations?.[clientId]?.grantId),
      ).length,
    };
  }

  /** Ends everything that the client has, in one step, and says how much of it was living. */
  revokeClient(clientId: string): Activity {
    return this.#store.atomically(() => {
      const ended = this.activity(clientId);
      for (const entry of this.#artifacts.tagged(tags.client(clientId))) {
        const others = Object.entries(entry.payload.authorizations ?? {}).filter(([id]) => id !== clientId);
        if (entry.model === "Session" && others.length > 0) {
          const payload = { ...entry.payload, authorizations: Object.fromEntries(others) };
          this.#artifacts.put(key("Session", entry.id), { ...entry, payload });
        } else {
          this.delete(entry.model, entry.id);
        }
      }
      return ended;
    });
  }
}

function key(model: string, id: string): string {
  return `${model}:${id}`;
}
