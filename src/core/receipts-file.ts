import type { Receipt } from "./receipt.ts";
import { type ReceiptLine, readReceiptLine } from "./receipt-line.ts";

/** Receipts read from a file, and the lines that do not count. */
export interface ReadReceipts {
  /** In the order of the file. */
  receipts: Receipt[];
  /** Numbers, from 1, of all lines whose receipts are not among these. */
  unreadableLines: number[];
  /** The same numbers by what is wrong with the lines. */
  unreadable: {
    /** They do not agree with their checksums: somebody or something altered them after they were written. */
    altered: number[];
    /** Parts of lines, as a full disk or a power cut leaves them. */
    torn: number[];
    /** Written by a newer version of this package. */
    newer: number[];
    /** Somebody else's text. */
    other: number[];
  };
}

/** What becomes of lines that do not count: of one, and of several, in the order in which it is told. */
const SAID: readonly (readonly [is: keyof ReadReceipts["unreadable"], one: string, several: string])[] = [
  ["altered", "was altered after it was written", "were altered after they were written"],
  ["torn", "is torn", "are torn"],
  ["newer", "is of a newer version of this package", "are of a newer version of this package"],
  ["other", "is no receipt", "are no receipts"],
];

/**
 * Reads the text of a receipts file: JSON Lines.
 *
 * @param text the whole of the file
 */
export function parseReceipts(text: string): ReadReceipts {
  const read: ReadReceipts = {
    receipts: [],
    unreadableLines: [],
    unreadable: { altered: [], torn: [], newer: [], other: [] },
  };
  for (const line of linesOf(text)) {
    if (line.is === "intact" || line.is === "unchecked") read.receipts.push(line.receipt);
    else {
      read.unreadableLines.push(line.number);
      read.unreadable[line.is].push(line.number);
    }
  }
  return read;
}

/** The lines of a receipts file that are not empty, with their numbers from 1. */
export function* linesOf(text: string): Generator<ReceiptLine & { number: number }> {
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") yield { number: index + 1, ...readReceiptLine(line) };
  }
}

/** Which lines do not count, and why, for example `line 3 is torn`; empty where all do. */
export function unreadableIn({ unreadable }: Pick<ReadReceipts, "unreadable">): string {
  const parts = SAID.flatMap(([is, one, several]) => {
    const lines = unreadable[is];
    return lines.length === 0 ? [] : [`${linesInBrief(lines)} ${lines.length === 1 ? one : several}`];
  });
  return parts.join("; ");
}

/** Numbers of lines as a sentence has them: not hundreds of them. */
export function linesInBrief(lines: readonly number[]): string {
  const first = lines.slice(0, 5).join(", ");
  const named = lines.length <= 5 ? first : `${first} and ${lines.length - 5} more`;
  return `${lines.length === 1 ? "line" : "lines"} ${named}`;
}
