import { execFile } from "node:child_process";
import { access, constants, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { devNull } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import manifest from "../../../package.json" with { type: "json" };
import { parsedJson } from "../../core/json.ts";
import { say } from "../../core/text.ts";
import { problemWithReceiptsFile } from "../../runtime/receipts-place.ts";
import { type Finding, Findings } from "./finding.ts";

/** The oldest Pulumi CLI that the tests run with. */
const OLDEST_PULUMI = "3.200.0";

/** What every deployment needs of the machine and the project that it runs in. */
export async function checkMachine(folder: string, receiptFiles: readonly string[]): Promise<Finding[]> {
  const findings = new Findings("this machine");
  // An older one was refused before.
  findings.add(
    "Node.js",
    "ok",
    say`${process.version}, which the command runs on; Pulumi runs the first node on the PATH.`,
  );
  await checkPulumi(findings);
  await checkProject(findings, folder);
  if (receiptFiles.length === 0) {
    findings.add(
      "receipts",
      "warning",
      say`No receipts file is configured, so deletions by Pulumi leave no receipts; those of \`oauth-clients sweep\` leave theirs beside the plan.`,
      say`Set OAUTH_CLIENTS_RECEIPTS_FILE, or oauth-clients:receiptsFile in the stack config.`,
    );
  }
  for (const file of receiptFiles) await checkReceiptsFile(findings, file);
  return findings.all;
}

async function checkPulumi(findings: Findings): Promise<void> {
  try {
    const { stdout } = await promisify(execFile)("pulumi", ["version"], { timeout: 30_000 });
    const version = stdout.trim().replace(/^v/, "");
    if (isOlder(version, OLDEST_PULUMI)) {
      findings.add("Pulumi CLI", "failure", say`${version} is older than ${OLDEST_PULUMI}.`, say`Install a newer one.`);
    } else findings.add("Pulumi CLI", "ok", say`${version}`);
  } catch {
    findings.add("Pulumi CLI", "failure", say`It cannot be started.`, say`Install it, and put it on the PATH.`);
  }
}

const packageSchema = z.object({ version: z.string() });

/** The runtimes of programs that dynamic resources can be in. */
const OF_NODE = /^runtime:\s*(?:name:\s*)?["']?(?:nodejs|bun)\b/m;

/** The packaged provider, as Pulumi looks for it on the PATH, and in a project file. */
const PROVIDER = "pulumi-resource-oauth-clients";
const PROVIDER_SDK = "pulumi-oauth-clients-sdk";
const NAMED_IN_PROJECT = /^plugins:\s*$.*^\s+(?:- )?name:\s*["']?oauth-clients["']?\s*$/ms;

/** What the project has installed: states of dynamic resources load this package from there, others take the packaged provider. */
async function checkProject(findings: Findings, folder: string): Promise<void> {
  const project = await readFile(join(folder, "Pulumi.yaml"), "utf8").catch(() => null);
  if (project === null) {
    findings.add("project", "unknown", say`${folder} is no Pulumi project: name one with --cwd to check it.`);
    return;
  }
  const provider = NAMED_IN_PROJECT.test(project) ? "Pulumi.yaml" : await onPath(PROVIDER);
  if (!OF_NODE.test(project)) {
    if (provider !== null) findings.add("package", "ok", say`the packaged provider, by ${provider}`);
    else {
      findings.add(
        "package",
        "failure",
        say`The packaged provider, which a program like that in ${folder} needs, is neither on the PATH nor named in Pulumi.yaml.`,
        say`npm install --global ${PROVIDER}`,
      );
    }
    return;
  }
  const oldest = manifest.peerDependencies["@pulumi/pulumi"].replace(/^\^/, "");
  const sdk = await installed("@pulumi/pulumi", folder);
  if (sdk === null)
    findings.add(
      "Pulumi SDK",
      "failure",
      say`@pulumi/pulumi is not installed in ${folder}.`,
      say`npm install @pulumi/pulumi`,
    );
  else if (isOlder(sdk, oldest))
    findings.add("Pulumi SDK", "failure", say`${sdk} is older than ${oldest}.`, say`npm install @pulumi/pulumi`);
  else findings.add("Pulumi SDK", "ok", say`${sdk}`);
  const own = await installed(manifest.name, folder);
  const isPackaged = NAMED_IN_PROJECT.test(project) || (await installed(PROVIDER_SDK, folder)) !== null;
  if (own === null && isPackaged && provider !== null) {
    findings.add("package", "ok", say`the packaged provider, by ${provider}; dynamic resources are not installed.`);
  } else if (own === null) {
    findings.add(
      "package",
      "failure",
      say`${manifest.name} is not installed in ${folder}, from where every state loads it.`,
      say`npm install ${manifest.name}`,
    );
  } else if (own !== manifest.version) {
    findings.add(
      "package",
      "warning",
      say`${own} is installed in ${folder}, and this command is of ${manifest.version}.`,
    );
  } else findings.add("package", "ok", say`${own}`);
}

/** Where a program is on the PATH. */
async function onPath(program: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const file = join(folder, program);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return null;
}

async function installed(name: string, folder: string): Promise<string | null> {
  try {
    const file = createRequire(join(resolve(folder), "index.js")).resolve(`${name}/package.json`);
    return packageSchema.parse(parsedJson(await readFile(file, "utf8"))).version;
  } catch {
    return null;
  }
}

function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.split(/[.+-]/).map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (one?.[part] ?? 0) - (other?.[part] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Whether a receipt could be written, as far as that can be told without writing one. */
async function checkReceiptsFile(findings: Findings, file: string): Promise<void> {
  if (file === devNull) {
    findings.add("receipts", "warning", say`${file}: receipts are thrown away.`);
    return;
  }
  const problem = await problemWithReceiptsFile(file);
  if (problem === null) findings.add("receipts", "ok", say`${file}`);
  else
    findings.add(
      "receipts",
      "failure",
      say`${file} ${problem}, so receipts would be warnings only.`,
      say`Name a file that this user may write.`,
    );
}
