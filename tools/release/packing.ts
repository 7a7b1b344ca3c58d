/** The packages of this repository as they are published. */
import { execFile } from "node:child_process";
import { cp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { isSettingOfOurs } from "../engine/engine.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where the packages of the repository are, by name. */
export const PACKAGES = {
  "pulumi-oauth-clients": ".",
  "pulumi-resource-oauth-clients": "plugin",
  "pulumi-oauth-clients-sandbox": "sandbox",
} as const;
export type PackageName = keyof typeof PACKAGES;
export const PACKAGE_NAMES = [
  "pulumi-oauth-clients",
  "pulumi-resource-oauth-clients",
  "pulumi-oauth-clients-sandbox",
] as const satisfies PackageName[];

/** A packed package. */
export interface Packed {
  tarball: string;
  /** Of the tarball, as npm counts it: the same for the same files with the same contents. */
  integrity: string;
  files: string[];
}

const one = z.object({
  filename: z.string(),
  integrity: z.string(),
  files: z.array(z.object({ path: z.string() })),
});
// npm 12 prints an object by package name, older ones a list.
const packedSchema = z.union([z.array(one), z.record(z.string(), one)]);

/**
 * Packs a package, as npm does before it publishes.
 *
 * @param destination the folder of the tarball
 * @param root of the repository, or of a copy
 * @param built whether what is built stands there already: otherwise npm builds first
 */
export async function pack(name: PackageName, destination: string, root: string, built: boolean): Promise<Packed> {
  const scripts = built ? ["--ignore-scripts"] : ["--foreground-scripts=false"];
  const args = ["pack", "--json", ...scripts, "--pack-destination", destination];
  const [first] = Object.values(packedSchema.parse(JSON.parse(await output("npm", args, join(root, PACKAGES[name])))));
  if (first === undefined) throw new Error("npm pack has packed nothing");
  const { filename, integrity, files } = first;
  return { tarball: join(destination, filename), integrity, files: files.map(({ path }) => path) };
}

/** Where the files that a package has are listed; `npx vitest run test/pack/tarball --update` writes it anew. */
export function fileListOf(name: PackageName): string {
  return `test/golden/files-of-${name}.txt`;
}

/** The files of a package as they are listed. */
export function listOf({ files }: Packed): string {
  return `${files.toSorted().join("\n")}\n`;
}

/** The files of a repository as a fresh clone would have them, with its dependencies installed and nothing built. */
export async function freshTree(folder: string, root: string): Promise<string> {
  const tree = join(folder, "fresh");
  const listed = await output("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], root);
  for (const path of listed.split("\0").filter((name) => name !== "")) await cp(join(root, path), join(tree, path));
  await symlink(join(root, "node_modules"), join(tree, "node_modules"));
  return tree;
}

const execute = promisify(execFile);

/**
 * What a command printed, in an environment without settings of ours.
 *
 * @throws when it fails, with what it said
 */
export async function output(program: string, args: readonly string[], cwd: string): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSettingOfOurs(name)));
  const { stdout } = await execute(program, args, {
    cwd,
    env: { ...env, NO_COLOR: "1", FORCE_COLOR: "0" },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
