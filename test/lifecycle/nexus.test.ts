import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, partialState, type State, type Values } from "./support.ts";

/** Declares no grant types: Auth0 fills them in, and another grant type would replace the client. */
const APP: Values = { name: "Portal", appType: "regular_web" };
const ALWAYS = Number.POSITIVE_INFINITY;

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

const UNCHANGED = { changes: false, replaces: [], deleteBeforeReplace: true };

test("an update that another address answers with 404 says where the client was created", async () => {
  const { id, outputs } = await bench.create(APP);
  bench.sandbox.clients.remove(id, "hard");
  const elsewhere = { id, outputs: { ...outputs, baseUrl: "https://before.example.test" } };
  const change = { ...APP, productName: "changed" };
  await expect(bench.update(elsewhere, change)).rejects.toThrow("was created at https://before.example.test");
  await expect(bench.update({ id, outputs }, change)).rejects.toThrow("it is not there");
});

describe.each([200, 204] as const)("with a server that answers a patch with %i", (patchStatus) => {
  describe.each(["full", "id-only", "empty"] as const)("and a create with the body %s", (createBody) => {
    const server = () => Object.assign(bench.sandbox.settings.nexus, { patchStatus, createBody });

    test("nothing changes by itself after a create, an update or a refresh, in any order", async () => {
      server();
      // Looks before it creates, and so knows the new client also where no answer says its id.
      const desired = { ...APP, productName: "portal", adopt: { byName: true } };
      let state = await bench.create(desired);
      expect(await bench.diff(state, desired)).toEqual(UNCHANGED);
      const next = { ...desired, callbackUrls: ["https://a.example.test/cb"] };
      state = await bench.update(state, next);
      expect(await bench.diff(state, next)).toEqual(UNCHANGED);
      state = await bench.refresh(state);
      expect(await bench.diff(state, next)).toEqual(UNCHANGED);
      const last = { ...next, productName: "other" };
      state = await bench.update(state, last);
      expect(await bench.diff(state, last)).toEqual(UNCHANGED);
      expect(await bench.diff(await bench.refresh(state), last)).toEqual(UNCHANGED);
    });

    test("an adopted client stays what it is", async () => {
      const { id } = await bench.create({
        ...APP,
        productName: "by hand",
        callbackUrls: ["https://a.example.test/cb"],
      });
      server();
      for (const desired of [
        { ...APP, adopt: { id } },
        { ...APP, productName: "declared", adopt: { id } },
      ]) {
        let state = await bench.create(desired);
        expect(state.id).toBe(id);
        expect(await bench.diff(state, desired)).toEqual(UNCHANGED);
        state = await bench.refresh(state);
        expect(await bench.diff(state, desired)).toEqual(UNCHANGED);
      }
      expect(bench.sandbox.clients.get(id)).toMatchObject({ redirectUris: ["https://a.example.test/cb"] });
    });
  });
});

test("an input that was declared after the adoption and taken out again is emptied, not put back", async () => {
  const { id } = await bench.create({ ...APP, allowedCorsOrigins: ["https://old.example.test"] });
  let state = await bench.create({ ...APP, adopt: { id } });
  state = await bench.update(state, { ...APP, allowedCorsOrigins: ["https://new.example.test"] });
  await bench.update(state, APP);
  expect(bench.sandbox.requests.list({ method: "PATCH" }).at(-1)?.body).toEqual({ allowedCorsOrigins: [] });
});

test("the first refresh names drift of what the program declares", async () => {
  const state = await bench.create({ ...APP, productName: "declared" });
  bench.sandbox.clients.edit(state.id, { attributes: { productName: "by hand" } });
  await bench.refresh(state);
  expect(bench.logged.join("\n")).toContain("was changed outside of Pulumi: productName.");
});

describe("owners that a create may not name", () => {
  const desired = { ...APP, owners: ["Admins, EU"], adopt: { byName: true } };

  test.each(["full", "empty"] as const)("are those of the program, also where its body is %s", async (createBody) => {
    Object.assign(bench.sandbox.settings.nexus, { ownersPacking: "comma", createBody });
    const { id, outputs } = await bench.create(desired);
    expect(outputs).toMatchObject({ owners: ["Admins, EU"] });
    expect(bench.sandbox.clients.get(id)?.attributes).toMatchObject({ owners: ["Admins, EU"] });
  });

  test("are those that the vendor says it has after the patch", async () => {
    Object.assign(bench.sandbox.settings.nexus, { ownersPacking: "comma", patchArrays: "merge" });
    const state = await bench.create(desired);
    expect(state.outputs).toMatchObject({ owners: ["Admins", "EU", "Admins, EU"] });
    expect(await bench.diff(state, desired)).toMatchObject({ changes: true });
  });
});

describe("what an update was to empty and the vendor kept, before the first refresh,", () => {
  const desired = { ...APP, owners: ["ada", "role-a"], mobile: { ios: { teamId: "T-1" } } };

  test.each([200, 204] as const)(
    "is not taken for filled in, where a patch is answered with %i",
    async (patchStatus) => {
      Object.assign(bench.sandbox.settings.nexus, { patchStatus, patchArrays: "merge", patchNull: "ignore" });
      const { owners, mobile } = desired;
      const created = await bench.create(desired);
      const emptied = { ...APP, productName: "portal" };
      const updated = await bench.update(await bench.update(created, APP), emptied);
      // A vendor that says nothing is believed.
      expect(await bench.diff(updated, emptied)).toMatchObject({ changes: patchStatus === 200 });
      const read = await bench.refresh(updated);
      expect(read.outputs).toMatchObject({ owners, mobile });
      expect(read.outputs.__filledIn).toEqual({ grantTypes: ["authorization_code", "refresh_token"] });
      expect(await bench.diff(read, emptied)).toMatchObject({ changes: true });
    },
  );
});

describe("a list that changes while it is read", () => {
  /** Removes a client right after the first page was sent. */
  function shiftAfterFirstPage(remove: string): void {
    const watch = setInterval(() => {
      if (bench.sandbox.requests.count({ method: "GET", status: 200 }) === 0) return;
      clearInterval(watch);
      if (bench.sandbox.clients.get(remove)) bench.sandbox.clients.remove(remove);
    }, 1);
  }

  test("never makes a living client absent", async () => {
    const states: State[] = [];
    for (let index = 0; index < 105; index += 1) states.push(await bench.create({ ...APP, name: `App ${index}` }));
    bench.sandbox.requests.clear();
    bench.sandbox.settings.latencyMs = 30;
    shiftAfterFirstPage(states[3]?.id ?? "");
    const read = await Promise.all(states.slice(90).map((state) => bench.refresh(state)));
    bench.sandbox.settings.latencyMs = 0;
    expect(read.every(({ id }) => id !== "")).toBe(true);
  });
});

describe("a create whose client exists although something failed afterwards", () => {
  test("keeps the client when its further owners are refused", async () => {
    bench.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "respond", status: 403 } });
    const desired = { ...APP, owners: ["ada", "role-a"] };
    const state = await partialState(bench.create(desired));
    expect(state.outputs).toMatchObject({ owners: ["ada"] });
    expect(state.reason).toContain("client.write.all");
    const done = await bench.update(state, desired);
    expect(await bench.diff(done, desired)).toEqual(UNCHANGED);
  });

  test("says that an owner is not named yet whom the vendor may have taken for several", async () => {
    bench.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "respond", status: 503 }, times: ALWAYS });
    const desired = { ...APP, owners: ["Admins, EU"] };
    const state = await partialState(bench.create(desired));
    expect(state.outputs).toMatchObject({ owners: [] });
    bench.sandbox.faults.clear();
    await bench.update(state, desired);
    expect(bench.sandbox.clients.get(state.id)?.attributes).toMatchObject({ owners: ["Admins, EU"] });
  });

  test("keeps a claim when its id was not said and the look-up fails", async () => {
    bench.sandbox.settings.nexus.createBody = "empty";
    bench.sandbox.faults.add({
      match: { method: "GET" },
      times: ALWAYS,
      effect: { kind: "respond", status: 403 },
    });
    const state = await partialState(bench.create(APP));
    expect(state).toMatchObject({
      id: expect.stringContaining("claim:"),
      reason: expect.stringContaining("did not say its id"),
    });
    expect(bench.sandbox.clients.count()).toBe(1);
  });
});
