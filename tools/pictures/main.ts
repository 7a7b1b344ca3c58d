/** `npm run pictures`: takes the pictures of docs/pictures anew; with `--check` only says whether they are stale. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { findEngine } from "../engine/engine.ts";
import { interruption } from "../interruption.ts";
import { PICTURES, type Picture, pathOf } from "./pictures.ts";
import { COLUMNS, Stage } from "./stage.ts";
import { steady } from "./steady.ts";
import { svgOf } from "./svg.ts";

const { check } = parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
const engine = await findEngine();
const stage = await Stage.set(engine, interruption());
try {
  for (const picture of PICTURES) await keepFresh(picture, await taken(picture));
} finally {
  await stage.close();
}

async function taken({ title, description, command, exitCode, isPulumis }: Picture): Promise<string> {
  const lines = steady(await stage.typed(command, exitCode), stage);
  const origin = `taken by \`npm run pictures\`${isPulumis ? `, with Pulumi ${engine.version}` : ""}`;
  return svgOf(lines, COLUMNS, { title, description, origin });
}

async function keepFresh({ name, isPulumis }: Picture, fresh: string): Promise<void> {
  const path = pathOf(name);
  const file = new URL(`../../${path}`, import.meta.url);
  const text = await readFile(file, "utf8").catch(() => "");
  if (!check) {
    await mkdir(new URL(".", file), { recursive: true });
    await writeFile(file, fresh);
    console.log(text === fresh ? `${path} is as it was.` : `Wrote ${path}.`);
  } else if (isPulumis && text !== "" && !text.includes(`with Pulumi ${engine.version} `)) {
    console.log(`${path} was not looked at: another version of Pulumi has printed it.`);
  } else if (withoutVersions(text) !== withoutVersions(fresh)) {
    console.error(`${path} is stale: run \`npm run pictures\`.`);
    process.exitCode = 1;
  }
}

/** A new Node.js makes no picture stale. */
function withoutVersions(svg: string): string {
  return svg.replace(/\d+\.\d+\.\d+/g, "…");
}
