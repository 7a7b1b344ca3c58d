import type { Answer } from "./answer.ts";
import { OAuthClientsError } from "./errors.ts";
import { failureOf } from "./failure.ts";
import { idToCheck, keptInState, type Subject, whereabouts } from "./subject.ts";
import { joined, type Message, quoted, say } from "./text.ts";

/**
 * What a second look found after an answer that says a client is not there. A client is absent only where the vendor
 * itself, asked with accepted credentials about a tenant that it knows, does not have it.
 */
export type Look =
  /** The tenant is known, the credentials are good, the client is not there (or only its deleted record is). */
  | { found: "absent" }
  | { found: "alive"; status: string | null }
  /** The vendor does not know the tenant or the realm. */
  | { found: "no-tenant"; answer: Answer }
  /** It is not shown, but the credentials may not see every client of the tenant, so that proves nothing. */
  | { found: "invisible"; needs: string }
  /** The credentials may not look (403). */
  | { found: "not-permitted"; answer: Answer }
  /**
   * The look itself failed: credentials rejected, not the vendor's answer, vendor unavailable. `neededMs`: the wait that the
   * retry budget did not cover, where that is why.
   */
  | { found: "nothing"; answer: Answer; neededMs: number | null };

/** The error for a look that does not prove absence, or null where the client is absent. */
export function evidenceAgainst(look: Look, subject: Subject): OAuthClientsError | null {
  switch (look.found) {
    case "absent":
      return null;
    case "alive":
      return new OAuthClientsError(
        "client-alive",
        say`Cannot ${subject.action} ${whereabouts(subject)}: ${subject.vendor} says that it is not there, but a second look finds it${look.status === null ? "" : say`, status ${quoted(look.status, 80)}`}.`,
        say`Check the credentials' permissions, then run the command again.`,
      );
    case "no-tenant":
      return tenantUnknown(subject, look.answer, say`, which says nothing about the client`);
    case "invisible":
      return new OAuthClientsError(
        "permission-missing",
        say`Cannot ${subject.action} ${whereabouts(subject)}: it is not among the clients that the credentials may see, which proves nothing.`,
        joined([say`It takes ${look.needs} to know.`, keptInState(subject), idToCheck(subject)]),
      );
    case "not-permitted":
    case "nothing":
      return failureOf(
        look.answer,
        { ...subject, action: `verify that it is gone and ${subject.action}` },
        look.found === "nothing" ? look.neededMs : null,
      );
  }
}

/**
 * The error for a tenant that the vendor does not know.
 *
 * @param meaning what that says of the client, as a sentence goes on; empty where it is about none
 */
export function tenantUnknown(subject: Subject, answer: Answer, meaning: Message): OAuthClientsError {
  const status = answer.kind === "response" ? answer.status : "–";
  return new OAuthClientsError(
    "tenant-unknown",
    say`Cannot ${subject.action} ${whereabouts(subject)}: ${subject.vendor} at ${subject.baseUrl} does not know this ${subject.place} (HTTP ${status})${meaning}.`,
    joined([
      keptInState(subject),
      say`Check connection "${subject.connection}": its base URL, and whether its credentials belong to this ${subject.place}.`,
    ]),
  );
}

/** Whether a client was seen at last at another address than requests go to now: there, it may still be. */
export function isElsewhere(recordedBaseUrl: string | null, { baseUrl }: Subject): recordedBaseUrl is string {
  return recordedBaseUrl !== null && recordedBaseUrl !== baseUrl;
}

/**
 * The error for an answer from another host than the one that a client was created at.
 *
 * @param answer what it was, for example `HTTP 404`; null where that host is not even asked
 */
export function baseUrlChanged(subject: Subject, recordedBaseUrl: string, answer: Message | null): OAuthClientsError {
  const why =
    answer === null
      ? say`the client was created at ${recordedBaseUrl}, not at ${subject.baseUrl}, where nothing has shown it yet, so nothing was sent`
      : say`the client was created at ${recordedBaseUrl}, so what ${subject.baseUrl} answers (${answer}) proves nothing about it`;
  return new OAuthClientsError(
    "base-url-changed",
    say`Cannot ${subject.action} ${whereabouts(subject)}: ${why}.`,
    say`It stays in the state. Set connection "${subject.connection}" back to ${recordedBaseUrl}. If the vendor moved, run \`pulumi refresh\` first: it records the new address of every client that it finds there. For a client that is gone for certain, set deletion.alreadyGone to "trust".`,
  );
}
