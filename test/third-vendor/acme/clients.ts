import type { Look } from "../../../src/core/absence.ts";
import { type Called, callDelete, type DeletionJudge, isNotFound } from "../../../src/lifecycle/call.ts";
import type { Clients, Found, Listed, Named, New, Patched, Sought } from "../../../src/lifecycle/driver.ts";
import { failedLook } from "../../../src/lifecycle/failures.ts";
import type { Place } from "../../../src/lifecycle/place.ts";
import { isSameName, type Properties } from "../../../src/lifecycle/properties.ts";
import { AcmeApi, type App, reader } from "./api.ts";

const WIRE: Readonly<Record<string, "title" | "kind" | "callbacks">> = {
  name: "title",
  appKind: "kind",
  callbackUrls: "callbacks",
};

/** An app's values by the names of inputs. */
export function valuesOf(app: App): Properties {
  const values = Object.entries(WIRE).map(([name, wire]) => [name, app[wire]]);
  return { ...Object.fromEntries(values.filter(([, value]) => value !== undefined)), status: "active" };
}

function bodyOf(values: Properties): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(WIRE).flatMap(([name, wire]) => (values[name] === undefined ? [] : [[wire, values[name]]])),
  );
}

/** The apps of one place. */
export class AcmeClients implements Clients<App> {
  readonly #api: AcmeApi;

  constructor(place: Place) {
    this.#api = new AcmeApi(place);
  }

  async create(inputs: Properties, sent: () => void): Promise<Called<New<App>>> {
    const called = await this.#api.app({ ...this.#api.request("POST", null, bodyOf(inputs)), sent }, "create");
    if (!called.ok) return called;
    const { value: client } = called;
    return { ...called, value: { id: client.id, client, secret: client.secret ?? null, isCertain: true } };
  }

  async find(id: string): Promise<Called<Found<App>>> {
    const called = await this.#api.app(this.#api.request("GET", id), "idempotent");
    if (called.ok) return { ...called, value: { is: "there", client: called.value } };
    const { answer } = called;
    return answer.kind === "response" && isNotFound(answer)
      ? { ok: true, value: { is: "missing", unsure: null }, answer }
      : called;
  }

  async named(name: string): Promise<Called<Named<App>>> {
    const called = await this.#api.list();
    if (!called.ok) return called;
    const clients = called.value.apps.filter(({ title }) => isSameName(title, name));
    return { ...called, value: { clients, others: { found: "absent" }, doubt: null } };
  }

  async all(isWanted: (app: App) => boolean): Promise<Called<Listed<App>>> {
    const called = await this.#api.list();
    if (!called.ok) return called;
    const apps = called.value.apps.filter(isWanted).map((app): [string, App] => [app.id, app]);
    return { ...called, value: { clients: new Map(apps), odd: new Set(), doubt: null, hiddenWithout: null } };
  }

  before() {
    return { before: [], sawAllBefore: false };
  }

  async patch({ id }: Pick<Sought, "id">, changes: Properties, sent = () => {}): Promise<Called<Patched>> {
    const called = await this.#api.app({ ...this.#api.request("PATCH", id, bodyOf(changes)), sent }, "idempotent");
    if (!called.ok) return called;
    return { ...called, value: { values: valuesOf(called.value), namesIt: called.value.id === id } };
  }

  async look({ id }: Pick<Sought, "id">): Promise<Look> {
    const called = await this.#api.list();
    if (!called.ok) return failedLook(called);
    return called.value.apps.some((app) => app.id === id) ? { found: "alive", status: null } : { found: "absent" };
  }

  delete<Result>(id: string, judge: DeletionJudge<Result>, sent: () => void): Promise<Result> {
    return callDelete(this.#api.http, reader, { ...this.#api.request("DELETE", id), sent }, judge);
  }

  noteMade(): void {}
  noteGone(): void {}
}
