/** `npm run sdks`: writes the SDKs for Node.js, Python and Go, after Pulumi's own binder has looked at the schema. */
import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "../engine/command.ts";
import { obtained } from "../engine/program.ts";
import { progressOn } from "../engine/progress.ts";
import { MADE_OF, madeOf, SCHEMA, SDK_WRITER, SDKS } from "./sdks.ts";

const progress = progressOn(process.stderr);
const writer = await obtained(SDK_WRITER, progress);
if (writer.usable) {
  await rm(SDKS, { recursive: true, force: true });
  const answer = await run(writer.value.program, [fileURLToPath(SCHEMA), fileURLToPath(SDKS)]);
  if ("failure" in answer) fail(answer.failure);
  else await writeFile(MADE_OF, `${JSON.stringify(await madeOf(), null, 2)}\n`);
} else fail(writer.reason);

function fail(reason: string): void {
  process.stderr.write(`sdks: ${reason}\n`);
  process.exitCode = 1;
}
