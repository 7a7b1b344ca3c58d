import Table from "cli-table3";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import type { Cell, Sheet } from "./sheet.ts";

/** Between two columns, in characters. */
const GAP = 2;

/** No column of a table that does not fit is narrower, unless it has nothing wider. */
const NARROWEST = 9;

/** What nobody knows. */
export const UNKNOWN = "–";

/**
 * Rows as people read them, without a border, in so many characters: what does not fit loses its spare columns, then
 * identifiers lose their middles, and what is still too wide is wrapped.
 *
 * @param heading how the line of titles is shown
 */
export function tableOf(sheet: Sheet, width: number, heading: (title: string) => string): string {
  if (sheet.rows.length === 0) return "";
  const kept = columnsThatFit(sheet, width);
  const cells = sheet.rows.map((row) => kept.map((at) => textOf(row[at] ?? null)));
  const titles = kept.map((at) => sheet.columns[at]?.title ?? "");
  const natural = titles.map((title, at) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[at] ?? ""))),
  );
  const least = titles.map((title) => Math.max(stringWidth(title), NARROWEST));
  const widths = shrunk(natural, least, width - GAP * (kept.length - 1));
  const isNumber = kept.map((at) => sheet.rows.some((row) => typeof row[at] === "number"));
  const table = new Table({
    head: titles,
    chars: NO_BORDER,
    colWidths: widths.map((one) => one + GAP),
    colAligns: isNumber.map((one) => (one ? "right" : "left")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
  });
  for (const row of cells) {
    table.push(
      row.map((text, at) => {
        const room = widths[at] ?? 0;
        const isCut = sheet.columns[kept[at] ?? 0]?.cut === "middle";
        return isCut ? cutInTheMiddle(text, room) : wrapAnsi(text, room, { hard: true });
      }),
    );
  }
  const lines = table.toString().split("\n");
  // No title is wrapped, so they are the first line.
  return `${lines.map((line, at) => (at === 0 ? heading(line.trimEnd()) : line.trimEnd())).join("\n")}\n`;
}

const NO_BORDER = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((part) => [part, ""]),
);

export function textOf(cell: Cell): string {
  return cell === null ? UNKNOWN : String(cell);
}

/** The columns that are shown, by their places: without spare ones where all would not fit. */
function columnsThatFit({ columns, rows }: Sheet, width: number): number[] {
  const needed = (at: number) => {
    const { title = "", cut } = columns[at] ?? {};
    const widest = Math.max(stringWidth(title), ...rows.map((row) => stringWidth(textOf(row[at] ?? null))));
    // A column that can do with less takes no other's place.
    return cut === "middle"
      ? Math.min(widest, Math.max(stringWidth(title), 2 * NARROWEST))
      : Math.min(widest, 3 * NARROWEST);
  };
  let kept = columns.map((_, at) => at);
  const bySpare = kept.filter((at) => columns[at]?.spare !== undefined);
  bySpare.sort((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0));
  for (const at of bySpare) {
    if (kept.reduce((sum, one) => sum + needed(one) + GAP, -GAP) <= width) break;
    kept = kept.filter((one) => one !== at);
  }
  return kept;
}

/** As wide as the cells are where there is room; else the widest give way first, each to its least width. */
function shrunk(natural: readonly number[], least: readonly number[], room: number): number[] {
  const widths = [...natural];
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over -= 1) {
    const canGive = widths.flatMap((one, at) => (one > (least[at] ?? 0) ? [at] : []));
    const [first, ...others] = canGive;
    if (first === undefined) break;
    const widest = others.reduce((best, at) => ((widths[at] ?? 0) > (widths[best] ?? 0) ? at : best), first);
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function cutInTheMiddle(text: string, room: number): string {
  if (stringWidth(text) <= room || text.length <= room) return text;
  const end = Math.floor((room - 1) / 2);
  return `${text.slice(0, room - 1 - end)}…${text.slice(text.length - end)}`;
}
