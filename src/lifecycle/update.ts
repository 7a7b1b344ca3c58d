import { diffDeclared, wantedValues } from "../core/diff.ts";
import type { Subject } from "../core/subject.ts";
import { say } from "../core/text.ts";
import { isNotFound } from "./call.ts";
import { type ClientDriver, type Work, workOn } from "./driver.ts";
import { assertSameAddress, mayHaveChanged, updateFailure } from "./failures.ts";
import { doubtful, toPatch } from "./in-doubt.ts";
import { keeping, type Operation, PartialFailure, type Recorded } from "./lifecycle.ts";
import { emptiedOf, filledInBy, filledInNow } from "./outputs.ts";
import { others, type Properties, pick } from "./properties.ts";
import type { Known, RecordedClient, RecordedCommon } from "./recorded.ts";
import { knownOf, outputsOf, saidFields } from "./state.ts";
import { nameOf } from "./words.ts";

/** Brings a client that lives to what the program says. */
export async function updateAlive(
  driver: ClientDriver,
  id: string,
  recorded: RecordedClient,
  olds: Properties,
  news: Properties,
  operation: Operation,
): Promise<Recorded> {
  const { fields } = driver;
  const work = workOn(driver, news, operation);
  const { place } = work;
  const filledIn = recorded.__filledIn ?? {};
  const patch = toPatch(fields, recorded, diffDeclared(fields, olds, news, filledIn).patch);
  const subject = place.subject("update", "change", nameOf(recorded.name, id));
  const before = { id, outputs: { ...olds } };
  const now = await patched(work, { subject, id, seen: recorded, patch, inputs: news, filledIn, before });
  const emptied = recorded.__filledIn === null ? emptiedOf(fields, olds, news) : {};
  const known: Known = {
    ...knownOf(recorded),
    baseUrl: patch.length === 0 ? recorded.baseUrl : place.connection.http.baseUrl,
    filledIn: filledInBy(fields, { ...emptied, ...news }, now, filledInNow(fields, recorded.__filledIn, olds, now)),
  };
  // What no request has changed stays as the state knows it.
  const unpatched = pick(olds, others(saidFields(fields), patch));
  const outputs = outputsOf(driver, patch.length === 0 ? { ...news, ...unpatched } : news, now, known, unpatched);
  const done = { id, outputs: known.filledIn === null ? { ...emptied, ...outputs } : outputs };
  return keeping(done, operation, async () => {
    const step = { ...work, done, inputs: news, subject, recorded, known, olds, patched: patch, now };
    return driver.finishUpdate?.(step) ?? done;
  });
}

/** What is to be changed of a client. */
interface Change {
  subject: Subject;
  id: string;
  /** What is known of the client: its last name, and where it was seen last. */
  seen: Pick<RecordedCommon, "name" | "baseUrl">;
  patch: readonly string[];
  inputs: Properties;
  filledIn: Properties;
  /** The client as the state has it; null where it does not. */
  before: Recorded | null;
}

/**
 * Sends what is to be changed, if anything.
 *
 * @returns what the vendor says of the client after it; null where it says nothing, or nothing was sent
 * @throws {PartialFailure} where nobody knows whether it was changed: the state has that in doubt
 */
export async function patched(work: Work, change: Change): Promise<Properties | null> {
  const { driver, clients, operation } = work;
  const { subject, id, seen, patch, inputs, filledIn, before } = change;
  if (patch.length === 0) return null;
  const changes = wantedValues(driver.fields, patch, inputs, filledIn);
  const left = before === null ? null : doubtful(driver.fields, before, patch);
  let isSent = false;
  // Until an answer says otherwise: an interrupt, for example, brings none.
  let mayBeChanged = true;
  const sent = () => {
    isSent = true;
    if (left !== null) operation.exists(left);
  };
  try {
    const called = await clients.patch({ id, name: seen.name }, changes, sent);
    mayBeChanged = called.ok || mayHaveChanged(called);
    if (!called.ok) {
      if (isNotFound(called.answer)) assertSameAddress(seen, subject);
      throw updateFailure(driver, called, subject, patch);
    }
    // Only the vendor's own word about this very client counts at another address, and then it is there.
    if (!called.value.namesIt) assertSameAddress(seen, subject, say`a success that does not name it`);
    return called.value.values;
  } catch (error) {
    throw left !== null && isSent && mayBeChanged ? new PartialFailure(left, error) : error;
  }
}
