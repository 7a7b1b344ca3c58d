/** What docs/reliability.md shows of the long runs that `npm run soak` has measured. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const reportSchema = z.object({
  /** ISO 8601, a date. */
  measured: z.string(),
  version: z.string(),
  machine: z.string(),
  /** What was seen, by what was done. */
  figures: z.record(z.string(), z.string()),
});

export type LoadReport = z.infer<typeof reportSchema>;

/** @param text null where there is none yet */
export function readLoadReport(text: string | null): LoadReport | null {
  return text === null ? null : reportSchema.parse(JSON.parse(text));
}

/** The part of the page. */
export function loadTable(): Record<"load", string> {
  const report = readLoadReport(readFileSync(new URL("../../test/golden/soak-load.json", import.meta.url), "utf8"));
  if (report === null) throw new Error("There is no report.");
  const { measured, version, machine, figures } = report;
  const rows = Object.entries(figures)
    .sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }))
    .map(([what, seen]) => `| ${what} | ${seen} |`);
  return {
    load: [
      `Measured on ${measured} with version ${version}: ${machine}.`,
      "",
      "|  | seen |",
      "| --- | --- |",
      ...rows,
    ].join("\n"),
  };
}
