import type { Look } from "../../core/absence.ts";
import type { Called, DeletionJudge } from "../../lifecycle/call.ts";
import type { Clients, Found, Listed, Named, New, Patched, Sought } from "../../lifecycle/driver.ts";
import { type Place, placeKey } from "../../lifecycle/place.ts";
import { isSameName, type Properties } from "../../lifecycle/properties.ts";
import { doubtAbout } from "../../lifecycle/walk.ts";
import { NexusApi } from "./api.ts";
import type { Listings } from "./listing.ts";
import { lookAgain, lookAtListing } from "./looks.ts";
import { createBody, patchBody, type WireClient } from "./wire.ts";
import { READ_ALL } from "./words.ts";

/** The clients of a tenant. */
export class NexusClients implements Clients<WireClient> {
  readonly #api: NexusApi;
  readonly #place: Place;
  readonly #key: string;
  readonly #listings: Listings;

  constructor(place: Place, listings: Listings) {
    this.#api = new NexusApi(place.connection.http, place.values.tenantId ?? "");
    this.#place = place;
    this.#key = placeKey(place);
    this.#listings = listings;
  }

  async create(inputs: Properties, sent: () => void): Promise<Called<New<WireClient>>> {
    const called = await this.#api.create(createBody(inputs), sent);
    if (!called.ok) return called;
    const { id, name, secret } = called.value;
    const { status } = called.answer;
    // A proxy's answer, too, can be in JSON.
    const isCertain = id !== null || status === 201 || status === 204 || secret !== null || name === inputs.name;
    return { ...called, value: { id, client: null, secret, isCertain } };
  }

  async find(id: string, isRecorded: boolean): Promise<Called<Found<WireClient>>> {
    const found = await this.#listings.find(this.#api, this.#key, id, isRecorded);
    if (!found.ok) return found;
    const { client, listing } = found.value;
    if (client !== null) return { ...found, value: { is: "there", client } };
    if (doubtAbout(listing, null) !== null) return { ...found, value: { is: "missing", unsure: "list" } };
    if (!listing.everyClient) return { ...found, value: { is: "missing", unsure: "permission", needs: READ_ALL } };
    return { ...found, value: { is: "missing", unsure: null } };
  }

  async named(name: string, notBefore?: number): Promise<Called<Named<WireClient>>> {
    const listed = await this.#listings.list(
      this.#api,
      this.#key,
      notBefore ?? this.#listings.touchedMs(this.#key, name),
    );
    if (!listed.ok) return listed;
    const clients = [...listed.value.clients.values()].filter(
      (one) => isSameName(one.name, name) && !this.#listings.isGone(this.#key, one.id),
    );
    return {
      ...listed,
      value: { clients, others: lookAtListing(listed.value, name), doubt: doubtAbout(listed.value, name) },
    };
  }

  async all(isWanted: (client: WireClient) => boolean): Promise<Called<Listed<WireClient>>> {
    const listed = await this.#listings.list(this.#api, this.#key, performance.now());
    if (!listed.ok) return listed;
    const clients = [...listed.value.clients].filter(([, client]) => isWanted(client));
    const hiddenWithout = listed.value.everyClient ? null : READ_ALL;
    return { ...listed, value: { ...listed.value, clients: new Map(clients), hiddenWithout } };
  }

  /** The list has no dates: only a whole one of this run tells new clients from those that were there. */
  before(name: string) {
    const whole = this.#listings.whole(this.#key);
    if (whole === null) return { before: [], sawAllBefore: false };
    const before = [...whole.clients.values()].filter((one) => isSameName(one.name, name)).map(({ id }) => id);
    return { before, sawAllBefore: lookAtListing(whole, name).found === "absent" };
  }

  async patch(sought: Pick<Sought, "id" | "name">, changes: Properties, sent = () => {}): Promise<Called<Patched>> {
    const called = await this.#api.patch(sought.id, patchBody(changes), sent);
    this.#listings.noteTouched(this.#key, sought);
    if (!called.ok) return called;
    const { value: client } = called;
    return { ...called, value: { values: client?.values ?? null, namesIt: client !== null } };
  }

  look(sought: Sought): Promise<Look> {
    return lookAgain(sought, this.#api, this.#place, this.#listings);
  }

  delete<Result>(id: string, judge: DeletionJudge<Result>, sent: () => void): Promise<Result> {
    return this.#listings.deleting(this.#key, () => this.#api.delete(id, judge, sent));
  }

  noteMade(made: { id: string | null; name: string | null }): void {
    this.#listings.noteTouched(this.#key, made);
  }

  noteGone(id: string): void {
    this.#listings.noteGone(this.#key, id);
  }
}
