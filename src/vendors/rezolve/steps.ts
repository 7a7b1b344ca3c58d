import { sameValue } from "../../core/diff.ts";
import { OAuthClientsError } from "../../core/errors.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { identifier, type Message, say } from "../../core/text.ts";
import type { Adopted, Created, Updated } from "../../lifecycle/driver.ts";
import { assertSameAddress } from "../../lifecycle/failures.ts";
import { keeping, type Operation, PartialFailure, type Recorded } from "../../lifecycle/lifecycle.ts";
import type { Place } from "../../lifecycle/place.ts";
import { type Properties, text } from "../../lifecycle/properties.ts";
import type { RecordedClient } from "../../lifecycle/recorded.ts";
import { patched } from "../../lifecycle/update.ts";
import { nameOf } from "../../lifecycle/words.ts";
import { apiOf } from "./api.ts";
import { rotateSecret } from "./rotation.ts";
import type { Kept } from "./state.ts";
import type { WireClient } from "./wire.ts";

/** A lost secret is replaced, and a client that is to be inactive, which no create can ask for, is disabled. */
export async function afterCreation(created: Created<WireClient, Kept>): Promise<Recorded> {
  const { done, client, kept, inputs, place, subject, operation } = created;
  const fresh = kept.__secretLost ? await withFreshSecret(done, true, inputs.name, place, operation) : done;
  if (created.answered && inputs.clientType === "confidential" && kept.clientSecret === null) {
    operation.log(
      "warning",
      say`${whereabouts(subject)} was created (${identifier(done.id)}), but the response does not say its secret, so clientSecret is null; set rotateSecretWhen to get a fresh one.`,
    );
  }
  if (inputs.status !== "inactive" || client?.status === "inactive") return fresh;
  const disabling = place.subject("disable", "change", nameOf(inputs.name, done.id));
  const values = await keeping(fresh, operation, () =>
    patched(created, {
      subject: disabling,
      id: done.id,
      seen: { name: text(inputs.name), baseUrl: subject.baseUrl },
      patch: ["status"],
      inputs: { status: "inactive" },
      filledIn: {},
      before: fresh,
    }),
  );
  const status = values?.status ?? "inactive";
  const updated = { ...fresh, outputs: { ...fresh.outputs, status } };
  assertStatus(updated, status, "inactive", disabling);
  return updated;
}

export async function afterAdoption(adopted: Adopted<WireClient, Kept>): Promise<Recorded> {
  const { done, inputs, place, subject, operation, patched, now } = adopted;
  const rotates = (inputs.rotateSecretWhen ?? null) !== null;
  // Until it is rotated, the trigger has not done its work.
  const unrotated = { ...done, outputs: { ...done.outputs, rotateSecretWhen: undefined } };
  return keeping(unrotated, operation, async () => {
    const fresh = rotates ? await withFreshSecret(done, false, inputs.name, place, operation) : done;
    if (patched.includes("status")) assertStatus(fresh, now?.status, inputs.status, subject);
    return fresh;
  });
}

export async function afterUpdate(updated: Updated<WireClient, Kept>): Promise<Recorded> {
  const { done, recorded, known, olds, inputs, place, subject, operation, patched, now } = updated;
  const unrotated = { ...done.outputs, rotateSecretWhen: olds.rotateSecretWhen };
  return keeping({ ...done, outputs: unrotated }, operation, async () => {
    const rotates = rotationReasons(recorded, olds, inputs).length > 0;
    // What a rotation answers need not name the client.
    if (rotates) assertSameAddress(known, { ...subject, action: "rotate the secret of" }, null);
    const isLost = recorded.kept.__secretLost;
    const fresh = rotates
      ? await withFreshSecret(done, isLost, recorded.name, place, operation, olds.rotateSecretWhen)
      : done;
    if (patched.includes("status")) assertStatus(fresh, now?.status, inputs.status, subject);
    return fresh;
  });
}

/** What to do about a refused update: the contract has no status in a PATCH. */
export function hintOnRefusal(patched: readonly string[]): Message | null {
  if (!patched.includes("status")) return null;
  return say`The update changes the status, which this installation of Rezolve may not accept in a PATCH; take the status out of the program, and disable the client in Rezolve itself.`;
}

/** Why an update rotates the secret, by name; removing the trigger is no reason. */
export function rotationReasons(
  { kept }: Pick<RecordedClient<Kept>, "kept">,
  olds: Properties,
  news: Properties,
): string[] {
  const trigger = news.rotateSecretWhen ?? null;
  return [
    ...(trigger !== null && !sameValue("value", olds.rotateSecretWhen, trigger) ? ["rotateSecretWhen"] : []),
    ...(kept.__secretLost ? ["clientSecret"] : []),
  ];
}

/**
 * Rotates the secret of a client that is otherwise as desired.
 *
 * @param lost whether the recorded secret is known not to be the client's
 * @param before the trigger to keep where nothing was rotated, so that the next run tries again
 */
async function withFreshSecret(
  recorded: Recorded,
  lost: boolean,
  name: unknown,
  place: Place,
  operation: Operation,
  before?: unknown,
): Promise<Recorded> {
  const subject = place.subject("rotate the secret of", "change", nameOf(name, recorded.id));
  const rotated = await rotateSecret(recorded.id, apiOf(place), subject, operation);
  if (rotated.ok) {
    const { clientSecret, secretRotatedAt } = rotated;
    return { ...recorded, outputs: { ...recorded.outputs, clientSecret, secretRotatedAt, __secretLost: undefined } };
  }
  const isLost = lost || rotated.lost;
  const left = isLost ? { __secretLost: true } : { rotateSecretWhen: before };
  throw new PartialFailure(
    { ...recorded, outputs: { ...recorded.outputs, ...left } },
    new OAuthClientsError(
      rotated.problem.code,
      rotated.problem.what,
      isLost
        ? say`The secret in the state may not work any more; the next \`pulumi up\` rotates it again and finishes the job. ${rotated.problem.hint}`
        : rotated.problem.hint,
    ),
  );
}

/** A vendor that takes a status and does not act on it must not look as if it had. */
function assertStatus(updated: Recorded, status: unknown, desired: unknown, subject: Subject): void {
  if (status === undefined || status === null || status === desired) return;
  throw new PartialFailure(
    updated,
    new OAuthClientsError(
      "vendor-refused",
      say`${subject.vendor} accepted the update of ${whereabouts(subject)} but its status is still ${String(status)}, not ${String(desired)}.`,
      say`This installation of Rezolve does not change the status through its API; do it in Rezolve itself, or take the status out of the program.`,
    ),
  );
}
