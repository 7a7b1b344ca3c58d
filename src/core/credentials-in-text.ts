/**
 * What looks like a credential in a text, known or not. In time that grows with the text, whatever stands in it: values
 * are walked over rather than matched, since a pattern that may repeat without end costs stack for each repetition.
 */

export const REDACTED = "[redacted]";

/** The shortest value behind `Bearer` that is no word of a sentence. */
const SHORTEST_VALUE = 16;

/** What a text is: words, or what identifies something, which is another one where too much is taken out of it. */
export type TextKind = "words" | "identifier";

/**
 * The text without what looks like a credential by itself: bearer values and JSON Web Tokens, and in words Basic values,
 * too: "Basic" may be a part of a name.
 */
export function withoutCredentials(text: string, kind: TextKind = "words"): string {
  const scheme = kind === "words" ? /\b(?:bearer|basic)\s{1,9}/gi : /\bbearer\s{1,9}/gi;
  return withoutJwts(withoutValues(text, scheme, endOfToken, SHORTEST_VALUE));
}

/**
 * Others' words without the values that they call secrets. Only for their words: our own sentences name settings such
 * as `password: …` rightly. Two colons stand between the parts of a URN.
 */
export function withoutNamedSecrets(words: string): string {
  const name =
    /(?:client[_-]?secret|["']secret|(?:access|refresh|id)[_-]?token|api[_-]?key|password)["']?\s{0,9}(?:=|:(?!:))\s{0,9}(?=\S)/gi;
  const end = (text: string, at: number) =>
    /["']/.test(text.charAt(at)) ? endOfQuoted(text, at) : endOfBare(text, at);
  return withoutValues(words, name, end, 1);
}

/** Replaces what stands behind each match, as far as `endOf` says, unless it is too short. */
function withoutValues(
  text: string,
  name: RegExp,
  endOf: (text: string, start: number) => number,
  shortest: number,
): string {
  let clean = "";
  let copied = 0;
  for (let found = name.exec(text); found !== null; found = name.exec(text)) {
    const start = found.index + found[0].length;
    const end = endOf(text, start);
    name.lastIndex = Math.max(end, start);
    if (end - start < shortest) continue;
    clean += text.slice(copied, start) + REDACTED;
    copied = end;
  }
  return clean + text.slice(copied);
}

/** JSON Web Tokens: three runs of base64url with dots between them, the first of which starts with `{"`. */
function withoutJwts(text: string): string {
  let clean = "";
  let copied = 0;
  for (let next = text.indexOf("eyJ"); next >= 0; ) {
    const header = endOfBase64(text, next);
    const payload = text.charAt(header) === "." ? endOfBase64(text, header + 1) : header;
    const signed = payload - header > 5 && text.charAt(payload) === ".";
    const start = signed ? startOfJwt(text, next, header) : -1;
    const end = start < 0 ? header : endOfBase64(text, payload + 1);
    if (start >= 0) {
      clean += text.slice(copied, start) + REDACTED;
      copied = end;
    }
    next = text.indexOf("eyJ", end);
  }
  return clean + text.slice(copied);
}

/** Within a word, so long a first part is a token's all the same. */
const CERTAIN_HEADER = 16;

/** The first place in a run of base64url, from `from` on, where a token could start; -1 when there is none. */
function startOfJwt(text: string, from: number, end: number): number {
  for (let at = from; at >= 0 && end - at >= 8; at = text.indexOf("eyJ", at + 3)) {
    if (end - at >= CERTAIN_HEADER || !isWord(text.charCodeAt(at - 1))) return at;
  }
  return -1;
}

function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

/** Of `A-Z a-z 0-9 _ -`. */
function endOfBase64(text: string, start: number): number {
  return endOfRun(text, start, (code) => isWord(code) || code === 45);
}

/** Of what a bearer token is made of (RFC 6750, 2.1). */
function endOfToken(text: string, start: number): number {
  return endOfRun(text, start, (code) => isWord(code) || "-._~+/=".includes(String.fromCharCode(code)));
}

function endOfBare(text: string, start: number): number {
  return endOfRun(text, start, (code) => !'",;}&'.includes(String.fromCharCode(code)) && !isSpace(code));
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
}

/** Behind the closing quote; the end of the text where there is none. */
function endOfQuoted(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "\\") at += 1;
    else if (character === quote) return at + 1;
  }
  return text.length;
}

function endOfRun(text: string, start: number, belongs: (code: number) => boolean): number {
  let at = start;
  while (at < text.length && belongs(text.charCodeAt(at))) at += 1;
  return at;
}
