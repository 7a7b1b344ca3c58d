import * as pulumi from "@pulumi/pulumi";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BOT, oneClient } from "./clients.ts";
import { World } from "./world.ts";

const DIFF = { diff: true };

/** Pulumi's mark of a secret, in a state that is exported in clear. */
const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: expect.any(String),
};

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

/** An administrator changes every client behind Pulumi's back. */
function edit(change: Parameters<World["sandbox"]["clients"]["edit"]>[1]): void {
  for (const { id } of world.sandbox.clients.list()) world.sandbox.clients.edit(id, change);
}

describe("after a refresh of a client that was changed outside", () => {
  test("a preview shows field by field what the next up sets back", async () => {
    const stack = await world.stack(oneClient({ args: { ...BOT, description: "ours" } }));
    await stack.up();
    edit({ scopes: ["users:read", "users:write"], description: "theirs", redirectUris: ["https://a.example.test/cb"] });
    expect(await stack.refresh()).toMatchObject({ ok: true, steps: { refresh: 1 } });
    const preview = await stack.preview(DIFF);
    expect(preview).toMatchObject({ ok: true, requests: 0, steps: { update: 1 } });
    expect(preview.text).toMatch(/~ description\s*: "theirs" => "ours"/);
    expect(preview.text).toContain('- [1]: "users:write"');
    expect(preview.text).toContain('- [0]: "https://a.example.test/cb"');
    expect(preview.text).not.toMatch(/[~+-] (name|clientType|grantTypes|tenantId|status|connection)/);
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
  });

  test("an input that the program leaves out is shown as one that goes, and what was filled in is not shown", async () => {
    const stack = await world.stack(async () => {
      new nexus.Client("app", { name: "Portal", appType: "regular_web", productName: "ours" });
    });
    await stack.up();
    expect(await stack.refresh()).toMatchObject({ ok: true });
    // Auth0 filled in grant types.
    const [{ inputs = {}, outputs = {} } = {}] = await stack.resources();
    expect(outputs.grantTypes).toBeDefined();
    expect(inputs).not.toHaveProperty("grantTypes");
    edit({ attributes: { applicationName: "theirs", productName: "theirs" } });
    await stack.refresh();
    const preview = await stack.preview(DIFF);
    expect(preview).toMatchObject({ steps: { update: 1 } });
    expect(preview.text).toMatch(/~ productName\s*: "theirs" => "ours"/);
    expect(preview.text).toMatch(/- applicationName\s*: "theirs"/);
    expect(preview.text).not.toMatch(/[~+-] (grantTypes|owners|appType|name|tenantId)/);
    await stack.up();
    expect(world.sandbox.clients.list()[0]?.attributes).toMatchObject({ productName: "ours" });
    await stack.destroy();
  });

  test("what ignoreChanges names stays as somebody made it", async () => {
    const stack = await world.stack(async () => {
      new rezolve.OAuthClient("bot", { ...BOT, description: "ours" }, { ignoreChanges: ["scopes"] });
    });
    await stack.up();
    edit({ scopes: ["users:read", "users:write"], description: "theirs" });
    await stack.refresh();
    expect((await stack.preview(DIFF)).text).not.toMatch(/[~+-] (scopes|\[\d)/);
    expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
    expect(world.sandbox.clients.list()).toMatchObject([
      { scopes: ["users:read", "users:write"], description: "ours" },
    ]);
    await stack.destroy();
  });
});

describe("a refresh of what nobody changed", () => {
  test("changes nothing in the state, whatever the program writes and the vendor lists in which order", async () => {
    const args: rezolve.OAuthClientArgs = {
      ...BOT,
      scopes: ["users:write", "users:read", "openid"],
      allowedOrigins: [],
      description: pulumi.secret("a secret description"),
      rotateSecretWhen: { quarter: pulumi.secret("2026-Q4") },
      deletion: { alreadyGone: "verify" },
      connection: "default",
    };
    const stack = await world.stack(oneClient({ args }));
    await stack.up();
    edit({ scopes: ["openid", "users:read", "users:write"] });
    const before = await stack.resources();
    expect(await stack.refresh()).toMatchObject({ ok: true, steps: { refresh: 1 } });
    const after = await stack.resources();
    expect(after.map(({ inputs, outputs }) => [inputs, outputs])).toEqual(
      before.map(({ inputs, outputs }) => [inputs, outputs]),
    );
    expect(after[0]?.inputs).toMatchObject({
      __kind: "rezolve:OAuthClient",
      __provider: expect.any(String),
      connection: "default",
      deletion: { alreadyGone: "verify" },
      description: SECRET,
    });
    expect(JSON.stringify(after[0]?.inputs?.rotateSecretWhen)).toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
  });

  test("keeps a secret input secret that somebody changed", async () => {
    const stack = await world.stack(
      oneClient({ args: { ...BOT, description: pulumi.secret("a secret description") } }),
    );
    await stack.up();
    edit({ description: "theirs, secret too" });
    await stack.refresh();
    const [{ inputs, outputs } = {}] = await stack.resources();
    expect([inputs, outputs]).toMatchObject([{ description: SECRET }, { description: SECRET }]);
    expect((await stack.preview(DIFF)).text).not.toContain("secret too");
    await stack.destroy();
  });

  test("leaves a tombstone, a deletion and what is only read as they are", async () => {
    const program: { status: "active" | "deleted" } = { status: "active" };
    const { id: foreign } = (await world.sandbox.clients.list()[0]) ?? { id: "" };
    expect(foreign).toBe("");
    const own = await world.stack(oneClient({ args: { ...BOT, name: "Foreign" } }));
    const readable = String((await own.up()).outputs.id);
    const stack = await world.stack(async () => {
      new rezolve.OAuthClient("bot", { ...BOT, status: program.status });
      new rezolve.OAuthClientDeletion("gone", { targetId: "client-550e8400-e29b-41d4-a716-446655440009" });
      const { name, scopes } = rezolve.OAuthClient.get("read", readable);
      return { name, scopes };
    });
    await stack.up();
    program.status = "deleted";
    expect(await stack.up()).toMatchObject({ ok: true, outputs: { name: "Foreign" } });
    const before = await stack.resources();
    expect(await stack.refresh()).toMatchObject({ ok: true });
    const after = await stack.resources();
    expect(after.map(({ inputs }) => inputs)).toEqual(before.map(({ inputs }) => inputs));
    expect(await stack.preview()).toMatchObject({ ok: true, steps: { same: 2, read: 1 } });
    await stack.destroy();
    await own.destroy();
  });
});

test("a client that is only read is looked for in the connection's default tenant and realm", async () => {
  const [{ realmName = "" } = {}] = world.sandbox.tenants;
  const own = await world.stack(oneClient({ args: { ...BOT, realmName } }));
  const id = String((await own.up()).outputs.id);
  world.environment.REZOLVE_REALM_NAME = realmName;
  const stack = await world.stack(async () => {
    const { name, realmName: realm } = rezolve.OAuthClient.get("read", id);
    return { name, realm };
  });
  world.sandbox.requests.clear();
  expect(await stack.up()).toMatchObject({ ok: true, outputs: { name: BOT.name, realm: realmName } });
  const asked = world.sandbox.requests.list({ method: "GET" });
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every(({ headers }) => headers.realmname === realmName)).toBe(true);
  delete world.environment.REZOLVE_REALM_NAME;
  expect(await stack.refresh()).toMatchObject({ ok: true });
  expect(world.sandbox.requests.list({ method: "GET" }).at(-1)?.headers.realmname).toBe(realmName);
  await stack.destroy();
  await own.destroy();
});
