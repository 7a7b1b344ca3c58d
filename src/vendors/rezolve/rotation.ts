import type { OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { say } from "../../core/text.ts";
import { type Called, type Failed, isStrangersSuccess, mayHaveHappened } from "../../lifecycle/call.ts";
import type { Operation } from "../../lifecycle/lifecycle.ts";
import type { RezolveApi } from "./api.ts";
import type { Rotation } from "./wire.ts";

/** A fresh secret, or why there is none. */
export type Rotated =
  | { ok: true; clientSecret: string; secretRotatedAt: string }
  /** `lost`: the vendor may have replaced the secret, so the one that is known may not work any more. */
  | { ok: false; lost: boolean; problem: OAuthClientsError };

/** How often, and after which pauses, the audit data are read: a server may still be at work on a lost request. */
const AUDIT_PAUSES_MS = [0, 500, 1_500];

/**
 * Gives a client a fresh secret. Never repeated blindly, since every repetition is another rotation: after a lost
 * response the client's audit data say whether it was carried out. Only if it was, the secret is rotated once more,
 * because the new one cannot be read again. If it was not, it may still be: a second rotation now could be overtaken by
 * the first, and the secret in the state would be dead, so the next run finishes the job.
 */
export async function rotateSecret(
  id: string,
  api: RezolveApi,
  subject: Subject,
  operation: Operation,
): Promise<Rotated> {
  // Others may rotate it while this request waits for its turn.
  let sentMs = Date.now();
  const first = await api.rotateSecret(id, () => {
    sentMs = Date.now();
  });
  if (first.ok) return fresh(first, operation);
  const isStrange = isStrangersSuccess(first);
  if (!mayHaveHappened(first) && !isStrange) {
    return { ok: false, lost: false, problem: failureOf(first.answer, subject, first.neededMs) };
  }
  // Whatever ends the look, an interrupt too, must not hide that the secret may have been replaced.
  const carriedOut = await wasRotatedSince(sentMs, id, api).catch(() => null);
  // What somebody else answered most likely never came to the vendor, and its audit data say no other.
  if (carriedOut === false && isStrange) {
    return { ok: false, lost: false, problem: failureOf(first.answer, subject, first.neededMs) };
  }
  if (carriedOut !== true) return { ok: false, lost: true, problem: lostProblem(first, subject) };
  operation.log(
    "warning",
    say`The response to the rotation of the secret of ${whereabouts(subject)} was lost; its audit data say that it was carried out. The secret is rotated once more, because the new one cannot be read again.`,
  );
  const second = await api.rotateSecret(id, () => {}).catch(() => null);
  if (second?.ok) return fresh(second, operation);
  return { ok: false, lost: true, problem: lostProblem(second ?? first, subject) };
}

/** Null where nobody says. */
async function wasRotatedSince(sentMs: number, id: string, api: RezolveApi): Promise<boolean | null> {
  let isSaid = false;
  for (const pauseMs of AUDIT_PAUSES_MS) {
    await api.http.pause(pauseMs);
    const seen = await api.get(id);
    if (!seen.ok || seen.answer.clock === null) continue;
    isSaid = true;
    const rotatedMs = Date.parse(seen.value.audit?.lastSecretRotatedAt ?? "");
    // By the vendor's own clock. `Date` has whole seconds: the request is put too early rather than too late.
    if (rotatedMs >= sentMs + (seen.answer.clock - Date.now())) return true;
  }
  return isSaid ? false : null;
}

function fresh(called: Extract<Called<Rotation>, { ok: true }>, operation: Operation): Rotated {
  const { secret, rotatedAt } = called.value;
  operation.keepSecret(secret);
  return {
    ok: true,
    clientSecret: secret,
    secretRotatedAt: rotatedAt ?? new Date(called.answer.clock ?? Date.now()).toISOString(),
  };
}

function lostProblem({ answer, neededMs }: Failed, subject: Subject): OAuthClientsError {
  return failureOf(answer, { ...subject, action: "tell what became of the rotation of the secret of" }, neededMs);
}
