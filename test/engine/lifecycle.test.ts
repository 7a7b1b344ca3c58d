import { rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BOT, oneClient, outputsOf, takeTokens } from "./clients.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

function requests() {
  return world.sandbox.requests
    .list()
    .map(({ method, path }) => `${method} ${path.replace(/client-[0-9a-f-]+/, "{id}")}`);
}

test("up creates with one request, a preview and an up without changes send none, destroy deletes with one", async () => {
  const stack = await world.stack(oneClient({ args: BOT }));
  expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { create: 1 } });
  expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
  expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
  expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1, steps: { delete: 1 } });
  expect(requests()).toEqual(["POST /api/v1/oauth-clients", "DELETE /api/v1/oauth-clients/{id}"]);
  expect(await stack.resources()).toEqual([]);
  expect(world.sandbox.clients.list()).toEqual([]);
});

test("every request names the tenant and accepts JSON, and the realm only where there is one", async () => {
  const realmName = world.sandbox.tenants[0]?.realmName ?? "";
  const program = { args: { ...BOT, name: "Realm bot", realmName } };
  const stack = await world.stack(oneClient(program));
  await stack.up();
  await stack.destroy();
  for (const { headers } of world.sandbox.requests.list()) {
    expect(headers).toMatchObject({ accept: "application/json", "x-tenantid": world.tenantId, realmname: realmName });
  }
  world.sandbox.requests.clear();
  const plain = await world.stack(oneClient({ args: BOT }));
  await plain.up();
  await plain.destroy();
  for (const { headers } of world.sandbox.requests.list()) expect(headers).not.toHaveProperty("realmname");
});

test("an in-place change is one PATCH with only the changed fields", async () => {
  const program: { args: rezolve.OAuthClientArgs } = {
    args: { ...BOT, description: "first", allowedOrigins: ["https://a.example.test"] },
  };
  const stack = await world.stack(oneClient(program));
  const before = (await stack.up()).outputs;
  program.args = { ...BOT, scopes: ["users:read", "reports:read"] };
  const changed = await stack.up();
  expect(changed).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
  expect(world.sandbox.requests.list().at(-1)).toMatchObject({
    method: "PATCH",
    body: { scopes: ["users:read", "reports:read"], description: "", allowedOrigins: [] },
  });
  expect(changed.outputs).toMatchObject({ id: before.id, clientSecret: before.clientSecret });
  expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
  await stack.destroy();
});

test("an update whose answer was lost is sent again, also where the program was taken back", async () => {
  const program: { args: rezolve.OAuthClientArgs } = { args: { ...BOT, description: "first" } };
  const stack = await world.stack(oneClient(program));
  await stack.up();
  program.args = { ...BOT, description: "second" };
  world.sandbox.faults.add({ match: { method: "PATCH" }, times: 99, effect: { kind: "drop-after" } });
  const lost = await stack.up();
  expect(lost.ok).toBe(false);
  expect(lost.text).toContain("The change may have been made all the same; the next `pulumi up` makes certain of it.");
  world.sandbox.faults.clear();
  program.args = { ...BOT, description: "first" };
  expect(await stack.preview()).toMatchObject({ requests: 0, steps: { update: 1 } });
  expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
  expect(world.sandbox.clients.list()).toMatchObject([{ description: "first" }]);
  expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
  await stack.destroy();
});

test("the order of a list is no change, and options that only matter to us send no request", async () => {
  const program: { args: rezolve.OAuthClientArgs } = { args: { ...BOT, scopes: ["users:read", "reports:read"] } };
  const stack = await world.stack(oneClient(program));
  await stack.up();
  program.args = { ...BOT, scopes: ["reports:read", "users:read"] };
  expect(await stack.up()).toMatchObject({ requests: 0, steps: { same: 1 } });
  program.args = { ...program.args, deletion: { alreadyGone: "fail" } };
  expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { update: 1 } });
  expect((await stack.resources())[0]?.outputs).toMatchObject({ deletion: { alreadyGone: "fail" } });
  await stack.destroy();
});

test("refresh shows what changed outside, and the next up repairs it", async () => {
  const stack = await world.stack(oneClient({ args: BOT }));
  const { outputs } = await stack.up();
  world.sandbox.clients.edit(String(outputs.id), { scopes: ["users:write"], ipWhitelist: ["192.0.2.7"] });
  const refresh = await stack.refresh();
  expect(refresh).toMatchObject({ ok: true, requests: 1 });
  expect((await stack.resources())[0]?.outputs).toMatchObject({ scopes: ["users:write"], ipWhitelist: ["192.0.2.7"] });
  expect(refresh.text).toContain("was changed outside of Pulumi: scopes, ipWhitelist.");
  const preview = await stack.preview();
  expect(preview).toMatchObject({ requests: 0, steps: { update: 1 } });
  expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
  expect(world.sandbox.requests.list().at(-1)?.body).toEqual({ scopes: ["users:read"], ipWhitelist: [] });
  expect(world.sandbox.clients.get(String(outputs.id))).toMatchObject({ scopes: ["users:read"], ipWhitelist: [] });
  await stack.destroy();
});

test("refresh of a client that somebody deleted warns and drops it, and the next up creates it again", async () => {
  const stack = await world.stack(oneClient({ args: BOT }));
  const { outputs } = await stack.up();
  world.sandbox.clients.remove(String(outputs.id), "hard");
  const refresh = await stack.refresh();
  expect(refresh.ok).toBe(true);
  expect(refresh.text).toContain('warning: Rezolve OAuth client "CI bot"');
  expect(refresh.text).toContain("no longer exists: somebody deleted it outside of Pulumi");
  expect(await stack.resources()).toEqual([]);
  const again = await stack.up();
  expect(again).toMatchObject({ ok: true, requests: 1, steps: { create: 1 } });
  expect(again.outputs.id).not.toBe(outputs.id);
  await stack.destroy();
});

test("a change of tenant replaces: deletes first, in the old tenant, and hands the evidence to the successor", async () => {
  const other = world.sandbox.tenants[1]?.id ?? "";
  world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({
    tenantId: world.sandbox.tenants.map(({ id }) => id),
  });
  const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
  const stack = await world.stack(oneClient(program));
  const first = (await stack.up()).outputs;
  await takeTokens(world.sandbox, first, 3);
  world.sandbox.requests.clear();
  program.args = { ...BOT, tenantId: other };
  const preview = await stack.preview();
  expect(preview.steps).toEqual({ "delete-replaced": 1, replace: 1, "create-replacement": 1 });
  const replaced = await stack.up();
  expect(replaced.ok).toBe(true);
  expect(world.sandbox.requests.list()).toMatchObject([
    { method: "DELETE", headers: { "x-tenantid": world.tenantId } },
    { method: "POST", headers: { "x-tenantid": other } },
  ]);
  expect(replaced.outputs.previousRevocation).toMatchObject({ outcome: "deleted", tokensRevoked: 3 });
  expect(replaced.outputs.id).not.toBe(first.id);
  await stack.destroy();
  world.environment.REZOLVE_TOKEN = world.token;
});

describe("a tombstone", () => {
  test("is made by an update that deletes, has the counts as outputs, and calls nothing any more", async () => {
    const program: { args: rezolve.OAuthClientArgs | null } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    const { outputs } = await stack.up();
    const tokens = await takeTokens(world.sandbox, outputs, 2);
    program.args = { ...BOT, status: "deleted" };

    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true, requests: 0, steps: { update: 1 } });
    expect(preview.text).toContain('warning: This update DELETES OAuth client "CI bot"');

    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
    expect(up.outputs).toMatchObject({ status: "deleted", revocation: { outcome: "deleted", tokensRevoked: 2 } });
    expect(up.outputs.clientSecret ?? null).toBeNull();
    for (const token of tokens) expect(await world.sandbox.introspect(token)).toMatchObject({ active: false });

    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 0 });
    expect((await stack.resources())[0]?.outputs).toMatchObject({ revocation: { tokensRevoked: 2 } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0, steps: { delete: 1 } });
  });

  test("goes back to active as another client, which knows what the deletion did", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    const first = (await stack.up()).outputs;
    await takeTokens(world.sandbox, first, 1);
    program.args = { ...BOT, status: "deleted" };
    await stack.up();
    program.args = BOT;
    const back = await stack.up();
    expect(back).toMatchObject({ ok: true, requests: 1 });
    expect(back.outputs).toMatchObject({
      status: "active",
      revocation: null,
      previousRevocation: { tokensRevoked: 1 },
    });
    expect(back.outputs.id).not.toBe(first.id);
    await stack.destroy();
  });

  test("of a client that never was calls nothing from creation to destroy", async () => {
    const stack = await world.stack(oneClient({ args: { ...BOT, status: "deleted" } }));
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, requests: 0, steps: { create: 1 } });
    expect(up.outputs).toMatchObject({ status: "deleted", revocation: null });
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 0 });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
    expect(await world.receipts()).not.toContainEqual(expect.objectContaining({ id: "never-created:CI bot" }));
  });
});

describe("the status inactive", () => {
  test("disables the client, also from the start, and active enables it again", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: { ...BOT, status: "inactive" } };
    const stack = await world.stack(oneClient(program));
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, requests: 2, outputs: { status: "inactive" } });
    program.args = { ...BOT, status: "active" };
    const active = await stack.up();
    expect(active).toMatchObject({ ok: true, requests: 1, outputs: { status: "active" } });
    await stack.destroy();
  });

  test("that a vendor ignores is an error, and the client stays in the state", async () => {
    world.sandbox.settings.rezolve.statusPatch = "ignore";
    const stack = await world.stack(oneClient({ args: { ...BOT, status: "inactive" } }));
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("its status is still active, not inactive");
    expect(await stack.resources()).toHaveLength(1);
    world.sandbox.settings.rezolve.statusPatch = "accept";
    expect(await stack.up()).toMatchObject({ ok: true, outputs: { status: "inactive" } });
    expect(await stack.destroy()).toMatchObject({ ok: true });
  });
});

describe("disableFirst", () => {
  test("disables before the deletion", async () => {
    const stack = await world.stack(oneClient({ args: { ...BOT, deletion: { disableFirst: true } } }));
    await stack.up();
    world.sandbox.requests.clear();
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(requests()).toEqual(["PATCH /api/v1/oauth-clients/{id}", "DELETE /api/v1/oauth-clients/{id}"]);
  });

  test("that a vendor refuses is a warning, and the deletion goes on", async () => {
    world.sandbox.settings.rezolve.statusPatch = "refuse";
    const stack = await world.stack(oneClient({ args: { ...BOT, deletion: { disableFirst: true } } }));
    await stack.up();
    const destroy = await stack.destroy();
    expect(destroy.ok).toBe(true);
    expect(destroy.text).toContain("warning: disableFirst:");
    expect(world.sandbox.clients.list()).toEqual([]);
    world.sandbox.settings.rezolve.statusPatch = "accept";
  });
});

describe(".get", () => {
  test("reads a client that the stack does not manage, and destroy leaves it alone", async () => {
    const managed = await world.stack(oneClient({ args: BOT }));
    const { outputs } = await managed.up();
    const reader = await world.stack(async () => outputsOf(rezolve.OAuthClient.get("bot", String(outputs.id))));
    const up = await reader.up();
    expect(up).toMatchObject({ ok: true, outputs: { id: outputs.id, clientId: outputs.clientId, status: "active" } });
    expect(await reader.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.get(String(outputs.id))).toBeDefined();
    await managed.destroy();
  });

  test("of a client that does not exist fails", async () => {
    const stack = await world.stack(async () =>
      outputsOf(rezolve.OAuthClient.get("bot", "client-550e8400-e29b-41d4-a716-446655440099")),
    );
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("there is no such client");
  });
});
