/** Whole commands with some clients: how long they take, what is in the state, and how many requests there are. */
import { SHELL } from "../../../src/core/shell.ts";
import {
  against,
  besideLean,
  compared,
  exactly,
  type Figure,
  type Measured,
  mapped,
  measured,
  shownCount,
  shownSeconds,
  spreadOf,
  times,
  timingsOf,
} from "../figures.ts";
import type { Project, StateResource } from "../project.ts";
import { inTurn } from "../turns.ts";
import type { BenchVendor } from "../vendor.ts";
import { type Bench, LATENCY_MS, projectsOf, sidesOf, withVendor } from "./bench.ts";

/** Whole commands with some clients, all sides in turns; then the state, and the requests. */
export async function commands(bench: Bench): Promise<Figure[]> {
  const { clients, rounds } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const projects = await projectsOf(bench, sidesOf(bench), `n${clients}`, vendor);
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
          if ((name === "baseline" || name === "lean") && vendor.total() > 0)
            throw new Error("The baseline has sent requests");
          if (command === "up") states[name].push(await project.state());
        }
      }
    }
    const timed = (command: keyof typeof run, most: number) => {
      const name = `${command} of ${clients} clients, API of ${LATENCY_MS} ms`;
      const requests = sent[command].ours.map((counts) => sum(counts) / clients);
      const of = command === "up" ? "create" : "destroy";
      const timings = timingsOf({ of, clients }, took[command], {
        requests,
        ...(command === "up" ? { stateBytes: mapped(states, ({ bytes }) => bytes) } : {}),
      });
      return [
        { ...compared(name, took[command], most), timings },
        ...(took[command].lean.length > 0 ? [besideLean(name, took[command])] : []),
        ...against(name, took[command], shownSeconds),
      ];
    };
    return [
      ...timed("up", 1),
      ...timed("destroy", 1.15),
      ...stateFigures(states),
      ...shellFigures(states.ours[0]?.clients ?? []),
      ...requestFigures(sent, clients),
    ];
  });
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

function sum(counts: BenchVendor["requests"]): number {
  return Object.values(counts).reduce((total, one) => total + one, 0);
}

/** How many requests a client takes. */
function requestFigures(sent: Record<"up" | "destroy", Measured<BenchVendor["requests"]>>, clients: number): Figure[] {
  const created = mapped(sent.up, ({ POST = 0 }) => POST / clients);
  const deleted = mapped(sent.destroy, ({ DELETE = 0 }) => DELETE / clients);
  const besidesUp = mapped(sent.up, ({ POST, ...others }) => sum(others) / clients);
  const besidesDestroy = mapped(sent.destroy, ({ DELETE, ...others }) => sum(others) / clients);
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
