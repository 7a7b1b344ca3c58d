import type { Answer } from "../../core/answer.ts";
import type { Called, Failed } from "../call.ts";
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
  readonly #latest = new Map<string, { startedMs: number; listing: Promise<Called<Listing>> }>();

  /**
   * A listing of a tenant.
   *
   * @param place what tells this connection and tenant from others
   * @param notBefore a listing that started earlier does not do: for questions of absence
   */
  list(api: NexusApi, place: string, notBefore = Number.NEGATIVE_INFINITY): Promise<Called<Listing>> {
    const now = performance.now();
    const latest = this.#latest.get(place);
    if (latest !== undefined && latest.startedMs >= Math.max(notBefore, now - TIME_TO_LIVE_MS)) return latest.listing;
    const asked = { startedMs: now, listing: listAll(api, now) };
    this.#latest.set(place, asked);
    const forget = () => {
      if (this.#latest.get(place) === asked) this.#latest.delete(place);
    };
    // What failed may pass: it serves those who waited for it, and nobody after them.
    asked.listing.then(({ ok }) => ok || forget(), forget);
    return asked.listing;
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

/** Every client whose name is exactly this. The search is a hint to the server, which may ignore it. */
export async function findByName(api: NexusApi, name: string): Promise<Called<WireClient[]>> {
  const listed = await listAll(api, performance.now(), name);
  if (!listed.ok) return listed;
  return { ...listed, value: [...listed.value.clients.values()].filter((client) => client.name === name) };
}

async function listAll(api: NexusApi, startedMs: number, search?: string): Promise<Called<Listing>> {
  const clients = new Map<string, WireClient>();
  for (let skip = 0; ; ) {
    const page = await api.list(skip, search);
    if (!page.ok) return page satisfies Failed;
    const before = clients.size;
    for (const client of page.value.value) clients.set(client.id, client);
    skip += page.value.value.length;
    const count = page.value["@odata.count"] ?? null;
    // A server that ignores `skip` shows the same page for ever: no news is the end, too.
    const ended = page.value.value.length === 0 || clients.size === before || (count !== null && skip >= count);
    if (!ended) continue;
    const complete = count === null ? page.value.value.length === 0 || clients.size === skip : clients.size >= count;
    return { ok: true, answer: page.answer, value: { startedMs, clients, complete, answer: page.answer } };
  }
}
