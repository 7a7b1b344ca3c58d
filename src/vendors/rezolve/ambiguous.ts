import { setTimeout as sleep } from "node:timers/promises";
import { maybeCarriedOut } from "../../core/answer.ts";
import { sameValue } from "../../core/diff.ts";
import { describeError, OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import type { Operation, Properties } from "../lifecycle.ts";
import type { Called, RezolveApi } from "./api.ts";
import { CLIENT_FIELDS, clientPolicies } from "./inputs.ts";
import type { WireClient } from "./wire.ts";

/** How often, and after which pauses, the name is looked up: a server may still be at work on a lost request. */
const LOOKUP_PAUSES_MS = [0, 500, 1_500];

/** A client that a lost request did create. */
export interface TakenOver {
  client: WireClient;
  /** The fresh secret that replaces the lost one; null where the client has none, or none could be had. */
  secret: string | null;
  rotatedAt: string | null;
  /** Why no fresh secret could be had. */
  problem: OAuthClientsError | null;
}

/**
 * After a create that failed: throws the failure, unless the request may have been carried out. Then the name is
 * looked up, and a client that this very attempt made is taken over, with a fresh secret, since the first one was
 * lost with the response. A client that was there before is never seized.
 */
export async function takeOver(
  api: RezolveApi,
  failed: Extract<Called<WireClient>, { ok: false }>,
  inputs: Properties,
  subject: Subject,
  attempt: { startedMs: number },
  operation: Operation,
): Promise<TakenOver> {
  const failure = failureOf(failed.answer, subject, failed.neededMs);
  const succeededUnread =
    failed.answer.kind === "response" && failed.answer.status < 300 && failed.answer.author !== "stranger";
  if (!succeededUnread && !maybeCarriedOut(failed.answer)) throw failure;

  const found = await lookUp(api, String(inputs.name), failure, subject);
  if (found === null) {
    throw ambiguous(
      failure,
      subject,
      `No client of this name is there now, so most likely nothing was created.`,
      "Run `pulumi up` again; if the vendor then says that the name is taken, the lost request did create it.",
    );
  }
  const { client, receivedMs, clock } = found;
  if (!madeByAttempt(client, inputs, attempt, receivedMs, clock)) {
    throw ambiguous(
      failure,
      subject,
      `A client of this name is there (${client.id}), but it was there before this attempt or is not what was asked for; it is left alone.`,
      "Choose another name, or delete the other client first.",
    );
  }
  if (client.clientType === "public") return { client, secret: null, rotatedAt: null, problem: null };
  const rotated = await api.rotateSecret(client.id);
  if (rotated.ok) {
    operation.keepSecret(rotated.value);
    operation.log(
      "warning",
      `The response to the creation of ${whereabouts(subject)} was lost. The client it created (${client.id}) was found and taken over, with a fresh secret.`,
    );
    const rotatedAt = new Date(rotated.answer.clock ?? Date.now()).toISOString();
    return { client, secret: rotated.value, rotatedAt, problem: null };
  }
  const problem = failureOf(rotated.answer, { ...subject, action: "give a fresh secret to" }, rotated.neededMs);
  return { client, secret: null, rotatedAt: null, problem };
}

async function lookUp(
  api: RezolveApi,
  name: string,
  failure: OAuthClientsError,
  subject: Subject,
): Promise<{ client: WireClient; receivedMs: number; clock: number | null } | null> {
  for (const pause of LOOKUP_PAUSES_MS) {
    await sleep(pause);
    const called = await api.findByName(name);
    if (!called.ok) {
      const why = failureOf(called.answer, { ...subject, action: "look up by its name" }, called.neededMs);
      throw ambiguous(
        failure,
        subject,
        `It may have been created; looking it up failed too: ${describeError(why)}`,
        `Look for a client named as above in tenant ${subject.tenantId} before running \`pulumi up\` again.`,
      );
    }
    if (called.value !== null) {
      return { client: called.value, receivedMs: Date.now(), clock: called.answer.clock };
    }
  }
  return null;
}

/** Created no earlier than the attempt, by the vendor's own clock, and just as the attempt asked for. */
function madeByAttempt(
  client: WireClient,
  inputs: Properties,
  attempt: { startedMs: number },
  receivedMs: number,
  clock: number | null,
): boolean {
  const createdMs = Date.parse(client.createdAt ?? client.audit?.createdAt ?? "");
  if (Number.isNaN(createdMs) || clock === null) return false;
  // `Date` has whole seconds and was written before it was received: the attempt is put too early rather than too late.
  if (createdMs < attempt.startedMs + (clock - receivedMs)) return false;
  return CLIENT_FIELDS.every((field) => sameValue(clientPolicies[field].as, inputs[field], client[field]));
}

function ambiguous(failure: OAuthClientsError, subject: Subject, found: string, hint: string): OAuthClientsError {
  return new OAuthClientsError(
    "create-ambiguous",
    `Cannot tell whether ${whereabouts(subject)} was created: ${failure.message} ${found}`,
    hint,
  );
}
