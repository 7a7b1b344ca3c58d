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
 * is replaced too.
 */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** Remembers a secret value. Empty, missing and very short values are ignored. */
  add(secret: string | null | undefined): void {
    if (typeof secret !== "string" || secret.length < SHORTEST_SECRET) return;
    this.#secrets.add(secret);
    this.#secrets.add(JSON.stringify(secret).slice(1, -1));
    // Half a surrogate pair has no URL form.
    this.#secrets.add(encodeURIComponent(secret.toWellFormed()));
    this.#secrets.add(Buffer.from(secret).toString("base64"));
  }

  /** The text without any known or recognisable secret. */
  redact(text: string): string {
    let clean = text;
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      if (clean.includes(secret)) clean = clean.replaceAll(secret, REDACTED);
    }
    for (const [pattern, replacement] of CREDENTIALS) clean = clean.replace(pattern, replacement);
    return clean;
  }
}

/**
 * Somebody else's words (a vendor's, a proxy's) as one short line: no line breaks or control characters that could
 * forge log lines, no value that they call a secret, at most 300 characters.
 */
export function quote(words: string, longest = 300): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
  const flat = words.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  const line = flat.replace(NAMED_SECRET, `$1${REDACTED}`);
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
