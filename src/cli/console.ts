import { styleText } from "node:util";
import type { SafeText } from "../core/redaction.ts";
import type { Console } from "../runtime/operations.ts";
import { proseOf } from "./output/prose.ts";
import { REDACTOR } from "./redactor.ts";

/** Clears the line that the cursor is in. */
export const CLEAR_LINE = "\r\u001b[2K";

/**
 * Standard error as the command's console: warnings and what happens on the way, so that standard output has nothing but
 * the result. How far a long work is stands in one line, on a terminal only.
 */
export class CommandConsole implements Console {
  readonly #stream: NodeJS.WriteStream;
  #isInLine = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  async log(severity: "info" | "warning", message: SafeText): Promise<void> {
    this.say(severity === "warning" ? `${styled("yellow", "warning:", this.#stream)} ${message}` : message);
  }

  async progress(message: SafeText): Promise<void> {
    if (!this.#stream.isTTY) return;
    const width = (this.#stream.columns || 80) - 1;
    this.#stream.write(CLEAR_LINE + (message.length > width ? `${message.slice(0, width - 1)}…` : message));
    this.#isInLine = true;
  }

  /** Prints a line of ours: on a terminal as several, where it is longer. */
  say(line: string): void {
    this.end();
    const text = REDACTOR.redactKnown(line);
    this.#stream.write(`${this.#stream.isTTY ? proseOf(text, this.#stream.columns || 80) : text}\n`);
  }

  /** Takes away how far the work is, when it has ended. */
  end(): void {
    if (this.#isInLine) this.#stream.write(CLEAR_LINE);
    this.#isInLine = false;
  }
}

/** A styled text where a stream shows styles: on a terminal, unless `NO_COLOR` or `FORCE_COLOR` says otherwise. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream });
}

/** As `styleText` knows them, for example `bold`. */
export type Style = Parameters<typeof styleText>[0];
