import { join } from "node:path";
import { nexus, rezolve } from "pulumi-oauth-clients";
import type { RecordedRequest } from "pulumi-oauth-clients-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BOT, oneClient } from "./clients.ts";
import { World } from "./world.ts";

const APP: nexus.ClientArgs = { name: "Portal", appType: "non_interactive" };

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

/** What a test changes between runs. `moved` is a change that replaces the client. */
interface Program {
  status: "active" | "deleted";
  moved: boolean;
}

const VENDORS = [
  {
    vendor: "Rezolve",
    prefix: "REZOLVE",
    tenantOf: ({ headers }: RecordedRequest) => headers["x-tenantid"],
    client: ({ status, moved }: Program) => {
      const realm = moved ? { realmName: world.sandbox.tenants[1]?.realmName ?? "" } : {};
      return new rezolve.OAuthClient("bot", { ...BOT, ...realm, status });
    },
  },
  {
    vendor: "Nexus",
    prefix: "NEXUS",
    tenantOf: ({ path }: RecordedRequest) => path.match(/^\/v1\/tenants\/([^/?]+)/)?.[1],
    client: ({ status, moved }: Program) =>
      new nexus.Client("portal", { ...APP, name: moved ? "Other portal" : "Portal", status }),
  },
];

/** A client that lives in a default tenant which is not the sandbox's first. */
async function inSecondTenant({ prefix, client }: (typeof VENDORS)[number]) {
  const tenantId = world.sandbox.tenants[1]?.id ?? "";
  world.environment[`${prefix}_TENANT_ID`] = tenantId;
  world.environment[`${prefix}_TOKEN`] = await world.sandbox.adminToken({
    tenantId: world.sandbox.tenants.map(({ id }) => id),
  });
  const program: Program = { status: "active", moved: false };
  const stack = await world.stack(async () => {
    const { id, tenantId, status, revocation, previousRevocation } = client(program);
    return { id, tenantId, status, revocation, previousRevocation };
  });
  const up = await stack.up();
  if (!up.ok) throw new Error(up.text);
  world.sandbox.requests.clear();
  return { stack, program, tenantId, id: String(up.outputs.id) };
}

/** The settings of both vendors, all of them, are gone. */
function forgetSettings() {
  for (const key of Object.keys(world.environment)) if (/^(NEXUS|REZOLVE)_/.test(key)) delete world.environment[key];
}

describe.each(VENDORS)("$vendor: without a default tenant any more, the recorded one", (row) => {
  const { prefix, tenantOf } = row;
  const sent = () => world.sandbox.requests.list().map((request) => [request.method, tenantOf(request)]);

  test("serves the successor of a replaced client too", async () => {
    const { stack, program, tenantId, id } = await inSecondTenant(row);
    delete world.environment[`${prefix}_TENANT_ID`];
    program.moved = true;
    const preview = await stack.preview();
    expect(preview.text).not.toContain("there is none");
    expect(preview).toMatchObject({ ok: true, requests: 0, steps: { replace: 1 } });
    const up = await stack.up();
    expect(up.text).not.toContain("there is none");
    expect(up).toMatchObject({ ok: true, outputs: { tenantId, previousRevocation: { outcome: "deleted" } } });
    expect(up.outputs.id).not.toBe(id);
    expect(sent()).toEqual([
      ["DELETE", tenantId],
      ["POST", tenantId],
    ]);
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("serves the successor of a tombstone too", async () => {
    const { stack, program, tenantId, id } = await inSecondTenant(row);
    program.status = "deleted";
    await stack.up();
    delete world.environment[`${prefix}_TENANT_ID`];
    program.status = "active";
    world.sandbox.requests.clear();
    const up = await stack.up();
    expect(up.text).not.toContain("there is none");
    expect(up).toMatchObject({ ok: true, outputs: { tenantId, previousRevocation: { outcome: "deleted" } } });
    expect(up.outputs.id).not.toBe(id);
    expect(sent()).toEqual([["POST", tenantId]]);
  });
});

describe.each(VENDORS)("$vendor: a default tenant that changed", (row) => {
  test("never takes the successor of a tombstone with it", async () => {
    const { stack, program, tenantId } = await inSecondTenant(row);
    program.status = "deleted";
    await stack.up();
    world.environment[`${row.prefix}_TENANT_ID`] = world.tenantId;
    // The tombstone itself asks nobody anything.
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    program.status = "active";
    for (const run of [await stack.preview(), await stack.up()]) {
      expect(run).toMatchObject({ ok: false, requests: 0 });
      expect(run.text).toContain(tenantId);
      expect(run.text).toContain(world.tenantId);
    }
    expect(world.sandbox.clients.count()).toBe(0);
  });
});

describe.each(VENDORS)("$vendor: a stack of tombstones only needs no working credentials:", (row) => {
  test("without any setting of the vendor it stays, and is destroyed, without a request", async () => {
    const { stack, program } = await inSecondTenant(row);
    program.status = "deleted";
    const { outputs } = await stack.up();
    forgetSettings();
    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(preview.text).not.toContain("warning:");
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(up.outputs).toEqual(outputs);
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 0 });
    expect((await stack.resources())[0]?.outputs).toMatchObject({ revocation: { outcome: "deleted" } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0, steps: { delete: 1 } });
    expect(await stack.resources()).toEqual([]);
  });

  test("a token file that is gone does not matter", async () => {
    const { stack, program } = await inSecondTenant(row);
    program.status = "deleted";
    await stack.up();
    delete world.environment[`${row.prefix}_TOKEN`];
    world.environment[`${row.prefix}_TOKEN_FILE`] = join(world.folder, "missing");
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
  });
});

describe("Rezolve: a client whose realm was the connection's default", () => {
  /** A client in the first tenant's realm. */
  async function inRealm() {
    const realmName = world.sandbox.tenants[0]?.realmName ?? "";
    world.environment.REZOLVE_REALM_NAME = realmName;
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    const up = await stack.up();
    if (!up.ok) throw new Error(up.text);
    expect(world.sandbox.requests.list().at(-1)).toMatchObject({ method: "POST", headers: { realmname: realmName } });
    world.sandbox.requests.clear();
    return { stack, program, realmName, id: String(up.outputs.id) };
  }

  test("is updated and destroyed in that realm when the default is gone", async () => {
    const { stack, program, realmName } = await inRealm();
    delete world.environment.REZOLVE_REALM_NAME;
    program.args = { ...BOT, description: "still there" };
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
    expect(world.sandbox.requests.list()).toMatchObject([
      { method: "PATCH", headers: { realmname: realmName } },
      { method: "DELETE", headers: { realmname: realmName } },
    ]);
  });

  test("and who comes back from a tombstone is created in that realm when the default is gone", async () => {
    const { stack, program, realmName, id } = await inRealm();
    program.args = { ...BOT, status: "deleted" };
    await stack.up();
    delete world.environment.REZOLVE_REALM_NAME;
    world.sandbox.requests.clear();
    program.args = BOT;
    const up = await stack.up();
    expect(world.sandbox.requests.list()).toMatchObject([{ method: "POST", headers: { realmname: realmName } }]);
    expect(up).toMatchObject({ ok: true, outputs: { status: "active", previousRevocation: { outcome: "deleted" } } });
    expect(up.outputs.id).not.toBe(id);
    expect((await stack.resources())[0]?.outputs).toMatchObject({ realmName });
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
  });

  test("and was revoked by the vendor is replaced in that realm when the default is gone", async () => {
    const { stack, realmName, id } = await inRealm();
    world.sandbox.clients.edit(id, { status: "revoked" });
    await stack.refresh();
    delete world.environment.REZOLVE_REALM_NAME;
    world.sandbox.requests.clear();
    const up = await stack.up();
    expect(world.sandbox.requests.list()).toMatchObject([
      { method: "DELETE", headers: { realmname: realmName } },
      { method: "POST", headers: { realmname: realmName } },
    ]);
    expect(up).toMatchObject({ ok: true, outputs: { status: "active" } });
    expect((await stack.resources())[0]?.outputs).toMatchObject({ realmName });
  });

  test("and who comes back from a tombstone is refused before any request when the default has changed", async () => {
    const { stack, program, realmName } = await inRealm();
    program.args = { ...BOT, status: "deleted" };
    await stack.up();
    world.environment.REZOLVE_REALM_NAME = "another-realm";
    program.args = BOT;
    const up = await stack.up();
    expect(up).toMatchObject({ ok: false, requests: 0 });
    expect(up.text).toContain(realmName);
    expect(up.text).toContain("another-realm");
  });
});

test("Rezolve: who comes back from a tombstone without a realm is not put into a default that appeared", async () => {
  const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
  const stack = await world.stack(oneClient(program));
  await stack.up();
  program.args = { ...BOT, status: "deleted" };
  await stack.up();
  world.environment.REZOLVE_REALM_NAME = world.sandbox.tenants[0]?.realmName ?? "";
  program.args = BOT;
  const up = await stack.up();
  expect(up).toMatchObject({ ok: false, requests: 0 });
  expect(up.text).toContain("never moves a client");
});
