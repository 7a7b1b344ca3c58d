/** `npm run bench`: the figures that this package promises to hold, measured on this machine. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { forgetUsersSettings } from "../demo/users-settings.ts";
import { findEngine } from "../engine/engine.ts";
import { duration, progressOn } from "../engine/progress.ts";
import { interruption } from "../interruption.ts";
import { type Figure, printFigure, printVerdicts } from "./figures.ts";
import { alternatives } from "./measurements/alternatives.ts";
import type { Bench, Sizes } from "./measurements/bench.ts";
import { commands } from "./measurements/commands.ts";
import { floor } from "./measurements/floor.ts";
import { knobs } from "./measurements/knobs.ts";
import { manyClients } from "./measurements/many.ts";
import { memory } from "./measurements/memory.ts";
import { packaged } from "./measurements/packaged.ts";
import { processStart } from "./measurements/process-start.ts";
import { purge } from "./measurements/purge.ts";
import { safeText } from "./measurements/safe-text.ts";
import { type Measurements, writtenReport } from "./report.ts";
import { OURS, otherBuild, type Side } from "./sides.ts";
import { TOLERANCE } from "./verdict.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const FULL: Sizes = {
  clients: 100,
  rounds: 12,
  manyClients: 1_000,
  manyRounds: 2,
  hurriedRounds: 3,
  previews: 3,
  starts: 15,
  operations: 10_000,
  purges: [1_000, 10_000],
  purgeRounds: 4,
  knobClients: 1_000,
  alternatives: [
    { clients: 100, rounds: 3 },
    { clients: 1_000, rounds: 1 },
  ],
};
const QUICK: Sizes = {
  clients: 100,
  rounds: 3,
  manyClients: 200,
  manyRounds: 1,
  hurriedRounds: 1,
  previews: 1,
  starts: 5,
  operations: 2_000,
  purges: [1_000, 3_000],
  purgeRounds: 1,
  knobClients: 100,
  alternatives: [
    { clients: 20, rounds: 2 },
    { clients: 50, rounds: 1 },
  ],
};
/** For another build besides: it takes six rounds to say anything, and six to have each order of three sides once. */
const AGAINST: Partial<Sizes> = { rounds: 24, hurriedRounds: 6, previews: 12, starts: 30 };
const AGAINST_QUICK: Partial<Sizes> = { rounds: 6, hurriedRounds: 6, previews: 6, starts: 12 };

interface Measurement {
  title: string;
  measure(bench: Bench): Promise<Figure[]>;
  /** Why another build is not measured in it. */
  oursAlone?: string;
  /** Why it is left out where there is another build. */
  notAgainst?: string;
  /** Why it is left out of a quick run, unless it is named. */
  notQuick?: string;
}

const MEASUREMENTS: Record<string, Measurement> = {
  commands: { title: "Whole commands, state and requests", measure: commands },
  many: {
    title: "Many clients",
    measure: manyClients,
    notAgainst: "nearly all of it is the engine's own; the floor is the same without that",
  },
  floor: { title: "Many clients without the engine's checkpoints, and previews of them", measure: floor },
  purge: { title: "Purges of many clients", measure: purge, oursAlone: "other builds may have no purge" },
  knobs: {
    title: "The engine's own knobs",
    measure: knobs,
    notAgainst: "they are the engine's, whatever the build",
  },
  start: { title: "Start of the provider process", measure: processStart },
  memory: { title: "Memory", measure: memory },
  packaged: {
    title: "The packaged provider beside the dynamic one",
    measure: packaged,
    notAgainst: "both are of this build, and other builds may have no packaged one",
  },
  text: { title: "Text that is safe to show", measure: safeText, oursAlone: "it is measured in the source" },
  alternatives: {
    title: "The alternatives",
    measure: alternatives,
    notAgainst: "they are no builds of this package",
    notQuick: "it takes long",
  },
};

const HELP = `Usage: npm run bench -- [options]

Measures what this package promises, on this machine, and says for each figure whether it holds.

What is compared: the same stack on our provider and on one that does nothing but sleep 50 ms per create and delete. It
uses the same engine, the same SDK, the same kind of one-line provider and the same properties. Ours sends real HTTP
requests meanwhile to a minimal local server that answers after 50 ms. Times are those of the whole command, measured in
turns, each beside its counterpart; what counts is the median of the rounds' own ratios. A third side, "lean", declares
only the outputs that no input gives: the least that a dynamic resource needs. It is told, and no target.

A purge is measured against what its requests take when they are always 32 at a time, and the \`up\` of one resource that
only sleeps, which is what any command takes besides. The engine's own knobs are tried one by one, on ours alone.

With --against, another build of this package has its turns too: a checkout that is built, or an unpacked tarball with
its dependencies installed. It brings its own dependencies; the SDK is ours for all. Each figure of ours is then compared
with that build's, again by the rounds' own ratios. The sign test gives the interval that has their true median in it
with 95 % (of fewer than six rounds: from the lowest to the highest). An interval with 1 in it is "within noise", one
below 1 "better", one above 1 "worse". A wide one says that the machine was too busy to tell. The target is missed by
what is worse by more than ${Math.round((TOLERANCE - 1) * 100)} % in the whole interval. Purges and text are then measured for ours alone, and what is
the engine's own work (many, knobs) and the lean side are left out.

The alternatives are what would be used instead: a dynamic resource as Pulumi's documentation writes it, and Terraform with
a provider for any REST API. Each creates the same clients at that server, plans with nothing changed, and deletes them. A
terraform and a terraform-provider-restapi are taken from PATH, or from where OAUTH_CLIENTS_BENCH_TERRAFORM and
OAUTH_CLIENTS_BENCH_TERRAFORM_RESTAPI name them; else they are built with Go, about 4 minutes, once. Where that cannot be,
Terraform is left out, and the reason is told. With --quick they are measured only if --only names them.

Options:
  --against <folder>  compare with the build in this folder, in more rounds: about three quarters of an hour
  --quick             fewer rounds and smaller numbers, about five minutes; else about an hour
  --only <name>       one measurement: ${Object.keys(MEASUREMENTS).join(", ")} (may be repeated)
  --json              print the figures with all measured values as JSON
  --report <file>     write what docs/performance.md shows; \`npm run docs\` then puts it there
  --help              print this

Exit codes: 0 every target holds, 1 one is missed or something failed, 2 wrong usage, 130 interrupted.
`;

const OPTIONS = {
  against: { type: "string" },
  quick: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] as string[] },
  json: { type: "boolean", default: false },
  report: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** What is measured is built first, with an engine to run it. */
function isSetUp(): boolean {
  return ["build", "engine"].every((script) => {
    const { status } = spawnSync("npm", ["run", "--silent", script], { cwd: ROOT, stdio: ["ignore", 2, 2] });
    return status === 0;
  });
}

function sizesFor(isQuick: boolean, isCompared: boolean): Sizes {
  if (!isCompared) return isQuick ? QUICK : FULL;
  return isQuick ? { ...QUICK, ...AGAINST_QUICK } : { ...FULL, ...AGAINST };
}

async function main(): Promise<number> {
  let options: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];
  try {
    options = parseArgs({ options: OPTIONS }).values;
    const unknown = options.only.find((name) => !(name in MEASUREMENTS));
    if (unknown !== undefined) throw new Error(`there is no measurement "${unknown}"`);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }

  let other: Side | undefined;
  try {
    if (options.against !== undefined) other = await otherBuild(options.against);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }

  if (!isSetUp()) return 1;
  const interrupted = interruption();
  const progress = progressOn(process.stderr);
  const write = options.json ? () => {} : (text: string) => void process.stdout.write(text);
  const started = Date.now();
  const measurements: Measurements = {};
  try {
    const engine = await findEngine();
    forgetUsersSettings();
    const scratch = join(ROOT, ".scratch");
    await mkdir(scratch, { recursive: true });
    const folder = await mkdtemp(join(scratch, "bench-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const sizes = sizesFor(options.quick, other !== undefined);
    const machine = `${availableParallelism()} processors, Node.js ${process.versions.node}, Pulumi ${engine.version}`;
    write(`${machine}\nTimes are medians, with the lowest and highest.\n`);
    if (other) write(`The other build is that in ${other.folder}\n`);
    const builds = other ? [OURS, other] : [OURS];
    for (const [name, { title, measure, oursAlone, notAgainst, notQuick }] of Object.entries(MEASUREMENTS)) {
      const isNamed = options.only.includes(name);
      if (options.only.length > 0 && !isNamed) continue;
      const why = (other && notAgainst) ?? (options.quick && !isNamed ? notQuick : undefined);
      if (why !== undefined) {
        write(`\n${title} (left out: ${why})\n`);
        continue;
      }
      progress.begin(title);
      const doing = (what: string) => progress.detail(what);
      const found = await measure({ folder, engine, builds, sizes, signal: interrupted, doing, progress });
      progress.end();
      measurements[name] = { title, figures: found };
      const alone = oursAlone !== undefined && other ? ` (ours alone: ${oursAlone})` : "";
      write(`\n${title}${alone}\n${found.map(printFigure).join("")}`);
    }
    if (options.report !== undefined) {
      await writeFile(options.report, writtenReport(machine, started, measurements));
    }
  } catch (error) {
    progress.end();
    if (interrupted.aborted) {
      process.stderr.write("bench: interrupted, cleaned up\n");
      return 130;
    }
    process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
  const figures = Object.values(measurements).flatMap((measurement) => measurement.figures);
  const missed = figures.filter(({ holds }) => holds === false);
  const judged = figures.filter(({ holds }) => holds !== undefined).length;
  const took = Date.now() - started;
  if (options.json) {
    const ok = missed.length === 0;
    process.stdout.write(
      `${JSON.stringify({ ok, seconds: took / 1_000, against: other?.folder, figures }, null, 2)}\n`,
    );
  } else {
    write(`\n${judged - missed.length} of ${judged} targets hold, measured in ${duration(took)}.\n`);
    for (const { name } of missed) write(`  missed: ${name}\n`);
    if (other) write(printVerdicts(figures));
  }
  return missed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
