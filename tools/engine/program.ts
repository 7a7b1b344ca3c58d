/** Programs of others that are written in Go: found on this machine, else built once for each, out of a Go module that pins them. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cachedVersion, cacheFolder, digest, locked, publish, sweep } from "./cache.ts";
import type { Verdict } from "./choice.ts";
import { findProgram, pathFolders } from "./command.ts";
import { compile, findGo } from "./go.ts";
import { duration, type Progress } from "./progress.ts";

/** How a program is come by. */
export interface Recipe {
  name: string;
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
  /** The folder below that of the cache. */
  kept: string;
}

/** The program, or why there is none: the one that the environment names, else the one on PATH, else a build of it. */
export async function obtained(
  recipe: Recipe,
  progress: Progress,
  signal?: AbortSignal,
): Promise<Verdict<{ program: string; isBuilt: boolean }>> {
  const present = await presentProgram(recipe);
  if (!present.usable) return present;
  if (present.value !== undefined) return { usable: true, value: { program: present.value, isBuilt: false } };
  const built = await builtProgram(recipe, progress, signal);
  return built.usable ? { usable: true, value: { program: built.value, isBuilt: true } } : built;
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

/** The program from the cache, where it is put first if need be. */
async function builtProgram(
  recipe: Recipe,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Verdict<string>> {
  const { name, version, module } = recipe;
  const what = `${recipe.what} ${version}`;
  const files = readdirSync(module).filter((file) => /\.(go|mod|sum)$/.test(file));
  const sources = files.sort().map((file) => readFileSync(join(module, file)));
  const made = digest([recipe.package, recipe.stamp ?? "", ...sources]);
  const parent = join(cacheFolder(), recipe.kept);
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
