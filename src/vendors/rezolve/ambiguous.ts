import { setTimeout as sleep } from "node:timers/promises";
import { sameValue } from "../../core/diff.ts";
import { describeError, OAuthClientsError } from "../../core/errors.ts";
import { failureOf } from "../../core/failure.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { type Message, say } from "../../core/text.ts";
import { type Failed, mayHaveHappened } from "../call.ts";
import type { Properties } from "../lifecycle.ts";
import type { RezolveApi } from "./api.ts";
import { CLIENT_FIELDS, clientPolicies } from "./inputs.ts";
import type { WireClient } from "./wire.ts";

/** How often, and after which pauses, the name is looked up: a server may still be at work on a lost request. */
const LOOKUP_PAUSES_MS = [0, 500, 1_500];

/** A client found by its name, when that was, and the vendor's clock then. */
interface Found {
  client: WireClient;
  receivedMs: number;
  clock: number | null;
}

/**
 * After a create that failed: throws the failure, unless the request may have been carried out. Then the name is
 * looked up, and a client that this very attempt made is returned. One that was there before is never seized.
 *
 * @param startedMs when the attempt began, by our clock
 */
export async function findCreated(
  api: RezolveApi,
  failed: Failed,
  inputs: Properties,
  subject: Subject,
  startedMs: number,
): Promise<WireClient> {
  const failure = failureOf(failed.answer, subject, failed.neededMs);
  if (!mayHaveHappened(failed)) throw failure;

  // Whatever ends the look-up, an interrupt too, must not hide what may have been left behind.
  const found = await lookUp(api, String(inputs.name), subject).catch((error: unknown) => {
    throw ambiguous(
      failure,
      subject,
      say`It may have been created; looking it up failed too: ${describeError(error)}`,
      say`Look for a client named as above in tenant ${subject.tenantId} before running \`pulumi up\` again.`,
    );
  });
  if (found === null) {
    throw ambiguous(
      failure,
      subject,
      say`No client of this name is there now, so most likely nothing was created.`,
      say`Run \`pulumi up\` again; if the vendor then says that the name is taken, the lost request did create it.`,
    );
  }
  if (!madeByAttempt(found, inputs, startedMs)) {
    throw ambiguous(
      failure,
      subject,
      say`A client of this name is there (${found.client.id}), but it was there before this attempt or is not what was asked for; it is left alone.`,
      say`Choose another name, delete the other client first, or take it over: adopt: { byName: true } on the resource.`,
    );
  }
  return found.client;
}

async function lookUp(api: RezolveApi, name: string, subject: Subject): Promise<Found | null> {
  for (const pause of LOOKUP_PAUSES_MS) {
    await sleep(pause);
    const called = await api.findByName(name);
    if (!called.ok) throw failureOf(called.answer, { ...subject, action: "look up by its name" }, called.neededMs);
    if (called.value !== null) return { client: called.value, receivedMs: Date.now(), clock: called.answer.clock };
  }
  return null;
}

/** Created no earlier than the attempt, by the vendor's own clock, and just as the attempt asked for. */
function madeByAttempt({ client, receivedMs, clock }: Found, inputs: Properties, startedMs: number): boolean {
  const createdMs = Date.parse(client.createdAt ?? client.audit?.createdAt ?? "");
  if (Number.isNaN(createdMs) || clock === null) return false;
  // `Date` has whole seconds and was written before it was received: the attempt is put too early rather than too late.
  if (createdMs < startedMs + (clock - receivedMs)) return false;
  // What the program leaves out the vendor may have filled in.
  return CLIENT_FIELDS.every(
    (field) => inputs[field] === undefined || sameValue(clientPolicies[field].as, inputs[field], client[field]),
  );
}

function ambiguous(failure: OAuthClientsError, subject: Subject, found: Message, hint: Message): OAuthClientsError {
  return new OAuthClientsError(
    "create-ambiguous",
    say`Cannot tell whether ${whereabouts(subject)} was created: ${failure.what} ${found}`,
    hint,
  );
}
