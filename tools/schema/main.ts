/** Writes the schema of the packaged provider. */
import { readFile, writeFile } from "node:fs/promises";
import { packageSchema } from "./schema.ts";

const PLUGIN = new URL("../../plugin/", import.meta.url);

const { version } = JSON.parse(await readFile(new URL("package.json", PLUGIN), "utf8"));
await writeFile(new URL("schema.json", PLUGIN), `${JSON.stringify(packageSchema(version), null, 2)}\n`);
