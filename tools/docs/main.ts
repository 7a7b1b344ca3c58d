/** Writes what is generated in the docs: `node tools/docs/main.ts`; with `--check` only says whether it is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { pages, withParts } from "./pages.ts";

for (const page of pages()) {
  const text = await readFile(page.file, "utf8");
  const fresh = withParts(text, page);
  if (text === fresh) continue;
  if (process.argv.includes("--check")) {
    console.error(`${page.name} is stale: run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    await writeFile(page.file, fresh);
    console.log(`Wrote ${page.name}.`);
  }
}
