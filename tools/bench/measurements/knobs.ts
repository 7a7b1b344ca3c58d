/** What the engine's own settings give where there are many clients and the state is in files, and what they risk. */
import { type Figure, type Timing, times } from "../figures.ts";
import type { Run } from "../project.ts";
import { OURS } from "../sides.ts";
import { type Bench, HURRIED, LATENCY_MS, projectsOf, withVendor } from "./bench.ts";

interface Knob extends Run {
  name: string;
  /** As the engine's source says it; checked for 3.259. */
  risk: string;
}

const PARALLEL = { options: ["--parallel", "32"], environment: { REZOLVE_MAX_CONCURRENCY: "32" } } as const;

const LOST_STATE =
  "The state is written once, at the end: an engine that is killed before leaves clients that no state has, and deleted ones that it still has.";
const MORE_LOAD =
  "The vendor gets up to 32 requests at a time, and may answer 429; an engine that is killed leaves as many operations pending.";

/** Each is tried alone, and what goes together, together. */
const KNOBS: readonly Knob[] = [
  {
    name: "plain",
    risk: "None: the state and a .bak of it are written before and after each operation.",
  },
  { name: "PULUMI_SKIP_CHECKPOINTS=true", environment: HURRIED, risk: LOST_STATE },
  {
    name: "PULUMI_DIY_BACKEND_GZIP=true",
    environment: { PULUMI_DIY_BACKEND_GZIP: "true" },
    risk: "None for the state, which is written as often; it is then bench.json.gz, which other tools have to unpack, and the next command without the setting writes it plain again.",
  },
  {
    name: "PULUMI_DIY_BACKEND_ZSTD=true",
    environment: { PULUMI_DIY_BACKEND_ZSTD: "true" },
    risk: "None for the state, which is written as often; it is then bench.json.zst, to engines that do not know zstd there is no such stack.",
  },
  {
    name: "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS=true",
    environment: { PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true" },
    risk: "No copy of the state in .pulumi/backups after each command, to go back to; the .bak beside the state and the history are still written.",
  },
  { name: "--parallel 32", ...PARALLEL, risk: MORE_LOAD },
  {
    name: "PULUMI_SKIP_CHECKPOINTS=true --parallel 32",
    options: PARALLEL.options,
    environment: { ...HURRIED, ...PARALLEL.environment },
    risk: `${LOST_STATE} ${MORE_LOAD}`,
  },
];

export async function knobs(bench: Bench): Promise<Figure[]> {
  const { knobClients: clients } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const figures: Figure[] = [];
    const plain: Record<string, number> = {};
    for (const [index, { name, risk, ...run }] of KNOBS.entries()) {
      // Each has a stack of its own: the state's form would go on to the next.
      const [project] = await projectsOf(bench, [OURS], `knob${index}`, vendor);
      if (project === undefined) throw new Error("There is no project");
      const cell = async (of: string, work: () => Promise<number>): Promise<Timing> => {
        bench.doing(`${of} of ${clients} clients, ${name}`);
        vendor.reset();
        const milliseconds = [await work()];
        const requestsPerClient = vendor.total() / clients;
        return { of, clients, side: name, milliseconds, requestsPerClient };
      };
      const created = await cell("create", () => project.up(clients, run));
      const stateBytes = await project.stateBytes();
      const timings = [{ ...created, stateBytes }, await cell("destroy", () => project.destroy(run))];
      const shown = timings.map(({ of, milliseconds }) => {
        const [took = Number.NaN] = milliseconds;
        plain[of] ??= took;
        return `${of} ${(took / 1_000).toFixed(2)} s, ${times(took / plain[of])}`;
      });
      figures.push({
        name: `${clients} clients, ${name}`,
        value: shown.join("; "),
        note: risk,
        timings,
      });
    }
    return figures;
  });
}
