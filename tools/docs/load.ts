/** What docs/reliability.md shows of the long runs that `npm run soak` has measured. */
import { readFileSync } from "node:fs";
import { readLoadReport } from "../../test/load/figures.ts";

/** The part of the page. */
export function loadTable(): Record<"load", string> {
  const report = readLoadReport(readFileSync(new URL("../../test/golden/soak-load.json", import.meta.url), "utf8"));
  const rows = Object.entries(report).map(
    ([what, { seen, measured, version, machine }]) =>
      `| ${what} | ${seen} | ${measured}, version ${version}: ${machine} |`,
  );
  return { load: ["|  | seen | measured |", "| --- | --- | --- |", ...rows].join("\n") };
}
