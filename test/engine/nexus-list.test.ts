import { setTimeout as sleep } from "node:timers/promises";
import { nexus } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { World } from "./world.ts";

const APP: nexus.ClientArgs = { name: "Portal", appType: "regular_web" };

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => {
  world.reset();
  Object.assign(world.sandbox.settings.listLag, { createdMs: 0, deletedMs: 0 });
});

describe("a destroy of 300 clients, eight at once, of which 30 are already gone,", () => {
  const CLIENTS = 300;

  test.each([
    ["every client", ["client.write.all", "client.read.all"], true],
    ["its own clients alone", ["client.write.all", "client.read"], false],
  ] as const)("takes one look with a token that may see %s", async (_, permissions, verified) => {
    const stack = await world.stack(async () => {
      for (let index = 0; index < CLIENTS; index += 1)
        new nexus.Client(`app-${index}`, { ...APP, name: `App ${index}` });
    });
    expect((await stack.up()).ok).toBe(true);
    const clients = world.sandbox.clients.list();
    const gone = clients.filter((_client, index) => index % 10 === 3).map(({ id }) => id);
    for (const id of gone) world.sandbox.clients.remove(id, "hard");
    // A list is given ten seconds to show a client that is new.
    await sleep(10_500);
    world.environment.NEXUS_TOKEN = await world.sandbox.adminToken({ permissions, user: { id: "bob" } });
    world.sandbox.requests.clear();

    const destroy = await stack.destroy({ parallel: 8 });

    expect(destroy).toMatchObject({ ok: true, steps: { delete: CLIENTS } });
    expect(world.sandbox.clients.count()).toBe(0);
    expect(await stack.resources()).toEqual([]);
    expect(world.sandbox.requests.count({ method: "DELETE" })).toBe(CLIENTS);
    // Three pages, and two more.
    expect(world.sandbox.requests.count({ method: "GET" })).toBeLessThanOrEqual(5);
    const receipts = await world.receipts();
    const already = receipts.filter(({ outcome, id }) => outcome === "already-gone" && gone.includes(id));
    expect(already.map(({ id }) => id).sort()).toEqual([...gone].sort());
    expect(already.every((receipt) => receipt.verified === verified)).toBe(true);
  });
});

test("a replacement that adopts by name never takes the client that it has just deleted, however far the list lags", async () => {
  world.sandbox.settings.listLag.deletedMs = 600_000;
  const program: { args: nexus.ClientArgs } = { args: { ...APP, name: "Replaced", adopt: { byName: true } } };
  const stack = await world.stack(async () => ({ id: new nexus.Client("portal", program.args).id }));
  const { outputs: before } = await stack.up();
  program.args = { ...program.args, description: "only a new client can have it" };
  const { ok, outputs: after } = await stack.up();
  expect(ok).toBe(true);
  expect(after.id).not.toBe(before.id);
  expect(world.sandbox.clients.list()).toMatchObject([{ id: after.id, name: "Replaced" }]);
});
