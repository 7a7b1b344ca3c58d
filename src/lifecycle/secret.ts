/** Words that stand in the place of a secret. */
const WORDS = "hidden|redacted|masked|concealed|withheld|omitted|protected|encrypted|removed";

/**
 * What is a mask as a whole. A secret may have any character, so none of them alone makes one (RFC 6749, A.2: all that
 * are printable); random ones of 20 characters match less often than once in ten million.
 */
const MASKS = [
  new RegExp(`^[\\W_]*(${WORDS}|none|null|undefined|n/?a|secret)[\\W_]*$`, "i"),
  // A sentence about it.
  new RegExp(`^(?=.*\\s).*(?<![a-z0-9])(${WORDS})(?![a-z0-9])`, "i"),
  // In brackets.
  /^(<[\w .-]*>|\[[\w .-]*\]|\{[\w .-]*\}|‹[^›]*›)$/,
  // The same character all the way.
  /^(?:(.)\1{2,}|([^- ])(?:[- ]?\2){2,})$/u,
  // Shortened.
  /^[\w-]{0,12}(…|([*•●·█.])\2{2,})[\w-]{0,12}$/u,
  // Overwritten.
  /([*•●·…█.#xX])\1{5}/u,
];

/** What a mask may have, and few secrets. */
const DOUBTS = [
  new RegExp(`(?<![a-z0-9])(${WORDS})(?![a-z0-9])`, "i"),
  /\*{2}|\.{2}|(.)\1{5}/u,
  // Random letters of a long secret may be four times the same.
  /^(?=.{1,31}$).*([xX#0_=-])\1{3}/u,
];

/** Servers make longer ones (RFC 6749, 10.10, asks for 128 random bits and better). */
const SHORTEST_CERTAIN = 16;

/** Fewest different characters in a secret of that length: random ones have more. */
const FEWEST_CHARACTERS = 8;

/** What a list says about a secret. */
export interface ListedSecret {
  /** To be recorded. */
  secret: string | null;
  /** Whether the list has another one than the known: taken over as changed, or not, because it may be no secret. */
  other: "taken" | "doubted" | null;
}

/** The secret in the answer to a creation or a rotation, unless it is plainly a mask. */
export function givenSecret(secret: string | null): string | null {
  return secret === null || isMask(secret) ? null : secret;
}

/**
 * What the list's secret, or what stands in its place, makes of the known one. Whether the list shows secrets, masks
 * them or has none is not documented. A known secret cannot be had again: it only gives way to a text of its own make.
 */
export function listedSecret(listed: string | null | undefined, known: string | null): ListedSecret {
  const other = listed ?? "";
  if (other === "" || other === known || isMask(other)) return { secret: known, other: null };
  // What an earlier version took for a secret may be a mask.
  if (known === null || isMask(known)) return { secret: isCertain(other) ? other : known, other: null };
  const taken = isCertain(other) && isOfOneMake(other, known);
  return taken ? { secret: other, other: "taken" } : { secret: known, other: "doubted" };
}

function isMask(secret: string): boolean {
  return secret === "" || MASKS.some((mask) => mask.test(secret));
}

function isCertain(secret: string): boolean {
  const ofSecrets = /^[\x21-\x7e]+$/.test(secret) && secret.length >= SHORTEST_CERTAIN;
  const isDoubtful = isMask(secret) || DOUBTS.some((doubt) => doubt.test(secret));
  return ofSecrets && !isDoubtful && new Set(secret).size >= FEWEST_CHARACTERS;
}

/** Neither shortened nor hashed: as long, of the same kind of characters, and without a part of the other in it. */
function isOfOneMake(a: string, b: string): boolean {
  const isHex = (text: string) => /^[0-9a-f]+$/i.test(text);
  return a.length === b.length && isHex(a) === isHex(b) && !sharesAnEnd(a, b);
}

/** Masks leave the beginning or the end readable. What tells of what kind a text is (`prod_…`) is not meant. */
function sharesAnEnd(a: string, b: string): boolean {
  const shown = 4;
  const own = (text: string) => text.replace(/^[A-Za-z]{2,10}_/, "");
  return a.slice(-shown) === b.slice(-shown) || own(a).slice(0, shown) === own(b).slice(0, shown);
}
