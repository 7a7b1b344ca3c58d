import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, partialState, type Values } from "./support.ts";

const APP: Values = { name: "Portal", appType: "regular_web" };
const PAGE = "<!DOCTYPE html><html><title>Log in</title></html>";

let bench: Bench;
let settings: Record<string, unknown>;
beforeAll(async () => {
  bench = await Bench.start("nexus:Client");
  settings = { ...bench.sandbox.settings.nexus };
});
afterAll(() => bench.sandbox.close());
afterEach(() => {
  Object.assign(bench.sandbox.settings.nexus, settings);
  bench.reset();
});

describe("an answer that is not the vendor's own is no success", () => {
  const page = { kind: "respond", status: 200, contentType: "text/html", body: PAGE } as const;

  test.each([page, { ...page, contentType: "text/plain", body: "OK" }])(
    "of an update: the state keeps what it had: %j",
    async (effect) => {
      const state = await bench.create({ ...APP, productName: "before" });
      bench.sandbox.faults.add({ match: { method: "PATCH" }, effect });
      await expect(bench.update(state, { ...APP, productName: "after" })).rejects.toThrow(
        /not one of Nexus's API|somebody else's page/,
      );
      const { outputs } = await bench.update(state, { ...APP, productName: "after" });
      expect(outputs.productName).toBe("after");
    },
  );

  test.each(["PATCH", "DELETE"])("of a %s that names another client", async (method) => {
    const state = await bench.create({ ...APP, productName: "before" });
    const body = { id: "another", name: "Another", productName: "another's" };
    bench.sandbox.faults.add({ match: { method }, effect: { kind: "respond", status: 200, body } });
    const attempt = method === "PATCH" ? bench.update(state, { ...APP, productName: "after" }) : bench.delete(state);
    await expect(attempt).rejects.toThrow("an answer about another");
    expect(bench.sandbox.clients.get(state.id)).toMatchObject({ attributes: { productName: "before" } });
  });

  test("of a creation", async () => {
    bench.sandbox.faults.add({ match: { method: "POST" }, effect: page });
    await expect(bench.create(APP)).rejects.toThrow("somebody else's page");
    expect(bench.sandbox.clients.count()).toBe(0);
  });

  test("of a reading: nothing leaves the state", async () => {
    const state = await bench.create(APP);
    bench.sandbox.faults.add({ match: { method: "GET" }, effect: page });
    await expect(bench.refresh(state)).rejects.toThrow("somebody else's page");
  });
});

describe("the id of a new client", () => {
  const withHeaders = (location: string) => ({ kind: "edit", headers: { location } }) as const;
  const clients = "/v1/tenants/x/clients";

  test.each([
    ["the address of the client", (id: string) => `https://api.example.test${clients}/${id}`],
    ["a path with a slash at its end", (id: string) => `${clients}/${id}/`],
    ["an address with a query", (id: string) => `${clients}/${id}?api-version=1#top`],
  ])("is that of Location, which has %s", async (_, locationOf) => {
    bench.sandbox.settings.nexus.createBody = "empty";
    const twin = await bench.create({ ...APP, adopt: { byName: true } });
    bench.sandbox.faults.add({ match: { method: "POST" }, effect: withHeaders(locationOf(twin.id)) });
    expect((await bench.create(APP)).id).toBe(twin.id);
  });

  test.each(["%zz", "%E0%A4%A", "..", "%2e%2e", "%20"])(
    "is looked for where Location has %s in its place, and found by what proves it",
    async (segment) => {
      bench.sandbox.settings.nexus.createBody = "without-id";
      bench.sandbox.faults.add({ match: { method: "POST" }, effect: withHeaders(`${clients}/${segment}`) });
      const { id } = await bench.create({ ...APP, adopt: { byName: true } });
      expect(bench.sandbox.clients.get(id)).toMatchObject({ name: "Portal" });
    },
  );

  test("is Location's also where the body was cut", async () => {
    bench.sandbox.settings.nexus.createLocation = true;
    bench.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "truncate" } });
    const { id } = await bench.create(APP);
    expect(bench.sandbox.clients.get(id)).toMatchObject({ name: "Portal" });
  });

  test("is never that of a client of this name where no list was read before, however far the list lags", async () => {
    const before = await bench.create(APP);
    bench.restart();
    await sleep(600);
    bench.sandbox.settings.listLag.createdMs = 500;
    bench.sandbox.settings.nexus.createBody = "empty";
    const { id, reason } = await partialState(bench.create(APP));
    bench.sandbox.settings.listLag.createdMs = 0;
    expect(reason).toContain("did not say its id");
    expect(id).not.toBe(before.id);
  });

  test("is never that of a client of this name that a list had before, however far the list lags", async () => {
    const before = await bench.create(APP);
    bench.restart();
    await sleep(600);
    await bench.create({ ...APP, name: "Other", adopt: { byName: true } });
    bench.sandbox.settings.listLag.createdMs = 500;
    bench.sandbox.settings.nexus.createBody = "empty";
    const { id, reason } = await partialState(bench.create(APP));
    bench.sandbox.settings.listLag.createdMs = 0;
    expect(reason).toContain("did not say its id");
    expect(id).not.toBe(before.id);
  });
});

test("an error that is nested without end says its status, and nothing else goes wrong", async () => {
  const state = await bench.create(APP);
  const body = `{"title":"Bad","extra":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  bench.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "respond", status: 400, body } });
  await expect(bench.update(state, { ...APP, productName: "after" })).rejects.toThrow("HTTP 400");
});
