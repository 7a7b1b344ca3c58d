/**
 * Sentences that may contain what others wrote: a vendor, a user, a file. Whatever is put into a sentence is taken for
 * somebody else's, unless it is a sentence itself: nobody has to remember which values are dangerous.
 */

import { type TextKind, withoutCredentials, withoutNamedSecrets } from "./credentials-in-text.ts";

/** How much of somebody else's words a sentence shows, in characters, where nothing else is said. */
const LONGEST_WORDS = 300;

/** Long enough for what identifies something to stay whole, in characters. */
const LONGEST_IDENTIFIER = 1_000;

/** So much of others' words is read at all where only a little is shown. */
const LONGEST_READ = 65_536;

/** Longer than what a redactor needs of a secret to know it. */
const HALF_A_SECRET = 256;

/** Longest sentence, in characters: no list of problems that a person reads comes near it. */
const LONGEST_MESSAGE = 32_768;

/** Somebody else's words. */
interface Foreign {
  words: string;
  /** How many characters of them are shown. */
  longest: number;
  kind: TextKind;
}

type Part = string | Foreign;

/** A sentence of ours, with others' words kept apart until it is shown: only then it is known what is secret. */
export class Message {
  /** @internal */
  readonly parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.parts = parts;
  }

  /** Whether it says nothing at all. */
  get isEmpty(): boolean {
    return this.parts.every((part) => (typeof part === "string" ? part : part.words) === "");
  }

  /** Node shows errors with all that they have, for example those of a program: as a sentence, and not its parts. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** As it is written where no secret is known. What leaves the process goes through `Redactor.show`. */
  toString(): string {
    return written(this);
  }
}

/**
 * A sentence: what stands in the program is ours, what is put in is somebody else's, numbers and other sentences aside.
 *
 * @example
 * say`Cannot delete ${client} in tenant ${tenantId} (HTTP ${status}).`
 */
export function say(ours: TemplateStringsArray, ...values: readonly (Message | string | number)[]): Message {
  const parts: Part[] = [];
  for (const [index, own] of ours.entries()) {
    if (own !== "") parts.push(own);
    const value = values[index];
    if (value instanceof Message) parts.push(...value.parts);
    else if (typeof value === "number") parts.push(String(value));
    else if (value !== undefined && value !== "")
      parts.push({ words: String(value), longest: LONGEST_WORDS, kind: "words" });
  }
  return new Message(parts);
}

/** Somebody else's words, of which more or less is shown than usual. */
export function quoted(words: string, longest: number): Message {
  return new Message([{ words, longest, kind: "words" }]);
}

/**
 * What identifies something: an id, a name, a URN. Only secrets that are known, or certainly some, are taken out of it: two
 * that resemble secrets would be told as one, and a command with such a URN in it would not work.
 */
export function identifier(words: string, longest = LONGEST_IDENTIFIER): Message {
  return new Message([{ words, longest, kind: "identifier" }]);
}

/** Several sentences in one; those that say nothing are left out. */
export function joined(messages: readonly Message[], separator = " "): Message {
  const said = messages.filter((message) => !message.isEmpty);
  return new Message(said.flatMap(({ parts }, index) => (index === 0 ? parts : [separator, ...parts])));
}

/** A number of things: `1 client`, `2 clients`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Ids, or others' words, as a sentence names several. */
export function listed(words: readonly string[], as: (one: string) => Message = identifier): Message {
  const parts = words.map((one) => as(one));
  return joined(parts, ", ");
}

type Redact = (text: string, kind: TextKind) => string;

/**
 * The text of a sentence: others' words on one line, without control characters and colour directives, and cut.
 *
 * @param redact takes secrets out of a text; called on others' words before anything else is done to them, since half
 *   a secret is recognised by nobody
 */
export function written(message: Message, redact: Redact = withoutCredentials): string {
  const line = message.parts.map((part) => (typeof part === "string" ? part : shown(part, redact))).join("");
  // What takes out one thing may put another together. There are identifiers in the line.
  return redact(withoutDirectives(cut(redact(line, "identifier"), LONGEST_MESSAGE)), "identifier");
}

function shown({ words, longest, kind }: Foreign, redact: Redact): string {
  const isLong = words.length > LONGEST_READ && longest < LONGEST_READ / 2;
  const read = inOneLine(redact(isLong ? words.slice(0, LONGEST_READ) : words, kind));
  // At the end of what was read may stand the start of a secret, too short to be known.
  const whole = isLong ? `${read.slice(0, -HALF_A_SECRET)} …` : read;
  const clean = redact(whole, kind);
  return cut(kind === "words" ? withoutNamedSecrets(clean) : clean, longest);
}

/**
 * What a terminal acts on instead of showing it: C0 and C1 control characters, line and paragraph separators, and what
 * changes the direction of writing or cannot be seen at all. With lone halves of characters, which no protocol carries.
 */
const LIVE = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]{1,1000}/gu;

function inOneLine(words: string): string {
  return words.toWellFormed().replace(LIVE, " ").trim();
}

/**
 * Pulumi's command line reads `<{%red%}>` in messages as a colour. One that it does not know ends it with a panic, in
 * the middle of an operation. Source: sdk/go/common/diag/colors, tried on the engine.
 */
function withoutDirectives(text: string): string {
  return text.replaceAll("<{%", "<{ %");
}

/** The same in a value, where line breaks and tabs are a text's own. */
const LIVE_IN_VALUE = /(?![\t\n]|\r\n)[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu;

/**
 * A value of the vendor's as a state may hold it. Pulumi shows values as they are where it compares texts, colour
 * directives and all. What a program declares has none of this (`check` refuses it), so nothing that it says changes.
 */
export function storable(value: string): string {
  return withoutDirectives(value.toWellFormed().replace(LIVE_IN_VALUE, "\ufffd"));
}

function cut(line: string, longest: number): string {
  if (line.length <= longest) return line;
  const kept = line.slice(0, longest - 1);
  // Half a word may be half a secret that nobody knows.
  return `${/\s/.test(line.charAt(longest - 1)) ? kept : kept.slice(0, lastSpace(kept) + 1)}…`;
}

function lastSpace(text: string): number {
  for (let at = text.length - 1; at >= 0; at -= 1) if (/\s/.test(text.charAt(at))) return at;
  return -1;
}
