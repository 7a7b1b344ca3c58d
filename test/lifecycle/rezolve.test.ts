import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, partialState, type Values } from "./support.ts";

const BOT: Values = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};
const UNCHANGED = { changes: false, replaces: [], deleteBeforeReplace: true };

let bench: Bench;
let env: Record<string, string>;
beforeAll(async () => {
  bench = await Bench.start("rezolve:OAuthClient");
  env = { ...bench.env };
});
afterAll(() => bench.sandbox.close());
afterEach(() => {
  for (const key of Object.keys(bench.env)) delete bench.env[key];
  Object.assign(bench.env, env);
  Object.assign(bench.sandbox.settings.rezolve, { statusPatch: "accept" });
  bench.reset();
});

async function works(outputs: Values): Promise<boolean> {
  const client = { clientId: String(outputs.clientId), clientSecret: String(outputs.clientSecret) };
  return bench.sandbox.issueToken(client).then(
    () => true,
    () => false,
  );
}

describe("what fails after a client exists keeps it in the state:", () => {
  test("a status that the vendor ignores, beside a rotation that then still happens", async () => {
    const state = await bench.create({ ...BOT, rotateSecretWhen: "q1" });
    bench.sandbox.settings.rezolve.statusPatch = "ignore";
    const partial = await partialState(bench.update(state, { ...BOT, status: "inactive", rotateSecretWhen: "q2" }));
    expect(partial.outputs.clientSecret).not.toBe(state.outputs.clientSecret);
    expect(await works(partial.outputs)).toBe(true);
    expect(await bench.diff(partial, { ...BOT, rotateSecretWhen: "q2" })).toEqual(UNCHANGED);
  });

  test("credentials that are good no longer after the create", async () => {
    const folder = await mkdtemp(join(tmpdir(), "oauth-clients-token-"));
    const file = join(folder, "token");
    await writeFile(file, env.REZOLVE_TOKEN ?? "");
    delete bench.env.REZOLVE_TOKEN;
    bench.env.REZOLVE_TOKEN_FILE = file;
    bench.restart();
    bench.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "delay", ms: 100 } });
    const created = partialState(bench.create({ ...BOT, status: "inactive" }));
    setTimeout(() => void writeFile(file, "rejected-token"), 50);
    const state = await created;
    await rm(folder, { recursive: true });
    expect(bench.sandbox.clients.list()).toMatchObject([{ id: state.id }]);
    expect(await works(state.outputs)).toBe(true);
  });
});

test("a confidential client whose creation does not say its secret is warned of, and a rotation gets one", async () => {
  bench.sandbox.settings.rezolve.createSecret = false;
  const state = await bench.create(BOT);
  bench.sandbox.settings.rezolve.createSecret = true;
  expect(state.outputs.clientSecret).toBeNull();
  expect(bench.logged.join("\n")).toContain("clientSecret is null; set rotateSecretWhen to get a fresh one");
  expect(await works((await bench.update(state, { ...BOT, rotateSecretWhen: "now" })).outputs)).toBe(true);
});

describe("a rotation whose response is lost", () => {
  test("and that is not carried out yet is not followed by another one in the same run", async () => {
    const state = await bench.create(BOT);
    bench.sandbox.faults.add({ match: { path: "rotate-secret" }, effect: { kind: "drop-before" } });
    const desired = { ...BOT, rotateSecretWhen: "now" };
    const partial = await partialState(bench.update(state, desired));
    expect(bench.sandbox.requests.count({ path: "rotate-secret" })).toBe(1);
    expect(partial.reason).toContain("the next `pulumi up` rotates it again");
    const done = await bench.update(partial, desired);
    expect(await works(done.outputs)).toBe(true);
    expect(await bench.diff(done, desired)).toEqual(UNCHANGED);
  });
});

describe("adoption", () => {
  test("leaves what the program leaves out, until it was declared once", async () => {
    const { id } = await bench.create({ ...BOT, allowedOrigins: ["https://old.example.test"] });
    const desired = { ...BOT, adopt: { id } };
    let state = await bench.create(desired);
    expect(await bench.diff(state, desired)).toEqual(UNCHANGED);
    expect(await bench.diff(await bench.refresh(state), desired)).toEqual(UNCHANGED);
    state = await bench.update(state, { ...desired, allowedOrigins: ["https://new.example.test"] });
    state = await bench.update(state, desired);
    expect(bench.sandbox.clients.get(id)).toMatchObject({ allowedOrigins: [] });
    expect(await bench.diff(state, desired)).toEqual(UNCHANGED);
  });

  test("of a revoked client is refused", async () => {
    const { id } = await bench.create(BOT);
    bench.sandbox.clients.edit(id, { status: "revoked" });
    await expect(bench.create({ ...BOT, adopt: { id } })).rejects.toThrow("it was revoked for good");
  });

  test("asks for a rotation again when the first one was refused", async () => {
    const { id } = await bench.create(BOT);
    bench.sandbox.faults.add({ match: { path: "rotate-secret" }, effect: { kind: "respond", status: 403 } });
    const desired = { ...BOT, adopt: { id }, rotateSecretWhen: "adopted" };
    const partial = await partialState(bench.create(desired));
    expect(await bench.diff(partial, desired)).toMatchObject({ changes: true, replaces: [] });
    expect(await works((await bench.update(partial, desired)).outputs)).toBe(true);
  });
});

test("an update that another address answers with 404 says where the client was created", async () => {
  const { id, outputs } = await bench.create(BOT);
  bench.sandbox.clients.remove(id, "hard");
  const elsewhere = { id, outputs: { ...outputs, baseUrl: "https://before.example.test" } };
  const change = { ...BOT, description: "changed" };
  await expect(bench.update(elsewhere, change)).rejects.toThrow("was created at https://before.example.test");
  await expect(bench.update({ id, outputs }, change)).rejects.toThrow("it is not there");
});

describe("through another address than the one recorded with the client", () => {
  const moved = async (program: Values) => {
    const { id, outputs } = await bench.create(program);
    bench.sandbox.requests.clear();
    return { id, outputs: { ...outputs, baseUrl: "https://before.example.test" } };
  };

  test("no secret is rotated, unless an answer there shows this very client first", async () => {
    const state = await moved(BOT);
    const rotated = { ...BOT, rotateSecretWhen: "now" };
    const partial = await partialState(bench.update(state, rotated));
    expect(partial.reason).toContain("was created at https://before.example.test, not at");
    expect(partial.reason).toContain("pulumi refresh");
    expect(bench.sandbox.requests.count({ path: "rotate-secret" })).toBe(0);
    expect(await bench.diff(partial, rotated)).toMatchObject({ changes: true, replaces: [] });
    expect(partial.outputs).not.toHaveProperty("__secretLost");
    const changed = await bench.update(partial, { ...rotated, description: "changed" });
    expect(await works(changed.outputs)).toBe(true);
    expect(changed.outputs.baseUrl).toBe(bench.sandbox.url);
  });

  test("a lost secret is not rotated either", async () => {
    const { id, outputs } = await moved(BOT);
    await partialState(bench.update({ id, outputs: { ...outputs, __secretLost: true } }, BOT));
    expect(bench.sandbox.requests.count({ path: "rotate-secret" })).toBe(0);
  });

  test("no client is disabled first, and a warning says so", async () => {
    const state = await moved({ ...BOT, deletion: { disableFirst: true } });
    await bench.delete(state);
    expect(bench.sandbox.requests.list().map(({ method }) => method)).toEqual(["DELETE"]);
    expect(bench.logged.join("\n")).toMatch(/disableFirst: .*created at https:\/\/before\.example\.test, not at/);
  });
});

describe("the emergency switch", () => {
  test("never makes a tombstone of a living client", async () => {
    const state = await bench.create(BOT);
    bench.env.OAUTH_CLIENTS_ABANDON = "rezolve";
    bench.sandbox.faults.add({
      match: { method: "DELETE" },
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 503 },
    });
    await expect(bench.update(state, { ...BOT, status: "deleted" })).rejects.toThrow("kept failing");
  });

  test("does not count where the vendor only asks for patience", async () => {
    const state = await bench.create(BOT);
    bench.env.OAUTH_CLIENTS_ABANDON = "rezolve";
    bench.sandbox.faults.add({
      match: { method: "DELETE" },
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 503, headers: { "retry-after": "3600" } },
    });
    await expect(bench.delete(state)).rejects.toThrow("asks to wait 3601 s");
    expect(bench.sandbox.clients.count()).toBe(1);
  });
});

describe("a success that is none", () => {
  test("because its body says that it failed is an error while the client lives", async () => {
    const state = await bench.create(BOT);
    const body = { success: false, error: { code: "FORBIDDEN", message: "No" } };
    bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond", status: 200, body } });
    await expect(bench.delete(state)).rejects.toThrow("Cannot delete");
    expect(bench.sandbox.clients.count()).toBe(1);
  });

  test("because another host says so is an error", async () => {
    const state = await bench.create(BOT);
    bench.env.REZOLVE_BASE_URL = `${bench.sandbox.url}/elsewhere`;
    bench.restart();
    bench.sandbox.faults.add({
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 200, body: { ok: true } },
    });
    await expect(bench.delete(state)).rejects.toThrow("Cannot delete");
  });
});

test("a client that a refused deletion leaves disabled is said to be disabled", async () => {
  const state = await bench.create({ ...BOT, deletion: { disableFirst: true } });
  bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond", status: 403 } });
  await expect(bench.delete(state)).rejects.toThrow("It was disabled first (disableFirst) and stays disabled");
});

test("a replacement keeps the recorded tenant and realm where there are no defaults any more", async () => {
  bench.env.REZOLVE_REALM_NAME = bench.sandbox.tenants[0].realmName ?? "";
  bench.restart();
  const state = await bench.create(BOT);
  const tombstone = await bench.update(state, { ...BOT, status: "deleted" });
  delete bench.env.REZOLVE_REALM_NAME;
  delete bench.env.REZOLVE_TENANT_ID;
  bench.restart();
  expect(await bench.diff(tombstone, BOT)).toMatchObject({ replaces: ["status"] });
  const successor = await bench.create(BOT);
  expect(successor.outputs).toMatchObject({ tenantId: state.outputs.tenantId, realmName: state.outputs.realmName });
});

test("a tombstone needs no settings any more", async () => {
  const state = await bench.create(BOT);
  const tombstone = await bench.update(state, { ...BOT, status: "deleted" });
  for (const key of Object.keys(bench.env)) delete bench.env[key];
  bench.restart();
  expect(await bench.diff(tombstone, { ...BOT, status: "deleted" })).toEqual(UNCHANGED);
  await bench.delete(tombstone);
});
