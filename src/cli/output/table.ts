import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import type { Cell, Sheet } from "./sheet.ts";

/** Between two columns, in characters. */
const GAP = 2;

/** No column of a table that does not fit is narrower, unless it has nothing wider. */
const NARROWEST = 9;

/** What nobody knows. */
export const UNKNOWN = "–";

/** A column as it is shown. */
interface Shown {
  title: string;
  texts: string[];
  isNumber: boolean;
  isCut: boolean;
  /** In characters of a terminal. */
  width: number;
}

/**
 * Rows as people read them, without a border, in so many characters: what does not fit loses its spare columns, then
 * identifiers lose their middles, and what is still too wide is wrapped.
 *
 * @param heading how the line of titles is shown
 */
export function tableOf(sheet: Sheet, width: number, heading: (title: string) => string): string {
  if (sheet.rows.length === 0) return "";
  const columns = shrunk(columnsThatFit(sheet, width), width);
  const titles = lineOf(columns, (column) => column.title);
  const rows = sheet.rows.flatMap((_, at) => rowOf(columns, at));
  return `${heading(titles)}\n${rows.join("\n")}\n`;
}

export function textOf(cell: Cell): string {
  return cell === null ? UNKNOWN : String(cell);
}

/** The columns that are shown: without spare ones where all would not fit. */
function columnsThatFit({ columns, rows }: Sheet, width: number): Shown[] {
  const all = columns.map(({ title, cut, spare }, at) => {
    const texts = rows.map((row) => textOf(row[at] ?? null));
    const widest = texts.reduce((most, text) => Math.max(most, widthOf(text)), widthOf(title));
    const isNumber = rows.some((row) => typeof row[at] === "number");
    // A column that can do with less takes no other's place.
    const needed = cut === "middle" ? Math.max(widthOf(title), 2 * NARROWEST) : 3 * NARROWEST;
    const shown: Shown = { title, texts, isNumber, isCut: cut === "middle", width: widest };
    return { shown, spare, needed: Math.min(widest, needed) };
  });
  const bySpare = all.filter(({ spare }) => spare !== undefined).sort((a, b) => (b.spare ?? 0) - (a.spare ?? 0));
  let kept = all;
  for (const one of bySpare) {
    if (kept.reduce((sum, { needed }) => sum + needed + GAP, -GAP) <= width) break;
    kept = kept.filter((other) => other !== one);
  }
  return kept.map(({ shown }) => shown);
}

/** As wide as the cells are where there is room; else the widest give way first, each to its least width. */
function shrunk(columns: readonly Shown[], width: number): Shown[] {
  const widths = columns.map((column) => column.width);
  const least = columns.map(({ title }) => Math.max(widthOf(title), NARROWEST));
  const room = width - GAP * (columns.length - 1);
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over -= 1) {
    const [first, ...others] = widths.flatMap((one, at) => (one > (least[at] ?? 0) ? [at] : []));
    if (first === undefined) break;
    const widest = others.reduce((best, at) => ((widths[at] ?? 0) > (widths[best] ?? 0) ? at : best), first);
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return columns.map((column, at) => ({ ...column, width: widths[at] ?? column.width }));
}

/** The lines of a row: as many as its highest cell has. */
function rowOf(columns: readonly Shown[], at: number): string[] {
  const cells = columns.map(({ texts, isCut, width }) => {
    const text = texts[at] ?? "";
    if (widthOf(text) <= width) return [text];
    return isCut ? [cutInTheMiddle(text, width)] : wrapAnsi(text, width, { hard: true }).split("\n");
  });
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => lineOf(columns, (_column, cell) => cells[cell]?.[line] ?? ""));
}

function lineOf(columns: readonly Shown[], textIn: (column: Shown, at: number) => string): string {
  const cells = columns.map((column, at) => {
    const text = textIn(column, at);
    const padding = " ".repeat(Math.max(0, column.width - widthOf(text)));
    return column.isNumber ? padding + text : text + padding;
  });
  return cells.join(" ".repeat(GAP)).trimEnd();
}

/** Characters of a terminal: most texts have nothing else than ASCII. */
function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

function cutInTheMiddle(text: string, room: number): string {
  const end = Math.floor((room - 1) / 2);
  return `${text.slice(0, room - 1 - end)}…${text.slice(text.length - end)}`;
}
