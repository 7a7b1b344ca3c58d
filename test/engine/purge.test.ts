import { type ChildProcess, spawn } from "node:child_process";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findEngine } from "../../tools/engine/engine.ts";
import { clientOutside } from "../outside.ts";
import { pulumi } from "./cli.ts";
import { BOT } from "./clients.ts";
import { projectOnDisk } from "./project.ts";
import { World } from "./world.ts";

let world: World;
const started: ChildProcess[] = [];
beforeAll(async () => {
  world = await World.create();
});
afterEach(() => {
  world.sandbox.settings.latencyMs = 0;
  for (const child of started.splice(0)) child.kill("SIGKILL");
  world.reset();
});
afterAll(() => world.close());

const living = () => world.sandbox.clients.count();

/** What became of these clients, as receipts say: of all tests there is one file. */
async function outcomesOf(ids: readonly string[]): Promise<string[]> {
  return (await world.receipts()).filter(({ id }) => ids.includes(id)).map(({ outcome }) => outcome);
}

/** Clients that no stack manages. */
async function unmanaged(count: number, prefix = "pr-"): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push((await clientOutside(world, "rezolve", { name: `${prefix}${index}` })).id);
  }
  return ids;
}

describe("a purge", () => {
  test("by ids: one update deletes them all, its outputs say so, and nothing follows", async () => {
    const targetIds = await unmanaged(30);
    const stack = await world.stack(async () => {
      const { totals, results } = new rezolve.OAuthClientPurge("leftovers", { targetIds });
      return { totals, results };
    });
    const preview = await stack.preview();
    expect(preview.text).toContain("Creating this resource DELETES 30 OAuth clients: ");
    expect(living()).toBe(30);
    const up = await stack.up();
    expect(up).toMatchObject({
      ok: true,
      steps: { create: 1 },
      outputs: { totals: { selected: 30, deleted: 30, tokensRevoked: 0 } },
    });
    expect(up.text).toContain("30 of 30 clients: 30 deleted.");
    expect(living()).toBe(0);
    expect(await outcomesOf(targetIds)).toHaveLength(30);
    expect(await stack.preview()).toMatchObject({ ok: true, steps: { same: 1 }, requests: 0 });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
  });

  test("with clients that fail once and clients that are gone: totals are exact, and the next up does only the rest", async () => {
    world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "0";
    const targetIds = await unmanaged(40);
    const [failing, gone] = [targetIds.slice(0, 2), targetIds.slice(2, 4)];
    for (const id of gone) world.sandbox.clients.remove(id);
    for (const id of failing) {
      const match = { method: "DELETE", path: `/api/v1/oauth-clients/${id}` } as const;
      world.sandbox.faults.add({ match, effect: { kind: "respond", status: 400 } });
    }
    const stack = await world.stack(async () => ({
      totals: new rezolve.OAuthClientPurge("leftovers", { targetIds }).totals,
    }));
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("2 clients could not be deleted, and 0 were not begun.");
    expect(living()).toBe(2);
    const before = world.sandbox.requests.count({ method: "DELETE" });
    const again = await stack.up();
    expect(again).toMatchObject({
      ok: true,
      steps: { update: 1 },
      outputs: {
        totals: {
          selected: 40,
          deleted: 38,
          alreadyGone: 2,
          failed: 0,
          skipped: 0,
          tokensRevoked: null,
          unknownTokenCounts: 2,
        },
      },
    });
    expect(world.sandbox.requests.count({ method: "DELETE" }) - before).toBe(2);
    expect(living()).toBe(0);
    const outcomes = await outcomesOf(targetIds);
    expect(outcomes.filter((outcome) => outcome === "deleted")).toHaveLength(38);
    expect(outcomes.filter((outcome) => outcome === "already-gone")).toHaveLength(2);
    await stack.destroy();
  });

  test("of a selection leaves what its facts do not prove, and what the stack manages", async () => {
    await unmanaged(3);
    const [used = ""] = world.sandbox.clients.list().map(({ id }) => id);
    const old = new Date(Date.now() - 40 * 86_400_000).toISOString();
    for (const { id } of world.sandbox.clients.list()) world.sandbox.clients.edit(id, { createdAt: old });
    world.sandbox.clients.edit(used, { usage: { lastUsedAt: new Date().toISOString(), totalTokenRequests: 3 } });
    const stack = await world.stack(async () => {
      const own = new rezolve.OAuthClient("own", { ...BOT, name: "pr-own" });
      const select = { namePrefix: "pr-", unusedForDays: 30 };
      const purge = new rezolve.OAuthClientPurge("old", { select }, { dependsOn: own });
      return { totals: purge.totals };
    });
    expect(await stack.up()).toMatchObject({ ok: true, outputs: { totals: { selected: 2, deleted: 2 } } });
    expect(
      world.sandbox.clients
        .list()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["pr-0", "pr-own"]);
    await stack.destroy();
  });

  test("of Nexus goes by names", async () => {
    const first = await world.stack(async () => {
      for (const name of ["pr-1", "pr-2", "pr-base"])
        new nexus.Client(name, { name, appType: "spa" }, { retainOnDelete: true });
    });
    await first.up();
    await first.destroy();
    expect(living()).toBe(3);
    const stack = await world.stack(async () => {
      const args = { select: { namePrefix: "pr-" }, exclude: { names: ["pr-base"] } };
      return { totals: new nexus.ClientPurge("old", args).totals };
    });
    expect(await stack.up()).toMatchObject({
      ok: true,
      outputs: { totals: { selected: 2, deleted: 2, skipped: 1, tokensRevoked: null, unknownTokenCounts: 2 } },
    });
    await stack.destroy();
  });
});

describe("interrupts in the middle of a purge", () => {
  /** A project on the disk, which the command runs by itself. */
  async function project(targetIds: readonly string[]): Promise<string> {
    const program = `import { rezolve } from "pulumi-oauth-clients";
export const totals = new rezolve.OAuthClientPurge("leftovers", { targetIds: ${JSON.stringify(targetIds)} }).totals;\n`;
    return projectOnDisk(world, `purge-${targetIds.length}`, program);
  }

  test.each([1, 2])("(%d): every finished deletion has its receipt, and the next up finishes", async (interrupts) => {
    const count = 40 + interrupts;
    const ids = await unmanaged(count);
    const folder = await project(ids);
    world.environment.REZOLVE_MAX_CONCURRENCY = "4";
    world.sandbox.settings.latencyMs = 250;
    const engine = await findEngine();
    const child = spawn(engine.pulumi, ["up", "--yes", "--skip-preview", "--stack", "test"], {
      cwd: folder,
      env: { ...process.env, ...world.environment },
      stdio: "ignore",
    });
    started.push(child);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await expect.poll(living, { timeout: 30_000, interval: 20 }).toBeLessThan(count - 6);
    for (let sent = 0; sent < interrupts; sent += 1) {
      child.kill("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await ended;
    world.sandbox.settings.latencyMs = 0;
    // After the first, the command waits for what is under way, which is the whole purge; after the second nothing new is
    // begun, and what was under way has ended, with its receipt.
    const deleted = count - living();
    if (interrupts === 2) expect(deleted).toBeLessThan(count);
    await expect.poll(async () => (await outcomesOf(ids)).length, { timeout: 10_000 }).toBe(deleted);
    const up = () => pulumi(folder, world.environment, "up", "--yes", "--skip-preview");
    expect(await up()).toMatchObject({ ok: true });
    expect(living()).toBe(0);
    expect((await outcomesOf(ids)).filter((outcome) => outcome === "deleted")).toHaveLength(count);
  });
});
