/** What others' packages people get with ours, as package-lock.json has it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PACKAGES, type PackageName } from "./packing.ts";

const names = z.record(z.string(), z.string()).default({});

const entrySchema = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().default(false),
  inBundle: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
  dependencies: names,
  optionalDependencies: names,
});

/** A package in package-lock.json. */
export type Entry = z.infer<typeof entrySchema>;

/** package-lock.json, by the folders in it. */
export type Lock = Readonly<Record<string, Entry>>;

export async function readLock(root: string): Promise<Lock> {
  const text = await readFile(join(root, "package-lock.json"), "utf8");
  return z.object({ packages: z.record(z.string(), entrySchema) }).parse(JSON.parse(text)).packages;
}

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string().optional(),
  types: z.string().optional(),
  scripts: names,
  repository: z.looseObject({ url: z.string() }).optional(),
  dependencies: names,
  peerDependencies: names,
  devDependencies: names,
});

/** A package.json. */
export type Manifest = z.infer<typeof manifestSchema>;

export async function readManifest(folder: string): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
}

const SEPARATOR = `\n${"-".repeat(80)}\n\n`;

/** The packages that are built into ours, with what they are made of, as the licences beside the build say. */
export async function builtInto(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, "dist", "LICENSES"), "utf8").catch(() => "");
  const parts = text === "" ? [] : text.split(SEPARATOR);
  return parts.flatMap((part) => (part.split("\n", 1)[0] ?? "").split(", ")).sort();
}

/** What a package of ours brings: what is installed with it, and what is built into it. */
export interface Shipped {
  manifest: Manifest;
  /** The packages of `dependencies` and those built in that the manifest names, by their versions. */
  direct: Record<string, string>;
  /** All packages, by their folders as they would be in a project of this package alone. */
  entries: Record<string, Entry>;
}

/** What a package of ours brings. Its build stands already. */
export async function shippedWith(name: PackageName, root: string): Promise<Shipped> {
  const lock = await readLock(root);
  const folder = PACKAGES[name] === "." ? "" : PACKAGES[name];
  const manifest = await readManifest(join(root, folder));
  const builtIn = await builtInto(join(root, folder));
  const entries: Record<string, Entry> = {};
  /** @param isBuiltIn whether only what was put into the build counts of what it depends on */
  const follow = (from: string, dependency: string, isOptional: boolean, isBuiltIn: boolean): Entry | null => {
    const found = resolve(lock, from, dependency);
    if (found === null && isOptional) return null;
    const locked = found === null ? undefined : lock[found];
    if (found === null || locked === undefined)
      throw new Error(`package-lock.json has no ${dependency} for ${from || name}`);
    const at = folder !== "" && found.startsWith(`${folder}/`) ? found.slice(folder.length + 1) : found;
    const known = entries[at];
    if (known !== undefined) {
      if (known.integrity !== locked.integrity) throw new Error(`${at} is two packages`);
      return known;
    }
    const entry = isBuiltIn ? withOnly(builtIn, locked) : locked;
    entries[at] = entry;
    for (const one of Object.keys(entry.dependencies)) follow(found, one, false, isBuiltIn);
    for (const one of Object.keys(entry.optionalDependencies)) follow(found, one, true, isBuiltIn);
    return entry;
  };
  const direct: Record<string, string> = {};
  const take = (dependency: string, isBuiltIn: boolean) => {
    direct[dependency] = follow(folder, dependency, false, isBuiltIn)?.version ?? "";
  };
  for (const one of Object.keys(manifest.dependencies)) take(one, false);
  // What is built in may be the root's: packages share their sources.
  const ofRoot = await readManifest(root);
  const named = [manifest, ofRoot].flatMap((one) => Object.keys({ ...one.dependencies, ...one.devDependencies }));
  for (const one of builtIn) if (named.includes(one) && direct[one] === undefined) take(one, true);
  return { manifest, direct, entries };
}

/** A package as it is when it is built in: nobody installs it, and not all that it depends on need be with it. */
function withOnly(builtIn: readonly string[], { optionalDependencies, ...entry }: Entry): Entry {
  const kept = (from: Record<string, string>) =>
    Object.fromEntries(Object.entries(from).filter(([name]) => builtIn.includes(name)));
  return {
    ...entry,
    hasInstallScript: false,
    dependencies: kept({ ...entry.dependencies, ...optionalDependencies }),
    optionalDependencies: {},
    peerDependencies: undefined,
  };
}

/** Where Node.js finds a package from a folder of the lockfile. */
function resolve(lock: Lock, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.replace(/(^|\/)?[^/]*$/, "")) {
    const at = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (lock[at] !== undefined) return at;
    if (folder === "") return null;
  }
}
