import { diffDeclared, sameValue, wantedValues } from "../../core/diff.ts";
import { OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { say } from "../../core/text.ts";
import { nameTaken } from "../../lifecycle/adoption.ts";
import { type Failed, isNotFound, orThrow, vendorStatus } from "../../lifecycle/call.ts";
import { keeping, type Operation, PartialFailure, type Properties, type Recorded } from "../../lifecycle/lifecycle.ts";
import { filledInBy } from "../../lifecycle/outputs.ts";
import { nameOf, type Place, placeOf } from "../../lifecycle/place.ts";
import { others, pick } from "../../lifecycle/properties.ts";
import { assertSameAddress } from "../../lifecycle/reading.ts";
import type { ClientPatch } from "./api.ts";
import { apiOf } from "./deletion.ts";
import { CLIENT_FIELDS, clientPolicies } from "./inputs.ts";
import { type Rotated, rotateSecret } from "./rotation.ts";
import { type Known, knownOf, outputsOf, type RecordedClient, SAID_FIELDS } from "./state.ts";
import { namesClient, type WireClient } from "./wire.ts";
import { WORDS } from "./words.ts";

export async function updateAlive(
  id: string,
  recorded: RecordedClient,
  olds: Properties,
  news: Properties,
  operation: Operation,
): Promise<Recorded> {
  const place = placeOf(news, operation, WORDS);
  const filledIn = recorded.__filledIn ?? {};
  const { patch } = diffDeclared(clientPolicies, olds, news, filledIn);
  const subject = place.subject("update", nameOf(recorded.name, id));
  const called = patch.length === 0 ? null : await apiOf(place).patch(id, patchBody(patch, news, filledIn));
  const wire =
    called &&
    orThrow(called, (failed) => {
      if (isNotFound(failed.answer)) assertSameAddress(recorded, subject);
      return updateFailure(failed, subject, patch);
    });
  // Only the vendor's own word about this very client counts at another address, and then it is there.
  if (called?.ok && !namesClient(called.answer.body, id)) {
    assertSameAddress(recorded, subject, say`a success that does not name it`);
  }
  const known: Known = {
    ...knownOf(recorded),
    baseUrl: wire === null ? recorded.baseUrl : place.connection.http.baseUrl,
    __filledIn: filledInBy(CLIENT_FIELDS, news, null, filledIn),
  };
  // What no request has changed stays as the state knows it.
  const kept = pick(olds, others(SAID_FIELDS, patch));
  const outputs = outputsOf(wire === null ? { ...news, ...kept } : news, wire, known, kept);
  const unrotated = { rotateSecretWhen: olds.rotateSecretWhen, __secretLost: recorded.__secretLost || undefined };
  return keeping({ id, outputs: { ...outputs, ...unrotated } }, operation, async () => {
    const rotates = rotationReasons(recorded, olds, news).length > 0;
    // What a rotation answers names no client.
    if (rotates) assertSameAddress(known, { ...subject, action: "rotate the secret of" }, null);
    const updated = rotates
      ? await withFreshSecret(
          { id, outputs },
          recorded.__secretLost,
          recorded.name,
          place,
          operation,
          olds.rotateSecretWhen,
        )
      : { id, outputs };
    if (wire !== null && patch.includes("status")) assertStatus(updated, wire, String(news.status), subject);
    return updated;
  });
}

/** Why an update rotates the secret, by name; removing the trigger is no reason. */
export function rotationReasons(recorded: RecordedClient, olds: Properties, news: Properties): string[] {
  const trigger = news.rotateSecretWhen ?? null;
  return [
    ...(trigger !== null && !sameValue("value", olds.rotateSecretWhen, trigger) ? ["rotateSecretWhen"] : []),
    ...(recorded.__secretLost ? ["clientSecret"] : []),
  ];
}

/**
 * Rotates the secret of a client that is otherwise as desired.
 *
 * @param lost whether the recorded secret is known not to be the client's
 * @param before the trigger to keep where nothing was rotated, so that the next run tries again
 */
export async function withFreshSecret(
  recorded: Recorded,
  lost: boolean,
  name: unknown,
  place: Place,
  operation: Operation,
  before?: unknown,
): Promise<Recorded> {
  const subject = place.subject("rotate the secret of", nameOf(name, recorded.id));
  const rotated: Rotated = await rotateSecret(recorded.id, apiOf(place), subject, operation);
  if (rotated.ok) {
    const { clientSecret, secretRotatedAt } = rotated;
    return { ...recorded, outputs: { ...recorded.outputs, clientSecret, secretRotatedAt } };
  }
  const isLost = lost || rotated.lost;
  const kept = isLost ? { __secretLost: true } : { rotateSecretWhen: before };
  throw new PartialFailure(
    { ...recorded, outputs: { ...recorded.outputs, ...kept } },
    new OAuthClientsError(
      rotated.problem.code,
      rotated.problem.what,
      isLost
        ? say`The secret in the state may not work any more; the next \`pulumi up\` rotates it again and finishes the job. ${rotated.problem.hint}`
        : rotated.problem.hint,
    ),
  );
}

/** Only what changed, with what a left-out input means written out. */
export function patchBody(
  fields: readonly (keyof typeof clientPolicies)[],
  news: Properties,
  filledIn: Properties,
): ClientPatch {
  return wantedValues(clientPolicies, fields, news, filledIn);
}

export function updateFailure(
  { answer, neededMs }: Failed,
  subject: Subject,
  patched: readonly string[],
): OAuthClientsError {
  if (isNotFound(answer)) {
    return new OAuthClientsError(
      "client-missing",
      say`Cannot ${subject.action} ${whereabouts(subject)}: it is not there.`,
      say`Run \`pulumi refresh\` to find out whether it was deleted; then \`pulumi up\` creates it again.`,
    );
  }
  if (vendorStatus(answer) === 409) return nameTaken(answer, subject, say`Choose another name.`);
  const failure = failureOf(answer, subject, neededMs);
  if (failure.code !== "vendor-refused" || !patched.includes("status")) return failure;
  return new OAuthClientsError(
    failure.code,
    failure.what,
    say`The update changes the status, which this installation of Rezolve may not accept in a PATCH; take the status out of the program, and disable the client in Rezolve itself.`,
  );
}

/** A vendor that takes a status and does not act on it must not look as if it had. */
export function assertStatus(updated: Recorded, wire: WireClient, desired: string, subject: Subject): void {
  if (wire.status === undefined || wire.status === null || wire.status === desired) return;
  throw new PartialFailure(
    updated,
    new OAuthClientsError(
      "vendor-refused",
      say`${subject.vendor} accepted the update of ${whereabouts(subject)} but its status is still ${wire.status}, not ${desired}.`,
      say`This installation of Rezolve does not change the status through its API; do it in Rezolve itself, or take the status out of the program.`,
    ),
  );
}
