/**
 * A process that writes receipts, as a provider does: `node writer.ts <file> <name> <count>`. It prints the id of each that
 * is written, and says on standard error why one is not.
 */
import { writeSync } from "node:fs";
import { appendLine } from "../../src/runtime/receipts.ts";
import { lineOf, receipt } from "../unit/facts.ts";

const [file = "", name = "", count = ""] = process.argv.slice(2);
const kept = new Set<string>();
for (let at = 0; at < Number(count); at += 1) {
  const id = `${name}-${at}`;
  try {
    await appendLine(file, lineOf(receipt({ id, name: "x".repeat(600) })), kept);
    writeSync(1, `${id}\n`);
  } catch (error) {
    writeSync(2, `${error}\n`);
  }
}
