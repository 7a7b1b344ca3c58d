/** Terraform with a provider for any REST API: found on this machine, else built from Go modules; and its projects. */
import { readFileSync } from "node:fs";
import { copyFile, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { cachedVersion, cacheFolder, digest, locked, publish, sweep } from "../engine/cache.ts";
import { parseVersion, type Verdict } from "../engine/choice.ts";
import { findProgram, pathFolders, run } from "../engine/command.ts";
import { isSettingOfOurs } from "../engine/engine.ts";
import { compile, findGo } from "../engine/go.ts";
import { duration, type Progress } from "../engine/progress.ts";
import { wholeCommand } from "./whole-command.ts";

const FOLDER = fileURLToPath(new URL("terraform", import.meta.url));

interface Recipe {
  name: "terraform" | "terraform-provider-restapi";
  /** Names the program, if it is somewhere else than on PATH. */
  variable: string;
  what: string;
  /** Pinned in the `go.mod` of its module. */
  version: string;
  /** The folder of the Go module. */
  module: string;
  package: string;
  stamp?: string;
  /** How long it takes on 2 cores, once. */
  takes: string;
}

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
};

export const PROVIDER: Recipe = {
  name: "terraform-provider-restapi",
  variable: "OAUTH_CLIENTS_BENCH_TERRAFORM_RESTAPI",
  what: "its REST provider",
  version: "1.20.0",
  module: join(FOLDER, "rest-provider"),
  package: "github.com/Mastercard/terraform-provider-restapi",
  takes: "half a minute",
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
    const present = await presentProgram(recipe);
    if (!present.usable) return present;
    if (present.value !== undefined) {
      found.push(present.value);
      if (recipe === PROVIDER) providerVersion = `of ${present.value}`;
      continue;
    }
    const built = await builtProgram(recipe, progress, signal);
    if (!built.usable) return built;
    found.push(built.value);
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

/** The program that the environment names, else the one on PATH. */
export async function presentProgram(
  { name, variable }: Pick<Recipe, "name" | "variable">,
  environment: Record<string, string | undefined> = process.env,
): Promise<Verdict<string | undefined>> {
  const named = environment[variable];
  if (!named) return { usable: true, value: await findProgram(name, pathFolders(environment.PATH)) };
  const program = await findProgram(basename(named), [dirname(named)]);
  if (program !== undefined) return { usable: true, value: program };
  return { usable: false, reason: `${variable} names ${named}, which is no program; correct it, or unset it` };
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

/** The program from the cache, where it is put first if need be. */
async function builtProgram(recipe: Recipe, progress: Progress, signal: AbortSignal): Promise<Verdict<string>> {
  const { name, version, module } = recipe;
  const what = `${recipe.what} ${version}`;
  const sources = ["go.mod", "go.sum"].map((file) => readFileSync(join(module, file)));
  const made = digest([recipe.package, recipe.stamp ?? "", ...sources]);
  const parent = join(cacheFolder(), "bench");
  const folder = join(parent, `${name}-${version}-${process.platform}-${process.arch}-${made}`);
  const program = join(folder, name);
  const isThere = async () => (await cachedVersion(folder, ".", [name])) !== undefined;
  if (await isThere()) return { usable: true, value: program };

  const advice = `install it, or name it in ${recipe.variable}`;
  const go = await findGo(module, signal);
  if (!go.usable)
    return { usable: false, reason: `no ${name} on PATH, and it cannot be built: ${go.reason}; ${advice}` };
  const make = async (): Promise<Verdict<string>> => {
    // Another process may have built it while this one waited.
    if (await isThere()) return { usable: true, value: program };
    await sweep(parent);
    progress.note(`building ${what} with Go ${go.value.version}: ${recipe.takes} on 2 cores, once`);
    const started = Date.now();
    let reason: string | undefined;
    await publish(folder, async (unfinished) => {
      const source = { what, folder: module, package: recipe.package, stamp: recipe.stamp };
      reason = await compile(go.value.go, source, join(unfinished, name), progress, signal);
      return reason === undefined ? version : undefined;
    });
    if (reason !== undefined || !(await isThere())) {
      const why = reason ?? `${what}: the result is not complete`;
      return { usable: false, reason: `no ${name} on PATH, and building it failed: ${why}; ${advice}` };
    }
    progress.note(`built ${what} in ${duration(Date.now() - started)}, kept in ${folder}`);
    return { usable: true, value: program };
  };
  try {
    await mkdir(parent, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      usable: false,
      reason: `${why}; set OAUTH_CLIENTS_CACHE_DIR to a folder that can be written, or ${advice}`,
    };
  }
  const onWait = (holder: string) => progress.note(`waiting for another build of ${name} to end (${holder})`);
  return await locked(join(parent, ".lock"), onWait, make, { signal });
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
