import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Bench, partialState, type Values } from "./support.ts";

const APP: Values = { name: "Portal", appType: "regular_web" };

let bench: Bench;
let env: Record<string, string>;
beforeAll(async () => {
  bench = await Bench.start("nexus:Client");
  env = { ...bench.env };
});
afterAll(() => bench.sandbox.close());
afterEach(() => {
  bench.sandbox.settings.listLag.deletedMs = 0;
  for (const key of Object.keys(bench.env)) delete bench.env[key];
  Object.assign(bench.env, env);
  bench.reset();
});

const ids = () => bench.sandbox.clients.list().map(({ id }) => id);
const sent = (method: string) => bench.sandbox.requests.count({ method });

/** Another process, with names that are to be unique. */
function unique(): void {
  bench.env.NEXUS_UNIQUE_NAMES = "true";
  bench.restart();
}

test("without uniqueNames, a second client of one name is created, and nothing is asked before", async () => {
  await bench.create(APP);
  bench.restart();
  await bench.create(APP);
  expect(ids()).toHaveLength(2);
  expect(sent("GET")).toBe(0);
});

test("a client whose name nobody has is created; many of them ask for one list", async () => {
  unique();
  const names = Array.from({ length: 20 }, (_, at) => `bot ${at}`);
  const made = await Promise.all(names.map((name) => bench.create({ ...APP, name })));
  expect(ids().sort()).toEqual(made.map(({ id }) => id).sort());
  expect([sent("GET"), sent("POST")]).toEqual([1, 20]);
});

test("the client that a killed run has made is named, and none is made beside it", async () => {
  const { id } = await bench.create(APP);
  unique();
  const said = `uniqueNames is set, and the tenant already has a client of this name \\(${id}\\).*adopt: { byName: true }`;
  await expect(bench.create(APP)).rejects.toThrow(new RegExp(said));
  expect(ids()).toEqual([id]);
  expect(sent("POST")).toBe(1);
});

test("it is taken over by `adopt`", async () => {
  const { id } = await bench.create(APP);
  unique();
  expect((await bench.create({ ...APP, adopt: { byName: true } })).id).toBe(id);
});

test("of two creations of one name at once, one is refused", async () => {
  unique();
  const first = bench.create(APP);
  await expect(bench.create(APP)).rejects.toThrow(
    "uniqueNames is set, and this run creates another client of this name",
  );
  await first;
  expect(ids()).toHaveLength(1);
});

test("a client that was deleted for its successor does not stand in the way, also where the list still has it", async () => {
  unique();
  const own = { ...APP, name: "Replaced" };
  const state = await bench.create(own);
  const { id } = state;
  const replaced = { ...own, appType: "spa" };
  bench.restart();
  await bench.diff(state, replaced);
  bench.sandbox.settings.listLag.deletedMs = 60_000;
  await bench.delete(state);
  expect((await bench.create(replaced)).id).not.toBe(id);
  expect(ids()).not.toContain(id);
});

test("a predecessor that stays does stand in the way", async () => {
  unique();
  const state = await bench.create(APP);
  bench.restart();
  const replaced = { ...APP, appType: "spa" };
  await bench.diff(state, replaced);
  await expect(bench.create(replaced)).rejects.toThrow(state.id);
  expect(ids()).toEqual([state.id]);
});

test("another connection to the tenant makes no second client in the same run, whichever list it has seen", async () => {
  for (const key of ["BASE_URL", "TENANT_ID", "TOKEN", "APPLICATION_TOKEN"]) {
    bench.env[`NEXUS__OTHER__${key}`] = env[`NEXUS_${key}`] ?? "";
  }
  bench.env.NEXUS__OTHER__UNIQUE_NAMES = "true";
  unique();
  await bench.create({ ...APP, name: "Warm", connection: "other" });
  await bench.create(APP);
  await expect(bench.create({ ...APP, connection: "other" })).rejects.toThrow("this run creates another client");
  expect(ids()).toHaveLength(2);
});

test("where the list shows only what the caller has, nobody knows, and nothing is created", async () => {
  unique();
  bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({ permissions: ["client.read", "client.write"] });
  bench.restart();
  await expect(bench.create(APP)).rejects.toThrow(/no client of this name can be seen.*uniqueNames/);
  expect(sent("POST")).toBe(0);
});

test("where the list cannot be had, nothing is created", async () => {
  unique();
  bench.sandbox.faults.add({ match: { method: "GET" }, times: 99, effect: { kind: "respond", status: 503 } });
  await expect(bench.create(APP)).rejects.toThrow("503");
  expect(ids()).toEqual([]);
});

test("an attempt that left a claim keeps the name in this run", async () => {
  unique();
  bench.sandbox.faults.add({ match: { method: "POST" }, times: 1, effect: { kind: "drop-before" } });
  await expect(bench.create(APP)).rejects.toThrow();
  await expect(bench.create(APP)).rejects.toThrow("or has tried to");
});

test.each([
  ["made nothing is dropped, and the name is free", "drop-before", true],
  ["may have made one stays, and no second one is made", "drop-after", false],
] as const)("a claim of an earlier run that %s", async (_what, kind, isFree) => {
  unique();
  bench.sandbox.faults.add({ match: { method: "POST" }, times: 1, effect: { kind } });
  const left = await partialState(bench.create(APP));
  bench.restart();
  await bench.diff(left, APP);
  const settled = bench.delete(left);
  if (isFree) await settled.then(() => bench.create(APP));
  else await expect(settled).rejects.toThrow("create-ambiguous");
  expect(ids()).toHaveLength(1);
});
