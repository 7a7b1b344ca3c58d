import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Rolldown } from "tsdown";

const require = createRequire(import.meta.url);

/** What is put into the build as text, by the name that it is imported by, and the file below its package. */
const TEXTS: Readonly<Record<string, readonly [name: string, file: string]>> = {
  "virtual:uplot-script": ["uplot", "dist/uPlot.iife.min.js"],
  "virtual:uplot-style": ["uplot", "dist/uPlot.min.css"],
};

/** The package that a module of the build was put into it from as text, and where it is. */
export function packageOfText(module: string): { name: string; folder: string } | undefined {
  const text = TEXTS[module.slice(1)];
  if (!module.startsWith("\0") || text === undefined) return undefined;
  const [name] = text;
  return { name, folder: join(require.resolve(`${name}/package.json`), "..") };
}

/** Puts scripts and styles of a page into the build as text: who installs the package need not install what they come from. */
export const texts: Rolldown.Plugin = {
  name: "texts",
  resolveId: (id) => (id in TEXTS ? `\0${id}` : null),
  async load(id) {
    const from = packageOfText(id);
    const [, file] = TEXTS[id.slice(1)] ?? [];
    if (from === undefined || file === undefined) return null;
    return `export default ${JSON.stringify(await readFile(join(from.folder, file), "utf8"))};`;
  },
};
