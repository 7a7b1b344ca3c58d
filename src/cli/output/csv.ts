import { stringify } from "csv-stringify/sync";
import type { Sheet } from "./sheet.ts";

/** Rows for a spreadsheet (RFC 4180), in which nothing is a formula. What nobody knows is empty. */
export function csvOf({ columns, rows }: Sheet): string {
  return stringify([columns.map(({ key }) => key), ...rows.map((row) => row.map((cell) => cell ?? ""))], {
    escape_formulas: true,
    record_delimiter: "windows",
  });
}
