/** A terminal's lines as SVG: text that can be searched and read out, without a font, a script or an image. */
import type { Cell, Line, Style } from "./screen.ts";

/** Dark by itself, with a border: so it can be read on a light page and on a dark one. */
const [BACKGROUND, BORDER, TEXT] = ["#0d1117", "#3d444d", "#e6edf3"];

/** The terminal's 16 colours. */
const COLOURS = [
  ...["#6e7681", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
  ...["#8b949e", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff"],
];

const [CELL, ROW, MARGIN, FONT_SIZE] = [8, 19, 16, 13.3];

/** Said in the picture itself, for whoever does not see it. */
export interface Words {
  title: string;
  description: string;
  /** Of what it was made. */
  origin: string;
}

export function svgOf(lines: readonly Line[], columns: number, { title, description, origin }: Words): string {
  const rows = lines.flatMap((line) => rowsOf(line, columns));
  const [width, height] = [columns * CELL + 2 * MARGIN, rows.length * ROW + 2 * MARGIN];
  const pieces = rows.flatMap((row, at) => piecesOf(row).map((piece) => ({ ...piece, row: at })));
  const texts = pieces.map(({ text, style, column, row }) => {
    const place = `x="${MARGIN + column * CELL}" y="${MARGIN + row * ROW + 14}"`;
    const named = classesOf(style);
    // Whatever font the reader's system has, columns stay beneath each other.
    return `<text ${place} textLength="${[...text].length * CELL}"${named === "" ? "" : ` class="${named}"`}>${escaped(text)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<!-- ${origin} -->`,
    `<style>${styleSheet(pieces.map(({ style }) => style))}</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${BACKGROUND}" stroke="${BORDER}"/>`,
    ...texts,
    "</svg>\n",
  ].join("\n");
}

/** As a terminal breaks what is too long for it. */
function rowsOf(line: Line, columns: number): Line[] {
  const count = Math.max(1, Math.ceil(line.length / columns));
  return Array.from({ length: count }, (_, at) => line.slice(at * columns, (at + 1) * columns));
}

/** Some characters that stand together and look alike. */
interface Piece {
  text: string;
  style: Style;
  column: number;
}

/** The pieces of a row, without the gaps between them: SVG takes several spaces for one. */
function piecesOf(row: Line): Piece[] {
  const pieces: Piece[] = [];
  row.forEach(({ text, style }: Cell, column) => {
    const last = pieces.at(-1);
    const isNext = last !== undefined && last.column + [...last.text].length === column;
    if (isNext && classesOf(last.style) === classesOf(style) && !(text === " " && last.text.endsWith(" "))) {
      last.text += text;
    } else if (text !== " ") pieces.push({ text, style, column });
  });
  return pieces.map((piece) => ({ ...piece, text: piece.text.trimEnd() }));
}

function classesOf({ colour, isBold, isDim, isUnderlined }: Style): string {
  const classes = [colour === null ? "" : `c${colour}`, isBold ? "b" : "", isDim ? "d" : "", isUnderlined ? "u" : ""];
  return classes.filter((one) => one !== "").join(" ");
}

function styleSheet(styles: readonly Style[]): string {
  const used = [...new Set(styles.flatMap(({ colour }) => (colour === null ? [] : [colour])))].sort((a, b) => a - b);
  return [
    `text{font:${FONT_SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:${TEXT}}`,
    ".b{font-weight:bold}.d{opacity:.7}.u{text-decoration:underline}",
    ...used.map((colour) => `.c${colour}{fill:${COLOURS[colour]}}`),
  ].join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
