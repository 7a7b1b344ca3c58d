import { nexus } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { clientOutside, outside } from "../outside.ts";
import { World } from "./world.ts";

const APP: nexus.ClientArgs = {
  name: "Portal",
  appType: "non_interactive",
  grantTypes: ["client_credentials"],
};

let world: World;
let initial: Record<string, unknown>;
beforeAll(async () => {
  world = await World.create();
  initial = { ...world.sandbox.settings.nexus };
});
afterAll(() => world.close());
afterEach(() => {
  world.reset();
  Object.assign(world.sandbox.settings.nexus, initial);
});

function oneApp(program: { args: nexus.ClientArgs }) {
  return async () => {
    const { id, clientSecret, status, revocation, previousRevocation } = new nexus.Client("portal", program.args);
    return { id, clientSecret, status, revocation, previousRevocation };
  };
}

/** A client that no stack manages, made by somebody else. */
async function unmanaged(wanted: Record<string, unknown> = {}): Promise<string> {
  const token = await world.sandbox.adminToken();
  const { sandbox, tenantId } = world;
  return (await clientOutside({ sandbox, tenantId, token }, "nexus", { name: "Portal", ...wanted })).id;
}

async function receiptOf(id: string) {
  return (await world.receipts()).find((receipt) => receipt.id === id);
}

describe("the life cycle", () => {
  test("is one request to create, none without changes, one to delete, and the counts are not made up", async () => {
    const stack = await world.stack(oneApp({ args: APP }));
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, requests: 1, steps: { create: 1 } });
    const client = { clientId: String(up.outputs.id), clientSecret: String(up.outputs.clientSecret) };
    const token = await world.sandbox.issueToken(client);
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1, steps: { delete: 1 } });
    expect(await receiptOf(client.clientId)).toMatchObject({
      kind: "nexus:Client",
      outcome: "deleted",
      httpStatus: 204,
      tokensRevoked: null,
      activeSessionsTerminated: null,
    });
    expect(await world.sandbox.introspect(token)).toMatchObject({ active: false });
  });

  test("patches what Nexus can patch, with only the changed fields, and replaces for everything else", async () => {
    const program = { args: { ...APP, callbackUrls: ["https://a.example.test/cb"], productName: "portal" } };
    const stack = await world.stack(oneApp(program));
    const first = (await stack.up()).outputs;
    program.args = { ...program.args, callbackUrls: [], clientUpnKey: "upn" } as typeof program.args;
    const patched = await stack.up();
    expect(patched).toMatchObject({ ok: true, requests: 1, steps: { update: 1 }, outputs: { id: first.id } });
    expect(world.sandbox.requests.list().at(-1)).toMatchObject({
      method: "PATCH",
      body: { callbackUrls: [], client_upn_key: "upn" },
    });
    program.args = { ...program.args, name: "Other portal" };
    const replaced = await stack.up();
    expect(replaced.ok).toBe(true);
    expect(replaced.outputs.id).not.toBe(first.id);
    expect(replaced.outputs.previousRevocation).toMatchObject({ outcome: "deleted", tokensRevoked: null });
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("gives several owners, although a create can name only one", async () => {
    const stack = await world.stack(oneApp({ args: { ...APP, owners: ["ada", "role-admins"] } }));
    expect(await stack.up()).toMatchObject({ ok: true, requests: 2 });
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
  });

  test("reads drift through one listing for all, and the next up repairs it", async () => {
    const stack = await world.stack(async () => {
      for (let index = 0; index < 6; index += 1) {
        new nexus.Client(`app-${index}`, { ...APP, name: `App ${index}`, applicationName: "as declared" });
      }
    });
    await stack.up();
    const refresh = await stack.refresh();
    expect(refresh).toMatchObject({ ok: true, requests: 2 });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 6 } });
    const id = String((await stack.resources())[0]?.id);
    const path = `/${encodeURIComponent(id)}`;
    await outside(world, "nexus", "PATCH", path, { applicationName: "changed by hand" });
    expect((await stack.refresh()).text).toContain("was changed outside of Pulumi: applicationName");
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1, same: 5 } });
    await stack.destroy();
  });

  test("what Auth0 fills in by itself never replaces the client", async () => {
    const stack = await world.stack(oneApp({ args: { name: "Portal", appType: "regular_web" } }));
    await stack.up();
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
  });

  test("works whatever a create and a patch answer", async () => {
    Object.assign(world.sandbox.settings.nexus, {
      createBody: "empty",
      patchStatus: 204,
      secret: "populated",
    });
    // Looks before it creates, and so knows the new client although no answer says its id.
    const desired: nexus.ClientArgs = { ...APP, adopt: { byName: true } };
    const program = { args: desired };
    const stack = await world.stack(oneApp(program));
    const up = await stack.up();
    expect(up.ok).toBe(true);
    const client = { clientId: String(up.outputs.id), clientSecret: String(up.outputs.clientSecret) };
    expect(await world.sandbox.issueToken(client)).toBeTypeOf("string");
    program.args = { ...desired, productName: "portal" };
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1 });
    await stack.destroy();
  });

  test("a tombstone says that the counts are not known, and calls nothing any more", async () => {
    const program: { args: nexus.ClientArgs } = { args: APP };
    const stack = await world.stack(oneApp(program));
    await stack.up();
    program.args = { ...APP, status: "deleted" };
    expect((await stack.preview()).text).toContain("warning: This update DELETES");
    const up = await stack.up();
    expect(up).toMatchObject({
      ok: true,
      requests: 1,
      outputs: { revocation: { outcome: "deleted", tokensRevoked: null } },
    });
    expect(up.outputs.clientSecret ?? null).toBeNull();
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 0 });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
  });
});

describe("each way to log in works alone:", () => {
  test("Basic", async () => {
    for (const key of ["NEXUS_TOKEN", "NEXUS_APPLICATION_TOKEN"]) delete world.environment[key];
    const { username, password } = world.sandbox.nexus.basicUser;
    Object.assign(world.environment, { NEXUS_USERNAME: username, NEXUS_PASSWORD: password });
    const stack = await world.stack(oneApp({ args: APP }));
    expect(await stack.up()).toMatchObject({ ok: true });
    expect(await stack.destroy()).toMatchObject({ ok: true });
  });

  test("and half of one is an error before any request", async () => {
    delete world.environment.NEXUS_APPLICATION_TOKEN;
    const stack = await world.stack(oneApp({ args: APP }));
    const up = await stack.up();
    expect(up).toMatchObject({ ok: false, requests: 0 });
    expect(up.text).toContain("applicationToken");
  });
});

describe("the permissions of the delete page:", () => {
  const rows = [
    {
      may: true,
      who: "the owner by user id",
      permissions: ["client.write", "client.read"],
      user: { id: "ada" },
      owners: "ada",
    },
    {
      may: true,
      who: "an owner by member role",
      permissions: ["client.write"],
      memberRoles: ["role-a"],
      owners: "role-a",
    },
    {
      may: true,
      who: "a caller with the client in the Product scope",
      permissions: ["client.write"],
      products: ["portal"],
    },
    { may: true, who: "client.write.all", permissions: ["client.write.all"] },
    {
      may: false,
      who: "client.write of somebody else",
      permissions: ["client.write"],
      user: { id: "bob" },
      owners: "ada",
    },
    { may: false, who: "nobody's permission", permissions: ["client.read.all"] },
  ] as const;
  test.each(rows)("$who: may delete: $may", async (row) => {
    const owners = "owners" in row ? [row.owners] : [];
    const stack = await world.stack(oneApp({ args: { ...APP, owners, productName: "portal" } }));
    const { outputs } = await stack.up();
    world.environment.NEXUS_TOKEN = await world.sandbox.adminToken({
      permissions: row.permissions,
      memberRoles: "memberRoles" in row ? row.memberRoles : [],
      products: "products" in row ? row.products : [],
      ...("user" in row ? { user: row.user } : {}),
    });
    const destroy = await stack.destroy();
    expect(destroy.ok).toBe(row.may);
    if (row.may) return;
    expect(destroy.text).toMatch(/client\.write.*Product scope.*client\.write\.all/s);
    expect(await stack.resources()).toMatchObject([{ id: outputs.id }]);
  });
});

describe("absence", () => {
  test("of a client in a known tenant is already gone, verified where the credentials see every client", async () => {
    const stack = await world.stack(oneApp({ args: APP }));
    const id = String((await stack.up()).outputs.id);
    world.sandbox.clients.remove(id);
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(await receiptOf(id)).toMatchObject({ outcome: "already-gone", httpStatus: 404, verified: true });
  });

  test("without client.read.all is believed, and not verified", async () => {
    const stack = await world.stack(oneApp({ args: APP }));
    const id = String((await stack.up()).outputs.id);
    world.sandbox.clients.remove(id);
    world.environment.NEXUS_TOKEN = await world.sandbox.adminToken({
      permissions: ["client.read", "client.write.all"],
    });
    const destroy = await stack.destroy();
    expect(destroy).toMatchObject({ ok: true, text: expect.stringContaining("that takes client.read.all") });
    expect(await receiptOf(id)).toMatchObject({ outcome: "already-gone", verified: false });
  });

  test.each(["drop-after", "respond-after"] as const)(
    "after a lost answer (%s) with Basic is gone, as an earlier DELETE may have done it",
    async (kind) => {
      const stack = await world.stack(oneApp({ args: APP }));
      const id = String((await stack.up()).outputs.id);
      const { username, password } = world.sandbox.nexus.basicUser;
      for (const key of ["NEXUS_TOKEN", "NEXUS_APPLICATION_TOKEN"]) delete world.environment[key];
      Object.assign(world.environment, { NEXUS_USERNAME: username, NEXUS_PASSWORD: password });
      const effect = kind === "drop-after" ? { kind, reset: true } : { kind, status: 502 };
      world.sandbox.faults.add({ match: { method: "DELETE" }, effect });
      const destroy = await stack.destroy();
      expect(destroy).toMatchObject({ ok: true, text: expect.stringContaining("an earlier DELETE") });
      expect(await stack.resources()).toEqual([]);
      expect(await receiptOf(id)).toMatchObject({ outcome: "already-gone", verified: false, responseLost: true });
    },
  );

  test("of the tenant does not count", async () => {
    const stack = await world.stack(oneApp({ args: APP }));
    await stack.up();
    const problem = { title: "Not Found", status: 404, detail: "There is no such tenant" };
    world.sandbox.faults.add({
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 404, body: problem },
    });
    const destroy = await stack.destroy();
    expect(destroy.ok).toBe(false);
    expect(destroy.text).toContain("does not know this tenant");
    expect(await stack.resources()).toHaveLength(1);
  });

  test("drops a client from the state at a refresh only with client.read.all", async () => {
    const stack = await world.stack(oneApp({ args: APP }));
    const id = String((await stack.up()).outputs.id);
    world.sandbox.clients.remove(id);
    world.environment.NEXUS_TOKEN = await world.sandbox.adminToken({ permissions: ["client.read", "client.write"] });
    const stays = await stack.refresh();
    expect(stays.ok).toBe(true);
    expect(stays.text).toContain("It takes client.read.all to know. It stays in the state");
    expect(await stack.resources()).toHaveLength(1);
    world.environment.NEXUS_TOKEN = world.token;
    expect((await stack.refresh()).text).toContain("no longer exists: somebody deleted it outside of Pulumi");
    expect(await stack.resources()).toEqual([]);
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1 } });
    await stack.destroy();
  });
});

describe("a create whose response is lost", () => {
  test("names the client that it may have left behind, and is not repeated", async () => {
    world.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "drop-after" } });
    const program: { args: nexus.ClientArgs } = { args: APP };
    const stack = await world.stack(oneApp(program));
    const up = await stack.up();
    const [orphan] = world.sandbox.clients.list();
    expect(up.ok).toBe(false);
    expect(up.text).toContain(`Clients of this name are there (${orphan?.id})`);
    expect(world.sandbox.requests.count({ method: "POST" })).toBe(1);
    expect(world.sandbox.clients.count()).toBe(1);
    // What the error says to do.
    program.args = { ...APP, adopt: { id: orphan?.id ?? "" } };
    expect(await stack.up()).toMatchObject({ ok: true, outputs: { id: orphan?.id } });
    expect(world.sandbox.clients.count()).toBe(1);
    await stack.destroy();
  });
});

describe("adoption", () => {
  test("by id and by name takes an existing client over", async () => {
    const id = await unmanaged({ client_metadata: { productName: "old" } });
    const stack = await world.stack(oneApp({ args: { ...APP, productName: "new", adopt: { id } } }));
    expect(await stack.up()).toMatchObject({ ok: true, outputs: { id } });
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
    expect(world.sandbox.clients.count()).toBe(0);

    const named = await unmanaged();
    const byName = await world.stack(oneApp({ args: { ...APP, adopt: { byName: true } } }));
    expect(await byName.up()).toMatchObject({ ok: true, outputs: { id: named } });
    await byName.destroy();
  });

  test("by a name that two clients have is an error that lists them", async () => {
    const ids = [await unmanaged(), await unmanaged()];
    const stack = await world.stack(oneApp({ args: { ...APP, adopt: { byName: true } } }));
    const up = await stack.up();
    expect(up.ok).toBe(false);
    for (const id of ids) expect(up.text).toContain(id);
  });
});

test("ClientDeletion deletes a client that no stack manages, and knows no counts", async () => {
  const id = await unmanaged();
  const stack = await world.stack(async () => {
    const { outcome, tokensRevoked } = new nexus.ClientDeletion("gone", { targetId: id });
    return { outcome, tokensRevoked };
  });
  expect((await stack.preview()).text).toContain(`warning: Creating this resource DELETES the OAuth client ${id}`);
  const up = await stack.up();
  expect(up).toMatchObject({ ok: true, requests: 1, outputs: { outcome: "deleted" } });
  expect(up.outputs.tokensRevoked ?? null).toBeNull();
  expect(world.sandbox.clients.count()).toBe(0);
  expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
});
