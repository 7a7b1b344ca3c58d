/**
 * Builds `dist`. What stands in it afterwards is what this build made and nothing else, whatever was there before. Files
 * are written over rather than cleaned away first: a build must not take the ground from under a running program.
 */
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { forOldCompilers } from "./old-compilers.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIST = join(ROOT, "dist");

const bundles = await build({ cwd: ROOT, logLevel: "error" });
const made = new Set(
  bundles.flatMap(({ chunks }) => chunks.map(({ outDir, fileName }) => relative(DIST, join(outDir, fileName)))),
);

// Compilers that know no `.d.cts` find only `.d.ts`, which this makes CommonJS in a package of ES modules.
made.add("package.json");
await writeFile(join(DIST, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
// Their code is in the provider, and their licences ask to be with it.
for (const name of ["undici", "zod"]) {
  const licence = join("provider", `${name}.LICENSE`);
  made.add(licence);
  await copyFile(join(ROOT, "node_modules", name, "LICENSE"), join(DIST, licence));
}

for (const file of made) {
  if (!file.endsWith(".d.ts")) continue;
  const path = join(DIST, file);
  await writeFile(path, forOldCompilers(await readFile(path, "utf8")));
}

for (const entry of await readdir(DIST, { recursive: true, withFileTypes: true })) {
  const file = relative(DIST, join(entry.parentPath, entry.name));
  const isMade = entry.isDirectory() ? [...made].some((path) => path.startsWith(join(file, "/"))) : made.has(file);
  if (!isMade) await rm(join(DIST, file), { recursive: true, force: true });
}
