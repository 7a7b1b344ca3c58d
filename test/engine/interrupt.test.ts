import { type ChildProcess, spawn } from "node:child_process";
import { rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { findEngine } from "../../tools/engine/engine.ts";
import { BOT } from "./clients.ts";
import { type TestStack, World } from "./world.ts";

const CLIENTS = 20;

let world: World;
const started: ChildProcess[] = [];
beforeAll(async () => {
  world = await World.create();
});
afterEach(() => {
  world.sandbox.settings.latencyMs = 0;
  for (const child of started.splice(0)) child.kill("SIGKILL");
});
afterAll(() => world.close());

async function many(): Promise<TestStack> {
  const stack = await world.stack(async () => {
    for (let index = 0; index < CLIENTS; index += 1)
      new rezolve.OAuthClient(`bot-${index}`, { ...BOT, name: `Bot ${index}` });
  });
  const { ok, text } = await stack.up();
  if (!ok) throw new Error(text);
  return stack;
}

/** Destroys with the real command, and interrupts it so many times once a few deletions are done. */
async function interrupted(stack: TestStack, interrupts: number): Promise<void> {
  world.sandbox.settings.latencyMs = 400;
  const engine = await findEngine();
  const child = spawn(engine.pulumi, ["destroy", "--yes", "--skip-preview", "--stack", "test", "--parallel", "4"], {
    cwd: stack.stack.workspace.workDir,
    env: { ...process.env, ...world.environment },
    stdio: "ignore",
  });
  started.push(child);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const before = world.sandbox.clients.count();
  await waitUntil(() => world.sandbox.clients.count() <= before - 4);
  for (let sent = 0; sent < interrupts; sent += 1) {
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  await ended;
  world.sandbox.settings.latencyMs = 0;
}

test("two interrupts of a destroy: every finished deletion has its receipt, and the next destroy finishes", async () => {
  const stack = await many();
  await interrupted(stack, 2);
  const deleted = CLIENTS - world.sandbox.clients.count();
  expect(deleted).toBeGreaterThan(0);
  expect(deleted).toBeLessThan(CLIENTS);
  await waitUntil(async () => (await world.receipts()).length >= deleted);
  const receipts = await world.receipts();
  expect(receipts).toHaveLength(deleted);
  expect(receipts.every(({ outcome, tokensRevoked }) => outcome === "deleted" && tokensRevoked === 0)).toBe(true);

  // The engine was cut off: a killed command may leave its lock.
  await stack.stack.cancel();
  expect(await stack.destroy()).toMatchObject({ ok: true });
  expect(world.sandbox.clients.count()).toBe(0);
  const ids = new Set((await world.receipts()).filter(({ outcome }) => outcome === "deleted").map(({ id }) => id));
  expect(ids.size).toBe(CLIENTS);
});

async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("It did not come true within 30 s.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
