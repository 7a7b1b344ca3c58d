import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, partialState, type State, type Values } from "./support.ts";

const BOT: Values = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};
const ALWAYS = Number.POSITIVE_INFINITY;
const UNCHANGED = { changes: false, replaces: [], deleteBeforeReplace: true };

let bench: Bench;
let settings: Record<string, unknown>;
beforeAll(async () => {
  bench = await Bench.start("rezolve:OAuthClient");
  settings = structuredClone({ ...bench.sandbox.settings });
});
afterAll(() => bench.sandbox.close());
afterEach(() => {
  const { nexus: _, ...own } = structuredClone(settings);
  Object.assign(bench.sandbox.settings, own);
  bench.reset();
});

const listed = () => bench.sandbox.requests.count({ method: "GET" });

describe("an update that is answered without a body", () => {
  test("is done, and the next one finds nothing to do", async () => {
    bench.sandbox.settings.rezolve.patchStatus = 204;
    const state = await bench.create(BOT);
    const desired = { ...BOT, description: "changed", scopes: ["users:read", "users:write"], status: "inactive" };
    const updated = await bench.update(state, desired);
    expect(updated.outputs).toMatchObject({ description: "changed", status: "inactive" });
    expect(await bench.diff(updated, desired)).toEqual(UNCHANGED);
    expect(await bench.diff(await bench.refresh(updated), desired)).toEqual(UNCHANGED);
  });

  test.each<[string, unknown]>([
    ["is a web page", "<!DOCTYPE html><html>Log in</html>"],
    ["is a text", "OK"],
    ["is another API's JSON", { ok: true }],
    ["says that it failed", { success: false, error: { code: "LOCKED", message: "It is locked" } }],
  ])("is not done where the body %s", async (_, body) => {
    const state = await bench.create(BOT);
    bench.sandbox.faults.add({
      match: { method: "PATCH" },
      effect: { kind: "respond", status: 200, body, contentType: "text/plain" },
    });
    await expect(bench.update(state, { ...BOT, description: "changed" })).rejects.toThrow();
    expect(bench.sandbox.clients.get(state.id)?.description).not.toBe("changed");
  });
});

test("a client that the vendor itself says was deleted leaves the state without a look at others", async () => {
  Object.assign(bench.sandbox.settings.rezolve, { deletion: "soft", softDeletedGet: "deleted" });
  const state = await bench.create(BOT);
  bench.sandbox.clients.remove(state.id, "soft");
  bench.restart();
  bench.sandbox.faults.add({
    match: { path: "/api/v1/oauth-clients" },
    times: ALWAYS,
    effect: { kind: "respond", status: 403 },
  });
  expect((await bench.refresh(state)).id).toBe("");
});

describe("an answer about another client", () => {
  async function two(): Promise<[one: State, other: State]> {
    const one = await bench.create(BOT);
    const other = await bench.create({ ...BOT, name: "Example" });
    bench.restart();
    return [one, other];
  }
  const naming = (method: string, id: string, set: Values) =>
    bench.sandbox.faults.add({
      match: { method, path: new RegExp(`/oauth-clients/${id}$`) },
      times: ALWAYS,
      effect: { kind: "edit", set },
    });

  test.each(["there", "elsewhere"])("never takes a recorded client's place in a refresh (%s)", async (where) => {
    const [one, other] = await two();
    naming("GET", one.id, { "/data/id": other.id, "/data/name": "Example" });
    const baseUrl = where === "there" ? one.outputs.baseUrl : "https://before.example.test";
    const recorded = { ...one, outputs: { ...one.outputs, baseUrl } };
    await expect(bench.refresh(recorded)).rejects.toThrow(`an answer about ${other.id}`);
  });

  test("that was deleted takes no living client out of the state", async () => {
    const [one] = await two();
    naming("GET", one.id, { "/data/id": "client-other", "/data/status": "deleted" });
    await expect(bench.refresh(one)).rejects.toThrow("an answer about client-other");
  });

  test("is not what `adopt` means, and nothing is changed", async () => {
    const [one, other] = await two();
    naming("GET", one.id, { "/data/id": other.id });
    const adopting = bench.create({ ...BOT, scopes: ["users:write"], adopt: { id: one.id } });
    await expect(adopting).rejects.toThrow(`an answer about ${other.id}`);
    expect(bench.sandbox.requests.count({ method: "PATCH" })).toBe(0);
  });

  test("confirms no update", async () => {
    const [one, other] = await two();
    naming("PATCH", one.id, { "/data/id": other.id });
    await expect(bench.update(one, { ...BOT, description: "new" })).rejects.toThrow(`an answer about ${other.id}`);
  });

  test("brings no secret: the rotation is as good as lost, and the next update repeats it", async () => {
    const [one, other] = await two();
    const body = { success: true, data: { id: other.id, clientSecret: "synthetic-secret-of-somebody-else" } };
    bench.sandbox.faults.add({
      match: { method: "POST" },
      times: ALWAYS,
      effect: { kind: "respond", status: 200, body },
    });
    const rotating = { ...BOT, rotateSecretWhen: "now" };
    const state = await partialState(bench.update(one, rotating));
    expect(state.outputs).toMatchObject({ clientSecret: one.outputs.clientSecret, __secretLost: true });
    bench.sandbox.faults.clear();
    const { outputs } = await bench.update(state, rotating);
    expect(outputs.__secretLost).toBeUndefined();
    expect(outputs.clientSecret).not.toBe(one.outputs.clientSecret);
  });

  test("that refuses a deletion in the vendor's own form is looked into, and the switch does not count", async () => {
    const [one] = await two();
    bench.env.OAUTH_CLIENTS_ABANDON = "rezolve";
    bench.restart();
    const body = { success: false, error: { code: "CONFLICT" }, data: { id: "client-other" } };
    bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond", status: 409, body } });
    await expect(bench.delete(one)).rejects.toThrow("HTTP 409");
    delete bench.env.OAUTH_CLIENTS_ABANDON;
  });

  test("confirms no deletion: a look does", async () => {
    const [one, other] = await two();
    const body = { success: true, data: { id: other.id, tokensRevoked: 9 } };
    bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond", status: 200, body } });
    await expect(bench.delete(one)).rejects.toThrow(`an answer about ${other.id}`);
    bench.logged.length = 0;
    naming("DELETE", one.id, { "/data/id": other.id });
    await bench.delete(one);
    expect(bench.logged.join()).toContain("already gone");
    expect(bench.logged.join()).not.toContain("9 tokens");
  });
});

test("a rotation is no lost one where the new secret stands beside a null", async () => {
  bench.sandbox.settings.rezolve.rotation.field = "new-beside-null";
  const state = await bench.create(BOT);
  const rotated = await bench.update(state, { ...BOT, rotateSecretWhen: "now" });
  expect(rotated.outputs.clientSecret).not.toBe(state.outputs.clientSecret);
  // The creation, and one rotation.
  expect(bench.sandbox.requests.count({ method: "POST" })).toBe(2);
});

test("a secret with characters that masks are made of is the client's, from its creation on and when it is rotated", async () => {
  const secrets = ["Zq8*fT2kL0[X9sY7aB3cD4eF5gH6iJ7k", "p{9<sY7a..B3cD4eF>5gH6iJ7kZq8fT2"];
  for (const secret of secrets)
    bench.sandbox.faults.add({
      match: { method: "POST" },
      effect: { kind: "edit", set: { "/data/clientSecret": secret } },
    });
  const state = await bench.create(BOT);
  expect(state.outputs.clientSecret).toBe(secrets[0]);
  expect((await bench.update(state, { ...BOT, rotateSecretWhen: "now" })).outputs.clientSecret).toBe(secrets[1]);
  expect(bench.sandbox.requests.count({ method: "POST" })).toBe(2);
});

describe("a client that is to be adopted by its name", () => {
  const others = async (count: number) => {
    for (let index = 0; index < count; index += 1) await bench.create({ ...BOT, name: `Bot ${index}` });
  };
  const adopting = { ...BOT, adopt: { byName: true } };

  test.each([{ maxLimit: 5 }, { maxLimit: 5, hasMore: "never" }, { maxLimit: 5, hasMore: "always" }] as const)(
    "is found on any page of a list with %j",
    async (pages) => {
      await others(12);
      const { id } = await bench.create(BOT);
      Object.assign(bench.sandbox.settings.rezolve.pages, pages);
      expect((await bench.create(adopting)).id).toBe(id);
    },
  );

  test.each(["always", "never", "actual"] as const)(
    "is created where there is none, and hasMore says %s",
    async (hasMore) => {
      await others(7);
      Object.assign(bench.sandbox.settings.rezolve.pages, { maxLimit: 5, hasMore });
      bench.sandbox.requests.clear();
      await bench.create(adopting);
      expect(bench.sandbox.clients.count()).toBe(8);
      expect(listed()).toBeLessThan(6);
    },
  );

  test("ends in an error where the same page comes again and again", async () => {
    await others(7);
    Object.assign(bench.sandbox.settings.rezolve.pages, { maxLimit: 5, ignoresOffset: true });
    bench.sandbox.requests.clear();
    await expect(bench.create(adopting)).rejects.toThrow("brings the same page again and again");
    expect(listed()).toBeLessThan(8);
    expect(bench.sandbox.clients.count()).toBe(7);
  });
});

describe("a second look at clients whose deletion is answered with 404", () => {
  const LIST = { method: "GET", path: "/api/v1/oauth-clients" } as const;

  async function bots(count: number): Promise<State[]> {
    const states: State[] = [];
    for (let index = 0; index < count; index += 1) states.push(await bench.create({ ...BOT, name: `Bot ${index}` }));
    bench.restart();
    bench.sandbox.requests.clear();
    return states;
  }

  test.each(["always", "never", "actual"] as const)(
    "finds each that is alive, on whichever page, where hasMore says %s and no total is said",
    async (hasMore) => {
      const states = await bots(12);
      Object.assign(bench.sandbox.settings.rezolve.pages, { maxLimit: 10, hasMore });
      const effect = { kind: "edit", set: { "/data/pagination/total": undefined } } as const;
      bench.sandbox.faults.add({ match: LIST, times: ALWAYS, effect });
      bench.sandbox.faults.add({
        match: { method: "DELETE" },
        times: ALWAYS,
        effect: { kind: "respond", status: 404 },
      });
      for (const state of states) await expect(bench.delete(state)).rejects.toThrow("a second look finds it");
    },
  );

  test("reads the list once for all that are gone, and asks for none of them", async () => {
    const states = await bots(25);
    bench.sandbox.settings.rezolve.pages.maxLimit = 10;
    const gone = states.slice(0, 12);
    for (const { id } of gone) bench.sandbox.clients.remove(id, "hard");
    await Promise.all(gone.map((state) => bench.delete(state)));
    expect(bench.logged.filter((line) => line.includes("already gone"))).toHaveLength(12);
    // Two pages and the end.
    expect(listed()).toBe(3);
  });
});

describe("an entry of the list without an id", () => {
  const without = (name: unknown) =>
    bench.sandbox.faults.add({
      match: { method: "GET", path: "/api/v1/oauth-clients" },
      times: ALWAYS,
      effect: { kind: "edit", set: { "/data/clients/-": { name } } },
    });

  test("costs no other client's adoption or verification", async () => {
    const [first, second] = [await bench.create(BOT), await bench.create({ ...BOT, name: "Other" })];
    without("Third");
    expect((await bench.create({ ...BOT, adopt: { byName: true } })).id).toBe(first.id);
    bench.sandbox.clients.remove(second.id, "hard");
    await bench.delete(second);
    expect(bench.logged.join("\n")).toContain("already gone");
    await bench.create({ ...BOT, name: "Fourth", adopt: { byName: true } });
    expect(bench.sandbox.clients.count()).toBe(2);
  });

  test("may be the one that is looked for by its name", async () => {
    await bench.create({ ...BOT, name: "Other" });
    without("CI bot");
    await expect(bench.create({ ...BOT, adopt: { byName: true } })).rejects.toThrow("an entry without an id");
    expect(bench.sandbox.clients.count()).toBe(1);
  });
});

test("after a lost creation, an error that is nested without end does not hide what may have been left behind", async () => {
  const body = `{"success":false,"error":{"message":"M","details":{"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}}}`;
  bench.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "respond-after", status: 500, body } });
  const state = await bench.create(BOT);
  expect(bench.sandbox.clients.list()).toMatchObject([{ id: state.id }]);
});
