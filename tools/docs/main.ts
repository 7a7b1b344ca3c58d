/** Writes what is generated in the docs: `node tools/docs/main.ts`; with `--check` only says whether it is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { PAGE, settingsTable, withTable } from "./connections.ts";

const page = await readFile(PAGE, "utf8");
const fresh = withTable(page, settingsTable());
if (page !== fresh) {
  if (process.argv.includes("--check")) {
    console.error("docs/connections.md is stale: run `npm run docs`.");
    process.exitCode = 1;
  } else {
    await writeFile(PAGE, fresh);
    console.log("Wrote docs/connections.md.");
  }
}
