/** `npm run pull-request`: preview stacks from the opening of a pull request to the reaper, on this machine. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { style } from "../demo/story.ts";
import { forgetUsersSettings } from "../demo/users-settings.ts";
import { findEngine } from "../engine/engine.ts";
import { progressOn } from "../engine/progress.ts";
import { interruption } from "../interruption.ts";
import { Stage } from "./stage.ts";
import { play, type Scene } from "./story.ts";

const HELP = `Usage: npm run pull-request -- [options]

Plays the life of preview stacks with the scripts of examples/preview-stack: a pull request is opened, gets commits, is closed,
and the reaper comes. The Pulumi engine is real, and so is the PostgreSQL server that has the state, as many machines would
share it; a sandbox plays the vendor. Comments and receipts stay in .scratch/pull-request. Takes about two minutes.

Options:
  --verbose  show all that the scripts print
  --json     print the scenes as JSON
  --help     print this

Exit codes: 0 played to its end, 1 a script did what it should not, 2 wrong usage, 130 interrupted.
`;

const RESULTS = fileURLToPath(new URL("../../.scratch/pull-request", import.meta.url));

/** The one scene whose script is meant to fail: it stops before a client in use is deleted. */
const STOPPED = 2;

async function main(): Promise<number> {
  let options: { verbose: boolean; json: boolean; help: boolean };
  try {
    const flag = { type: "boolean", default: false } as const;
    options = parseArgs({ options: { verbose: flag, json: flag, help: flag } }).values;
  } catch (error) {
    process.stderr.write(`pull-request: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const interrupted = interruption(() => void process.stderr.write("\npull-request: interrupted, cleaning up\n"));
  const progress = progressOn(process.stderr);
  const engine = await findEngine();
  forgetUsersSettings();
  const stage = await Stage.set(engine, RESULTS, progress);
  try {
    const scenes = await play(
      stage,
      (title) => {
        interrupted.throwIfAborted();
        if (!options.json) process.stdout.write(`\n${style("bold", title)}\n`);
      },
      (scene) => {
        if (!options.json) tell(scene, options.verbose);
      },
    );
    if (options.json) process.stdout.write(`${JSON.stringify(scenes, null, 2)}\n`);
    else process.stdout.write(`\nComments and receipts are in ${join(".scratch", "pull-request")}.\n`);
    return scenes.every(({ code }, at) => code === (at === STOPPED ? 1 : 0)) ? 0 : 1;
  } finally {
    await stage.close();
  }
}

function tell({ command, code, text, comment, clients }: Scene, isVerbose: boolean): void {
  process.stdout.write(`  ${style("cyan", `$ ${command}`)}\n`);
  const lines = text.trimEnd().split("\n");
  const shown = isVerbose ? lines : lines.filter((line) => /^\s*(deleted |warning:|error:|\d+ clients?)/.test(line));
  for (const line of shown) process.stdout.write(`  ${style("dim", line)}\n`);
  if (code !== 0) process.stdout.write(`  exit code ${code}\n`);
  if (comment !== null) {
    process.stdout.write(`  the comment (${comment.file}):\n`);
    for (const line of comment.text.trimEnd().split("\n")) process.stdout.write(`  │ ${line}\n`);
  }
  process.stdout.write(`  clients: ${clients.join(", ") || "none"}\n`);
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`pull-request: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
});
