import { rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { clientOutside, type Made, outside } from "../outside.ts";
import { BOT, oneClient, takeTokens } from "./clients.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

/** A client that no stack manages, as an administrator makes it: through the API itself. */
function unmanaged(name = "Old bot", scopes = ["users:write"]): Promise<Made> {
  return clientOutside(world, "rezolve", { name, scopes, description: "made by hand" });
}

describe("adoption", () => {
  test("by id takes an existing client over, changes it to the desired state, and leaves the rest as it is", async () => {
    const old = await unmanaged();
    const program: { args: rezolve.OAuthClientArgs | null } = {
      args: { ...BOT, name: "Old bot", adopt: { id: old.id } },
    };
    const stack = await world.stack(oneClient(program));
    // A preview calls no create: it shows one, and who would be changed.
    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true, requests: 0, steps: { create: 1 } });
    expect(preview.text).toContain(`warning: Takes over OAuth client ${old.id}.`);
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, steps: { create: 1 }, outputs: { id: old.id, clientId: old.clientId } });
    expect(up.text).toContain('was adopted: scopes ["users:write"] → ["users:read"].');
    expect(up.outputs.clientSecret ?? null).toBeNull();
    expect(up.text).toContain("The secret of an adopted client cannot be read, so clientSecret is null");
    expect(world.sandbox.clients.get(old.id)).toMatchObject({ scopes: ["users:read"], description: "made by hand" });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    // Only read at creation: to take it out again is no update.
    program.args = { ...BOT, name: "Old bot" };
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("by name takes the client of that name over, with a fresh secret where rotation is asked for", async () => {
    const old = await unmanaged("CI bot");
    const stack = await world.stack(
      oneClient({ args: { ...BOT, adopt: { byName: true }, rotateSecretWhen: "adopted" } }),
    );
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, outputs: { id: old.id } });
    expect(up.outputs.clientSecret).not.toBe(old.clientSecret);
    expect(await takeTokens(world.sandbox, up.outputs, 1)).toHaveLength(1);
    await stack.destroy();
  });

  test("with mustMatch leaves a client alone that differs", async () => {
    const old = await unmanaged("CI bot");
    const before = world.sandbox.clients.get(old.id);
    const stack = await world.stack(oneClient({ args: { ...BOT, adopt: { byName: true, mustMatch: true } } }));
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain('the client differs: scopes ["users:write"] → ["users:read"]. Nothing was changed.');
    expect(world.sandbox.clients.get(old.id)).toEqual(before);
    expect(await stack.resources()).toEqual([]);
  });

  test("by name creates the client where there is none", async () => {
    const stack = await world.stack(oneClient({ args: { ...BOT, adopt: { byName: true } } }));
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, steps: { create: 1 } });
    expect(await takeTokens(world.sandbox, up.outputs, 1)).toHaveLength(1);
    await stack.destroy();
  });

  test("by an id that is not there is an error", async () => {
    const stack = await world.stack(
      oneClient({ args: { ...BOT, adopt: { id: "client-550e8400-e29b-41d4-a716-446655440099" } } }),
    );
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("it is not there");
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("is what the error of a taken name offers", async () => {
    await unmanaged("CI bot");
    const stack = await world.stack(oneClient({ args: BOT }));
    expect((await stack.up()).text).toContain("adopt: { byName: true }");
  });

  test("by the id of a client that the same run deleted in a replacement makes a new client", async () => {
    const old = await unmanaged("CI bot");
    const tenants = world.sandbox.tenants.map(({ id }) => id);
    world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ tenantId: tenants });
    const program: { args: rezolve.OAuthClientArgs } = { args: { ...BOT, adopt: { id: old.id } } };
    const stack = await world.stack(oneClient(program));
    await stack.up();
    program.args = { ...BOT, adopt: { id: old.id }, tenantId: tenants[1] ?? "" };
    const replaced = await stack.up();
    expect(replaced.ok).toBe(true);
    expect(replaced.outputs.id).not.toBe(old.id);
    expect(replaced.outputs.previousRevocation).toMatchObject({ outcome: "deleted" });
    await stack.destroy();
    world.environment.REZOLVE_TOKEN = world.token;
  });
});

describe("rotation", () => {
  test("replaces the secret in place when its trigger changes, and at no other change", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: { ...BOT, rotateSecretWhen: { quarter: "2026-Q3" } } };
    const stack = await world.stack(oneClient(program));
    const first = (await stack.up()).outputs;
    expect(world.sandbox.requests.count({ path: "rotate-secret" })).toBe(0);

    program.args = { ...BOT, description: "unrelated", rotateSecretWhen: { quarter: "2026-Q3" } };
    expect((await stack.up()).outputs.clientSecret).toBe(first.clientSecret);

    program.args = { ...BOT, description: "unrelated", rotateSecretWhen: { quarter: "2026-Q4" } };
    expect((await stack.preview()).text).toContain("warning: This update rotates the secret");
    const rotated = await stack.up();
    expect(rotated).toMatchObject({ ok: true, requests: 1, outputs: { id: first.id, clientId: first.clientId } });
    expect(rotated.outputs.clientSecret).not.toBe(first.clientSecret);
    await expect(takeTokens(world.sandbox, first, 1)).rejects.toMatchObject({ oauthError: "invalid_client" });
    expect(await takeTokens(world.sandbox, rotated.outputs, 1)).toHaveLength(1);

    program.args = { ...BOT, description: "unrelated" };
    const removed = await stack.up();
    expect(removed).toMatchObject({ ok: true, requests: 0, outputs: { clientSecret: rotated.outputs.clientSecret } });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
  });

  test("whose response is lost is found in the audit data and ends with a secret that works", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    await stack.up();
    program.args = { ...BOT, rotateSecretWhen: "now" };
    world.sandbox.faults.add({ match: { path: "rotate-secret" }, effect: { kind: "drop-after" } });
    const up = await stack.up();
    expect(up.ok).toBe(true);
    expect(up.text).toContain("its audit data say that it was carried out");
    expect(await takeTokens(world.sandbox, up.outputs, 1)).toHaveLength(1);
    await stack.destroy();
  });

  test("that stays unknown is said plainly, and the next up finishes the job", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    await stack.up();
    program.args = { ...BOT, rotateSecretWhen: "now" };
    world.sandbox.faults.add({ match: { path: "rotate-secret" }, times: 2, effect: { kind: "drop-after" } });
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("the next `pulumi up` rotates it again and finishes the job");
    expect(world.sandbox.requests.count({ path: "rotate-secret" })).toBeGreaterThan(0);
    const next = await stack.up();
    expect(next).toMatchObject({ ok: true, requests: 1 });
    expect(await takeTokens(world.sandbox, next.outputs, 1)).toHaveLength(1);
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
  });

  test("that the vendor refuses keeps the secret, and the next up tries again", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    const first = (await stack.up()).outputs;
    program.args = { ...BOT, rotateSecretWhen: "now" };
    world.sandbox.faults.add({ match: { path: "rotate-secret" }, effect: { kind: "respond", status: 403 } });
    expect((await stack.up()).ok).toBe(false);
    expect(await takeTokens(world.sandbox, first, 1)).toHaveLength(1);
    const next = await stack.up();
    expect(next).toMatchObject({ ok: true, requests: 1 });
    expect(next.outputs.clientSecret).not.toBe(first.clientSecret);
    await stack.destroy();
  });

  test("outside of Pulumi is warned of by a refresh", async () => {
    const stack = await world.stack(oneClient({ args: BOT }));
    const { outputs } = await stack.up();
    await outside(world, "rezolve", "POST", `/${String(outputs.id)}/rotate-secret`);
    expect((await stack.refresh()).text).toContain("was rotated outside of Pulumi");
    await stack.destroy();
  });
});

describe("OAuthClientDeletion", () => {
  test("warns in the preview, deletes when it is created, has the counts as outputs, and calls nothing later", async () => {
    const old = await unmanaged();
    const other = await unmanaged("Other bot");
    await takeTokens(world.sandbox, old, 2);
    const program: { args: rezolve.OAuthClientDeletionArgs } = { args: { targetId: old.id } };
    const stack = await world.stack(async () => {
      const { outcome, tokensRevoked, revocation } = new rezolve.OAuthClientDeletion("gone", program.args);
      return { outcome, tokensRevoked, revocation };
    });
    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true, requests: 0, steps: { create: 1 } });
    expect(preview.text).toContain(`warning: Creating this resource DELETES the OAuth client ${old.id}`);
    expect(world.sandbox.clients.get(old.id)).toBeDefined();

    const up = await stack.up();
    // The token says whom it was issued for: a look tells that this is not that very client.
    expect(up).toMatchObject({ ok: true, requests: 2, outputs: { outcome: "deleted", tokensRevoked: 2 } });
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 0 });

    program.args = { targetId: old.id, deletion: { alreadyGone: "trust" } };
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, outputs: { tokensRevoked: 2 } });

    program.args = { targetId: other.id };
    expect(await stack.up()).toMatchObject({
      ok: true,
      requests: 2,
      outputs: { outcome: "deleted", tokensRevoked: 0 },
    });
    expect(world.sandbox.clients.count()).toBe(0);
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
  });

  test("of a client that is already gone is a success, verified", async () => {
    const stack = await world.stack(async () => {
      const { revocation } = new rezolve.OAuthClientDeletion("gone", {
        targetId: "client-550e8400-e29b-41d4-a716-446655440099",
      });
      return { revocation };
    });
    expect((await stack.up()).outputs.revocation).toMatchObject({ outcome: "already-gone", verified: true });
  });
});
