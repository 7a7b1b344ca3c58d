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

/** Puts scripts and styles of a page into the build as text: who installs the package need not install what they come from. */
export const texts: Rolldown.Plugin = {
  name: "texts",
  resolveId: (id) => (id in TEXTS ? `\0${id}` : null),
  async load(id) {
    const text = TEXTS[id.slice(1)];
    if (!id.startsWith("\0") || text === undefined) return null;
    const [name, file] = text;
    const folder = join(require.resolve(`${name}/package.json`), "..");
    return `export default ${JSON.stringify(await readFile(join(folder, file), "utf8"))};`;
  },
};
