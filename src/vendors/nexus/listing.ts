import type { VendorResponse } from "../../core/answer.ts";
import type { SharedWork } from "../../http/shared-work.ts";
import type { Called } from "../../lifecycle/call.ts";
import { failedLook } from "../../lifecycle/failures.ts";
import { readList, type Walked } from "../../lifecycle/walk.ts";
import type { NexusApi } from "./api.ts";
import type { WireClient } from "./wire.ts";

/** How long a listing serves reads, in milliseconds: a refresh reads its resources in waves. */
const TIME_TO_LIVE_MS = 10_000;

/** The clients of a tenant, as far as the credentials may see them. */
export interface Listing extends Walked<WireClient> {
  /** When the first page was asked for, by `performance.now()`. */
  startedMs: number;
  /** Whether the credentials see every client of the tenant. */
  everyClient: boolean;
  answer: VendorResponse;
}

/** A listing under way or done. */
interface Asked {
  startedMs: number;
  listing: SharedWork<Called<Listing>>;
}

/** What this run knows about a tenant. */
interface Tenant {
  latest: Asked | null;
  /** The latest listing that was read to its end. */
  whole: Listing | null;
  /** When a request of ours made or changed a client, by its id: an earlier listing says nothing about it. */
  touched: Map<string, number>;
  /** The same by its name. */
  touchedNames: Map<string, number>;
  /** Ids of clients that this run has deleted, or saw that they are gone. */
  gone: Set<string>;
  /** Deletions of ours: begun so far, and ended. */
  begun: number;
  ended: number;
}

/**
 * Reads go through the list, because no request for one client is documented. One listing serves all reads of a moment:
 * a refresh of 200 clients sends pages, not 200 listings. And it serves a whole run where the question is whether a
 * client is gone: ids are never given twice, so one that a whole list did not have is not there afterwards either.
 */
export class Listings {
  readonly #tenants = new Map<string, Tenant>();

  /**
   * A listing of a tenant.
   *
   * @param place what tells this connection and tenant from others
   * @param notBefore a listing that started earlier does not do
   */
  list(api: NexusApi, place: string, notBefore = Number.NEGATIVE_INFINITY): Promise<Called<Listing>> {
    const tenant = this.#tenant(place);
    const now = performance.now();
    const { latest } = tenant;
    const earliest = Math.max(notBefore, now - TIME_TO_LIVE_MS);
    if (latest !== null && latest.startedMs >= earliest) return api.http.join(latest.listing);
    const forget = () => {
      if (tenant.latest === asked) tenant.latest = null;
    };
    const listing = api.http.shared(async (http) => {
      const listed = await listAll(api.over(http), now, tenant).catch((error: unknown) => {
        forget();
        throw error;
      });
      // What may pass serves those who waited for it, and nobody after them.
      if (!listed.ok && failedLook(listed).found === "nothing") forget();
      if (listed.ok && listed.value.doubt === null) tenant.whole = listed.value;
      return listed;
    });
    const asked: Asked = { startedMs: now, listing };
    tenant.latest = asked;
    return api.http.join(listing);
  }

  /**
   * The client, and the listing that does or does not have it.
   *
   * @param isRecorded whether it was there before this run; else an earlier listing does not prove its absence
   */
  async find(
    api: NexusApi,
    place: string,
    id: string,
    isRecorded: boolean,
  ): Promise<Called<{ client: WireClient | null; listing: Listing }>> {
    const since = isRecorded ? this.#touchedMs(place, id) : performance.now();
    const recent = await this.list(api, place);
    if (!recent.ok) return recent;
    const has = recent.value.clients.has(id);
    const serves = recent.value.startedMs >= (has ? this.#touchedMs(place, id) : since);
    const listed = serves ? recent : await this.list(api, place, since);
    if (!listed.ok) return listed;
    return { ...listed, value: { client: listed.value.clients.get(id) ?? null, listing: listed.value } };
  }

  /** The latest whole listing of this run; null where there is none. */
  whole(place: string): Listing | null {
    return this.#tenant(place).whole;
  }

  /** A listing, of any time of this run, that can prove that a client is gone. It may have it, being older. */
  async ofThisRun(api: NexusApi, place: string, id: string): Promise<Called<Listing>> {
    const since = this.#touchedMs(place, id);
    const { whole } = this.#tenant(place);
    if (whole !== null && whole.startedMs >= since) return { ok: true, value: whole, answer: whole.answer };
    return this.list(api, place, since);
  }

  /** Notes that a request of ours made or changed a client, or may have: an earlier listing says nothing about it. */
  noteTouched(place: string, { id, name }: { id: string | null; name: string | null }): void {
    const { touched, touchedNames } = this.#tenant(place);
    const now = performance.now();
    if (id !== null) touched.set(id, now);
    if (name !== null) touchedNames.set(name, now);
  }

  /** Sends a deletion. A list that is read meanwhile moves: how far is known. */
  async deleting<Result>(place: string, send: () => Promise<Result>): Promise<Result> {
    const tenant = this.#tenant(place);
    tenant.begun += 1;
    try {
      return await send();
    } finally {
      tenant.ended += 1;
    }
  }

  /** Notes that a client is gone, because this run deleted it or saw that it was. */
  noteGone(place: string, id: string): void {
    this.#tenant(place).gone.add(id);
  }

  /** Whether this run knows that a client is gone: a list may lag behind. */
  isGone(place: string, id: string): boolean {
    return this.#tenant(place).gone.has(id);
  }

  /** When a request of ours last made or changed a client of this name, by `performance.now()`; undefined for never. */
  touchedMs(place: string, name: string): number | undefined {
    return this.#tenant(place).touchedNames.get(name);
  }

  #touchedMs(place: string, id: string): number {
    return this.#tenant(place).touched.get(id) ?? Number.NEGATIVE_INFINITY;
  }

  #tenant(place: string): Tenant {
    const known = this.#tenants.get(place);
    if (known !== undefined) return known;
    const tenant = {
      latest: null,
      whole: null,
      touched: new Map<string, number>(),
      touchedNames: new Map<string, number>(),
      gone: new Set<string>(),
      begun: 0,
      ended: 0,
    };
    this.#tenants.set(place, tenant);
    return tenant;
  }
}

/** Reads every page, while deletions of ours may move them. */
async function listAll(
  api: NexusApi,
  startedMs: number,
  deletions: Readonly<Pick<Tenant, "begun" | "ended">>,
): Promise<Called<Listing>> {
  let endedBefore = deletions.ended;
  const ask = (skip: number) => {
    endedBefore = deletions.ended;
    return api.list(skip);
  };
  // Those that are under way now may be carried out, and others take their place, before the next page is made.
  const gone = () => deletions.begun - endedBefore + (deletions.begun - deletions.ended);
  const sawEveryClient = await api.seesEveryClient().catch(() => false);
  const listed = await readList(ask, gone);
  if (!listed.ok) return listed;
  // The token may have been replaced meanwhile.
  const everyClient = sawEveryClient && (await api.seesEveryClient().catch(() => false));
  return { ...listed, value: { ...listed.value, startedMs, everyClient, answer: listed.answer } };
}
