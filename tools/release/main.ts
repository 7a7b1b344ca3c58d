/** Says whether this commit can be released: `node tools/release/main.ts --help`. Changes nothing. */
import { Command } from "commander";
import { CHECKS, checked, type Outcome } from "./checks.ts";
import { handOut } from "./hand-out.ts";
import { ROOT } from "./packing.ts";

const MARKS: Record<Outcome["state"], string> = { passed: "✓", failed: "✗", unknown: "?" };

const command = new Command("release:check")
  .description(
    "Says whether this commit can be released: what is true of it, and what is to be done. It changes nothing.",
  )
  .option("--before-tag", "before the commit has its tag", false)
  .option("--only <names>", `only these checks, with commas between: ${CHECKS.map(({ name }) => name).join(",")}`)
  .option("--output <folder>", "where the tarballs and their lists of materials are put, if every check passed")
  .option("--json", "print JSON", false)
  .parse();
const options = command.opts<{ beforeTag: boolean; only?: string; output?: string; json: boolean }>();

const only = options.only?.split(",");
const stranger = only?.find((name) => !CHECKS.some((check) => check.name === name));
if (stranger !== undefined) command.error(`There is no check ${stranger}.`, { exitCode: 2 });
if (only !== undefined && options.output !== undefined) {
  command.error("--output is for what passed every check: leave out --only.", { exitCode: 2 });
}

const outcomes: (Outcome & { name: string })[] = [];
await checked(
  { root: ROOT, beforeTag: options.beforeTag },
  CHECKS.filter(({ name }) => only === undefined || only.includes(name)),
  ({ name }, outcome) => {
    outcomes.push({ name, ...outcome });
    if (options.json) return;
    console.log(`${MARKS[outcome.state]} ${name}: ${outcome.said}`);
    if (outcome.state === "failed") console.log(`  ${outcome.todo}`);
  },
  async (release) => {
    if (options.output !== undefined) await handOut(release, options.output);
  },
);
const failures = outcomes.filter(({ state }) => state === "failed").length;
if (options.json) console.log(JSON.stringify({ ready: failures === 0, checks: outcomes }, null, 2));
else console.log(failures === 0 ? "Ready." : `Not ready: ${failures} of ${outcomes.length} failed.`);
process.exitCode = failures === 0 ? 0 : 1;
