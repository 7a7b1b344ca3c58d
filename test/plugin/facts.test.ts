/** What Pulumi does with a packaged provider beside the life of a client: configuration, cancelling, time limits, lists, functions. */
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumiSdk from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { oauthClients } from "../cli/command.ts";
import { pulumi } from "../engine/cli.ts";
import { BOT } from "../engine/clients.ts";
import { World } from "../engine/world.ts";
import { clientOutside, VENDORS } from "../outside.ts";
import { BIN, Packaged, PROGRAM, withPlugin } from "./packaged.ts";

const SCHEMA = fileURLToPath(new URL("../../plugin/schema.json", import.meta.url));
const CLIENTS = 8;

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
beforeEach(() => {
  world.reset();
  world.sandbox.settings.latencyMs = 0;
  withPlugin(world);
});

const cli = (...args: string[]) => pulumi(world.folder, world.environment, ...args);

/** Takes the settings of a vendor out of the environment. */
function withoutSettings(): Record<string, string> {
  const {
    REZOLVE_BASE_URL: baseUrl = "",
    REZOLVE_TENANT_ID: tenantId = "",
    REZOLVE_TOKEN: token = "",
  } = world.environment;
  for (const key of ["REZOLVE_BASE_URL", "REZOLVE_TENANT_ID", "REZOLVE_TOKEN"]) delete world.environment[key];
  return { baseUrl, tenantId, token };
}

/** All that the backend keeps of states, present and past. */
async function onDisk(): Promise<string> {
  const backend = join(world.folder, "backend");
  const entries = await readdir(backend, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
  );
  return texts.join("\n");
}

/** A provider of the program's own. */
class Provider extends pulumiSdk.ProviderResource {
  constructor(name: string, args: pulumiSdk.Inputs) {
    super("oauth-clients", name, args);
  }
}

test("Pulumi's own check finds nothing wrong with the schema, and the provider gives it whole", async () => {
  expect(await cli("schema", "check", SCHEMA)).toMatchObject({ ok: true });
  const { text } = await cli("package", "get-schema", PROGRAM);
  const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
  expect(Object.keys(JSON.parse(text).resources).sort()).toEqual(Object.keys(schema.resources).sort());
});

describe("settings", () => {
  test("come from the stack config, and no state has a credential of it in clear", async () => {
    const settings = withoutSettings();
    const stack = await world.stack(async () => void new Packaged("rezolve:OAuthClient", "bot", BOT));
    expect((await stack.up()).text).toContain("oauth-clients:rezolve.token in the stack config");
    for (const [key, value] of Object.entries(settings))
      await stack.setConfig(`oauth-clients:rezolve.${key}`, value, { path: true, secret: key === "token" });
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1 } });
    expect(await onDisk()).not.toContain(settings.token);
    expect(await stack.destroy()).toMatchObject({ ok: true, steps: { delete: 1 } });
  });

  test("of a provider that the program makes are secrets in the state, also where the program does not say so", async () => {
    const settings = withoutSettings();
    const stack = await world.stack(async () => {
      const provider = new Provider("own", { rezolve: { ...settings } });
      new Packaged("rezolve:OAuthClient", "bot", BOT, { provider });
    });
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1 } });
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(await onDisk()).not.toContain(settings.token);
    const gone = await stack.destroy();
    expect(gone).toMatchObject({ ok: true, requests: 1, steps: { delete: 1 } });
    // What is kept secret with the token is evidence all the same.
    expect(gone.text).toContain(`in tenant ${settings.tenantId}: 0 tokens revoked`);
    expect((await world.receipts()).at(-1)).toMatchObject({ tenantId: settings.tenantId });
  });

  test("that mean nothing fail before anything is sent", async () => {
    const stack = await world.stack(async () => {
      const provider = new Provider("own", { rezolve: { baseURL: world.sandbox.url } });
      new Packaged("rezolve:OAuthClient", "bot", BOT, { provider });
    });
    const up = await stack.up();
    expect(up).toMatchObject({ ok: false, requests: 0 });
    expect(up.text).toContain('There is no setting "baseURL"');
  });

  test("of two tenants, each with a provider of its own: the example in TypeScript", { timeout: 240_000 }, async () => {
    const { baseUrl = "" } = withoutSettings();
    const folder = join(world.folder, "packaged-typescript");
    await cp(fileURLToPath(new URL("../../examples/packaged-typescript", import.meta.url)), folder, {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    const run = (...args: string[]) => pulumi(folder, world.environment, ...args);
    await run("stack", "init", "test");
    const [eu = "", us = ""] = world.sandbox.tenants.map(({ id }) => id);
    const tokens: Record<string, string> = {
      eu: await world.sandbox.adminToken({ tenantId: eu }),
      us: await world.sandbox.adminToken({ tenantId: us }),
    };
    for (const [name, tenantId] of Object.entries({ eu, us }))
      for (const [key, value] of Object.entries({ baseUrl, tenantId, token: tokens[name] ?? "" }))
        await run("config", "set", "--path", ...(key === "token" ? ["--secret"] : []), `tenants.${name}.${key}`, value);
    expect(await run("up", "--yes", "--skip-preview")).toMatchObject({ ok: true });
    expect(JSON.parse((await run("stack", "output", "--json")).text)).toMatchObject({ tenantIds: [eu, us] });
    expect(await run("preview", "--expect-no-changes")).toMatchObject({ ok: true });
    expect(
      world.sandbox.clients
        .list()
        .map(({ tenantId }) => tenantId)
        .sort(),
    ).toEqual([eu, us].sort());
    for (const token of Object.values(tokens)) expect(await onDisk()).not.toContain(token);
    expect(await run("destroy", "--yes", "--skip-preview")).toMatchObject({ ok: true });
    expect(world.sandbox.clients.list()).toEqual([]);
  });
});

test("what a preview does not know yet is no reason to fail, and is known afterwards", async () => {
  const stack = await world.stack(async () => {
    const first = new Packaged("rezolve:OAuthClient", "first", BOT);
    const description = pulumiSdk.interpolate`beside ${first.clientId}`;
    new Packaged("rezolve:OAuthClient", "second", { ...BOT, name: "second", description });
  });
  expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { create: 2 } });
  expect(await stack.up()).toMatchObject({ ok: true, requests: 2 });
  const [first, second] = await stack.resources();
  expect(second?.outputs?.description).toBe(`beside ${first?.outputs?.clientId}`);
  expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 2 } });
  await stack.destroy();
});

test("an input that the program keeps secret is one in the state, through create, update and refresh", async () => {
  let description = "secret description 1";
  const stack = await world.stack(async () => {
    new Packaged("rezolve:OAuthClient", "bot", { ...BOT, description: pulumiSdk.secret(description) });
  });
  expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1 } });
  description = "secret description 2";
  expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
  expect(await stack.refresh()).toMatchObject({ ok: true });
  expect(world.sandbox.clients.list()).toMatchObject([{ description }]);
  expect(await onDisk()).not.toMatch(/secret description \d/);
  await stack.destroy();
});

test("a client that exists and is not as it should be is in the state, and the next up finishes it", async () => {
  const description = pulumiSdk.secret("secret description");
  const stack = await world.stack(
    async () => void new Packaged("rezolve:OAuthClient", "bot", { ...BOT, description, status: "inactive" }),
  );
  world.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "respond", status: 403 } });
  const failed = await stack.up();
  expect(failed.ok).toBe(false);
  expect(failed.text).toContain("[permission-missing]");
  const [left] = await stack.resources();
  expect(left).toMatchObject({ id: world.sandbox.clients.list()[0]?.id });
  expect(await onDisk()).not.toContain("secret description");
  world.sandbox.faults.clear();
  expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
  expect(world.sandbox.clients.list()).toMatchObject([{ id: left?.id, status: "inactive" }]);
  await stack.destroy();
});

test("a secret that the program takes out is not left in clear by an update that fails", async () => {
  let args: object = { ...BOT, description: pulumiSdk.secret("secret description") };
  const stack = await world.stack(async () => void new Packaged("rezolve:OAuthClient", "bot", args));
  expect(await stack.up()).toMatchObject({ ok: true });
  args = { ...BOT };
  world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "0";
  world.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "drop-after" } });
  expect(await stack.up()).toMatchObject({ ok: false });
  expect(await onDisk()).not.toContain("secret description");
  world.sandbox.faults.clear();
  expect(await stack.up()).toMatchObject({ ok: true });
  expect(await onDisk()).not.toContain("secret description");
  await stack.destroy();
});

test("what the program keeps secret is in no message", async () => {
  const { id } = await clientOutside(world, "rezolve", { name: BOT.name, description: "what it was" });
  const description = pulumiSdk.secret("secret description");
  const stack = await world.stack(
    async () => void new Packaged("rezolve:OAuthClient", "bot", { ...BOT, description, adopt: { id } }),
  );
  const up = await stack.up();
  expect(up).toMatchObject({ ok: true });
  expect(up.text).toContain('"what it was"');
  expect(up.text).not.toContain("secret description");
  await stack.destroy();
});

test("a client that the program only looks at leaves the state when it is gone", async () => {
  const { id } = await clientOutside(world, "rezolve", { name: "by hand" });
  const stack = await world.stack(async () => void new Packaged("rezolve:OAuthClient", "looked", {}, { id }));
  const up = await stack.up();
  expect(up).toMatchObject({ ok: true });
  expect(up.text).not.toContain("rotateSecretWhen");
  expect(await stack.resources()).toMatchObject([{ id, external: true, outputs: { name: "by hand" } }]);
  expect(await stack.refresh()).toMatchObject({ ok: true });
  world.sandbox.clients.remove(id, "hard");
  expect(await stack.refresh()).toMatchObject({ ok: true });
  expect(await stack.resources()).toEqual([]);
});

test("what Pulumi replaces by itself goes first where it is a client, and last where it is evidence", async () => {
  let description = "one";
  let targetId = "";
  const stack = await world.stack(async () => {
    new Packaged("rezolve:OAuthClient", "bot", { ...BOT, description }, { replaceOnChanges: ["description"] });
    new Packaged("nexus:ClientDeletion", "gone", { targetId });
  });
  targetId = (await clientOutside(world, "nexus", { name: "first" })).id;
  expect(await stack.up()).toMatchObject({ ok: true });
  description = "two";
  targetId = (await clientOutside(world, "nexus", { name: "second" })).id;
  const up = await stack.up();
  expect(up).toMatchObject({ ok: true, steps: { replace: 2 } });
  const order = (type: string) =>
    up.events.flatMap(({ resourcePreEvent }) =>
      resourcePreEvent?.metadata.type.endsWith(type) ? [resourcePreEvent.metadata.op] : [],
    );
  expect(order(":OAuthClient")).toEqual(["delete-replaced", "replace", "create-replacement"]);
  expect(order(":ClientDeletion")).toEqual(["create-replacement", "replace", "delete-replaced"]);
  const bots = world.sandbox.clients.list({ vendor: "rezolve" });
  expect(bots).toMatchObject([{ name: BOT.name, description: "two" }]);
  await stack.destroy();
});

test("a client that another provider of the run has adopted is not deleted with the resource that had it", async () => {
  let isMoved = false;
  const stack = await world.stack(async () => {
    if (!isMoved) new rezolve.OAuthClient("bot", BOT);
    else new Packaged("rezolve:OAuthClient", "bot", { ...BOT, adopt: { byName: true } });
  });
  expect(await stack.up()).toMatchObject({ ok: true });
  const [client] = world.sandbox.clients.list();
  isMoved = true;
  const moved = await stack.up();
  expect(moved.ok).toBe(false);
  expect(moved.text).toContain("[client-shared]");
  expect(world.sandbox.requests.count({ method: "DELETE" })).toBe(0);
  expect(world.sandbox.clients.list()).toMatchObject([{ id: client?.id, deletion: null }]);
  // As the message says: the old resource is forgotten, and the client stays with the new one.
  const old = (await stack.resources()).find(({ type }) => type.startsWith("pulumi-nodejs:"));
  expect(
    await pulumi(
      stack.stack.workspace.workDir,
      world.environment,
      "state",
      "delete",
      "--yes",
      "--stack",
      "test",
      old?.urn ?? "",
    ),
  ).toMatchObject({ ok: true });
  expect(await stack.up()).toMatchObject({ ok: true, steps: { same: 1 } });
  expect(await stack.destroy()).toMatchObject({ ok: true, steps: { delete: 1 } });
  expect(world.sandbox.clients.list()).toEqual([]);
});

test.each([
  ["an up settles it", "up"],
  ["a refresh makes it the client", "refresh"],
] as const)("a creation of which nobody knows the end is moved as it is: %s", async (_what, command) => {
  const kind = "rezolve:OAuthClient";
  let isMoved = false;
  const stack = await world.stack(async () => {
    const aliases = [{ type: `pulumi-nodejs:dynamic/${kind}` }];
    if (isMoved) new Packaged(kind, "bot", BOT, { aliases });
    else new rezolve.OAuthClient("bot", BOT);
  });
  world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "0";
  world.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "drop-after" } });
  world.sandbox.faults.add({ match: { method: "GET" }, effect: { kind: "respond", status: 503 } });
  expect((await stack.up()).ok).toBe(false);
  world.sandbox.faults.clear();
  expect((await stack.resources()).map(({ id }) => id)).toEqual([expect.stringMatching(/^claim:/)]);
  expect(world.sandbox.clients.list()).toHaveLength(1);
  if (command === "refresh") {
    const [before, after] = [join(world.folder, "claim.json"), join(world.folder, "claim-moved.json")];
    const ofStack = (...args: string[]) =>
      pulumi(stack.stack.workspace.workDir, world.environment, "stack", ...args, "--stack", "test");
    expect(await ofStack("export", "--file", before)).toMatchObject({ ok: true });
    const ended = await oauthClients(["move", before, "--to", "packaged", "--output", after], {
      env: world.environment,
    });
    expect(ended).toMatchObject({ code: 0 });
    expect(await ofStack("import", "--file", after)).toMatchObject({ ok: true });
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.resources()).toMatchObject([
      { type: `oauth-clients:${kind}`, id: world.sandbox.clients.list()[0]?.id },
    ]);
  }
  isMoved = true;
  expect(await stack.up()).toMatchObject({ ok: true });
  const living = world.sandbox.clients.list().filter(({ deletion }) => deletion === null);
  expect(living).toHaveLength(1);
  expect(await stack.resources()).toMatchObject([{ type: `oauth-clients:${kind}`, id: living[0]?.id }]);
  expect(await stack.destroy()).toMatchObject({ ok: true, steps: { delete: 1 } });
});

test("an interrupt in the middle loses no client: what was sent is in the state, and the rest is not begun", async () => {
  const stack = await world.stack(async () => {
    for (let at = 0; at < CLIENTS; at += 1)
      new Packaged("rezolve:OAuthClient", `bot-${at}`, { ...BOT, name: `bot ${at}` });
  });
  world.sandbox.settings.latencyMs = 1_000;
  world.environment.REZOLVE_MAX_CONCURRENCY = "2";
  const interrupt = new AbortController();
  const up = stack.up({ signal: interrupt.signal });
  await expect.poll(() => world.sandbox.requests.count({ method: "POST" }), { timeout: 60_000 }).toBeGreaterThan(1);
  interrupt.abort();
  const ended = await up;
  world.sandbox.settings.latencyMs = 0;
  expect(ended.ok).toBe(false);
  expect(ended.text).toContain("[interrupted]");
  expect(ended.text).not.toContain("exited prematurely");
  const living = world.sandbox.clients.list().map(({ id }) => id);
  expect(living.length).toBeGreaterThan(0);
  expect(living.length).toBeLessThan(CLIENTS);
  expect((await stack.resources()).map(({ id }) => id).sort()).toEqual(living.sort());
  expect(await stack.destroy()).toMatchObject({ ok: true, steps: { delete: living.length } });
  expect(world.sandbox.clients.list()).toEqual([]);
});

test("customTimeouts end an operation, which a dynamic provider never hears of", async () => {
  const stack = await world.stack(
    async () =>
      void new Packaged(
        "nexus:Client",
        "app",
        { name: "Portal", appType: "spa" },
        { customTimeouts: { delete: "2s" } },
      ),
  );
  expect(await stack.up()).toMatchObject({ ok: true });
  world.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "hang" }, times: 1 });
  const late = await stack.destroy();
  expect(late.ok).toBe(false);
  expect(late.text).toMatch(/was not waited for any longer, and the request may have been carried out/);
  expect(await stack.destroy()).toMatchObject({ ok: true });
});

describe("pulumi do, which needs no program,", () => {
  const ask = (...args: string[]) => cli("do", "--package", PROGRAM, ...args);

  test.each(VENDORS)("lists the clients of %s", async (vendor) => {
    const type = vendor === "rezolve" ? "oauth-clients:rezolve:OAuthClient" : "oauth-clients:nexus:Client";
    const { id } = await clientOutside(world, vendor, { name: "pr-1" });
    await clientOutside(world, vendor, { name: "pr-2" });
    await clientOutside(world, vendor, { name: "other" });
    const all = await ask(type, "list", "--name-prefix", "pr-");
    expect(JSON.parse(all.text)).toEqual([{ id, name: "pr-1" }, expect.objectContaining({ name: "pr-2" })]);
    const some = await ask(type, "list", "--name-prefix", "pr-", "--count", "1");
    expect(JSON.parse(some.text)).toHaveLength(1);
    world.environment[`${vendor.toUpperCase()}_TOKEN`] = "wrong";
    expect(await ask(type, "list")).toMatchObject({ ok: false, text: expect.stringContaining("HTTP 401") });
  });

  test.each([
    ["rezolve", "getOAuthClients"],
    ["nexus", "getClients"],
  ] as const)("calls the function of %s", async (vendor, name) => {
    const { id } = await clientOutside(world, vendor, { name: "pr-1" });
    await clientOutside(world, vendor, { name: "other" });
    const { text } = await ask(`oauth-clients:${vendor}:${name}`, "--name-prefix", "pr-");
    expect(JSON.parse(text)).toMatchObject({ clients: [{ id, name: "pr-1", status: "active" }] });
    expect(JSON.parse(text).clients).toHaveLength(1);
  });
});

test("Pulumi.yaml may name the folder of the provider, which then need not be on the PATH", async () => {
  world.environment.PATH =
    world.environment.PATH?.split(":")
      .filter((folder) => folder !== BIN)
      .join(":") ?? "";
  const folder = join(world.folder, "named");
  await mkdir(folder);
  const runtime = { name: "nodejs", options: { typescript: false } };
  const plugins = { providers: [{ name: "oauth-clients", path: BIN }] };
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify({ name: "named", runtime, plugins }));
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await writeFile(
    join(folder, "index.js"),
    `import { nexus } from "pulumi-oauth-clients-sdk";
new nexus.Client("app", { name: "Portal", appType: "spa" });
`,
  );
  const run = (...args: string[]) => pulumi(folder, world.environment, ...args);
  await run("stack", "init", "test");
  const up = await run("up", "--yes", "--skip-preview");
  expect(up).toMatchObject({ ok: true });
  expect(up.text).not.toContain("from $PATH");
  expect(await run("destroy", "--yes", "--skip-preview")).toMatchObject({ ok: true });
});
