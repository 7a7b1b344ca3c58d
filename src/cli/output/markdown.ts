import type { Cell, Sheet } from "./sheet.ts";
import { UNKNOWN } from "./table.ts";

/** Rows as a table of GitHub's and GitLab's Markdown. */
export function markdownTable(sheet: Sheet): string {
  const isNumber = sheet.columns.map((_, at) => sheet.rows.some((row) => typeof row[at] === "number"));
  const lines = [
    sheet.columns.map(({ title }) => title),
    isNumber.map((one) => (one ? "---:" : "---")),
    ...sheet.rows.map((row) => row.map(markdownCell)),
  ];
  return `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function markdownCell(cell: Cell): string {
  if (cell === null) return UNKNOWN;
  return typeof cell === "number" ? String(cell) : code(cell);
}

/**
 * Somebody else's words in Markdown: as code, in which nothing is a link, a mention of a person, an image or HTML.
 *
 * @example
 * code("@org/everyone"); // `@org/everyone`, which tells nobody
 */
export function code(words: string): string {
  // In a table a bar ends the cell, in code too, unless it is escaped: GitHub takes the backslash out again.
  const text = words.replaceAll("|", "\\|");
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  // A space keeps what begins or ends with a backquote apart from the fence, and is not shown.
  const space = /^`|`$/.test(text) || text === "" ? " " : "";
  return `${fence}${space}${text}${space}${fence}`;
}
