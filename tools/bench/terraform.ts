/** Terraform with a provider for any REST API: found on this machine, else built from Go modules; and its projects. */
import { copyFile, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { parseVersion, type Verdict } from "../engine/choice.ts";
import { run } from "../engine/command.ts";
import { isSettingOfOurs } from "../engine/engine.ts";
import { obtained, type Recipe } from "../engine/program.ts";
import type { Progress } from "../engine/progress.ts";
import { wholeCommand } from "./whole-command.ts";

const FOLDER = fileURLToPath(new URL("terraform", import.meta.url));

export const TERRAFORM: Recipe = {
  name: "terraform",
  variable: "OAUTH_CLIENTS_BENCH_TERRAFORM",
  what: "Terraform",
  version: "1.11.4",
  module: join(FOLDER, "cli"),
  package: "github.com/hashicorp/terraform",
  // As its releases are built: a development build says so at each start.
  stamp: "github.com/hashicorp/terraform/version.dev=no",
  takes: "about 4 minutes",
  kept: "bench",
};

export const PROVIDER: Recipe = {
  name: "terraform-provider-restapi",
  variable: "OAUTH_CLIENTS_BENCH_TERRAFORM_RESTAPI",
  what: "its REST provider",
  version: "1.20.0",
  module: join(FOLDER, "rest-provider"),
  package: "github.com/Mastercard/terraform-provider-restapi",
  takes: "half a minute",
  kept: "bench",
};

export interface Terraform {
  program: string;
  version: string;
  provider: string;
  /** Which provider it is; it does not tell its version itself. */
  providerVersion: string;
}

/** What each is, or why there is none; builds what is missing. */
export async function findTerraform(progress: Progress, signal: AbortSignal): Promise<Verdict<Terraform>> {
  const found: string[] = [];
  let providerVersion = PROVIDER.version;
  for (const recipe of [TERRAFORM, PROVIDER]) {
    const one = await obtained(recipe, progress, signal);
    if (!one.usable) return one;
    const { program, isBuilt } = one.value;
    found.push(program);
    if (recipe === PROVIDER && !isBuilt) providerVersion = `of ${program}`;
  }
  const [program = "", provider = ""] = found;
  const answer = await run(program, ["version", "-json"], { environment: isolated(), limit: 30_000, signal });
  const version = "output" in answer ? versionIn(answer.output) : undefined;
  if (version === undefined) {
    const why = "failure" in answer ? `does not run: ${answer.failure}` : "does not tell its version";
    return { usable: false, reason: `${program} ${why}; name another one in ${TERRAFORM.variable}` };
  }
  return { usable: true, value: { program, version, provider, providerVersion } };
}

/** What `terraform version -json` says. */
export function versionIn(output: string): string | undefined {
  try {
    const said = z.object({ terraform_version: z.string() }).parse(JSON.parse(output));
    return parseVersion(said.terraform_version);
  } catch {
    return undefined;
  }
}

export interface TerraformSetting {
  folder: string;
  terraform: Terraform;
  signal: AbortSignal;
  address: string;
  tenant: string;
  token: string;
}

/** A throw-away project with many clients, its state beside it. */
export class TerraformProject {
  readonly #folder: string;
  readonly #program: string;
  readonly #signal: AbortSignal;
  readonly #environment: Record<string, string | undefined>;

  private constructor(
    { folder, terraform, signal }: TerraformSetting,
    environment: Record<string, string | undefined>,
  ) {
    this.#folder = folder;
    this.#program = terraform.program;
    this.#signal = signal;
    this.#environment = environment;
  }

  static async create(setting: TerraformSetting): Promise<TerraformProject> {
    const { folder, terraform, address, tenant, token } = setting;
    const plugins = join(folder, "plugins");
    await mkdir(plugins, { recursive: true });
    await copyFile(join(FOLDER, "main.tf"), join(folder, "main.tf"));
    await symlink(terraform.provider, join(plugins, PROVIDER.name));
    // So it needs no registry, and no `init`.
    const settings = join(folder, "terraform.rc");
    const overrides = `dev_overrides {\n    "mastercard/restapi" = ${JSON.stringify(plugins)}\n  }`;
    await writeFile(settings, `disable_checkpoint = true\nprovider_installation {\n  ${overrides}\n}\n`);
    return new TerraformProject(setting, {
      ...isolated(),
      TF_CLI_CONFIG_FILE: settings,
      TF_VAR_address: address,
      TF_VAR_tenant: tenant,
      TF_VAR_token: token,
    });
  }

  /** How long the whole command took, in milliseconds. */
  apply(clients: number): Promise<number> {
    return this.#run(["apply", "-auto-approve"], clients);
  }

  /** It fails if anything is to change. */
  plan(clients: number): Promise<number> {
    return this.#run(["plan", "-detailed-exitcode"], clients);
  }

  destroy(clients: number): Promise<number> {
    return this.#run(["destroy", "-auto-approve"], clients);
  }

  async stateBytes(): Promise<number> {
    return (await stat(join(this.#folder, "terraform.tfstate"))).size;
  }

  async #run(args: readonly string[], clients: number): Promise<number> {
    return await wholeCommand({
      program: this.#program,
      args: [...args, "-input=false", "-no-color"],
      cwd: this.#folder,
      environment: { ...this.#environment, TF_VAR_clients: String(clients) },
      signal: this.#signal,
      what: `terraform ${args.join(" ")}`,
    });
  }
}

/** The environment without the user's own settings: their arguments, logs and workspaces would be measured too. */
function isolated(): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !isSettingOfOurs(name) && !/^TF_/i.test(name));
  return { ...Object.fromEntries(inherited), CHECKPOINT_DISABLE: "1" };
}
