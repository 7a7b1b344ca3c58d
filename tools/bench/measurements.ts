/** What is measured. Each measurement gives its figures. */
import { setImmediate as turn } from "node:timers/promises";
import { SHELL } from "../../src/pulumi/shell.ts";
import type { Engine } from "../engine/engine.ts";
import { compared, exactly, type Figure, spreadOf, times } from "./figures.ts";
import { layProject, Project, type Setting, type Side, type StateResource } from "./project.ts";
import { EngineStub, type Memory, type Properties, ProviderProcess } from "./provider-process.ts";
import { type BenchVendor, startVendor } from "./vendor.ts";

const LATENCY_MS = 50;
const SIDES = ["ours", "base"] as const satisfies readonly Side[];

export interface Sizes {
  clients: number;
  rounds: number;
  manyClients: number;
  /** How often `up` of many clients is timed; 0: it is only hurried through for the preview. */
  manyRounds: number;
  starts: number;
  operations: number;
}

export interface Bench {
  folder: string;
  engine: Engine;
  sizes: Sizes;
  signal: AbortSignal;
  /** Says what is being done now. */
  doing(what: string): void;
}

/** Whole commands with some clients, ours and the baseline in turns; then the state, and the requests. */
export async function commands(bench: Bench): Promise<Figure[]> {
  const { clients, rounds } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const projects = await bothProjects(bench, `n${clients}`, vendor);
    const run = {
      up: (project: Project) => project.up(clients),
      destroy: (project: Project) => project.destroy(),
    };
    const took = { up: both<number[]>(() => []), destroy: both<number[]>(() => []) };
    const sent: Record<keyof typeof run, BenchVendor["requests"][]> = { up: [], destroy: [] };
    const states = both<State | null>(() => null);
    for (let round = 0; round < rounds; round += 1) {
      // Who goes first changes, so that neither always finds the warmer machine; and each command has its counterpart
      // right beside it, so that a machine which is slow for some seconds slows both.
      const sides = round % 2 === 0 ? SIDES : SIDES.toReversed();
      for (const command of ["up", "destroy"] as const) {
        for (const side of sides) {
          bench.doing(`round ${round + 1} of ${rounds}, ${command} of ${clients} clients, ${side}`);
          vendor.reset();
          took[command][side].push(await run[command](projects[side]));
          if (side === "ours") sent[command].push(vendor.requests);
          else if (vendor.total() > 0) throw new Error("The baseline has sent requests");
          if (command === "up") states[side] ??= await projects[side].state();
        }
      }
    }
    const { ours, base } = states;
    if (!ours || !base) throw new Error("There is no state");
    const most = (counts: number[]) => Math.max(...counts) / clients;
    const besides = [
      ...sent.up.map(({ POST, ...others }) => others),
      ...sent.destroy.map(({ DELETE, ...others }) => others),
    ];
    const compare = (command: keyof typeof run) =>
      compared(
        `${command} of ${clients} clients, API of ${LATENCY_MS} ms`,
        { ours: took[command].ours, baseline: took[command].base },
        1.15,
      );
    return [
      compare("up"),
      compare("destroy"),
      stateFigure(ours, base),
      ...shellFigures(ours.clients),
      exactly("requests per create", most(sent.up.map(({ POST = 0 }) => POST)), 1, sent),
      exactly("requests per delete", most(sent.destroy.map(({ DELETE = 0 }) => DELETE)), 1),
      exactly(
        "requests besides",
        most(besides.map((counts) => Object.values(counts).reduce((sum, one) => sum + one, 0))),
        0,
      ),
    ];
  });
}

/** Lets the engine write its state once at the end. That is most of its work here, and not what is measured. */
const HURRIED = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** Many clients: the whole `up`, and a preview in which nothing has changed. */
export async function manyClients(bench: Bench): Promise<Figure[]> {
  const { manyClients: count, manyRounds } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const projects = await bothProjects(bench, `n${count}`, vendor, manyRounds === 0 ? HURRIED : {});
    const up = both<number[]>(() => []);
    for (let round = 0; round < manyRounds; round += 1) {
      for (const side of round % 2 === 0 ? SIDES.toReversed() : SIDES) {
        bench.doing(`up of ${count} clients, round ${round + 1} of ${manyRounds}, ${side}`);
        up[side].push(await projects[side].up(count));
        // Ours of the last round stay for the preview.
        if (side === "base" || round < manyRounds - 1) await projects[side].destroy(HURRIED);
      }
    }
    if (manyRounds === 0) {
      bench.doing(`up of ${count} clients`);
      await projects.ours.up(count);
    }
    bench.doing(`preview of ${count} clients`);
    vendor.reset();
    const preview = await projects.ours.preview(count);
    const sent = vendor.total();
    const timed = { ours: up.ours, baseline: up.base };
    return [
      ...(manyRounds > 0 ? [compared(`up of ${count} clients, API of ${LATENCY_MS} ms`, timed, 1.1)] : []),
      exactly(`requests of a no-change preview of ${count} clients`, sent, 0),
      { name: "that preview took", value: `${(preview / 1_000).toFixed(1)} s`, data: preview },
    ];
  });
}

/**
 * From the start of the provider process to its first answer, and to that of the first creation, which loads what sends
 * requests: both against the least that a provider can be.
 */
export async function processStart(bench: Bench): Promise<Figure[]> {
  return await withVendor(0, async (vendor) => {
    const folder = `${bench.folder}/start`;
    await layProject(folder, "ours");
    const stub = await EngineStub.start();
    try {
      const shells: Record<Side, string> = {
        ours: SHELL,
        base: SHELL.replace("oauth-clients/provider", "bench-clients/empty"),
      };
      const answered = both<number[]>(() => []);
      const created = both<number[]>(() => []);
      // The first of each fills the disk cache and does not count.
      for (let round = -1; round < bench.sizes.starts; round += 1) {
        for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
          bench.signal.throwIfAborted();
          bench.doing(`start ${round + 1} of ${bench.sizes.starts}, ${side}`);
          const environment = environmentFor(vendor);
          const started = performance.now();
          const process = await ProviderProcess.start({
            cwd: folder,
            shell: shells[side],
            environment,
            engineAddress: stub.address,
          });
          try {
            const inputs = await process.check(INPUTS);
            const answeredMs = performance.now() - started;
            await process.create(inputs);
            if (round < 0) continue;
            answered[side].push(answeredMs);
            created[side].push(performance.now() - started);
          } finally {
            await process.end();
          }
        }
      }
      return [
        compared(
          "provider process, from its start to its first answer, against an empty dynamic provider",
          { ours: answered.ours, baseline: answered.base },
          1.15,
        ),
        compared(
          "provider process, from its start to its first created client, against an empty dynamic provider",
          { ours: created.ours, baseline: created.base },
          1.2,
        ),
      ];
    } finally {
      stub.close();
    }
  });
}

/** Memory of one provider process over many operations. */
export async function memory(bench: Bench): Promise<Figure[]> {
  const { operations } = bench.sizes;
  return await withVendor(0, async (vendor) => {
    const folder = `${bench.folder}/memory`;
    await layProject(folder, "ours");
    const stub = await EngineStub.start();
    let process: ProviderProcess | undefined;
    try {
      process = await ProviderProcess.start({
        cwd: folder,
        shell: SHELL,
        environment: environmentFor(vendor),
        engineAddress: stub.address,
        probed: true,
      });
      const samples: (Memory & { operations: number })[] = [];
      const step = operations / 10;
      const paces: number[] = [];
      for (let done = step; done <= operations; done += step) {
        const since = performance.now();
        await lives(process, done - step, step / OPERATIONS_PER_LIFE, bench.signal);
        paces.push(performance.now() - since);
        samples.push({ operations: done, ...(await process.memory()) });
        bench.doing(`${done} of ${operations} operations`);
      }
      const [first, last] = [samples.at(0), samples.at(-1)];
      if (!first || !last) throw new Error("There are no samples");
      const perOperation = (last.used - first.used) / (last.operations - first.operations);
      const growth = last.used / first.used;
      return [
        {
          name: `memory of one provider process over ${operations} operations, after garbage collection`,
          value: `${megabytes(first.used)} after ${first.operations}, ${megabytes(last.used)} at the end (${times(growth)}, ${perOperation.toFixed(0)} bytes for each operation; resident ${megabytes(first.rss)} and ${megabytes(last.rss)})`,
          target: `<= ${times(FLAT)}`,
          holds: growth <= FLAT,
          data: samples,
        },
        {
          name: "time for each tenth of these operations; it should not rise",
          value: `${paces.map((pace) => (pace / 1_000).toFixed(1)).join(", ")} s`,
          data: paces,
        },
      ];
    } finally {
      await process?.end();
      stub.close();
    }
  });
}

/** Growth of what is in use that still counts as none: from a tenth of the operations to all of them. */
const FLAT = 1.1;
const OPERATIONS_PER_LIFE = 4;
/** The engine's default on two cores. */
const AT_A_TIME = 8;

const INPUTS = {
  __kind: "rezolve:OAuthClient",
  name: "Bench client",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

/** Creates, reads, updates and deletes clients, with a check and a diff before each change as the engine does. */
async function lives(process: ProviderProcess, from: number, count: number, signal: AbortSignal): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      signal.throwIfAborted();
      const name = `Bench client ${from}-${next++}`;
      const inputs = await process.check({ ...INPUTS, name });
      const { id, outputs } = await process.create(inputs);
      await process.read(id, outputs);
      const changed: Properties = await process.check({ ...INPUTS, name, description: "changed" });
      await process.diff(id, outputs, changed);
      await process.delete(id, await process.update(id, outputs, changed));
      await turn();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

function both<Value>(value: () => Value): Record<Side, Value> {
  return { ours: value(), base: value() };
}

async function bothProjects(
  bench: Bench,
  name: string,
  vendor: BenchVendor,
  environment: Record<string, string> = {},
): Promise<Record<Side, Project>> {
  const setting: Setting = {
    folder: `${bench.folder}/${name}`,
    engine: bench.engine,
    signal: bench.signal,
    environment: { ...environmentFor(vendor), BENCH_LATENCY_MS: String(LATENCY_MS), ...environment },
  };
  return { ours: await Project.create("ours", setting), base: await Project.create("base", setting) };
}

function environmentFor(vendor: BenchVendor): Record<string, string> {
  return {
    REZOLVE_BASE_URL: vendor.url,
    REZOLVE_TENANT_ID: "5a4dbc0e-0000-4000-8000-000000000001",
    REZOLVE_TOKEN: "bench-token",
  };
}

async function withVendor<Result>(latencyMs: number, work: (vendor: BenchVendor) => Promise<Result>): Promise<Result> {
  const vendor = await startVendor(latencyMs);
  try {
    return await work(vendor);
  } finally {
    await vendor.close();
  }
}

interface State {
  clients: StateResource[];
  bytes: number;
}

/** Bytes in the state for each client, and where they are. */
function stateFigure(ours: State, base: State): Figure {
  const perClient = ({ bytes, clients }: State) => bytes / clients.length;
  const ratio = perClient(ours) / perClient(base);
  const parts = Object.fromEntries(
    (["inputs", "outputs"] as const).map((part) => [
      part,
      { ours: keyBytes(ours, part), baseline: keyBytes(base, part) },
    ]),
  );
  return {
    name: "bytes in the state file for each client",
    value: `ours ${perClient(ours).toFixed(0)}, baseline ${perClient(base).toFixed(0)}: ${times(ratio)}`,
    target: `<= ${times(1.2)}`,
    holds: ratio <= 1.2,
    data: { ours: perClient(ours), baseline: perClient(base), parts },
  };
}

/** How many bytes each property takes, in the middle of all clients. */
function keyBytes({ clients }: State, part: "inputs" | "outputs"): Record<string, number> {
  const keys = new Set(clients.flatMap((client) => Object.keys(client[part] ?? {})));
  const bytesOf = (key: string) =>
    clients.map((client) => Buffer.byteLength(JSON.stringify({ [key]: client[part]?.[key] })) - 1);
  return Object.fromEntries([...keys].map((key) => [key, spreadOf(bytesOf(key)).median]));
}

function shellFigures(clients: StateResource[]): Figure[] {
  const shells = clients.flatMap(({ inputs, outputs }) => [String(inputs?.__provider), String(outputs?.__provider)]);
  const bytes = Buffer.byteLength(shells[0] ?? "");
  const same = shells.length === 2 * clients.length && shells.every((shell) => shell === SHELL);
  return [
    { name: "bytes of __provider", value: String(bytes), target: "<= 120", holds: bytes > 0 && bytes <= 120 },
    {
      name: "__provider is the agreed line in the inputs and outputs of every client",
      value: same ? `yes, ${shells.length} times` : `no: ${[...new Set(shells)].join(" | ")}`,
      target: "= yes",
      holds: same,
    },
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
