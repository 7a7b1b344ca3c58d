/** What people would use instead of this package, in the same run and against the same vendor. */
import { type Figure, shownSeconds, spreadOf, type Timing } from "../figures.ts";
import { Project } from "../project.ts";
import { DOCS_PATTERN, OURS } from "../sides.ts";
import { findTerraform, TerraformProject } from "../terraform.ts";
import { inTurn } from "../turns.ts";
import type { BenchVendor } from "../vendor.ts";
import { type Bench, environmentFor, LATENCY_MS, withVendor } from "./bench.ts";

const OPERATIONS = ["create", "no change", "destroy"] as const;
type Operation = (typeof OPERATIONS)[number];

const NAMES = ["ours", "docs' pattern", "Terraform with a generic REST provider"] as const;
type Name = (typeof NAMES)[number];

/** From so many clients on, ours has to be faster: with few, what counts is how long a command takes to start. */
const MANY = 1_000;

/** One of those compared, in a project of its own. */
interface Contender {
  name: Name;
  run: Record<Operation, (clients: number) => Promise<number>>;
  stateBytes(): Promise<number>;
}

/** What one command took. */
export interface Seen {
  of: Operation;
  side: Name;
  milliseconds: number;
  requests: number;
  stateBytes?: number;
}

export async function alternatives(bench: Bench): Promise<Figure[]> {
  const terraform = await findTerraform(bench.progress, bench.signal);
  if (!terraform.usable) bench.progress.note(`measuring without Terraform: ${terraform.reason}`);
  bench.progress.begin("Measuring the alternatives");
  return await withVendor(LATENCY_MS, async (vendor) => {
    const figures: Figure[] = [];
    for (const { clients, rounds } of bench.sizes.alternatives) {
      const setting = {
        folder: `${bench.folder}/alternatives-n${clients}`,
        engine: bench.engine,
        signal: bench.signal,
        environment: environmentFor(vendor),
      };
      const contenders = [
        ofPulumi("ours", await Project.create(OURS, setting)),
        ofPulumi("docs' pattern", await Project.create(DOCS_PATTERN, setting)),
      ];
      if (terraform.usable) {
        const { REZOLVE_TENANT_ID: tenant, REZOLVE_TOKEN: token } = environmentFor(vendor);
        const { signal } = bench;
        const folder = `${setting.folder}-terraform`;
        const project = { folder, terraform: terraform.value, signal, address: vendor.url, tenant, token };
        contenders.push(ofTerraform(await TerraformProject.create(project)));
      }
      const seen: Seen[] = [];
      for (let round = 0; round < rounds; round += 1) {
        for (const operation of OPERATIONS) {
          for (const contender of inTurn(contenders, round)) {
            bench.doing(`round ${round + 1} of ${rounds}, ${operation} of ${clients} clients, ${contender.name}`);
            seen.push(await measure(contender, operation, clients, vendor));
          }
        }
      }
      figures.push(...alternativeFigures(clients, seen));
    }
    const used = terraform.usable
      ? `Terraform ${terraform.value.version}, its REST provider ${terraform.value.providerVersion}`
      : `left out: ${terraform.reason}`;
    return [...figures, { name: "Terraform with a generic REST provider", value: used }];
  });
}

async function measure(
  { name, run, stateBytes }: Contender,
  operation: Operation,
  clients: number,
  vendor: BenchVendor,
): Promise<Seen> {
  vendor.reset();
  const milliseconds = await run[operation](clients);
  const requests = vendor.total();
  const { POST: created = 0, DELETE: deleted = 0 } = vendor.requests;
  const wanted = { create: [clients, 0], "no change": [0, 0], destroy: [0, clients] }[operation];
  if (created !== wanted[0] || deleted !== wanted[1]) {
    const told = `${created} were created and ${deleted} deleted`;
    throw new Error(
      `${operation} of ${clients} clients, ${name}: ${told}; its program in tools/bench does something else`,
    );
  }
  const seen = { of: operation, side: name, milliseconds, requests };
  return operation === "create" ? { ...seen, stateBytes: await stateBytes() } : seen;
}

function ofPulumi(name: Name, project: Project<string>): Contender {
  return {
    name,
    run: {
      create: (clients) => project.up(clients),
      "no change": (clients) => project.preview(clients),
      destroy: () => project.destroy(),
    },
    stateBytes: async () => (await project.state()).bytes,
  };
}

function ofTerraform(project: TerraformProject): Contender {
  return {
    name: "Terraform with a generic REST provider",
    run: {
      create: (clients) => project.apply(clients),
      "no change": (clients) => project.plan(clients),
      destroy: (clients) => project.destroy(clients),
    },
    stateBytes: () => project.stateBytes(),
  };
}

/** The figures of so many clients: times, requests and state of each that was measured. */
export function alternativeFigures(clients: number, seen: readonly Seen[]): Figure[] {
  const timings = OPERATIONS.flatMap((of) => NAMES.flatMap((side) => timingOf(of, side, clients, seen)));
  const inOperation = (operation: Operation) => timings.filter(({ of }) => of === operation);
  const shown = (from: readonly Timing[], value: (timing: Timing) => string) =>
    from.map((timing) => `${timing.side} ${value(timing)}`).join(", ");
  return [
    ...OPERATIONS.map((operation): Figure => {
      const found = inOperation(operation);
      const judged = clients >= MANY && operation !== "create" ? fastest(found) : {};
      const name = `${operation} of ${clients} clients, API of ${LATENCY_MS} ms, with the alternatives`;
      return { name, value: shown(found, ({ milliseconds }) => shownSeconds(milliseconds)), ...judged, timings: found };
    }),
    ...OPERATIONS.map((operation): Figure => {
      const found = inOperation(operation);
      const value = shown(found, ({ requestsPerClient }) => String(requestsPerClient));
      return { name: `requests per client, ${operation} of ${clients} clients`, value, ...fewest(found), data: found };
    }),
    {
      name: `state file of ${clients} clients`,
      value: shown(inOperation("create"), ({ stateBytes = Number.NaN }) => `${Math.round(stateBytes / 1024)} KiB`),
    },
  ];
}

/** Empty if that side was left out. */
function timingOf(operation: Operation, name: Name, clients: number, seen: readonly Seen[]): Timing[] {
  const mine = seen.filter(({ of, side }) => of === operation && side === name);
  if (mine.length === 0) return [];
  const bytes = mine.flatMap(({ stateBytes }) => stateBytes ?? []);
  return [
    {
      of: operation,
      clients,
      side: name,
      milliseconds: mine.map(({ milliseconds }) => milliseconds),
      requestsPerClient: Number((Math.max(...mine.map(({ requests }) => requests)) / clients).toFixed(2)),
      ...(bytes.length > 0 ? { stateBytes: spreadOf(bytes).median } : {}),
    },
  ];
}

function fastest(timings: readonly Timing[]): Pick<Figure, "target" | "holds"> {
  const times = timings.map(({ side, milliseconds }) => ({ side, took: spreadOf(milliseconds).median }));
  const ours = times.find(({ side }) => side === "ours")?.took ?? Number.NaN;
  const holds = times.every(({ side, took }) => side === "ours" || ours < took);
  return { target: "ours is the fastest", holds };
}

function fewest(timings: readonly Timing[]): Pick<Figure, "target" | "holds"> {
  const ours = timings.find(({ side }) => side === "ours")?.requestsPerClient ?? Number.NaN;
  const holds = timings.every(({ requestsPerClient }) => ours <= (requestsPerClient ?? Number.NaN));
  return { target: "none has fewer than ours", holds };
}
