/**
 * Builds `dist` of the package in whose folder it is run. What stands in it afterwards is what this build made and nothing
 * else, whatever was there before. Files are written over rather than cleaned away first: a build must not take the ground
 * from under a running program.
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build } from "tsdown";
import { forOldCompilers } from "./old-compilers.ts";
import { packageOfText } from "./texts.ts";

const PACKAGE = process.cwd();
const DIST = join(PACKAGE, "dist");

const bundles = await build({ cwd: PACKAGE, logLevel: "error" });
const chunks = bundles.flatMap((bundle) => bundle.chunks);
const made = new Set(chunks.map(({ outDir, fileName }) => relative(DIST, join(outDir, fileName))));

// Compilers that know no `.d.cts` find only `.d.ts`, which this makes CommonJS in a package of ES modules.
made.add("package.json");
await writeFile(join(DIST, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);

// Others' code that is built in: its licence asks to be with it. Of several packages with the same one, it is there once.
const builtIn = new Map<string, string>();
for (const module of chunks.flatMap((chunk) => ("moduleIds" in chunk ? chunk.moduleIds : []))) {
  const text = packageOfText(module);
  const [folder = text?.folder, name = text?.name] = /^.*\/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//.exec(module) ?? [];
  if (folder !== undefined && name !== undefined) builtIn.set(name, folder);
}
const licences = new Map<string, string[]>();
for (const [name, folder] of [...builtIn].sort()) {
  // Of parts that are somebody else's there may be more, and what Apache's licence calls a notice.
  const files = (await readdir(folder)).filter((one) => /^(licen[cs]e|notice)([-.]\w+)*$/i.test(one)).sort();
  if (files.length === 0) throw new Error(`${name}, which is built in, has no licence.`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const text = texts.map((one) => one.trim()).join("\n\n");
  licences.set(text, [...(licences.get(text) ?? []), name]);
}
if (licences.size > 0) {
  made.add("LICENSES");
  const parts = [...licences].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`);
  await writeFile(join(DIST, "LICENSES"), parts.join(`\n${"-".repeat(80)}\n\n`));
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
