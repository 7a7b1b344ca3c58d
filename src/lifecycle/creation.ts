import { whatWasMade } from "../core/attempt.ts";
import { describeError, type OAuthClientsError } from "../core/errors.ts";
import { failureOf } from "../core/failure.ts";
import { whereabouts } from "../core/subject.ts";
import { identifier, listed, type Message, say } from "../core/text.ts";
import type { Attempts, Rivals } from "./attempts.ts";
import { isStrangersSuccess, mayHaveHappened, orThrow, vendorStatus } from "./call.ts";
import { attempted, claimed, comparedClosely, type TimedAttempt, toldBy } from "./claim.ts";
import type { VendorClient, Work } from "./driver.ts";
import { listFailure, NAME_TAKEN_HINT, nameTaken } from "./failures.ts";
import { takesClient, takesFound, unheld } from "./held.ts";
import { keeping, type Recorded } from "./lifecycle.ts";
import { assertNameIsFree } from "./namesakes.ts";
import { filledInBy } from "./outputs.ts";
import { type Properties, text } from "./properties.ts";
import type { Known } from "./recorded.ts";
import { givenSecret } from "./secret.ts";
import { outputsOf } from "./state.ts";
import { nameOf } from "./words.ts";

/**
 * Creates a client, in one request where the answer says its id.
 *
 * @throws {PartialFailure} a claim, where nobody knows which client the request made, if any
 */
export async function createNew(work: Work, inputs: Properties, known: Known, attempts: Attempts): Promise<Recorded> {
  const { driver, operation, place, clients } = work;
  const name = text(inputs.name) ?? "";
  const subject = place.subject("create", "create", nameOf(name, null), null);
  const wanted = outputsOf(driver, inputs, null, known);
  const made = await attempts.during(place, name, async (rivals) => {
    await assertNameIsFree(work, name, rivals);
    const { called, attempt } = await attempted(wanted, operation, clients.before(name), (sent) =>
      clients.create(inputs, sent),
    ).finally(() => clients.noteMade({ id: null, name }));
    if (!called.ok && vendorStatus(called.answer) === 409) throw nameTaken(called.answer, subject, NAME_TAKEN_HINT);
    const failure = called.ok ? null : failureOf(called.answer, subject, called.neededMs);
    const isStrange = !called.ok && isStrangersSuccess(called);
    if (!called.ok && failure !== null && !mayHaveHappened(called) && !isStrange) throw failure;
    const said = called.ok ? called.value : { id: null, client: null, secret: null, isCertain: false };
    const secret = givenSecret(said.secret);
    operation.keepSecret(said.secret);
    const why = failure?.what ?? say`Created ${whereabouts(subject)}, but the response did not say its id.`;
    const found =
      said.id === null
        ? await findCreated(work, {
            why,
            attempt: { ...attempt, carriedOut: said.isCertain },
            outputs: { ...wanted, clientSecret: secret },
            rivals,
            unlessSeen: isStrange ? failure : null,
          })
        : null;
    const id = found?.id ?? said.id ?? "";
    takesClient(id, "created", subject, operation);
    clients.noteMade({ id, name });
    return { id, client: found ?? said.client, secret, answered: called.ok, lost: found !== null && !called.ok };
  });
  const { id, client, secret, answered } = made;
  const kept = driver.keptOfNew(client, secret, answered);
  operation.keepSecret(kept.clientSecret);
  const values = client !== null && driver.createShowsClient ? driver.valuesOf(client) : null;
  const filledIn = values === null ? null : filledInBy(driver.fields, inputs, values, null);
  const done = { id, outputs: outputsOf(driver, inputs, values, { ...known, kept, filledIn }) };
  return keeping(done, operation, async () => {
    if (made.lost) {
      operation.log(
        "warning",
        say`The response to the creation of ${whereabouts(subject)} was lost. The client it created (${identifier(id)}) was found and taken over.`,
      );
    }
    return driver.finishCreation?.({ ...work, done, inputs, subject, client, kept, answered }) ?? done;
  });
}

/** A create whose answer was lost or did not say the id. */
interface Lost {
  /** What became of the request. */
  why: Message;
  attempt: TimedAttempt;
  /** What the state is to hold of the client. */
  outputs: Properties;
  rivals: Rivals;
  /** The error where no client of this name can be seen: most likely the request never came to the vendor. */
  unlessSeen: OAuthClientsError | null;
}

/**
 * After a create whose answer was lost or did not say the id: the client that this very attempt made, where that is
 * certain. One that was there before is never seized.
 *
 * @throws {PartialFailure} a claim, where nobody knows which client it made, if any
 */
async function findCreated({ driver, place, clients, operation }: Work, lost: Lost): Promise<VendorClient> {
  const { outputs, rivals, unlessSeen } = lost;
  const { http, settlesMs } = place.connection;
  const subject = place.subject("look up by its name", "read", nameOf(outputs.name, null), null);
  let { attempt } = lost;
  let isSeen = false;
  // Whatever ends the look-up, an interrupt too, must not hide what may have been left behind.
  const found = await lookUp().catch((error: unknown) => say`Looking it up failed too: ${describeError(error)}`);
  if ("id" in found) return found;
  if (unlessSeen !== null && !isSeen) throw unlessSeen;
  throw claimed(outputs, attempt, lost.why, found);

  async function lookUp(): Promise<VendorClient | Message> {
    let unseen: string | null = null;
    // What exists for certain is worth waiting for until the list shows it for certain.
    for (const pauseMs of attempt.carriedOut ? [settlesMs] : driver.lookUpPausesMs) {
      await http.pause(pauseMs);
      const looked = await clients.named(String(outputs.name), performance.now());
      const { clients: named, others } = orThrow(looked, (failed) => listFailure(failed, subject));
      // However the look ends, the claim keeps what the answer told.
      attempt = toldBy(attempt, looked.answer);
      const { clients: free } = unheld(named, subject, operation);
      const candidates = free.map((one) => ({ id: one.id, ...driver.candidate(one, outputs) }));
      attempt = await comparedClosely(attempt, candidates, http, (id) => clients.find(id, true));
      const view = { settled: attempt.carriedOut && others.found === "absent", contested: rivals.areOpen() };
      const made = whatWasMade(attempt, candidates, view);
      const client = made.is === "found" ? free.find(({ id }) => id === made.id) : undefined;
      if (client !== undefined) {
        const other = takesFound(client.id, subject, operation);
        return other === null ? client : say`It made ${identifier(client.id)}, but ${other}.`;
      }
      const perhaps = free.filter(({ id }) => !attempt.before.includes(id));
      if (perhaps.length > 0) {
        isSeen = true;
        return say`Clients of this name are there (${listed(perhaps.map(({ id }) => id))}), and nothing proves that this attempt made one of them; they are left alone.`;
      }
      unseen = others.found === "absent" ? null : others.needs;
    }
    return unseen === null
      ? say`No client of this name is there now.`
      : say`No client of this name can be seen now: it takes ${unseen} to know.`;
  }
}
