/** What is measured. Each measurement gives its figures. */
import { setImmediate as turn } from "node:timers/promises";
import { SHELL } from "../../src/pulumi/shell.ts";
import type { Engine } from "../engine/engine.ts";
import {
  against,
  compared,
  exactly,
  type Figure,
  type Measured,
  mapped,
  measured,
  shownCount,
  shownMegabytes,
  shownSeconds,
  spreadOf,
  times,
} from "./figures.ts";
import { layProject, Project, type Setting, type StateResource } from "./project.ts";
import { EngineStub, type Memory, type Properties, ProviderProcess } from "./provider-process.ts";
import { BASELINE, EMPTY, OURS, type Side } from "./sides.ts";
import { inTurn } from "./turns.ts";
import { type BenchVendor, startVendor } from "./vendor.ts";

const LATENCY_MS = 50;

export interface Sizes {
  clients: number;
  rounds: number;
  manyClients: number;
  /** How often `up` of many clients is timed; 0: it is only hurried through for the preview. */
  manyRounds: number;
  previews: number;
  starts: number;
  operations: number;
}

export interface Bench {
  folder: string;
  engine: Engine;
  /** Ours, and another one to compare it with if there is one. */
  builds: readonly Side[];
  sizes: Sizes;
  signal: AbortSignal;
  /** Says what is being done now. */
  doing(what: string): void;
}

/** Whole commands with some clients, all sides in turns; then the state, and the requests. */
export async function commands(bench: Bench): Promise<Figure[]> {
  const { clients, rounds } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const projects = await allProjects(bench, `n${clients}`, vendor);
    const run = {
      up: (project: Project) => project.up(clients),
      destroy: (project: Project) => project.destroy(),
    };
    const took = { up: measured(), destroy: measured() };
    const sent = { up: measured<BenchVendor["requests"]>(), destroy: measured<BenchVendor["requests"]>() };
    const states = measured<State>();
    for (let round = 0; round < rounds; round += 1) {
      // Each command has its counterparts right beside it, so that a machine which is slow for some seconds slows all.
      for (const command of ["up", "destroy"] as const) {
        for (const project of inTurn(projects, round)) {
          const { name } = project.side;
          bench.doing(`round ${round + 1} of ${rounds}, ${command} of ${clients} clients, ${name}`);
          vendor.reset();
          took[command][name].push(await run[command](project));
          sent[command][name].push(vendor.requests);
          if (name === "baseline" && vendor.total() > 0) throw new Error("The baseline has sent requests");
          if (command === "up") states[name].push(await project.state());
        }
      }
    }
    const timed = (command: keyof typeof run) => {
      const name = `${command} of ${clients} clients, API of ${LATENCY_MS} ms`;
      return [compared(name, took[command], 1.15), ...against(name, took[command], shownSeconds)];
    };
    return [
      ...timed("up"),
      ...timed("destroy"),
      ...stateFigures(states),
      ...shellFigures(states.ours[0]?.clients ?? []),
      ...requestFigures(sent, clients),
    ];
  });
}

/**
 * Lets the engine write its state once at the end. That is most of its work here, and the same for two builds whose states
 * are as big: without it there is time for more rounds, and less that hides a difference.
 */
const HURRIED = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** Many clients: the whole `up`, and previews in which nothing has changed. */
export async function manyClients(bench: Bench): Promise<Figure[]> {
  const { manyClients: count, manyRounds, previews } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const isHurried = manyRounds === 0 || isCompared(bench);
    const projects = await allProjects(bench, `n${count}`, vendor, isHurried ? HURRIED : {});
    // A promise of how long a preview may take, there is none: ours alone would have nothing to be compared with.
    const previewed = isCompared(bench) ? projects : projects.filter(({ side }) => side === OURS);
    const up = measured();
    for (let round = 0; round < manyRounds; round += 1) {
      for (const project of inTurn(projects, round)) {
        bench.doing(`up of ${count} clients, round ${round + 1} of ${manyRounds}, ${project.side.name}`);
        up[project.side.name].push(await project.up(count));
        // Those of the last round stay for the previews.
        if (round < manyRounds - 1 || !previewed.includes(project)) await project.destroy(HURRIED);
      }
    }
    if (manyRounds === 0) {
      bench.doing(`up of ${count} clients`);
      for (const project of previewed) await project.up(count);
    }
    const preview = measured();
    const sent = measured();
    for (let round = 0; round < previews; round += 1) {
      for (const project of inTurn(previewed, round)) {
        const { name } = project.side;
        bench.doing(`preview of ${count} clients, ${round + 1} of ${previews}, ${name}`);
        vendor.reset();
        preview[name].push(await project.preview(count));
        sent[name].push(vendor.total());
      }
    }
    const upName = `up of ${count} clients, API of ${LATENCY_MS} ms${isHurried ? ", state written once" : ""}`;
    const sentName = `requests of a no-change preview of ${count} clients`;
    const { median } = spreadOf(preview.ours);
    return [
      ...(manyRounds > 0 ? [compared(upName, up, 1.1)] : []),
      ...against(upName, up, shownSeconds),
      exactly(sentName, Math.max(...sent.ours), 0),
      ...against(sentName, sent, shownCount),
      { name: "that preview took", value: `${(median / 1_000).toFixed(1)} s`, data: median },
      ...against(`no-change preview of ${count} clients`, preview, shownSeconds),
    ];
  });
}

/**
 * From the start of the provider process to its first answer, and to that of the first creation, which loads what sends
 * requests: both against the least that a provider can be.
 */
export async function processStart(bench: Bench): Promise<Figure[]> {
  return await withVendor(0, async (vendor) => {
    const stub = await EngineStub.start();
    try {
      const projects = await eachLaid([...bench.builds, EMPTY], `${bench.folder}/start`);
      const answered = measured();
      const created = measured();
      // The first of each fills the disk cache and does not count.
      for (let round = 0; round <= bench.sizes.starts; round += 1) {
        for (const { side, cwd } of inTurn(projects, round)) {
          bench.signal.throwIfAborted();
          bench.doing(`start ${round} of ${bench.sizes.starts}, ${side.name}`);
          const environment = environmentFor(vendor);
          const started = performance.now();
          const process = await ProviderProcess.start({
            cwd,
            shell: side.shell,
            environment,
            engineAddress: stub.address,
          });
          try {
            const inputs = await process.check(INPUTS);
            const answeredMs = performance.now() - started;
            await process.create(inputs);
            if (round === 0) continue;
            answered[side.name].push(answeredMs);
            created[side.name].push(performance.now() - started);
          } finally {
            await process.end();
          }
        }
      }
      const toAnswer = "provider process, from its start to its first answer";
      const toClient = "provider process, from its start to its first created client";
      return [
        compared(`${toAnswer}, against an empty dynamic provider`, answered, 1.15),
        ...against(toAnswer, answered, shownSeconds),
        compared(`${toClient}, against an empty dynamic provider`, created, 1.2),
        ...against(toClient, created, shownSeconds),
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
    const stub = await EngineStub.start();
    // One process for each side is enough: what it uses after a garbage collection is all but the same in every process.
    const running: { side: Side; process: ProviderProcess }[] = [];
    try {
      const sides = isCompared(bench) ? [...bench.builds, BASELINE] : bench.builds;
      for (const { side, cwd } of await eachLaid(sides, `${bench.folder}/memory`)) {
        const process = await ProviderProcess.start({
          cwd,
          shell: side.shell,
          environment: environmentFor(vendor),
          engineAddress: stub.address,
          probed: true,
        });
        running.push({ side, process });
      }
      const samples = measured<Memory & { operations: number }>();
      const paces = measured();
      const step = operations / 10;
      for (let tenth = 0; tenth < 10; tenth += 1) {
        for (const { side, process } of inTurn(running, tenth)) {
          const done = (tenth + 1) * step;
          bench.doing(`${done} of ${operations} operations, ${side.name}`);
          const since = performance.now();
          await lives(process, done - step, step / OPERATIONS_PER_LIFE, bench.signal);
          paces[side.name].push(performance.now() - since);
          samples[side.name].push({ operations: done, ...(await process.memory()) });
        }
      }
      const [first, last] = [samples.ours.at(0), samples.ours.at(-1)];
      if (!first || !last) throw new Error("There are no samples");
      const perOperation = (last.used - first.used) / (last.operations - first.operations);
      const growth = last.used / first.used;
      const memoryName = `memory of one provider process over ${operations} operations, after garbage collection`;
      return [
        {
          name: memoryName,
          value: `${megabytes(first.used)} after ${first.operations}, ${megabytes(last.used)} at the end (${times(growth)}, ${perOperation.toFixed(0)} bytes for each operation; resident ${megabytes(first.rss)} and ${megabytes(last.rss)})`,
          target: `<= ${times(FLAT)}`,
          holds: growth <= FLAT,
          data: samples.ours,
        },
        ...against(
          memoryName,
          mapped(samples, ({ used }) => used),
          shownMegabytes,
        ),
        {
          name: "time for each tenth of these operations; it should not rise",
          value: `${paces.ours.map((pace) => (pace / 1_000).toFixed(1)).join(", ")} s`,
          data: paces.ours,
        },
        ...against("time for a tenth of these operations", paces, shownSeconds),
      ];
    } finally {
      for (const { process } of running) await process.end();
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

function isCompared({ builds }: Bench): boolean {
  return builds.length > 1;
}

async function allProjects(
  bench: Bench,
  name: string,
  vendor: BenchVendor,
  environment: Record<string, string> = {},
): Promise<Project[]> {
  const setting: Setting = {
    folder: `${bench.folder}/${name}`,
    engine: bench.engine,
    signal: bench.signal,
    environment: { ...environmentFor(vendor), BENCH_LATENCY_MS: String(LATENCY_MS), ...environment },
  };
  const projects: Project[] = [];
  for (const side of [...bench.builds, BASELINE]) projects.push(await Project.create(side, setting));
  return projects;
}

/** Projects to start provider processes in, without an engine. */
async function eachLaid(sides: readonly Side[], folder: string): Promise<{ side: Side; cwd: string }[]> {
  return await Promise.all(
    sides.map(async (side) => ({ side, cwd: await layProject(`${folder}-${side.name}`, side) })),
  );
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
function stateFigures(states: Measured<State>): Figure[] {
  const perClient = ({ bytes, clients }: State) => bytes / clients.length;
  const of = mapped(states, perClient);
  const [ours = Number.NaN] = of.ours;
  const [baseline = Number.NaN] = of.baseline;
  const ratio = ours / baseline;
  const firsts = Object.entries(states).flatMap(([side, [first]]) => (first ? [{ side, first }] : []));
  const parts = Object.fromEntries(
    (["inputs", "outputs"] as const).map((part) => [
      part,
      Object.fromEntries(firsts.map(({ side, first }) => [side, keyBytes(first, part)])),
    ]),
  );
  const name = "bytes in the state file for each client";
  return [
    {
      name,
      value: `ours ${ours.toFixed(0)}, baseline ${baseline.toFixed(0)}: ${times(ratio)}`,
      target: `<= ${times(1.2)}`,
      holds: ratio <= 1.2,
      data: { ours, baseline, parts },
    },
    ...against(name, of, shownCount),
  ];
}

/** How many requests a client takes. */
function requestFigures(sent: Record<"up" | "destroy", Measured<BenchVendor["requests"]>>, clients: number): Figure[] {
  const created = mapped(sent.up, ({ POST = 0 }) => POST / clients);
  const deleted = mapped(sent.destroy, ({ DELETE = 0 }) => DELETE / clients);
  const sum = (counts: BenchVendor["requests"]) =>
    Object.values(counts).reduce((total, one) => total + one, 0) / clients;
  const besidesUp = mapped(sent.up, ({ POST, ...others }) => sum(others));
  const besidesDestroy = mapped(sent.destroy, ({ DELETE, ...others }) => sum(others));
  const most = (counts: readonly number[]) => Math.max(...counts);
  return [
    exactly("requests per create", most(created.ours), 1, { up: sent.up.ours, destroy: sent.destroy.ours }),
    ...against("requests per create", created, shownCount),
    exactly("requests per delete", most(deleted.ours), 1),
    ...against("requests per delete", deleted, shownCount),
    exactly("requests besides", most([...besidesUp.ours, ...besidesDestroy.ours]), 0),
    ...against("requests besides, of an up", besidesUp, shownCount),
    ...against("requests besides, of a destroy", besidesDestroy, shownCount),
  ];
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
