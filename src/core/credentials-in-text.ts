/** What looks like a credential in a text, known or not. In time that grows with the text, whatever stands in it. */

export const REDACTED = "[redacted]";

/** The text without what looks like a credential by itself: bearer and Basic values, JSON Web Tokens. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{16,}/gi, `$1 ${REDACTED}`)
    .replace(/[A-Za-z0-9_.-]{16,}/g, withoutJwt);
}

/** JSON Web Tokens start with `{"` in base64 and have dots between their parts. */
function withoutJwt(run: string): string {
  const start = run.search(/(?<![A-Za-z0-9_])eyJ/);
  if (start < 0) return run;
  const [header = "", payload = "", signature] = run.slice(start).split(".", 3);
  const isJwt = header.length >= 8 && payload.length >= 5 && signature !== undefined;
  return isJwt ? run.slice(0, start) + REDACTED : run;
}

/** What others call a secret, as far as the value. */
const NAME =
  /"?(?:new)?(?:client_?secret|access_?token|refresh_?token|id_?token|api_?key|password)"?\s{0,9}[:=]\s{0,9}(?=\S)/gi;

/**
 * Others' words without the values that they call secrets. Only for their words: our own sentences name settings such
 * as `password: …` rightly.
 */
export function withoutNamedSecrets(words: string): string {
  let clean = "";
  let copied = 0;
  const name = new RegExp(NAME);
  for (let found = name.exec(words); found !== null; found = name.exec(words)) {
    const value = found.index + found[0].length;
    const end = words.charAt(value) === '"' ? endOfQuoted(words, value) : endOfBare(words, value);
    if (end > value) {
      clean += words.slice(copied, value) + REDACTED;
      copied = end;
      name.lastIndex = end;
    }
  }
  return clean + words.slice(copied);
}

/** Behind the closing quote; the end of the text where there is none. */
function endOfQuoted(words: string, start: number): number {
  for (let at = start + 1; at < words.length; at += 1) {
    if (words.charAt(at) === "\\") at += 1;
    else if (words.charAt(at) === '"') return at + 1;
  }
  return words.length;
}

function endOfBare(words: string, start: number): number {
  let at = start;
  while (at < words.length && !/[\s",;}&]/.test(words.charAt(at))) at += 1;
  return at;
}
