import type { Cell, Sheet } from "./sheet.ts";
import { UNKNOWN } from "./table.ts";

/** Rows as a table of GitHub's and GitLab's Markdown. */
export function markdownTable(sheet: Sheet): string {
  return textOf(linesOf(sheet));
}

/**
 * The same in no more characters than these: rows at the end go, and a last line says how many. Without room for a row, or
 * for that line, that line alone.
 *
 * @param where what has all of them
 */
export function markdownTableWithin(longest: number, sheet: Sheet, where: string): string {
  const [title = "", rule = "", ...rows] = linesOf(sheet);
  const whole = textOf([title, rule, ...rows]);
  if (whole.length <= longest) return whole;
  const left = (count: number) => `… and ${count} more; ${where} has them all.\n`;
  // The line is longest where all of them are left out.
  let room = longest - textOf([title, rule]).length - "\n".length - left(rows.length).length;
  let shown = 0;
  for (const row of rows) {
    room -= textOf([row]).length;
    if (room < 0) break;
    shown += 1;
  }
  const rest = left(rows.length - shown);
  return shown === 0 ? rest : `${textOf([title, rule, ...rows.slice(0, shown)])}\n${rest}`;
}

function linesOf(sheet: Sheet): string[] {
  const isNumber = sheet.columns.map((_, at) => sheet.rows.some((row) => typeof row[at] === "number"));
  const lines = [
    sheet.columns.map(({ title }) => title),
    isNumber.map((one) => (one ? "---:" : "---")),
    ...sheet.rows.map((row) => row.map(markdownCell)),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`);
}

function textOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
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
