import type { Answer } from "../core/answer.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { saying } from "../core/failure.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { type Message, say } from "../core/text.ts";
import type { Properties } from "./lifecycle.ts";
import { text } from "./properties.ts";

/** Which existing client a new resource takes over; null where none is wanted. */
export type Wanted = { id: string | null } | null;

/** What the input `adopt` says; an id of null stands for the client of the resource's name. */
export function wantedIn({ adopt }: Properties): Wanted {
  if (typeof adopt !== "object" || adopt === null) return null;
  const { id }: { id?: unknown } = adopt;
  return { id: text(id) };
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
