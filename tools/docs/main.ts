/** Writes what is generated in the docs: `node tools/docs/main.ts`; with `--check` only says whether it is stale. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { API_FOLDER, apiPages, leftOf } from "./api.ts";
import { fileOf, pages, wholes, withParts } from "./pages.ts";

const isCheck = process.argv.includes("--check");

for (const page of await pages()) {
  const text = await readFile(page.file, "utf8");
  await keepFresh(page.name, text, withParts(text, page));
}
const reference = await apiPages();
await mkdir(fileOf(API_FOLDER), { recursive: true });
for (const { name, content } of [...wholes(), ...reference]) {
  await keepFresh(name, await readFile(fileOf(name), "utf8").catch(() => ""), content);
}
for (const name of await leftOf(reference)) {
  if (isCheck) complain(`${name} is not generated any more`);
  else await rm(fileOf(name));
}

async function keepFresh(name: string, text: string, fresh: string): Promise<void> {
  if (text === fresh) return;
  if (isCheck) complain(`${name} is stale`);
  else {
    await writeFile(fileOf(name), fresh);
    console.log(`Wrote ${name}.`);
  }
}

function complain(what: string): void {
  console.error(`${what}: run \`npm run docs\`.`);
  process.exitCode = 1;
}
