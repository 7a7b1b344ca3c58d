import { maybeCarriedOut } from "../../core/answer.ts";
import type { OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import type { Called, Failed } from "../call.ts";
import type { Operation } from "../lifecycle.ts";
import type { RezolveApi } from "./api.ts";
import type { Rotation } from "./wire.ts";

/** A fresh secret, or why there is none. */
export type Rotated =
  | { ok: true; clientSecret: string; secretRotatedAt: string }
  /** `lost`: the vendor may have replaced the secret, so the one that is known may not work any more. */
  | { ok: false; lost: boolean; problem: OAuthClientsError };

/**
 * Gives a client a fresh secret. Never repeated blindly, since every repetition is another rotation: after a lost
 * response the audit data say whether the vendor is there and what it did; only then it is asked once more, because
 * the first new secret, if there was one, cannot be read again.
 */
export async function rotateSecret(
  id: string,
  api: RezolveApi,
  subject: Subject,
  operation: Operation,
): Promise<Rotated> {
  const startedMs = Date.now();
  const first = await api.rotateSecret(id);
  if (first.ok) return fresh(first, operation);
  if (!wasMaybeRotated(first)) {
    return { ok: false, lost: false, problem: failureOf(first.answer, subject, first.neededMs) };
  }
  const seen = await api.get(id);
  const rotatedAt = seen.ok ? Date.parse(seen.value.audit?.lastSecretRotatedAt ?? "") : Number.NaN;
  const known = seen.ok && seen.value.audit?.lastSecretRotatedAt !== undefined && seen.answer.clock !== null;
  if (!seen.ok || !known) return { ok: false, lost: true, problem: lostProblem(first, subject) };
  const startedOnVendorsClock = startedMs + ((seen.answer.clock ?? 0) - Date.now());
  const carriedOut = rotatedAt >= startedOnVendorsClock;
  operation.log(
    "warning",
    `The response to the rotation of the secret of ${whereabouts(subject)} was lost; its audit data say that it was ${carriedOut ? "" : "not "}carried out. The secret is rotated ${carriedOut ? "once more, because the new one cannot be read again" : "now"}.`,
  );
  const second = await api.rotateSecret(id);
  if (second.ok) return fresh(second, operation);
  return { ok: false, lost: carriedOut || wasMaybeRotated(second), problem: lostProblem(second, subject) };
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

/** A lost response, or a success in which no secret could be found. */
function wasMaybeRotated({ answer }: Failed): boolean {
  return maybeCarriedOut(answer) || (answer.kind === "response" && answer.status < 300 && answer.author !== "stranger");
}

function lostProblem({ answer, neededMs }: Failed, subject: Subject): OAuthClientsError {
  return failureOf(answer, { ...subject, action: `tell what became of the rotation of the secret of` }, neededMs);
}
