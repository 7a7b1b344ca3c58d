import { receiptSchema } from "./evidence-schemas.ts";
import { parsedJson } from "./json.ts";
import type { Receipt } from "./receipt.ts";

/** Receipts read from a file, and the lines that are none. */
export interface ReadReceipts {
  /** In the order of the file. */
  receipts: Receipt[];
  /** Numbers, from 1, of lines that are no receipt: a torn last line after a power cut, somebody else's text. */
  unreadableLines: number[];
}

/**
 * Reads the text of a receipts file: JSON Lines.
 *
 * @param text the whole of the file
 */
export function parseReceipts(text: string): ReadReceipts {
  const receipts: Receipt[] = [];
  const unreadableLines: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const receipt = receiptSchema.safeParse(parsedJson(line));
    if (receipt.success) receipts.push(receipt.data);
    else unreadableLines.push(index + 1);
  }
  return { receipts, unreadableLines };
}

/** Numbers of lines as a sentence has them: not hundreds of them. */
export function linesInBrief(lines: readonly number[]): string {
  const first = lines.slice(0, 5).join(", ");
  return lines.length <= 5 ? first : `${first} and ${lines.length - 5} more`;
}
