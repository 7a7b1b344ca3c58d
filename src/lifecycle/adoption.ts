import type { Answer } from "../core/answer.ts";
import { isNothing } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { saying } from "../core/failure.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { joined, type Message, quoted, say } from "../core/text.ts";
import { isUnknown } from "../core/unknown.ts";
import type { Operation, Properties } from "./lifecycle.ts";
import type { VendorWords } from "./place.ts";
import { text } from "./properties.ts";

/** Which existing client a new resource takes over; null where none is wanted. */
export type Wanted = { id: string | null; mustMatch: boolean } | null;

/** What the input `adopt` says; an id of null stands for the client of the resource's name. */
export function wantedIn({ adopt }: Properties): Wanted {
  if (typeof adopt !== "object" || adopt === null) return null;
  const { id, mustMatch }: { id?: unknown; mustMatch?: unknown } = adopt;
  return { id: text(id), mustMatch: mustMatch === true };
}

/** What to do about a name that is taken. The client may be this resource's own, under an older name in the program. */
export const NAME_TAKEN_HINT = say`If the resource was renamed or moved in the program, say so in its options, and its client stays: aliases: [{ name: "old-name" }]. If no resource has that client, take it over: adopt: { byName: true }. Otherwise choose another name.`;

/** The error of a vendor that says that a name is taken. */
export function nameTaken(answer: Answer, subject: Subject, hint: Message): OAuthClientsError {
  const said = answer.kind === "response" ? say`HTTP ${answer.status}${saying(answer)}` : answer.message;
  return new OAuthClientsError(
    "name-taken",
    say`Cannot ${subject.action} ${whereabouts(subject)}: the tenant already has a client of this name (${said}).`,
    hint,
  );
}

/** Says in a preview, where a create is not called, that it will take over an existing client. */
export function announceAdoption({ adopt, name, status }: Properties, words: VendorWords, operation: Operation) {
  // A replacement deletes the client that its predecessor took over, and makes a new one.
  const isSuccessor = Object.keys(operation.replacedPlace).length > 0;
  if (adopt === undefined || adopt === null || status === "deleted" || isSuccessor) return;
  operation.log("warning", say`Takes over ${announced(adopt, name)}.`);
  operation.explain(
    say`\`adopt\` makes no new client: it changes the existing one at ${words.title} to what the program says. With mustMatch: true it fails where that would change anything.`,
  );
}

function announced(adopt: unknown, name: unknown): Message {
  const wanted = wantedIn({ adopt });
  if (isUnknown(adopt) || wanted === null) return say`an OAuth client that is not known yet`;
  if (wanted.id !== null) return say`OAuth client ${wanted.id}`;
  if (isUnknown(name)) return say`the OAuth client of a name that is not known yet, if there is one`;
  return say`the OAuth client named "${String(name)}", if there is one`;
}

/**
 * What adopting a client changes, field by field with old and new value.
 *
 * @param before what the client is, as far as the vendor says
 * @param after what it is to be
 */
export function changesOf(fields: readonly string[], before: Properties, after: Properties): Message {
  return joined(
    fields.map((field) => say`${field} ${shown(before[field])} → ${shown(after[field])}`),
    "; ",
  );
}

/** @throws {OAuthClientsError} `client-differs` where `mustMatch` is set and adopting would change anything */
export function assertMatches(inputs: Properties, changes: Message, subject: Subject): void {
  if (wantedIn(inputs)?.mustMatch !== true || changes.isEmpty) return;
  throw new OAuthClientsError(
    "client-differs",
    say`Cannot adopt ${whereabouts(subject)}: adopt.mustMatch is set, and the client differs: ${changes}.`,
    say`Nothing was changed. Make the program say what the client is, or take mustMatch out to have it changed.`,
  );
}

/** Says that a client was taken over, and what that changed. */
export function sayAdopted(changes: Message, subject: Subject, secret: Message | null, operation: Operation): void {
  const changed = changes.isEmpty ? say`nothing was changed` : changes;
  const line = say`${subject.client} was adopted: ${changed}.`;
  operation.log(changes.isEmpty ? "info" : "warning", line);
  if (secret !== null) operation.explain(secret);
}

/** Enough to recognise a value by, in characters and in items of a list. */
const LONGEST_VALUE = 120;
const LONGEST_LIST = 6;

function shown(value: unknown): Message {
  if (isNothing(value)) return say`(none)`;
  if (typeof value === "string") return say`"${quoted(value, LONGEST_VALUE)}"`;
  if (!Array.isArray(value)) return quoted(JSON.stringify(value) ?? "", LONGEST_VALUE);
  const items: Message[] = value.slice(0, LONGEST_LIST).map((item: unknown) => shown(item));
  const more = value.length - items.length;
  return say`[${joined(more > 0 ? [...items, say`${more} more`] : items, ", ")}]`;
}
