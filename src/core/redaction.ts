import { REDACTED, withoutCredentials } from "./credentials-in-text.ts";
import { type Message, quoted, written } from "./text.ts";

declare const shown: unique symbol;

/**
 * Text that may leave the process: to the engine, a console, a receipt, a table. On one line, without control
 * characters, colour directives and secrets. Only {@link Redactor.show} and {@link Redactor.clean} make it.
 */
export type SafeText = string & { readonly [shown]: true };

/** The same value with safe texts in place of all others; words of a closed set are safe already. */
export type Safe<Value> = Value extends string
  ? string extends Value
    ? SafeText
    : Value
  : Value extends object
    ? { [Key in keyof Value]: Safe<Value[Key]> }
    : Value;

/** Shorter values would blank out ordinary words, and no vendor issues secrets that short. */
const SHORTEST_SECRET = 6;

/** By so many characters a longer secret is recognised; with them goes as much as it is long. */
const LONGEST_COMPARED = 64;

/**
 * Takes secrets out of text that is about to leave the process: errors, log lines, diagnostics, receipts.
 * Known values are replaced wherever they stand, in any case, also in their JSON, HTML, URL, form, base64 and hex forms;
 * what looks like a credential is replaced too. The time it takes grows with the text, not with how many secrets are known.
 */
export class Redactor {
  /** What is looked for, in small letters, at most {@link LONGEST_COMPARED} of it; with how much is replaced. */
  readonly #forms = new Map<string, number>();
  /** How long the forms that start like this are, the longest first. */
  readonly #lengths = new Map<string, number[]>();
  /** Whether any form can start with characters of this hash: most places of a text are ruled out by one look. */
  readonly #starts = new Uint8Array(65_536);

  /** Remembers a secret value. Empty, missing and very short values are ignored. */
  add(secret: string | null | undefined): void {
    if (typeof secret !== "string") return;
    for (const value of new Set([secret, secret.trim()])) {
      if (value.length < SHORTEST_SECRET) continue;
      for (const form of formsOf(value.toWellFormed())) this.#remember(form);
      if (!value.isWellFormed()) this.#remember(value);
    }
  }

  /** A sentence as it may be shown. */
  show(message: Message): SafeText {
    const text = written(message, (part) => this.redact(part));
    if (isSafe(text)) return text;
    throw new Error("unreachable");
  }

  /** Somebody else's words as they may be kept and shown; null where they said nothing. */
  clean(words: string, longest?: number): SafeText;
  clean(words: string | null, longest?: number): SafeText | null;
  clean(words: string | null, longest = 300): SafeText | null {
    return words === null ? null : this.show(quoted(words, longest));
  }

  /** The text without any known or recognisable secret. It may still contain what a terminal acts on. */
  redact(text: string): string {
    return withoutCredentials(this.#withoutKnown(text));
  }

  #remember(form: string): void {
    const folded = fold(form.slice(0, LONGEST_COMPARED));
    const before = this.#forms.get(folded);
    this.#forms.set(folded, Math.max(before ?? 0, form.length));
    if (before !== undefined) return;
    this.#starts[startAt(folded, 0)] = 1;
    const start = folded.slice(0, SHORTEST_SECRET);
    const lengths = this.#lengths.get(start);
    if (lengths === undefined) this.#lengths.set(start, [folded.length]);
    else if (!lengths.includes(folded.length)) {
      lengths.push(folded.length);
      lengths.sort((a, b) => b - a);
    }
  }

  /** In one pass. Secrets that overlap are replaced together, so that no end of the one is left over by the other. */
  #withoutKnown(text: string): string {
    if (this.#forms.size === 0) return text;
    let clean = "";
    let copied = 0;
    // The stretch of secrets that is being read: from `start` to `end`, empty when there is none.
    let [start, end] = [0, 0];
    for (let at = 0; at + SHORTEST_SECRET <= text.length; at += 1) {
      if (this.#starts[startAt(text, at)] === 0) continue;
      const length = this.#secretAt(text, at);
      if (length === 0) continue;
      if (at >= end) {
        if (end > start) {
          clean += text.slice(copied, start) + REDACTED;
          copied = end;
        }
        start = at;
      }
      end = Math.max(end, at + length);
      // A secret that starts further inside of the stretch has lost its start with it.
      at = Math.max(at, end - LONGEST_COMPARED);
    }
    if (end === start) return text;
    return clean + text.slice(copied, start) + REDACTED + text.slice(end);
  }

  /** How much is to be replaced for the longest secret that stands at this place; 0 when none does. */
  #secretAt(text: string, at: number): number {
    const lengths = this.#lengths.get(fold(text.slice(at, at + SHORTEST_SECRET)));
    for (const length of lengths ?? []) {
      const known = at + length > text.length ? undefined : this.#forms.get(fold(text.slice(at, at + length)));
      if (known !== undefined) return known;
    }
    return 0;
  }
}

/** Knows no secret: for what is shown outside of the provider. */
export const NO_SECRETS = new Redactor();

function isSafe(_text: string): _text is SafeText {
  return true;
}

/** Capitals of ASCII as small letters: the length stays, whatever else is in the text. */
function fold(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/** A hash of the first characters at a place, capitals and small letters alike. */
function startAt(text: string, at: number): number {
  const small = (code: number) => (code >= 65 && code <= 90 ? code | 32 : code);
  const [a, b, c] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
  return ((small(a) * 31 + small(b)) * 31 + small(c)) & 0xffff;
}

/** Every form in which a well-formed secret is looked for. None is shorter than the secret itself. */
function formsOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret, "utf8");
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  const html = secret.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return new Set([
    secret,
    // Outside of ASCII, where capitals and small letters are not told apart by `fold`.
    secret.toLowerCase(),
    secret.toUpperCase(),
    json,
    json.replaceAll("/", "\\/"),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is what stays
    json.replace(/[^\u0000-\u007f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
    url,
    url.replace(/[!'()*]/g, percent),
    new URLSearchParams([["", secret]]).toString().slice(1),
    ...["'", "&#39;", "&#039;", "&#x27;", "&apos;"].map((quote) => html.replaceAll("'", quote)),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
    bytes.toString("hex"),
  ]);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
