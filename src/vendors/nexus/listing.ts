import type { Answer } from "../../core/answer.ts";
import type { SharedWork } from "../../http/shared-work.ts";
import type { Called } from "../call.ts";
import type { NexusApi } from "./api.ts";
import type { WireClient } from "./wire.ts";

/** How long a listing serves reads, in milliseconds: a refresh reads its resources in waves. */
const TIME_TO_LIVE_MS = 10_000;

/** All visible clients of a tenant. */
export interface Listing {
  /** When the first page was asked for, by `performance.now()`. */
  startedMs: number;
  clients: ReadonlyMap<string, WireClient>;
  /** Whether every page came: else absence says nothing. */
  complete: boolean;
  answer: Answer;
}

/**
 * Reads go through the list, because no request for one client is documented. One listing serves all reads of a moment:
 * a refresh of 200 clients sends pages, not 200 listings.
 */
export class Listings {
  readonly #latest = new Map<string, { startedMs: number; listing: SharedWork<Called<Listing>> }>();

  /**
   * A listing of a tenant.
   *
   * @param place what tells this connection and tenant from others
   * @param notBefore a listing that started earlier does not do: for questions of absence
   */
  list(api: NexusApi, place: string, notBefore = Number.NEGATIVE_INFINITY): Promise<Called<Listing>> {
    const now = performance.now();
    const latest = this.#latest.get(place);
    if (latest !== undefined && latest.startedMs >= Math.max(notBefore, now - TIME_TO_LIVE_MS)) {
      return api.join(latest.listing);
    }
    // What failed may pass: it serves those who waited for it, and nobody after them.
    const forget = () => {
      if (this.#latest.get(place) === asked) this.#latest.delete(place);
    };
    const listing = api.shared(async (shared) => {
      const listed = await listAll(shared, now).catch((error: unknown) => {
        forget();
        throw error;
      });
      if (!listed.ok) forget();
      return listed;
    });
    const asked = { startedMs: now, listing };
    this.#latest.set(place, asked);
    return api.join(listing);
  }

  /** The client, and the listing that does or does not have it; absence is believed only from a listing of its own time. */
  async find(
    api: NexusApi,
    place: string,
    id: string,
  ): Promise<Called<{ client: WireClient | null; listing: Listing }>> {
    const asked = performance.now();
    const recent = await this.list(api, place);
    if (!recent.ok) return recent;
    const client = recent.value.clients.get(id);
    if (client !== undefined) return { ...recent, value: { client, listing: recent.value } };
    const own = await this.list(api, place, asked);
    if (!own.ok) return own;
    return { ...own, value: { client: own.value.clients.get(id) ?? null, listing: own.value } };
  }

  /** Forgets a tenant's listing, after a change of ours. */
  drop(place: string): void {
    this.#latest.delete(place);
  }
}

/** Clients of one name. */
export interface NamedClients {
  clients: WireClient[];
  /** Whether there can be no others that the credentials may see. */
  complete: boolean;
}

/** Every client whose name is exactly this. The search is a hint to the server, which may ignore it. */
export async function findByName(api: NexusApi, name: string): Promise<Called<NamedClients>> {
  const listed = await listAll(api, performance.now(), name);
  if (!listed.ok) return listed;
  const { clients, complete } = listed.value;
  return { ...listed, value: { complete, clients: [...clients.values()].filter((client) => client.name === name) } };
}

/** How often a list that changed while it was read is read again. */
const LISTING_TRIES = 3;

/**
 * Reads every page. Others work in the tenant at the same time, and a client that goes while the list is read moves all
 * later ones forward, past the reader: pages overlap by one client, and a list whose seams or counts do not match is
 * read again, and in the end not complete.
 */
async function listAll(api: NexusApi, startedMs: number, search?: string): Promise<Called<Listing>> {
  for (let tried = 1; ; tried += 1) {
    const listed = await listOnce(api, startedMs, search);
    if (!listed.ok || listed.value.complete || tried === LISTING_TRIES) return listed;
  }
}

async function listOnce(api: NexusApi, startedMs: number, search?: string): Promise<Called<Listing>> {
  const clients = new Map<string, WireClient>();
  let count: number | null | undefined;
  let last: string | null = null;
  for (let skip = 0; ; ) {
    const page = await api.list(skip, search);
    if (!page.ok) return page;
    const shown = page.value.value;
    const counted = page.value["@odata.count"] ?? null;
    const done = (complete: boolean): Called<Listing> => {
      return { ok: true, answer: page.answer, value: { startedMs, clients, complete, answer: page.answer } };
    };
    if ((count !== undefined && counted !== count) || (last !== null && shown[0]?.id !== last)) return done(false);
    count = counted;
    for (const client of shown) clients.set(client.id, client);
    last = shown.at(-1)?.id ?? null;
    const ended = counted === null ? shown.length <= 1 : clients.size >= counted;
    if (ended) return done(true);
    // No progress, and not all that were counted.
    if (shown.length <= 1) return done(false);
    skip += shown.length - 1;
  }
}
