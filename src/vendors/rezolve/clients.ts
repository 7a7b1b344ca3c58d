import type { Look } from "../../core/absence.ts";
import { type Called, type DeletionJudge, isNotFound } from "../../lifecycle/call.ts";
import type { Clients, Found, Listed, Named, New, Patched, Sought } from "../../lifecycle/driver.ts";
import { namesOf } from "../../lifecycle/fields.ts";
import { type Place, placeKey } from "../../lifecycle/place.ts";
import { isSameName, type Properties, pick } from "../../lifecycle/properties.ts";
import { doubtAbout, lookAtAbsence } from "../../lifecycle/walk.ts";
import { apiOf, type RezolveApi } from "./api.ts";
import { FIELDS } from "./fields.ts";
import type { SecondLooks } from "./looks.ts";
import { namedIn, valuesOf, type WireClient } from "./wire.ts";

/** The clients of a tenant and realm. */
export class RezolveClients implements Clients<WireClient> {
  readonly #api: RezolveApi;
  readonly #place: string;
  readonly #looks: SecondLooks;

  constructor(place: Place, looks: SecondLooks) {
    this.#api = apiOf(place);
    this.#place = placeKey(place);
    this.#looks = looks;
  }

  async create(inputs: Properties, sent: () => void): Promise<Called<New<WireClient>>> {
    const called = await this.#api.create(pick(inputs, namesOf(FIELDS, "client")), sent);
    if (!called.ok) return called;
    const { value: client } = called;
    return { ...called, value: { id: client.id, client, secret: client.clientSecret ?? null, isCertain: true } };
  }

  async find(id: string): Promise<Called<Found<WireClient>>> {
    const called = await this.#api.get(id);
    if (called.ok) {
      const { value: client } = called;
      return { ...called, value: client.status === "deleted" ? { is: "deleted" } : { is: "there", client } };
    }
    const { answer } = called;
    return answer.kind === "response" && isNotFound(answer)
      ? { ok: true, value: { is: "missing", unsure: null }, answer }
      : called;
  }

  /** The vendor gives no name twice: one that is there is the only one. */
  async named(name: string): Promise<Called<Named<WireClient>>> {
    const called = await this.#api.listAll();
    if (!called.ok) return called;
    const all = [...called.value.clients.values()];
    const clients = all.filter((one) => isSameName(one.name, name) && one.status !== "deleted");
    const doubt = clients.length === 0 ? doubtAbout(called.value, name) : null;
    return { ...called, value: { clients, others: lookAtAbsence(called.value, name), doubt } };
  }

  async all(isWanted: (client: WireClient) => boolean): Promise<Called<Listed<WireClient>>> {
    const called = await this.#api.listAll(isWanted);
    return called.ok ? { ...called, value: { ...called.value, hiddenWithout: null } } : called;
  }

  /** Nothing, and nobody needs to look: the vendor dates its clients. */
  before() {
    return { before: [], sawAllBefore: false };
  }

  async patch({ id }: Pick<Sought, "id">, changes: Properties, sent = () => {}): Promise<Called<Patched>> {
    const called = await this.#api.patch(id, changes, sent);
    if (!called.ok) return called;
    const values = valuesOf(called.value);
    return { ...called, value: { values, namesIt: namedIn(called.answer.body) === id } };
  }

  look({ id }: Pick<Sought, "id">): Promise<Look> {
    return this.#looks.look(this.#api, this.#place, id);
  }

  delete<Result>(id: string, judge: DeletionJudge<Result>, sent: () => void): Promise<Result> {
    return this.#api.delete(id, judge, sent);
  }

  noteMade({ id }: { id: string | null }): void {
    if (id !== null) this.#looks.madeHere.add(id);
  }

  noteGone(): void {}
}
