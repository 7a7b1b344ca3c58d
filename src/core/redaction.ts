const REDACTED = "[redacted]";

/** Shorter values would blank out ordinary words, and no vendor issues secrets that short. */
const SHORTEST_SECRET = 6;

/** What looks like a credential even where nobody registered it. */
const CREDENTIALS: readonly [RegExp, string][] = [
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{16,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/g, REDACTED],
];

/** What others call a secret. Only for their words: our own sentences name settings such as `password: …` rightly. */
const NAMED_SECRET =
  /("?(?:new)?(?:client_?secret|access_?token|refresh_?token|id_?token|api_?key|password)"?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|[^\s",;}&]+)/gi;

/**
 * Takes secrets out of text that is about to leave the process: errors, log lines, diagnostics, receipts.
 * Known values are replaced wherever they stand, also in their JSON, URL and base64 form; what looks like a credential
 * is replaced too. What a text costs does not depend on how many secrets are known.
 */
export class Redactor {
  readonly #secrets = new Set<string>();
  /** How long the secrets that start like this are, the longest first. */
  readonly #lengths = new Map<string, number[]>();

  /** Remembers a secret value. Empty, missing and very short values are ignored. */
  add(secret: string | null | undefined): void {
    if (typeof secret !== "string" || secret.length < SHORTEST_SECRET) return;
    this.#remember(secret);
    this.#remember(JSON.stringify(secret).slice(1, -1));
    // Half a surrogate pair has no URL form.
    this.#remember(encodeURIComponent(secret.toWellFormed()));
    this.#remember(Buffer.from(secret).toString("base64"));
  }

  /** The text without any known or recognisable secret. */
  redact(text: string): string {
    let clean = this.#withoutKnown(text);
    for (const [pattern, replacement] of CREDENTIALS) clean = clean.replace(pattern, replacement);
    return clean;
  }

  /** No form of a secret is shorter than the secret itself, so each has a start of that length. */
  #remember(form: string): void {
    if (this.#secrets.has(form)) return;
    this.#secrets.add(form);
    const start = form.slice(0, SHORTEST_SECRET);
    const lengths = this.#lengths.get(start);
    if (lengths === undefined) this.#lengths.set(start, [form.length]);
    else if (!lengths.includes(form.length)) {
      lengths.push(form.length);
      lengths.sort((a, b) => b - a);
    }
  }

  /** In one pass. Secrets that overlap are replaced together, so that no end of the one is left over by the other. */
  #withoutKnown(text: string): string {
    if (this.#secrets.size === 0) return text;
    let clean = "";
    let copied = 0;
    // The stretch of secrets that is being read: from `start` to `end`, empty when there is none.
    let [start, end] = [0, 0];
    for (let at = 0; at + SHORTEST_SECRET <= text.length; at += 1) {
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
    }
    if (end === start) return text;
    return clean + text.slice(copied, start) + REDACTED + text.slice(end);
  }

  /** Length of the longest secret that stands at this place; 0 when none does. */
  #secretAt(text: string, at: number): number {
    const lengths = this.#lengths.get(text.slice(at, at + SHORTEST_SECRET));
    return lengths?.find((length) => this.#secrets.has(text.slice(at, at + length))) ?? 0;
  }
}

/**
 * Somebody else's words (a vendor's, a proxy's) as one short line: no line breaks or control characters that could
 * forge log lines, no value that they call a secret, at most 300 characters,
 * and no half words.
 */
export function quote(words: string, longest = 300): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
  const flat = words.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  const line = flat.replace(NAMED_SECRET, `$1${REDACTED}`);
  if (line.length <= longest) return line;
  const kept = line.slice(0, longest - 1);
  // Half a word may be half a secret, which nobody would recognise any more.
  return `${/\s/.test(line.charAt(longest - 1)) ? kept : kept.replace(/\S*$/, "")}…`;
}
