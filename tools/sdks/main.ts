/**
 * `npm run sdks`: writes the SDKs for Node.js, Python and Go, after Pulumi's own binder has looked at the schema. With `--check`
 * it writes nothing, and fails where the schema or the SDKs are not what the code has.
 */
import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "../engine/command.ts";
import { obtained } from "../engine/program.ts";
import { progressOn } from "../engine/progress.ts";
import { MADE_OF, madeOf, SCHEMA, SDK_WRITER, SDKS, stale } from "./sdks.ts";
import { withoutTraces } from "./traces.ts";

if (process.argv.includes("--check")) {
  for (const file of await stale()) fail(`${file} is stale: run \`npm run sdks\`.`);
} else await write();

async function write(): Promise<void> {
  const writer = await obtained(SDK_WRITER, progressOn(process.stderr));
  if (!writer.usable) return fail(writer.reason);
  await rm(SDKS, { recursive: true, force: true });
  const answer = await run(writer.value.program, [fileURLToPath(SCHEMA), fileURLToPath(SDKS)]);
  if ("failure" in answer) return fail(answer.failure);
  await withoutTraces(new URL("nodejs/", SDKS));
  await writeFile(MADE_OF, `${JSON.stringify(await madeOf(), null, 2)}\n`);
}

function fail(reason: string): void {
  process.stderr.write(`sdks: ${reason}\n`);
  process.exitCode = 1;
}
