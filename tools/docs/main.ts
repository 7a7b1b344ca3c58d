/** Writes what is generated in the docs: `node tools/docs/main.ts`; with `--check` only says whether it is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { pages, wholes, withParts } from "./pages.ts";

for (const page of await pages()) {
  const text = await readFile(page.file, "utf8");
  await keepFresh(page, text, withParts(text, page));
}
for (const whole of wholes()) await keepFresh(whole, await readFile(whole.file, "utf8").catch(() => ""), whole.content);

async function keepFresh({ file, name }: { file: URL; name: string }, text: string, fresh: string): Promise<void> {
  if (text === fresh) return;
  if (process.argv.includes("--check")) {
    console.error(`${name} is stale: run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    await writeFile(file, fresh);
    console.log(`Wrote ${name}.`);
  }
}
