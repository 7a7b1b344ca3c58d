/** Says whether this commit can be released: `node tools/release/main.ts --help`. Changes nothing. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Command } from "commander";
import { CHECKS, checked, type Outcome, type Release } from "./checks.ts";
import { PACKAGE_NAMES, ROOT } from "./packing.ts";
import { sbomOf } from "./sbom.ts";

const MARKS: Record<Outcome["state"], string> = { passed: "✓", failed: "✗", unknown: "?" };

const command = new Command("release:check")
  .description(
    "Says whether this commit can be released: what is true of it, and what is to be done. It changes nothing.",
  )
  .option("--before-tag", "before the commit has its tag", false)
  .option("--only <names>", `only these checks, with commas between: ${CHECKS.map(({ name }) => name).join(",")}`)
  .option("--output <folder>", "where both tarballs and their lists of materials are put, if every check passed")
  .option("--json", "print JSON", false)
  .parse();
const options = command.opts<{ beforeTag: boolean; only?: string; output?: string; json: boolean }>();

const only = options.only?.split(",");
const stranger = only?.find((name) => !CHECKS.some((check) => check.name === name));
if (stranger !== undefined) command.error(`There is no check ${stranger}.`, { exitCode: 2 });

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
    if (options.output !== undefined) await put(release, options.output);
  },
);
const failures = outcomes.filter(({ state }) => state === "failed").length;
if (options.json) console.log(JSON.stringify({ ready: failures === 0, checks: outcomes }, null, 2));
else console.log(failures === 0 ? "Ready." : `Not ready: ${failures} of ${outcomes.length} failed.`);
process.exitCode = failures === 0 ? 0 : 1;

async function put({ packed, root }: Release, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of PACKAGE_NAMES) {
    const { tarball } = await packed(name);
    const file = basename(tarball);
    await copyFile(tarball, join(folder, file));
    const sbom = `${JSON.stringify(await sbomOf(name, root), null, 2)}\n`;
    await writeFile(join(folder, file.replace(/\.tgz$/, ".cdx.json")), sbom);
  }
}
