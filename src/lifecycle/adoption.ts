import { diffDeclared, isNothing, wantedValues } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { idToCheck, type Subject, whereabouts } from "../core/subject.ts";
import { identifier, joined, listed, type Message, quoted, say } from "../core/text.ts";
import { isUnknown } from "../core/unknown.ts";
import { orThrow } from "./call.ts";
import { clientIn, type VendorClient, type Work } from "./driver.ts";
import { listFailure } from "./failures.ts";
import { isReplaced, takesClient } from "./held.ts";
import { type Wanted, wantedIn } from "./inputs.ts";
import { keeping, type Operation, type Recorded } from "./lifecycle.ts";
import { assertNoneUnseen, namesakes } from "./namesakes.ts";
import { filledInBy } from "./outputs.ts";
import { others, type Properties, pick, text } from "./properties.ts";
import type { Known } from "./recorded.ts";
import { outputsOf, saidFields } from "./state.ts";
import { patched } from "./update.ts";
import { nameOf, type VendorWords } from "./words.ts";

/** Says in a preview, where a create is not called, that it will take over an existing client. */
export function announceAdoption({ adopt, name, status }: Properties, words: VendorWords, operation: Operation) {
  if (adopt === undefined || adopt === null || status === "deleted") return;
  operation.log("warning", say`Takes over ${announced(adopt, name)}.`);
  operation.explain(
    say`\`adopt\` makes no new client: it changes the existing one at ${words.title} to what the program says. With mustMatch: true it fails where that would change anything.`,
  );
}

function announced(adopt: unknown, name: unknown): Message {
  const wanted = wantedIn({ adopt });
  if (isUnknown(adopt) || wanted === null) return say`an OAuth client that is not known yet`;
  if (wanted.id !== null) return say`OAuth client ${identifier(wanted.id)}`;
  if (isUnknown(name)) return say`the OAuth client of a name that is not known yet, if there is one`;
  return say`the OAuth client named "${identifier(String(name))}", if there is one`;
}

/**
 * What adopting a client changes, field by field with old and new value.
 *
 * @param before what the client is, as far as the vendor says
 * @param after what it is to be
 */
export function changesOf(fields: readonly string[], before: Properties, after: Properties): Message {
  return joined(
    fields.map((field) => say`${field} ${shown(before[field])} → ${shown(after[field])}`),
    "; ",
  );
}

/** The client that `adopt` means; null where a new one is to be created. */
export async function existingClient(work: Work, wanted: Wanted, name: unknown): Promise<VendorClient | null> {
  if (wanted === null) return null;
  if (wanted.id === null) return clientOfName(work, String(name));
  const { driver, place, operation, clients } = work;
  const subject = place.subject("adopt", "read", nameOf(null, wanted.id), "program");
  if (isReplaced(wanted.id, subject, operation)) return null;
  const client = clientIn(orThrow(await clients.find(wanted.id, false), (failed) => listFailure(failed, subject)));
  if (client !== null) return client;
  throw new OAuthClientsError(
    "client-missing",
    say`Cannot adopt ${whereabouts(subject)}: it ${driver.words.absent}.`,
    say`${idToCheck(subject)} Check the ${subject.home}, too; or take \`adopt\` out to create a new client.`,
  );
}

async function clientOfName(work: Work, name: string): Promise<VendorClient | null> {
  const { driver, place } = work;
  const subject = place.subject("adopt", "read", nameOf(name, null), null);
  const isOver = (id: string) => isReplaced(id, subject, work.operation);
  const { clients, others: rest, doubt } = await namesakes(work, name, subject, isOver);
  const found = clients.filter((one) => driver.valuesOf(one).name === name);
  const [only, ...more] = found;
  if (more.length > 0) {
    throw new OAuthClientsError(
      "name-taken",
      say`Cannot adopt ${whereabouts(subject)}: the ${subject.home} has ${found.length} clients of this name (${listed(found.map(({ id }) => id))}).`,
      say`Say which one: adopt: { id }.`,
    );
  }
  if (only !== undefined) {
    if (doubt === null) return only;
    throw new OAuthClientsError(
      "response-invalid",
      say`Cannot adopt ${whereabouts(subject)}: the list of the ${subject.home}'s clients ${doubt}, so nobody knows whether ${identifier(only.id)} is the only one of this name.`,
      say`Say which one: adopt: { id: "${identifier(only.id)}" }.`,
    );
  }
  assertNoneUnseen(
    rest,
    doubt,
    subject,
    say`Say which one: adopt: { id }; or take \`adopt\` out, to create a new client.`,
  );
  return null;
}

/** Takes an existing client over: patched to the desired state; what the program leaves out stays as it is. */
export async function adopt(work: Work, client: VendorClient, inputs: Properties, known: Known): Promise<Recorded> {
  const { driver, place, operation } = work;
  const { fields } = driver;
  const { id } = client;
  const subject = place.subject("adopt", "change", nameOf(inputs.name, id), null);
  const values = driver.valuesOf(client);
  if (driver.finalStatuses.includes(String(values.status))) {
    throw new OAuthClientsError(
      "vendor-refused",
      say`Cannot adopt ${whereabouts(subject)}: it was ${String(values.status)} for good.`,
      say`Delete it with a ${driver.words.deletionClass}, and create a new client without \`adopt\`.`,
    );
  }
  // From here on nobody else deletes it; it is only this resource's once nothing can fail any more.
  takesClient(id, "adopting", subject, operation);
  const filledIn = filledInBy(fields, inputs, values, null) ?? {};
  // What is not said is taken to be what the program says.
  const replacing = Object.keys(fields).filter((field) => fields[field]?.effect === "replace");
  const before = { ...pick(inputs, replacing), ...values };
  const { patch, replace } = diffDeclared(fields, before, inputs, filledIn);
  const changesIn = (changed: readonly string[]) =>
    changesOf(changed, before, wantedValues(fields, changed, inputs, filledIn));
  if (replace.length > 0) {
    throw new OAuthClientsError(
      "vendor-refused",
      say`Cannot adopt ${whereabouts(subject)}: it differs in what ${driver.words.title} cannot change: ${changesIn(replace)}.`,
      say`Make the program say what the client is; change it afterwards, by a replacement.`,
    );
  }
  const changes = changesIn(patch);
  assertMatches(inputs, changes, subject);
  const seen = { name: text(inputs.name), baseUrl: null };
  const now = await patched(work, { subject, id, seen, patch, inputs, filledIn, before: null });
  takesClient(id, "adopted", subject, operation);
  const kept = driver.keptOfAdopted(client);
  operation.keepSecret(kept.clientSecret);
  sayAdopted(changes, subject, driver.secretOfAdopted(client, kept, inputs), operation);
  const unpatched = pick(values, others(saidFields(fields), patch));
  const outputs = outputsOf(driver, inputs, now, { ...known, kept, filledIn }, unpatched);
  const done = { id, outputs };
  return keeping(done, operation, async () => {
    return driver.finishAdoption?.({ ...work, done, inputs, subject, client, kept, patched: patch, now }) ?? done;
  });
}

/** @throws {OAuthClientsError} `client-differs` where `mustMatch` is set and adopting would change anything */
function assertMatches(inputs: Properties, changes: Message, subject: Subject): void {
  if (wantedIn(inputs)?.mustMatch !== true || changes.isEmpty) return;
  throw new OAuthClientsError(
    "client-differs",
    say`Cannot adopt ${whereabouts(subject)}: adopt.mustMatch is set, and the client differs: ${changes}.`,
    say`Nothing was changed. Make the program say what the client is, or take mustMatch out to have it changed.`,
  );
}

/** Says that a client was taken over, and what that changed. */
function sayAdopted(changes: Message, subject: Subject, secret: Message | null, operation: Operation): void {
  const changed = changes.isEmpty ? say`nothing was changed` : changes;
  const line = say`${subject.client} was adopted: ${changed}.`;
  operation.log(changes.isEmpty ? "info" : "warning", line);
  if (secret !== null) operation.explain(secret);
}

/** Enough to recognise a value by, in characters and in items of a list. */
const LONGEST_VALUE = 120;
const LONGEST_LIST = 6;

function shown(value: unknown): Message {
  if (isNothing(value)) return say`(none)`;
  if (typeof value === "string") return say`"${quoted(value, LONGEST_VALUE)}"`;
  if (!Array.isArray(value)) return quoted(JSON.stringify(value) ?? "", LONGEST_VALUE);
  const items: Message[] = value.slice(0, LONGEST_LIST).map((item: unknown) => shown(item));
  const more = value.length - items.length;
  return say`[${joined(more > 0 ? [...items, say`${more} more`] : items, ", ")}]`;
}
