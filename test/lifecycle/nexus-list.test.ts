import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, type State, type Values } from "./support.ts";

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
  Object.assign(bench.sandbox.settings.listLag, { createdMs: 0, deletedMs: 0 });
  bench.settlesMs = 20;
  bench.reset();
});

const server = (odd: Partial<typeof bench.sandbox.settings.nexus>) => Object.assign(bench.sandbox.settings.nexus, odd);
const listed = () => bench.sandbox.requests.count({ method: "GET" });

/** So many clients, whose age nobody has noted. */
async function apps(count: number): Promise<State[]> {
  const states: State[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index);
  await inParallel(16, numbers, async (index) => {
    const { id, outputs } = await bench.create({ ...APP, name: `App ${index}` });
    states[index] = { id, outputs: { ...outputs, __createdMs: undefined } };
  });
  return states;
}

async function inParallel<Item>(width: number, items: readonly Item[], task: (item: Item) => Promise<void>) {
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: width }, work));
}

describe("a destroy of 300 clients, eight at once, of which 30 are already gone,", () => {
  const SOME = ["client.write.all", "client.read"] as const;
  const ALL = ["client.write.all", "client.read.all"] as const;

  test.each([
    [0, ALL],
    [5, ALL],
    [0, SOME],
    [5, SOME],
  ] as const)(
    "takes one look, at a server that needs %i ms, with the permissions %j",
    async (latencyMs, permissions) => {
      const states = await apps(300);
      for (const [index, { id }] of states.entries()) if (index % 10 === 3) bench.sandbox.clients.remove(id, "hard");
      const { NEXUS_TOKEN: admin } = bench.env;
      bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({ permissions, user: { id: "bob" } });
      bench.restart();
      bench.sandbox.requests.clear();
      bench.sandbox.settings.latencyMs = latencyMs;
      await inParallel(8, states, (state) => bench.delete(state));
      bench.sandbox.settings.latencyMs = 0;
      expect(bench.sandbox.clients.count()).toBe(0);
      expect(bench.sandbox.requests.count({ method: "DELETE" })).toBe(300);
      // Three pages, and two more.
      expect(listed()).toBeLessThanOrEqual(5);
      bench.env.NEXUS_TOKEN = admin ?? "";
      const unverified = bench.logged.filter((line) => line.includes("HTTP 404, not verified"));
      expect(unverified).toHaveLength(permissions === ALL ? 0 : 30);
    },
  );
});

describe("whether a client is gone,", () => {
  const LIES = [
    { count: "zero" },
    { count: "page" },
    { count: "null" },
    { count: "absent" },
    { maxTop: 7 },
    { ignoresQuery: true },
  ] as const;

  test.each(LIES)("a refresh finds out in spite of a list that has %j", async (odd) => {
    const states = await apps(25);
    Object.assign(bench.sandbox.settings.nexus, { maxTop: 10 }, odd);
    const [gone, living] = [states[3], states[24]];
    if (gone === undefined || living === undefined) throw new Error("too few clients");
    bench.sandbox.clients.remove(gone.id, "hard");
    expect((await bench.refresh(living)).id).toBe(living.id);
    expect((await bench.refresh(gone)).id).toBe("");
  });

  test("a refresh of many leaves to one listing, also of those that are gone", async () => {
    const states = await apps(40);
    for (const { id } of states.slice(0, 15)) bench.sandbox.clients.remove(id, "hard");
    bench.restart();
    bench.sandbox.requests.clear();
    const read: State[] = [];
    await inParallel(8, states, async (state) => void read.push(await bench.refresh(state)));
    expect(read.filter(({ id }) => id === "")).toHaveLength(15);
    expect(listed()).toBe(2);
  });

  test("a refresh does not say where the same page comes again and again: it stays, and the warning says why", async () => {
    const states = await apps(5);
    server({ maxTop: 3, ignoresSkip: true });
    const last = states[4];
    if (last === undefined) throw new Error("too few clients");
    expect((await bench.refresh(last)).id).toBe(last.id);
    expect(bench.logged.join("\n")).toContain("brings the same page again and again");
    expect(listed()).toBeLessThan(7);
  });

  test("a refresh does not say where an entry without an id may be it, and says where it cannot", async () => {
    const [first, second, third] = await apps(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error("too few clients");
    bench.sandbox.faults.add({
      match: { method: "GET" },
      times: ALWAYS,
      effect: { kind: "edit", set: { "/value/-": { name: first.outputs.name, secret: null } } },
    });
    for (const { id } of [first, third]) bench.sandbox.clients.remove(id, "hard");
    expect((await bench.refresh(second)).id).toBe(second.id);
    expect((await bench.refresh(third)).id).toBe("");
    expect((await bench.refresh(first)).id).toBe(first.id);
    expect(listed()).toBe(2);
    expect(bench.logged.join("\n")).toContain("has an entry without an id");
  });

  test("a deletion knows of those that this run has deleted itself, without another look", async () => {
    const [state] = await apps(1);
    if (state === undefined) throw new Error("too few clients");
    await bench.delete(state);
    await bench.delete(state);
    expect(listed()).toBe(0);
  });

  test("a deletion asks for itself in each tenant, also of an id that this run has deleted in another", async () => {
    const { id, outputs } = await bench.create(APP);
    await bench.delete({ id, outputs });
    const elsewhere = { id, outputs: { ...outputs, tenantId: "no-such-tenant" } };
    await expect(bench.delete(elsewhere)).rejects.toThrow("does not know this tenant");
  });

  test("is asked again after a look that failed and may pass, and once where it will fail again", async () => {
    const states = await apps(10);
    for (const { id } of states) bench.sandbox.clients.remove(id, "hard");
    const [first, ...others] = states;
    if (first === undefined) throw new Error("too few clients");
    const failing = (status: number) =>
      bench.sandbox.faults.add({ match: { method: "GET" }, times: ALWAYS, effect: { kind: "respond", status } });
    const broken = failing(500);
    await expect(bench.delete(first)).rejects.toThrow("HTTP 500");
    broken.remove();
    await bench.delete(first);

    bench.restart();
    bench.sandbox.requests.clear();
    failing(403);
    await inParallel(3, others, (state) => bench.delete(state));
    expect(listed()).toBe(1);
  });

  test("a listing from before its creation does not say", async () => {
    await apps(1);
    await bench.create({ ...APP, name: "Looked for", adopt: { byName: true } });
    const young = await bench.create({ ...APP, name: "Young" });
    expect((await bench.refresh(young)).id).toBe(young.id);
  });
});

describe("a client that the list does not show yet, in another process,", () => {
  async function young(): Promise<State> {
    bench.sandbox.settings.listLag.createdMs = 400;
    bench.settlesMs = 600;
    const state = await bench.create(APP);
    bench.restart();
    return state;
  }

  test("stays in the state when it is refreshed", async () => {
    const state = await young();
    const read = await bench.refresh(state);
    expect(read.id).toBe(state.id);
    expect(await bench.diff(read, APP)).toMatchObject({ changes: false });
  });

  test("waits for one more listing together with others", async () => {
    const states = [await young(), await bench.create({ ...APP, name: "Another" })];
    for (const { id } of states) bench.sandbox.clients.remove(id, "hard");
    bench.restart();
    bench.sandbox.requests.clear();
    const read = await Promise.all(states.map((state) => bench.refresh(state)));
    expect(read.map(({ id }) => id)).toEqual(["", ""]);
    // An empty list ends with its first page.
    expect(listed()).toBeLessThanOrEqual(2);
  });

  test("is not gone because a deletion is answered with 404", async () => {
    const state = await young();
    bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond", status: 404 } });
    await expect(bench.delete(state)).rejects.toThrow("a second look finds it");
    expect(bench.sandbox.clients.count()).toBe(1);
  });

  test("leaves the state once the list has had its time, and at once where its age is not known", async () => {
    bench.sandbox.settings.listLag.createdMs = 60_000;
    expect((await bench.refresh(await bench.create(APP))).id).toBe("");
    bench.settlesMs = 60_000;
    bench.restart();
    const { id, outputs } = await bench.create(APP);
    const { __createdMs: _, ...older } = outputs;
    expect((await bench.refresh({ id, outputs: older })).id).toBe("");
  });
});

describe("a client that is to be adopted by its name", () => {
  const BY_NAME = { ...APP, adopt: { byName: true } };

  test("is found where a search misses it", async () => {
    const { id } = await bench.create(APP);
    server({ search: "misses" });
    expect((await bench.create(BY_NAME)).id).toBe(id);
    expect(bench.sandbox.clients.count()).toBe(1);
  });

  test("is found on the last of many pages, whatever the count says", async () => {
    await apps(12);
    const { id } = await bench.create(APP);
    server({ maxTop: 5, count: "page" });
    expect((await bench.create(BY_NAME)).id).toBe(id);
  });

  test("is created where a whole list does not have it", async () => {
    server({ search: "misses" });
    await bench.create(BY_NAME);
    expect(bench.sandbox.clients.count()).toBe(1);
  });

  test("is neither where the token may not see every client: the error says the ways out", async () => {
    await bench.create({ ...APP, owners: ["ada"] });
    bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({
      permissions: ["client.write", "client.read"],
      user: { id: "bob" },
    });
    bench.restart();
    const attempt = bench.create(BY_NAME);
    await expect(attempt).rejects.toThrow(/client\.read\.all.*adopt: \{ id \}.*take `adopt` out/s);
    bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken();
    expect(bench.sandbox.clients.count()).toBe(1);
  });

  test("is neither where an entry of its name has no id", async () => {
    await bench.create(APP);
    bench.sandbox.faults.add({
      match: { method: "GET" },
      times: ALWAYS,
      effect: { kind: "edit", set: { "/value/0/id": undefined } },
    });
    await expect(bench.create(BY_NAME)).rejects.toThrow("an entry without an id");
    expect(bench.sandbox.clients.count()).toBe(1);
  });

  test("is never the one that its replacement has just deleted, however far the list lags behind", async () => {
    bench.sandbox.settings.listLag.deletedMs = 60_000;
    const name = "Replaced";
    const before = await bench.create({ ...APP, name });
    await bench.delete(before);
    const after = await bench.create({ ...BY_NAME, name });
    expect(after.id).not.toBe(before.id);
    expect(bench.sandbox.clients.get(after.id)).toBeDefined();
  });

  test("costs one listing for many resources, although each that is missing is created", async () => {
    bench.sandbox.requests.clear();
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    await inParallel(8, numbers, async (index) => void (await bench.create({ ...BY_NAME, name: `App ${index}` })));
    expect(bench.sandbox.clients.count()).toBe(20);
    expect(listed()).toBeLessThanOrEqual(2);
  });
});

describe("nulls of the list", () => {
  test("are nothing said in what only a new client can change", async () => {
    const desired = { ...APP, grantTypes: ["authorization_code"], logoUrl: "https://a.example.test/logo.png" };
    const state = await bench.create(desired);
    server({ nullFields: ["type", "name", "grantTypes", "logoUrl"] });
    const read = await bench.refresh(state);
    expect(await bench.diff(read, desired)).toMatchObject({ changes: false, replaces: [] });
  });

  test("do not stand in the way of an adoption either", async () => {
    const { id } = await bench.create(APP);
    server({ nullFields: ["type", "grantTypes", "logoUrl"] });
    const adopted = await bench.create({ ...APP, adopt: { id } });
    expect(await bench.diff(adopted, { ...APP, adopt: { id } })).toMatchObject({ changes: false });
  });
});

describe("the secret in the state", () => {
  const KNOWN = { createBody: "full" } as const;

  test.each(["<hidden>", "[REDACTED]", "xxxx-xxxx", "abcd...wxyz", "********", "........", "x"])(
    "stays when the list has %s in its place",
    async (secretMask) => {
      server({ ...KNOWN, secret: "masked", secretMask });
      const state = await bench.create(APP);
      const { outputs } = await bench.refresh(state);
      expect(outputs.clientSecret).toBe(state.outputs.clientSecret);
      expect(outputs.clientSecret).toMatch(/^sbx_/);
    },
  );

  test("stays, with a warning, when the list has what may be another one or none", async () => {
    server({ ...KNOWN, secret: "masked", secretMask: "sbx_a-shortened-one" });
    const state = await bench.create(APP);
    const { outputs } = await bench.refresh(state);
    expect(outputs.clientSecret).toBe(state.outputs.clientSecret);
    expect(bench.logged.filter((line) => line.includes("the state keeps the known one"))).toHaveLength(1);
  });

  test("gives way, with a warning, to one of its own make", async () => {
    server({ ...KNOWN, secret: "populated" });
    const state = await bench.create(APP);
    const other = await bench.create({ ...APP, name: "Other" });
    const secret = String(other.outputs.clientSecret);
    bench.sandbox.faults.add({
      match: { method: "GET" },
      times: ALWAYS,
      effect: { kind: "edit", set: { "/value/0/secret": secret } },
    });
    expect((await bench.refresh(state)).outputs.clientSecret).toBe(secret);
    expect(bench.logged.join("\n")).toContain("was changed outside of Pulumi");
    expect(bench.logged.join("\n")).not.toContain(secret);
  });
});
