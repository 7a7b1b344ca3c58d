/** The packaged provider beside the dynamic one: the start of its process, and whole commands with many clients. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PACKAGED_TYPE } from "../../../src/core/type-names.ts";
import { type Figure, shownMegabytes, shownSeconds, spreadOf, times } from "../figures.ts";
import { layProject, Project } from "../project.ts";
import { EngineStub, ProviderProcess } from "../provider-process.ts";
import { OURS, type Side } from "../sides.ts";
import { inTurn } from "../turns.ts";
import { TOLERANCE } from "../verdict.ts";
import { type Bench, environmentFor, HURRIED, INPUTS, LATENCY_MS, withVendor } from "./bench.ts";

type Way = "dynamic" | "packaged";
type Both = Record<Way, number[]>;

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PLUGIN = join(ROOT, "plugin", "bin");
const SDK = join(ROOT, "plugin", "sdks", "nodejs");

/** How long the start of the packaged provider's process may take, to that of the dynamic one's. */
const MOST_OF_START = 0.5;
/** How long whole commands may take, to those of the dynamic resources: no longer, beyond noise. */
const MOST = TOLERANCE;

export async function packaged(bench: Bench): Promise<Figure[]> {
  const sides = { dynamic: { ...OURS, name: "dynamic" as const }, packaged: await packagedSide(bench) };
  return [...(await starts(bench, sides)), ...(await commands(bench, sides))];
}

/** Its program uses the SDK as `npm run sdks` has written it, compiled. */
async function packagedSide({ folder }: Bench): Promise<Side<Way>> {
  const sdk = join(folder, "packaged-sdk");
  await mkdir(sdk, { recursive: true });
  const compiler = fileURLToPath(import.meta.resolve("typescript/bin/tsc"));
  const leftOut = ["--declaration", "--declarationMap", "--sourceMap"].flatMap((option) => [option, "false"]);
  const options = ["--project", SDK, "--outDir", join(sdk, "bin"), ...leftOut];
  await promisify(execFile)(process.execPath, [compiler, ...options]);
  const manifest = { name: "pulumi-oauth-clients-sdk", version: "0.1.0", main: "bin/index.js" };
  await writeFile(join(sdk, "package.json"), JSON.stringify(manifest));
  // Where the SDK looks for its version.
  await writeFile(join(sdk, "bin", "package.json"), JSON.stringify(manifest));
  return {
    name: "packaged",
    folder: sdk,
    files: ["package.json", "bin"],
    program: `import sdk from "${manifest.name}";\nconst { OAuthClient } = sdk.rezolve;\n`,
    shell: "",
    plugin: PLUGIN,
  };
}

/** From the start of the process to its port and an answer, to the first created client, and what it takes of memory then. */
async function starts(bench: Bench, sides: Record<Way, Side<Way>>): Promise<Figure[]> {
  return await withVendor(0, async (vendor) => {
    const stub = await EngineStub.start();
    try {
      const laid = await Promise.all(
        Object.values(sides).map(async (side) => ({
          side,
          cwd: await layProject(`${bench.folder}/packaged-start-${side.name}`, side),
        })),
      );
      const took = { configured: none(), created: none(), resident: none() };
      // The first of each fills the disk cache and does not count.
      for (let round = 0; round <= bench.sizes.starts; round += 1) {
        for (const { side, cwd } of inTurn(laid, round)) {
          bench.signal.throwIfAborted();
          bench.doing(`start ${round} of ${bench.sizes.starts}, ${side.name}`);
          const started = performance.now();
          const process = await ProviderProcess.start({
            ...(side.plugin === undefined ? {} : { script: join(side.plugin, "pulumi-resource-oauth-clients") }),
            cwd,
            shell: side.shell,
            environment: environmentFor(vendor),
            engineAddress: stub.address,
          });
          try {
            // Loads what the shell names, which the packaged one has loaded before it answered.
            const inputs = await process.check(INPUTS, {}, URN);
            const configured = performance.now() - started;
            await process.create(inputs, URN);
            if (round === 0) continue;
            took.configured[side.name].push(configured);
            took.created[side.name].push(performance.now() - started);
            const peak = await process.peak();
            if (peak !== null) took.resident[side.name].push(peak);
          } finally {
            await process.end();
          }
        }
      }
      return [
        figure(
          "start of the packaged provider's process to its first answer, against the dynamic one's",
          took.configured,
          {
            shown: shownSeconds,
            most: MOST_OF_START,
          },
        ),
        figure("the same to its first created client", took.created, { shown: shownSeconds }),
        ...(took.resident.packaged.length === 0
          ? []
          : [figure("most memory resident until then", took.resident, { shown: shownMegabytes })]),
      ];
    } finally {
      stub.close();
    }
  });
}

const URN = `urn:pulumi:bench::bench::${PACKAGED_TYPE}rezolve:OAuthClient::client`;

const COMMANDS = {
  up: (project: Project<Way>, clients: number) => project.up(clients),
  "no-change preview": (project: Project<Way>, clients: number) => project.preview(clients),
  destroy: (project: Project<Way>) => project.destroy(),
} as const;

/** Requests that a command sends for each client. */
const REQUESTS = { up: 1, "no-change preview": 0, destroy: 1 } as const satisfies Record<keyof typeof COMMANDS, number>;

/** Without the engine's checkpoints: they are most of its work, and would hide a difference. */
async function commands(bench: Bench, sides: Record<Way, Side<Way>>): Promise<Figure[]> {
  const { manyClients: clients, hurriedRounds: rounds } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const projects = await Promise.all(
      Object.values(sides).map((side) =>
        Project.create(side, {
          folder: `${bench.folder}/packaged-n${clients}`,
          engine: bench.engine,
          signal: bench.signal,
          environment: { ...environmentFor(vendor), ...HURRIED },
        }),
      ),
    );
    const took = { up: none(), "no-change preview": none(), destroy: none() };
    const bytes = none();
    for (let round = 0; round < rounds; round += 1) {
      for (const command of NAMES) {
        for (const project of inTurn(projects, round)) {
          const { name } = project.side;
          bench.doing(`${command} of ${clients} clients, round ${round + 1} of ${rounds}, ${name}`);
          vendor.reset();
          took[command][name].push(await COMMANDS[command](project, clients));
          if (vendor.total() !== REQUESTS[command] * clients)
            throw new Error(`${command} of ${clients} clients, ${name}: ${vendor.total()} requests were sent`);
          if (command === "up") bytes[name].push(await project.stateBytes());
        }
      }
    }
    return [
      ...NAMES.map((command) =>
        figure(
          `packaged provider, ${command} of ${clients} clients, API of ${LATENCY_MS} ms, state written once`,
          took[command],
          {
            shown: shownSeconds,
            ...(command === "no-change preview" ? {} : { most: MOST }),
          },
        ),
      ),
      figure("packaged provider, bytes in the state file for each client", mapped(bytes, clients), {
        shown: (values) => spreadOf(values).median.toFixed(0),
      }),
    ];
  });
}

const NAMES = ["up", "no-change preview", "destroy"] as const satisfies readonly (keyof typeof COMMANDS)[];

const none = (): Both => ({ dynamic: [], packaged: [] });
const mapped = ({ dynamic, packaged: own }: Both, clients: number): Both => ({
  dynamic: dynamic.map((one) => one / clients),
  packaged: own.map((one) => one / clients),
});

/** The packaged one against the dynamic one, by the median of the rounds' own ratios; without `most` it is told. */
function figure(
  name: string,
  { dynamic, packaged: own }: Both,
  { shown, most }: { shown(values: readonly number[]): string; most?: number },
): Figure {
  const ratios = own.map((value, round) => value / (dynamic[round] ?? Number.NaN));
  const { min, median, max } = spreadOf(ratios);
  const value = `packaged ${shown(own)}, dynamic ${shown(dynamic)}: ${times(median)} (rounds ${times(min)} … ${times(max)})`;
  const judged = most === undefined ? {} : { target: `<= ${times(most)}`, holds: median <= most };
  return { name, value, ...judged, data: { packaged: own, dynamic, ratios } };
}
