/**
 * Builds `dist` of the package in whose folder it is run. What stands in it afterwards is what this build made and nothing
 * else, whatever was there before. Files are written over rather than cleaned away first: a build must not take the ground
 * from under a running program.
 */
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build } from "tsdown";
import { forOldCompilers } from "./old-compilers.ts";

const PACKAGE = process.cwd();
const DIST = join(PACKAGE, "dist");

const bundles = await build({ cwd: PACKAGE, logLevel: "error" });
const chunks = bundles.flatMap((bundle) => bundle.chunks);
const made = new Set(chunks.map(({ outDir, fileName }) => relative(DIST, join(outDir, fileName))));

// Compilers that know no `.d.cts` find only `.d.ts`, which this makes CommonJS in a package of ES modules.
made.add("package.json");
await writeFile(join(DIST, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);

// Others' code that is built in: its licence asks to be with it.
for (const chunk of chunks) {
  for (const module of "moduleIds" in chunk ? chunk.moduleIds : []) {
    const [folder, name] = /^.*\/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//.exec(module) ?? [];
    if (folder === undefined || name === undefined) continue;
    const licence = join(dirname(chunk.fileName), `${name.replace("/", "+")}.LICENSE`);
    if (made.has(licence)) continue;
    made.add(licence);
    const file = (await readdir(folder)).find((one) => /^licen[cs]e(\.md|\.txt)?$/i.test(one));
    if (file === undefined) throw new Error(`${name}, which is built in, has no licence.`);
    await copyFile(join(folder, file), join(DIST, licence));
  }
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
