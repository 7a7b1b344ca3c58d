import { OAuthClientsError } from "../core/errors.ts";
import { say, storable } from "../core/text.ts";

/** Control characters, and others that nobody sees: they come with a copied text and make it another one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What a server may take for a step in the path, so that a request means another thing than the client. */
const DOT_SEGMENT = /(^|[/\\])\.{1,2}([/\\]|$)/;

/**
 * Why a text cannot be an id, a tenant or a realm, as "it …" goes on; null when it can be one. A text that is almost an
 * id is dangerous: the vendor says that there is no such client, which reads like a client that is gone. Never quotes it.
 */
export function identifierProblem(text: string): string | null {
  if (text === "") return "must not be empty";
  if (text.trim() !== text) return "must not begin or end with white space";
  if (UNSEEN.test(text) || !text.isWellFormed()) return "must not contain control or invisible characters";
  // The engine is given an id as it is, and shows it.
  if (storable(text) !== text) return "must not contain a colour directive of Pulumi's";
  if (DOT_SEGMENT.test(text)) return 'must not be "." or ".."';
  return null;
}

/** The same, for what a request carries in a header. */
export function headerProblem(text: string): string | null {
  // HTTP knows no other characters, and how a server reads those above ASCII is its own affair.
  return (
    identifierProblem(text) ?? (/^[\x20-\xff]*$/.test(text) ? null : "must not contain characters outside of Latin-1")
  );
}

/**
 * A text as a part of a request's path.
 *
 * @param what names it in the error, for example `id`
 * @throws {OAuthClientsError} `configuration-invalid` for what cannot be an id, a tenant or a realm
 */
export function pathSegment(text: string, what: string): string {
  return encodeURIComponent(assertIdentifier(text, what));
}

/** @throws {OAuthClientsError} `configuration-invalid` for what cannot be an id, a tenant or a realm */
export function assertIdentifier(text: string, what: string, problemOf = identifierProblem): string {
  const problem = problemOf(text);
  if (problem === null) return text;
  throw new OAuthClientsError(
    "configuration-invalid",
    say`No request was sent: the ${what} ${problem}, or it would mean another client or none.`,
    say`Look for it in the program, the settings and the state, and take exactly what the vendor calls it.`,
  );
}
