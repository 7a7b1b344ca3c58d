/** Who is compared: this build, another build of the same package, and a provider that only sleeps. */
import { readFile } from "node:fs/promises";
import { createRequire, findPackageJSON } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { SHELL } from "../../src/core/shell.ts";

export type SideName = "ours" | "other" | "baseline" | "lean";

export interface Side<Name extends string = SideName> {
  name: Name;
  /** Where the package is that it installs. */
  folder: string;
  /** What of this folder is the package. */
  files: readonly string[];
  /** How its program gets at the class `OAuthClient`. */
  program: string;
  /** The line that loads its provider. */
  shell: string;
  /** The folder of a provider that the engine starts by itself, if it has one. */
  plugin?: string;
}

const PACKAGE = "pulumi-oauth-clients";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const build = (name: SideName, folder: string): Side => ({
  name,
  folder,
  files: ["package.json", "dist"],
  program: `import { rezolve } from "${PACKAGE}";\nconst { OAuthClient } = rezolve;\n`,
  shell: SHELL,
});

export const OURS = build("ours", ROOT);

/** Its package's name is as long as ours: it is in the state. */
export const BASELINE: Side = {
  name: "baseline",
  folder: fileURLToPath(new URL("baseline", import.meta.url)),
  files: ["package.json", "index.js", "provider.cjs", "empty.cjs"],
  program: 'import { OAuthClient } from "pulumi-bench-clients";\n',
  shell: SHELL.replace("oauth-clients/provider", "bench-clients/provider"),
};

/** The baseline, of which a program declares only the outputs that no input gives. */
export const LEAN: Side = {
  ...BASELINE,
  name: "lean",
  program: 'import { LeanOAuthClient as OAuthClient } from "pulumi-bench-clients";\n',
};

/** What Pulumi's documentation shows: the provider is in the program, and its code goes into the state. */
export const DOCS_PATTERN = {
  name: "docs-pattern",
  folder: fileURLToPath(new URL("docs-pattern", import.meta.url)),
  files: ["package.json", "index.js"],
  program: 'import { OAuthClient } from "pulumi-bench-docs-pattern";\n',
  // It has no line that loads it.
  shell: "",
} as const satisfies Side<"docs-pattern">;

/** The baseline, with the least that a dynamic provider can be. */
export const EMPTY: Side = { ...BASELINE, shell: SHELL.replace("oauth-clients/provider", "bench-clients/empty") };

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});
export type Manifest = z.infer<typeof manifestSchema>;

export async function readManifest(folder: string): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
}

/** The folder of a dependency, as a package in this folder finds it; it need not be below it. */
export function dependencyFolder(folder: string, name: string): string {
  const manifest = findPackageJSON(name, pathToFileURL(join(folder, "package.json")));
  if (manifest === undefined) throw new Error(`${name} has no package.json`);
  return dirname(manifest);
}

/**
 * Another build of this package: a checkout that is built, or a tarball that is unpacked and has its dependencies.
 *
 * @throws {Error} that says what is wrong with the folder, and what to do
 */
export async function otherBuild(path: string): Promise<Side> {
  const folder = resolve(path);
  const wrong = (what: string, advice: string) => new Error(`--against ${folder}: ${what}; ${advice}`);
  const other = `name the folder of a built checkout of ${PACKAGE}, or of an unpacked tarball of it`;
  const manifest = await readManifest(folder).catch((error: unknown) => {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw wrong(isAbsent ? "there is no package.json" : "its package.json is not one of a package", other);
  });
  if (manifest.name !== PACKAGE) throw wrong(`this is the package ${JSON.stringify(manifest.name)}`, other);
  for (const name of Object.keys(manifest.dependencies)) {
    if (isThere(() => dependencyFolder(folder, name))) continue;
    const advice = "run there: npm ci, or in an unpacked tarball: npm install --omit=dev --ignore-scripts";
    throw wrong(`its dependency ${name} is not installed`, advice);
  }
  // By its own name, as a program finds it: a build is free to lay out its files in another way.
  const require = createRequire(join(folder, "package.json"));
  for (const entry of [PACKAGE, `${PACKAGE}/provider`]) {
    if (isThere(() => require.resolve(entry))) continue;
    throw wrong(`it is not built, there is no ${entry} in it`, "run there: npm run build");
  }
  return build("other", folder);
}

function isThere(find: () => unknown): boolean {
  try {
    find();
    return true;
  } catch {
    return false;
  }
}
