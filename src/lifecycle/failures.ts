/** The errors of requests that went wrong, and what looks that brought nothing prove. */

import { baseUrlChanged, isElsewhere, type Look, tenantUnknown } from "../core/absence.ts";
import type { Answer } from "../core/answer.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { failureOf, saying } from "../core/failure.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { type Message, say } from "../core/text.ts";
import { type Failed, isNotFound, isStrangersSuccess, mayHaveHappened, vendorStatus } from "./call.ts";
import type { ClientDriver } from "./driver.ts";
import type { RecordedCommon } from "./recorded.ts";

/**
 * @param answer null before anything is sent
 * @throws {OAuthClientsError} `base-url-changed`: the answer comes from another address than the one recorded
 */
export function assertSameAddress(
  { baseUrl }: Pick<RecordedCommon, "baseUrl">,
  subject: Subject,
  answer: Message | null = say`it is not there`,
): void {
  if (isElsewhere(baseUrl, subject)) throw baseUrlChanged(subject, baseUrl, answer);
}

/** The error of a look-up: a list that is not found has no tenant. */
export function listFailure({ answer, neededMs }: Failed, subject: Subject): OAuthClientsError {
  if (!isNotFound(answer)) return failureOf(answer, subject, neededMs);
  // Where no state has a client, nobody asked about one.
  const meaning = subject.idFrom === "state" ? say`, which says nothing about the client` : say``;
  return tenantUnknown(subject, answer, meaning);
}

/** What a look at a tenant's clients found when it brought no list. */
export function failedLook({ answer, neededMs }: Failed): Look {
  switch (vendorStatus(answer)) {
    case 404:
      return { found: "no-tenant", answer };
    case 403:
      return { found: "not-permitted", answer };
    default:
      return { found: "nothing", answer, neededMs };
  }
}

/** Whether a change may have been made although it failed. */
export function mayHaveChanged(failed: Failed): boolean {
  return mayHaveHappened(failed) || isStrangersSuccess(failed);
}

export function updateFailure(
  { words, hintOnRefusal }: Pick<ClientDriver, "words" | "hintOnRefusal">,
  failed: Failed,
  subject: Subject,
  patch: readonly string[],
): OAuthClientsError {
  const { answer, neededMs } = failed;
  if (isNotFound(answer)) {
    return new OAuthClientsError(
      "client-missing",
      say`Cannot ${subject.action} ${whereabouts(subject)}: it ${words.absent}.`,
      say`Run \`pulumi refresh\` to find out whether it was deleted; then \`pulumi up\` creates it again.`,
    );
  }
  if (vendorStatus(answer) === 409 && patch.includes("name")) {
    return nameTaken(answer, subject, say`Choose another name.`);
  }
  const failure = failureOf(answer, subject, neededMs);
  if (mayHaveChanged(failed)) {
    return new OAuthClientsError(
      failure.code,
      say`${failure.what} The change may have been made all the same; the next \`pulumi up\` makes certain of it.`,
      failure.hint,
      { cause: failure },
    );
  }
  const hint = failure.code === "vendor-refused" ? (hintOnRefusal?.(patch) ?? null) : null;
  return hint === null ? failure : new OAuthClientsError(failure.code, failure.what, hint);
}

/** What to do about a name that is taken. The client may be this resource's own, under an older name in the program. */
export const NAME_TAKEN_HINT = say`If the resource was renamed or moved in the program, say so in its options, and its client stays: aliases: [{ name: "old-name" }], or of another type: aliases: [{ type: "old-type" }]. If no resource has that client, take it over: adopt: { byName: true }. Otherwise choose another name.`;

/** The error of a vendor that says that a name is taken. */
export function nameTaken(answer: Answer, subject: Subject, hint: Message): OAuthClientsError {
  const said = answer.kind === "response" ? say`HTTP ${answer.status}${saying(answer)}` : answer.message;
  return new OAuthClientsError(
    "name-taken",
    say`Cannot ${subject.action} ${whereabouts(subject)}: the ${subject.home} already has a client of this name (${said}).`,
    hint,
  );
}
