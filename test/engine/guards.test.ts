import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BOT, oneClient, outputsOf } from "./clients.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

describe("a tenant", () => {
  test("that changes by default fails before any request and names both; an explicit one moves the client", async () => {
    const stack = await world.stack(oneClient({ args: BOT }));
    await stack.up();
    const other = world.sandbox.tenants[1]?.id ?? "";
    world.environment.REZOLVE_TENANT_ID = other;
    for (const run of [await stack.preview(), await stack.up()]) {
      expect(run).toMatchObject({ ok: false, requests: 0 });
      expect(run.text).toContain(world.tenantId);
      expect(run.text).toContain(other);
    }
    expect(world.sandbox.clients.count()).toBe(1);
    // The recorded tenant serves a destroy, whatever the default says by then.
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("that has no default any more is the recorded one, for an up and for a destroy", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    await stack.up();
    delete world.environment.REZOLVE_TENANT_ID;
    program.args = { ...BOT, description: "still there" };
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
    expect(world.sandbox.clients.count()).toBe(0);
  });
});

describe("a protected client cannot be deleted through its status", () => {
  test("when it is protected itself, or through its parent", async () => {
    const program: { status: "active" | "deleted"; inherited: boolean } = { status: "active", inherited: false };
    const stack = await world.stack(async () => {
      const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, { protect: true });
      const opts = program.inherited ? { parent } : { protect: true };
      return outputsOf(
        new rezolve.OAuthClient(program.inherited ? "child" : "bot", { ...BOT, status: program.status }, opts),
      );
    });
    await stack.up();
    program.status = "deleted";
    const refused = await stack.up();
    expect(refused).toMatchObject({ ok: false, requests: 0 });
    expect(refused.text).toContain("would delete a client whose resource is protected");
    expect(world.sandbox.clients.count()).toBe(1);
  });

  test("through an inherited protection", async () => {
    const program: { status: "active" | "deleted" } = { status: "active" };
    const stack = await world.stack(async () => {
      const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, { protect: true });
      return outputsOf(new rezolve.OAuthClient("child", { ...BOT, status: program.status }, { parent }));
    });
    await stack.up();
    program.status = "deleted";
    expect(await stack.up()).toMatchObject({ ok: false, requests: 0 });
    expect(world.sandbox.clients.count()).toBe(1);
  });
});

describe("refresh keeps the state", () => {
  test("with rejected credentials", async () => {
    const stack = await world.stack(oneClient({ args: BOT }));
    await stack.up();
    world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ expiresInSeconds: -10 });
    const refresh = await stack.refresh();
    expect(refresh.ok).toBe(false);
    expect(refresh.text).toContain("rejected the credentials");
    expect(await stack.resources()).toHaveLength(1);
  });

  test("in a tenant that the vendor does not know", async () => {
    const stack = await world.stack(oneClient({ args: BOT }));
    await stack.up();
    const unknown = { success: false, error: { code: "TENANT_NOT_FOUND", message: "Tenant not found" } };
    world.sandbox.faults.add({
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 404, body: unknown },
    });
    const refresh = await stack.refresh();
    expect(refresh.ok).toBe(false);
    expect(refresh.text).toContain("does not know this tenant");
    expect(await stack.resources()).toHaveLength(1);
  });

  test("without the permission to look", async () => {
    const stack = await world.stack(oneClient({ args: BOT }));
    const { outputs } = await stack.up();
    world.sandbox.clients.remove(String(outputs.id), "hard");
    world.sandbox.faults.add({
      match: { path: /\?limit=/ },
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 403 },
    });
    const refresh = await stack.refresh();
    expect(refresh.ok).toBe(false);
    expect(refresh.text).toContain("lack a permission");
    expect(await stack.resources()).toHaveLength(1);
    // For a delete it is no evidence: the vendor said itself that the client is not there.
    const destroy = await stack.destroy();
    expect(destroy.ok).toBe(true);
    expect(destroy.text).toContain("HTTP 404, not verified)");
    expect(destroy.text).toContain("that takes permission to list the tenant's clients");
  });
});

describe("T9: after config set of a new token without an up", () => {
  test("a plain destroy still uses the old one, and the one in the environment wins", async () => {
    const tokenOf = (id: string) => world.sandbox.adminToken({ user: { id } });
    const caller = () => world.sandbox.requests.list().at(-1)?.caller;
    delete world.environment.REZOLVE_TOKEN;
    const stack = await world.stack(oneClient({ args: BOT }));
    await stack.setConfig("rezolve:token", await tokenOf("old-token"), { secret: true });
    expect(await stack.up()).toMatchObject({ ok: true });
    await stack.setConfig("rezolve:token", await tokenOf("new-token"), { secret: true });
    world.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond-after", status: 401 } });
    // Not carried out as far as the vendor's answer says: the client is put back by nobody, so only the caller counts.
    const stale = await stack.destroy();
    expect(stale.ok).toBe(false);
    expect(caller()).toBe("old-token");
    expect(stale.text).toContain("the token from the stack config rezolve:token");
    expect(stale.text).toContain("a plain destroy or refresh sees only the config of the last up");
    world.environment.REZOLVE_TOKEN = await tokenOf("environment-token");
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.requests.list({ method: "DELETE" }).at(-1)?.caller).toBe("environment-token");
    expect(world.sandbox.clients.count()).toBe(0);
  });
});

describe("bad configuration is one clear message for each problem, before any request:", () => {
  async function problemsOf(args: Record<string, unknown> = {}) {
    const stack = await world.stack(async () => {
      // What JavaScript programs and JSON can pass is not what the types allow.
      const given: rezolve.OAuthClientArgs = Object.assign({ ...BOT }, args);
      return outputsOf(new rezolve.OAuthClient("bot", given));
    });
    const run = await stack.up();
    expect(run).toMatchObject({ ok: false, requests: 0 });
    return run.text;
  }

  test("no base URL, no token and no tenant", async () => {
    for (const key of ["BASE_URL", "TOKEN", "TENANT_ID"]) delete world.environment[`REZOLVE_${key}`];
    const text = await problemsOf();
    expect(text).toContain(
      "has no baseUrl: set REZOLVE_BASE_URL in the environment or rezolve:baseUrl in the stack config",
    );
    expect(text).toContain("has no credentials: set REZOLVE_TOKEN in the environment");
  });

  test("no tenant", async () => {
    delete world.environment.REZOLVE_TENANT_ID;
    expect(await problemsOf()).toContain("tenantId: there is none.");
  });

  test("an unreadable token file, one that is empty, and one with something else in it", async () => {
    delete world.environment.REZOLVE_TOKEN;
    const folder = join(world.folder, "tokens");
    await mkdir(folder, { recursive: true });
    world.environment.REZOLVE_TOKEN_FILE = join(folder, "missing");
    expect(await problemsOf()).toContain("cannot be read: ENOENT");
    world.environment.REZOLVE_TOKEN_FILE = join(folder, "empty");
    await writeFile(join(folder, "empty"), "\n");
    expect(await problemsOf()).toContain("it is empty");
    world.environment.REZOLVE_TOKEN_FILE = join(folder, "json");
    await writeFile(join(folder, "json"), '{"access_token": "synthetic-token-value"}');
    const text = await problemsOf();
    expect(text).toContain("is not a bearer token");
    expect(text).not.toContain("synthetic-token-value");
  });

  test("an unknown connection, which lists the known ones", async () => {
    world.environment.REZOLVE__EU__BASE_URL = world.sandbox.url;
    const text = await problemsOf({ connection: "us" });
    expect(text).toContain('There is no connection "us" of Rezolve; known: default, eu.');
  });

  test("plain http: to a host that is not this machine", async () => {
    world.environment.REZOLVE_BASE_URL = "http://api.example.test";
    expect(await problemsOf()).toContain("must start with https:");
  });

  test("several invalid inputs at once, without quoting a value", async () => {
    const text = await problemsOf({
      name: "",
      clientType: "hunter2-secret",
      scopes: "users:read",
      scope: ["users:read"],
      status: "gone",
    });
    expect(text).toContain("name: must not be empty.");
    expect(text).toContain('clientType: must be "confidential" or "public".');
    expect(text).toContain("scopes: must be a list of texts.");
    expect(text).toContain("scope: there is no such input.");
    expect(text).toContain('status: must be "active", "inactive" or "deleted".');
    expect(text).not.toContain("hunter2");
  });
});

test("a named connection works from structured config and from the environment", async () => {
  delete world.environment.REZOLVE_TOKEN;
  delete world.environment.REZOLVE_BASE_URL;
  const stack = await world.stack(oneClient({ args: { ...BOT, connection: "eu" } }));
  await stack.setConfig("rezolve:connections.eu.baseUrl", world.sandbox.url, { path: true });
  await stack.setConfig("rezolve:connections.eu.tenantId", world.tenantId, { path: true });
  world.environment.REZOLVE__EU__TOKEN = world.token;
  expect(await stack.up()).toMatchObject({ ok: true, requests: 1 });
  expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
});
