/** A CLI that is killed hard in the middle of a destroy: what it leaves behind, and what the next destroy finds. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findEngine } from "../../tools/engine/engine.ts";
import { BOT } from "./clients.ts";
import { killed, processesOf, type WorldProcess } from "./processes.ts";
import { seeded } from "./random.ts";
import { type TestStack, World } from "./world.ts";

const CLIENTS = 24;
/** More than these wait inside the provider. */
const REQUESTS_AT_ONCE = 4;
const LATENCY_MS = 300;
const LONGEST_LIFE_MS = 15_000;
const MOST_MB = 150;

/** `OAUTH_CLIENTS_TEST_KILLS=20 npx vitest run test/engine/kills` for a longer run; the seed brings moments back. */
const KILLS = Number(process.env.OAUTH_CLIENTS_TEST_KILLS ?? 3);
const SEED = Number(process.env.OAUTH_CLIENTS_TEST_SEED ?? Date.now() % 1_000_000);

/** A moment of a destroy: once so many deletions have been asked for, and so much later. */
interface Moment {
  deletions: number;
  laterMs: number;
}

function moments(count: number, seed: number): Moment[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => ({ deletions: 1 + random(CLIENTS - 1), laterMs: random(LATENCY_MS) }));
}

let world: World;
let stack: TestStack;
let cli: ChildProcess | undefined;
beforeAll(async () => {
  world = await World.create();
  world.environment.REZOLVE_MAX_CONCURRENCY = String(REQUESTS_AT_ONCE);
  // A kill while the file backend writes its sidecar files leaves one empty: "failed to load checkpoint: EOF".
  world.environment.PULUMI_BACKEND_URL += "?metadata=skip";
  stack = await world.stack(async () => {
    for (let index = 0; index < CLIENTS; index += 1)
      new rezolve.OAuthClient(`bot-${index}`, { ...BOT, name: `Bot ${index}` });
  });
});
afterAll(async () => {
  cli?.kill("SIGKILL");
  for (const { pid } of await providers()) killed(pid);
  await world.close();
});

/** Starts a destroy of all clients with the real command. */
async function destroying(): Promise<{ child: ChildProcess; ids: string[] }> {
  const up = await stack.up();
  if (!up.ok) throw new Error(up.text);
  const ids = world.sandbox.clients.list().map(({ id }) => id);
  world.sandbox.requests.clear();
  world.sandbox.settings.latencyMs = LATENCY_MS;
  const { pulumi } = await findEngine();
  const child = spawn(pulumi, ["destroy", "--yes", "--skip-preview", "--stack", "test", "--parallel", "8"], {
    cwd: stack.stack.workspace.workDir,
    env: world.environment,
    stdio: "ignore",
  });
  cli = child;
  return { child, ids: ids.sort() };
}

async function deletionsAsked(count: number): Promise<void> {
  while (world.sandbox.requests.count({ method: "DELETE" }) < count) await sleep(5);
}

/** Of these clients, which have a receipt of their deletion; twice where they have two. */
async function withReceipt(ids: readonly string[]): Promise<string[]> {
  const receipts = await world.receipts();
  return receipts
    .filter(({ id, outcome }) => ids.includes(id) && outcome === "deleted")
    .map(({ id }) => id)
    .sort();
}

test.skipIf(process.platform !== "linux").each(moments(KILLS, SEED))(
  `kill -9 after $deletions deletions and $laterMs ms (seed ${SEED}): the provider finishes, writes its receipts and ends`,
  async ({ deletions, laterMs }) => {
    const { child, ids } = await destroying();
    const ended = once(child, "exit");
    await deletionsAsked(deletions);
    await sleep(laterMs);
    let left = await providers();
    child.kill("SIGKILL");
    await ended;

    const killed = performance.now();
    let mostMb = 0;
    while (left.length > 0 && performance.now() - killed < LONGEST_LIFE_MS) {
      mostMb = Math.max(mostMb, ...left.map(({ memoryMb }) => memoryMb));
      await sleep(20);
      left = await providers();
    }
    const livedMs = Math.round(performance.now() - killed);
    world.sandbox.settings.latencyMs = 0;
    const living = new Set(world.sandbox.clients.list().map(({ id }) => id));
    const deleted = ids.filter((id) => !living.has(id));
    console.log(
      `killed after ${deletions} deletions and ${laterMs} ms: lived ${livedMs} ms more, at most ${mostMb} MB, ${deleted.length} of ${CLIENTS} deleted`,
    );
    expect(left).toEqual([]);
    expect(mostMb).toBeLessThan(MOST_MB);
    expect(await withReceipt(ids)).toEqual(deleted);

    await stack.stack.cancel();
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(0);
    expect(await withReceipt(ids)).toEqual(ids);
  },
);

test.skipIf(process.platform === "win32")("a CLI that is stopped and goes on finds its provider there", async () => {
  const { child, ids } = await destroying();
  const ended = once(child, "exit");
  await deletionsAsked(5);
  child.kill("SIGSTOP");
  // Longer than the provider waits for the engine to take a line.
  await sleep(4_000);
  child.kill("SIGCONT");
  expect(await ended).toEqual([0, null]);
  expect(world.sandbox.clients.count()).toBe(0);
  expect(await withReceipt(ids)).toEqual(ids);
});

/** The provider processes of this world. */
async function providers(): Promise<WorldProcess[]> {
  return (await processesOf(world)).filter(({ isProvider }) => isProvider);
}
