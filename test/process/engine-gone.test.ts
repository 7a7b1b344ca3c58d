/** How the SDK's real dynamic-provider process ends, without the CLI: by a signal, or because its engine is gone. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseReceipts } from "pulumi-oauth-clients/automation";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SHELL } from "../../src/core/shell.ts";
import { EngineStub, type Properties, ProviderProcess } from "../../tools/bench/provider-process.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const CLIENTS = 12;
const AT_ONCE = 3;

let sandbox: Sandbox;
let folder: string;
let engine: EngineStub;
let provider: ProviderProcess;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engine-gone-"));
  engine = await EngineStub.start();
});
afterEach(async () => {
  await provider.end();
  engine.close();
  sandbox.faults.clear();
  sandbox.settings.latencyMs = 0;
  for (const { id } of sandbox.clients.list()) sandbox.clients.remove(id, "hard");
  await rm(folder, { recursive: true });
});

async function start(nodeOptions: readonly string[] = []): Promise<void> {
  const environment = {
    ...process.env,
    REZOLVE_BASE_URL: sandbox.url,
    REZOLVE_TENANT_ID: sandbox.tenants[0].id,
    REZOLVE_TOKEN: await sandbox.adminToken(),
    REZOLVE_MAX_CONCURRENCY: String(AT_ONCE),
    OAUTH_CLIENTS_RECEIPTS_FILE: join(folder, "receipts.jsonl"),
  };
  provider = await ProviderProcess.start({
    cwd: REPOSITORY,
    shell: SHELL,
    environment,
    engineAddress: engine.address,
    nodeOptions,
  });
}

interface Client {
  id: string;
  outputs: Properties;
}

async function clients(): Promise<Client[]> {
  const numbers = Array.from({ length: CLIENTS }, (_, number) => number);
  return Promise.all(
    numbers.map(async (number) => {
      const inputs = await provider.check({
        __kind: "rezolve:OAuthClient",
        name: `Bot ${number}`,
        clientType: "confidential",
        redirectUris: [],
        grantTypes: ["client_credentials"],
        scopes: ["users:read"],
      });
      return provider.create(inputs);
    }),
  );
}

/** Asks for all deletions, and waits until the first have reached the vendor. */
async function begun(all: readonly Client[], latencyMs: number): Promise<{ answers: Promise<boolean[]> }> {
  sandbox.requests.clear();
  sandbox.settings.latencyMs = latencyMs;
  const done = all.map(({ id, outputs }) =>
    provider.delete(id, outputs).then(
      () => true,
      () => false,
    ),
  );
  while (sandbox.requests.count({ method: "DELETE" }) < AT_ONCE) await sleep(5);
  return { answers: Promise.all(done) };
}

/** Ids that have a receipt, and ids that are gone at the vendor. */
async function evidence(all: readonly Client[]): Promise<{ receipts: string[]; gone: string[] }> {
  const text = await readFile(join(folder, "receipts.jsonl"), "utf8").catch(() => "");
  const living = new Set(sandbox.clients.list().map(({ id }) => id));
  return {
    receipts: parseReceipts(text)
      .receipts.map(({ id }) => id)
      .sort(),
    gone: all
      .map(({ id }) => id)
      .filter((id) => !living.has(id))
      .sort(),
  };
}

test.each([
  ["is killed, its pipes with it", () => provider.closePipes()],
  ["only stops to answer at its address", () => {}],
])("an engine that %s: what is in flight ends with its receipt, nothing else is begun", async (_name, besides) => {
  await start();
  const all = await clients();
  const { answers } = await begun(all, 400);
  engine.close();
  besides();
  await provider.ended();
  expect((await answers).filter((done) => done)).toHaveLength(AT_ONCE);
  const { receipts, gone } = await evidence(all);
  expect(gone).toHaveLength(AT_ONCE);
  expect(receipts).toEqual(gone);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s: what is in flight ends with its receipt, nothing else is begun",
  async (signal) => {
    await start();
    const all = await clients();
    const { answers } = await begun(all, 400);
    process.kill(provider.pid, signal);
    await provider.ended();
    expect((await answers).filter((done) => done)).toHaveLength(AT_ONCE);
    const { receipts, gone } = await evidence(all);
    expect(gone).toHaveLength(AT_ONCE);
    expect(receipts).toEqual(gone);
  },
);

test("pipes that close while the engine lives: the work goes on, errors are printed to nobody, and it ends when nothing more comes", async () => {
  await start();
  const all = await clients();
  const [refused] = all;
  sandbox.faults.add({
    match: { method: "DELETE", path: new RegExp(refused?.id ?? "") },
    effect: { kind: "respond", status: 403, body: { success: false, error: { code: "FORBIDDEN" } } },
  });
  const { answers } = await begun(all, 50);
  provider.closePipes();
  expect((await answers).filter((done) => done)).toHaveLength(CLIENTS - 1);
  const { receipts, gone } = await evidence(all);
  expect(gone).toHaveLength(CLIENTS - 1);
  expect(receipts).toEqual(gone);
  await provider.ended();
});

test("an engine that dies before the first call is noticed with that call", async () => {
  await start();
  engine.close();
  provider.closePipes();
  await provider.check({ __kind: "rezolve:OAuthClient" }).catch(() => {});
  await provider.ended();
});

test("whatever is printed and thrown, and though the vendor never answers, the process ends", async () => {
  const noise = join(folder, "noise.cjs");
  await writeFile(
    noise,
    `process.once("SIGUSR2", () => setInterval(() => {
       console.log("out");
       console.error("error");
       Promise.reject(new Error("rejected"));
       throw new Error("thrown");
     }, 10));`,
  );
  await start(["--require", noise]);
  const all = await clients();
  await begun(all, 60_000);
  process.kill(provider.pid, "SIGUSR2");
  engine.close();
  provider.closePipes();
  await provider.ended();
});
