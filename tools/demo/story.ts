/** Tells the demonstration in numbered steps, and prints no claim that was not checked first. */
import { styleText } from "node:util";

/** One step of the story, as `--json` prints it. */
export interface Step {
  title: string;
  /** What a user would type. */
  commands: string[];
  claims: { claim: string; held: boolean; found?: string }[];
}

/** A claim did not hold: the demonstration ends here. */
export class ClaimFailed extends Error {
  constructor(claim: string, found: string | undefined) {
    super(`This did not hold: ${claim}${found === undefined ? "" : ` (found: ${found})`}`);
    this.name = "ClaimFailed";
  }
}

/** Says a long step is going on; gone again when it is over. */
export type Waiting = (what: string) => { end(): void };

type Format = Parameters<typeof styleText>[0];
export const WIDTH = 100;

export class Story {
  readonly steps: Step[] = [];
  readonly #write: (text: string) => void;
  readonly #waiting: Waiting;

  /** @param write takes the narration; to be silent, give a function that does nothing */
  constructor(write: (text: string) => void, waiting: Waiting) {
    this.#write = write;
    this.#waiting = waiting;
  }

  /** How many claims have held so far. */
  get held(): number {
    return this.steps.flatMap(({ claims }) => claims).filter(({ held }) => held).length;
  }

  step(title: string): void {
    this.steps.push({ title, commands: [], claims: [] });
    this.#write(`\n${style("bold", `${String(this.steps.length).padStart(2)}  ${title}`)}\n`);
  }

  say(text: string): void {
    for (const line of text.split("\n")) for (const part of wrapped(line, WIDTH)) this.#write(`    ${part}\n`);
  }

  /** Text that is laid out already: another program's output. */
  show(text: string): void {
    for (const line of text.trimEnd().split("\n")) this.#write(`    ${line}\n`);
  }

  /** Shows what a user would type; `#` starts a remark. */
  command(text: string): void {
    this.steps.at(-1)?.commands.push(text);
    this.#write(style("cyan", `    $ ${text}\n`));
  }

  /** Waits for something that takes a while, and says so meanwhile. */
  async during<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const waiting = this.#waiting(what);
    try {
      return await work();
    } finally {
      waiting.end();
    }
  }

  /**
   * Prints what the check has found to be true.
   *
   * @throws {ClaimFailed} when it is not
   */
  claim(claim: string, held: boolean, found?: unknown): void {
    const seen = found === undefined || held ? undefined : JSON.stringify(found);
    this.steps.at(-1)?.claims.push({ claim, held, ...(seen === undefined ? {} : { found: seen }) });
    const mark = held ? style("green", "✓") : style("red", "✗");
    wrapped(claim, WIDTH - 2).forEach((part, index) => {
      this.#write(`    ${index === 0 ? mark : " "} ${part}\n`);
    });
    if (!held) throw new ClaimFailed(claim, seen);
  }
}

/** Styled on a terminal only, and not where NO_COLOR is set. */
export function style(format: Format, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  // Spaces at the beginning are an indent.
  for (const word of text.split(/(?<=\S) /)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
