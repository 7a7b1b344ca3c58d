/** What a terminal shows in the end, whatever was written over on the way. */
import xterm, { type IBufferCell, type IBufferLine } from "@xterm/headless";

/** One character. */
export interface Cell {
  text: string;
  style: Style;
}

export interface Style {
  /** One of the terminal's 16 colours; null for that of plain text. */
  colour: number | null;
  isBold: boolean;
  isDim: boolean;
  isUnderlined: boolean;
}

/** A line as it was printed; it may take several rows of the screen. */
export type Line = readonly Cell[];

export const PLAIN: Style = { colour: null, isBold: false, isDim: false, isUnderlined: false };

/** High enough for all that Pulumi paints over and over again. */
export const ROWS = 60;

/** A screen that takes what a program writes to a terminal. */
export class Screen {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;

  /** @param answer takes what a terminal answers to a program's questions, such as where the cursor is */
  constructor(columns: number, answer: (text: string) => void) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows: ROWS, scrollback: 1_000, allowProposedApi: true });
    this.#terminal.onData(answer);
  }

  write(text: string | Uint8Array): Promise<void> {
    return new Promise((written) => this.#terminal.write(text, written));
  }

  /** All lines from the first one, without blanks at their ends and without empty ones at the end. */
  lines(): Line[] {
    const { active } = this.#terminal.buffer;
    const lines: Cell[][] = [];
    for (let row = 0; row < active.length; row += 1) {
      const line = active.getLine(row);
      if (line === undefined) continue;
      const cells = cellsOf(line);
      if (line.isWrapped) lines.at(-1)?.push(...cells);
      else lines.push(cells);
    }
    const trimmed = lines.map(withoutEnd);
    return trimmed.slice(0, trimmed.findLastIndex(({ length }) => length > 0) + 1);
  }

  close(): void {
    this.#terminal.dispose();
  }
}

function cellsOf(line: IBufferLine): Cell[] {
  const cells: Cell[] = [];
  for (let column = 0; column < line.length; column += 1) {
    const cell = line.getCell(column);
    // The second half of a wide character has no width.
    if (cell !== undefined && cell.getWidth() > 0) cells.push({ text: cell.getChars() || " ", style: styleOf(cell) });
  }
  return cells;
}

function styleOf(cell: IBufferCell): Style {
  const colour = cell.isFgDefault() ? null : cell.getFgColor();
  if (cell.isFgRGB() || (colour ?? 0) > 15 || !cell.isBgDefault() || cell.isInverse()) {
    throw new Error(`No picture has had such a colour so far: ${cell.getFgColor()} on ${cell.getBgColor()}.`);
  }
  return {
    colour,
    isBold: cell.isBold() !== 0,
    isDim: cell.isDim() !== 0,
    isUnderlined: cell.isUnderline() !== 0,
  };
}

function withoutEnd(cells: readonly Cell[]): Cell[] {
  return cells.slice(0, cells.findLastIndex(({ text }) => text !== " ") + 1);
}
