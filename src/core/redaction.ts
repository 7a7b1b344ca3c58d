import { REDACTED, type TextKind, withoutCredentials } from "./credentials-in-text.ts";
import { identifier, type Message, quoted, written } from "./text.ts";

declare const shown: unique symbol;

/**
 * Text that may leave the process: to the engine, a console, a receipt, a table. On one line, without control
 * characters, colour directives and secrets. Only a {@link Redactor} makes it.
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

/** A quarter of a megabyte of bits: of ten thousand secrets in all their forms, one place in eight is looked at closer. */
const START_HASHES = 1 << 21;

/**
 * Takes secrets out of text that is about to leave the process: errors, log lines, diagnostics, receipts.
 * Known values are replaced wherever they stand, in any case, also in their JSON, HTML, URL, form, base64 and hex forms;
 * what looks like a credential is replaced too. The time it takes grows with the text, not with how many secrets are
 * known. A form is known by the hash of its start only, which a run of many secrets has room for.
 */
export class Redactor {
  /** By the hash of what is compared: how much is replaced. */
  readonly #forms = new Map<number, number>();
  /** How long the compared starts of forms are, the shortest first. */
  #lengths: readonly number[] = [];
  /** A bit for each hash that a form can start with: all but a few places of a text are ruled out by one look. */
  readonly #starts = new Uint8Array(START_HASHES / 8);

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
    const text = written(message, (part, kind) => this.redact(part, kind));
    if (isSafe(text)) return text;
    throw new Error("unreachable");
  }

  /** Somebody else's words as they may be kept and shown; null where they said nothing. */
  clean(words: string, longest?: number): SafeText;
  clean(words: string | null, longest?: number): SafeText | null;
  clean(words: string | null, longest = 300): SafeText | null {
    return words === null ? null : this.show(quoted(words, longest));
  }

  /** An id, a name or a URN as it may be kept and shown: see {@link identifier}. */
  identifier(words: string, longest?: number): SafeText;
  identifier(words: string | null, longest?: number): SafeText | null;
  identifier(words: string | null, longest?: number): SafeText | null {
    return words === null ? null : this.show(identifier(words, longest));
  }

  /** The text without any known or recognisable secret. It may still contain what a terminal acts on. */
  redact(text: string, kind: TextKind = "words"): string {
    return withoutCredentials(this.redactKnown(text), kind);
  }

  /**
   * The text without the secrets that are known: for a whole document, in which two things beside each other may look like a
   * credential together.
   */
  redactKnown(text: string): string {
    if (this.#forms.size === 0) return text;
    // In one pass. Secrets that overlap are replaced together, so that no end of the one is left over by the other.
    let clean = "";
    let copied = 0;
    // The stretch of secrets that is being read: from `start` to `end`, empty when there is none.
    let [start, end] = [0, 0];
    for (let at = 0; at + SHORTEST_SECRET <= text.length; at += 1) {
      if (!this.#mayStart(startAt(text, at))) continue;
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

  #remember(form: string): void {
    const length = Math.min(form.length, LONGEST_COMPARED);
    if (length < SHORTEST_SECRET) return;
    const hash = hashes(form, 0, [length])[0] ?? 0;
    this.#forms.set(hash, Math.max(this.#forms.get(hash) ?? 0, form.length));
    const start = startAt(form, 0);
    this.#starts[start >> 3] = (this.#starts[start >> 3] ?? 0) | (1 << (start & 7));
    if (!this.#lengths.includes(length)) this.#lengths = [...this.#lengths, length].sort((a, b) => a - b);
  }

  #mayStart(start: number): boolean {
    return ((this.#starts[start >> 3] ?? 0) & (1 << (start & 7))) !== 0;
  }

  /** How much is to be replaced for the longest secret that stands at this place; 0 when none does. */
  #secretAt(text: string, at: number): number {
    let longest = 0;
    for (const hash of hashes(text, at, this.#lengths)) longest = this.#forms.get(hash) ?? longest;
    return longest;
  }
}

/** What makes safe texts, without what adds secrets. */
export type Showing = Pick<Redactor, "show" | "clean" | "identifier">;

/** Knows no secret: for what is shown outside of the provider. */
export const NO_SECRETS: Showing = new Redactor();

function isSafe(_text: string): _text is SafeText {
  return true;
}

/** A character, a capital of ASCII as its small letter. */
function fold(code: number): number {
  return code >= 65 && code <= 90 ? code | 32 : code;
}

/** A hash of as many characters at a place as every secret has. */
function startAt(text: string, at: number): number {
  let hash = 0;
  for (let index = 0; index < SHORTEST_SECRET; index += 1) {
    hash = Math.imul(hash, 31) + fold(text.charCodeAt(at + index));
  }
  return Math.imul(hash, 0x9e3779b1) >>> 11;
}

/**
 * Hashes of the next so many characters at a place, each of 53 bits: of two texts that are not the same, one in nine
 * thousand billions is taken for the other, and then shown too little of.
 *
 * @param lengths the shortest first; those that the text is too short for are left out
 */
function hashes(text: string, at: number, lengths: readonly number[]): number[] {
  const found: number[] = [];
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  let done = 0;
  for (const length of lengths) {
    if (at + length > text.length) break;
    for (; done < length; done += 1) {
      const code = fold(text.charCodeAt(at + done));
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul((high << 5) ^ (high >>> 27) ^ code, 0x85ebca6b);
    }
    found.push((low >>> 0) * 0x200000 + ((high ^ length) >>> 11));
  }
  return found;
}

/** Every form in which a well-formed secret is looked for. */
function formsOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret, "utf8");
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  return new Set([
    secret,
    // Outside of ASCII, where capitals and small letters are not told apart by `fold`.
    secret.toLowerCase(),
    secret.toUpperCase(),
    json,
    json.replaceAll("/", "\\/"),
    // What encoders of other languages escape besides: all that is not ASCII, and what HTML could take for its own.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is what stays
    ...[/[^\u0000-\u007f]/g, /[<>&]/g, /[<>&=']/g, /[^\u0000-\u007f]|[<>&+'`]/g].map((characters) =>
      json.replace(characters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
    ),
    url,
    url.replace(/[!'()*]/g, percent),
    encodeURIComponent(url),
    new URLSearchParams([["", secret]]).toString().slice(1),
    ...HTML.map((entities) => secret.replace(/[&<>"'`=/]/g, (character) => entities[character] ?? character)),
    ...base64Of(bytes),
    bytes.toString("hex"),
  ]);
}

const BASIC_ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What HTML encoders make of characters: they agree on four. */
const HTML: readonly Readonly<Record<string, string>>[] = [
  BASIC_ENTITIES,
  ...["&#39;", "&#039;", "&#x27;", "&apos;"].map((quote) => ({ ...BASIC_ENTITIES, "'": quote })),
  { ...BASIC_ENTITIES, "'": "&#39;", '"': "&#34;" },
  { ...BASIC_ENTITIES, "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;" },
  { ...BASIC_ENTITIES, "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;" },
];

/** In base64, by itself and within something longer, wherever it starts there: as much of it as is always the same. */
function base64Of(bytes: Buffer): string[] {
  const within = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const end = (before + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(before === 0 ? 0 : before + 1, end);
  });
  const alone = bytes.toString("base64").replace(/=+$/, "");
  return [alone, ...within].flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
