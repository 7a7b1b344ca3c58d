import { isDeepStrictEqual } from "node:util";
import { isElsewhere } from "../core/absence.ts";
import type { Answer, VendorResponse } from "../core/answer.ts";
import { whatWasMade } from "../core/attempt.ts";
import { abandoned, isNobodysLook } from "../core/deletion.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { failureOf } from "../core/failure.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { identifier, joined, listed, type Message, say } from "../core/text.ts";
import type { Attempts } from "./attempts.ts";
import type { Called, Failed } from "./call.ts";
import { attemptOf, comparedClosely, isOfThisClock, type TimedAttempt, toldBy } from "./claim.ts";
import { confirmDeletion } from "./deletion.ts";
import type { Named, VendorClient, Work } from "./driver.ts";
import { failedLook } from "./failures.ts";
import { foundClient, unheld } from "./held.ts";
import type { Wanted } from "./inputs.ts";
import type { Evidence } from "./lifecycle.ts";
import type { Properties } from "./properties.ts";
import type { RecordedClaim } from "./recorded.ts";
import { readRecorded } from "./state.ts";
import { nameOf } from "./words.ts";

/** What a look at the clients of a claim's name says about it. */
type Settled =
  /** This is the client that the attempt made. */
  | { is: "found"; client: VendorClient }
  /** It made none. */
  | { is: "none"; because: Message }
  /** The program takes over what it may have made. */
  | { is: "adopted"; id: string; because: Message }
  | { is: "open"; error: OAuthClientsError };

/** What became of an attempt, for certain. */
type Became = { is: "found"; client: VendorClient } | { is: "none" } | { is: "adopted"; id: string };

/** What settling a claim takes. */
interface Settlement extends Work {
  /** The claim's id and properties. */
  id: string;
  state: Properties;
  name: string | null;
  claim: RecordedClaim;
  attempt: TimedAttempt;
  subject: Subject;
  wanted: Wanted;
  attempts: Attempts;
}

/**
 * Finds out what became of the attempt that a claim stands for. Waits until its request can no longer be under way, unless
 * the client is found.
 *
 * @param state the claim's properties
 * @param wanted what the program takes over now, as far as this run knows
 * @throws {OAuthClientsError} `create-ambiguous` where that is not certain: the claim stays
 */
export async function settleClaim(
  work: Work,
  id: string,
  state: Properties,
  wanted: Wanted,
  attempts: Attempts,
): Promise<Became> {
  const { driver, operation, place, clients } = work;
  const { name, baseUrl: recordedBaseUrl, __claim: claim } = readRecorded(driver, state);
  const subject = place.subject("settle the creation of", "read", nameOf(name, null));
  const attempt = attemptOf(claim);
  const settlement: Settlement = { ...work, id, state, name, claim, attempt, subject, wanted, attempts };
  if (isElsewhere(recordedBaseUrl, subject)) {
    throw open(
      settlement,
      say`it was attempted at ${recordedBaseUrl}, and connection "${subject.connection}" is at ${subject.baseUrl} now.`,
      say`Set the connection back. If ${recordedBaseUrl} is gone for good: look the name up where the clients are now, delete what the attempt made with a ${driver.words.deletionClass}, and take the claim out: \`pulumi state delete\` with the resource's URN.`,
    );
  }
  const { settlesMs, http } = place.connection;
  const found = (made: Extract<Became, { is: "found" }>) => {
    // Before any other claim of this name is judged.
    foundClient(made.client.id, subject, operation);
    return made;
  };
  const asked = performance.now();
  // By another clock than the attempt's nobody knows how long ago it was.
  const agoMs = isOfThisClock(attempt) ? Date.now() - attempt.endedMs : 0;
  const leftMs = Math.min(settlesMs, settlesMs - agoMs);
  if (leftMs > 0) {
    const early = await clients.named(name ?? "", asked);
    const settled = early.ok ? await judge(settlement, early, false) : null;
    if (settled?.is === "found") return found(settled);
    await http.pause(leftMs);
  }
  const looked = await clients.named(name ?? "", asked + Math.max(0, leftMs));
  if (!looked.ok) {
    const mayForget = operation.mayAbandon(subject.connection) && isNobodysLook(failedLook(looked));
    if (!mayForget) throw unknown(settlement, looked);
    await operation.evidence(forgotten(settlement, looked.answer));
    return { is: "none" };
  }
  const settled = await judge(settlement, looked, true);
  if (settled.is === "open") throw settled.error;
  if (settled.is === "found") return found(settled);
  operation.log(
    "info",
    say`${whereabouts(subject)}: the state forgets the attempt to create it${since(settlement)}. ${settled.because}`,
  );
  if (settled.is === "adopted") return { is: "adopted", id: settled.id };
  await confirmDeletions(settlement, looked.answer);
  return { is: "none" };
}

/** An earlier run may have deleted what the attempt made, and died before it knew: it is gone now. */
async function confirmDeletions(settlement: Settlement, answer: VendorResponse): Promise<void> {
  const { operation, place, clients, subject } = settlement;
  for (const { id, clientId, name, ...where } of await operation.leftUnconfirmed()) {
    const isHere = isDeepStrictEqual(where, { connection: subject.connection, ...place.receipt });
    // The name of the claim may be another one than the client's: only a look at this very client tells.
    if (!isHere || (await clients.look({ id, name, createdMs: null })).found !== "absent") continue;
    const itself = { ...subject, client: nameOf(name, id) };
    await confirmDeletion(settlement, { id, clientId, name }, itself, answer.status);
  }
}

async function judge(
  settlement: Settlement,
  looked: Extract<Called<Named>, { ok: true }>,
  late: boolean,
): Promise<Settled> {
  const { driver, operation, place, subject, state, wanted, attempts } = settlement;
  const { others: rest } = looked.value;
  const unseen = rest.found === "absent" ? null : say`it takes ${rest.needs} to know.`;
  const { clients, held } = unheld(looked.value.clients, subject, operation);
  // What the program takes over is accounted for; all others still may be what the attempt made.
  const taken = clients.find(({ id }) => id === wanted?.id);
  const others = clients.filter((one) => one !== taken);
  const candidates = others.map((one) => ({ id: one.id, ...driver.candidate(one, state) }));
  const read = (id: string) => settlement.clients.find(id, true);
  const told = toldBy(settlement.attempt, looked.answer);
  const attempt = await comparedClosely(told, candidates, place.connection.http, read);
  const made = whatWasMade(attempt, candidates, {
    settled: late && unseen === null,
    contested: attempts.isUnderWay(place, settlement.name),
  });
  const client = made.is === "found" ? others.find(({ id }) => id === made.id) : undefined;
  if (client !== undefined) return { is: "found", client };
  if (made.is === "open") {
    const [only = "", ...more] = made.ids;
    if (wanted?.id === null && clients.length === 1) return adopted(only);
    return { is: "open", error: undecided(settlement, made.ids, held, taken === undefined && more.length === 0) };
  }
  if (taken !== undefined) return adopted(taken.id);
  if (unseen !== null) {
    const error = open(
      settlement,
      say`no client of this name can be seen, which proves nothing: ${unseen}`,
      say`If there is none for certain, take the claim out: \`pulumi state delete\` with the resource's URN.`,
    );
    return { is: "open", error };
  }
  const older = made.is === "none" ? made.older.map((id) => say`${identifier(id)} was there before`) : [];
  const known = [...older, ...held];
  const alsoKnown = known.length === 0 ? "" : say` (${joined(known, "; ")})`;
  return { is: "none", because: say`${subject.vendor} has no client of this name that it made${alsoKnown}.` };
}

function adopted(id: string): Settled {
  return { is: "adopted", id, because: say`The program takes ${identifier(id)} over.` };
}

/**
 * The error where nothing tells which of several clients an attempt made, if any.
 *
 * @param isOnly whether one client alone comes into question: taking it over settles it
 */
function undecided(
  settlement: Settlement,
  ids: readonly string[],
  held: readonly Message[],
  isOnly: boolean,
): OAuthClientsError {
  const { subject, driver } = settlement;
  const { deletionClass } = driver.words;
  const [first = "", ...more] = ids;
  const clients = more.length === 0 ? say`a client` : say`clients`;
  const others = held.length === 0 ? "" : say` It made none of these: ${joined(held, "; ")}.`;
  const what = say`${subject.vendor} has ${clients} of this name (${listed(ids)}), and nothing proves which of its clients, if any, this resource made${since(settlement)}.${others}`;
  if (isOnly) {
    const hint = say`If another resource of this stack has it, leave it alone: \`pulumi refresh\` tells. Otherwise take it over: adopt: { id: "${identifier(first)}" } on the resource, and \`pulumi up\`. Or delete it with a ${deletionClass}, and run the command again. If it is somebody else's, take the claim out: \`pulumi state delete\` with the resource's URN.`;
    return open(settlement, what, hint);
  }
  const hint = say`Find out at ${subject.vendor} which of them is this resource's: ${listed(ids)}; \`pulumi refresh\` tells what other resources of this stack have. Delete it with a ${deletionClass}, and leave the others alone. Then, and also if none of them is, take the claim out: \`pulumi state delete\` with the resource's URN. To keep it instead, take the claim out first, then name it: adopt: { id: "…" } on the resource, and \`pulumi up\`.`;
  return open(settlement, what, hint);
}

/** The emergency switch: a vendor that is gone for good tells nobody what it made. */
function forgotten({ id, name, place, subject }: Settlement, answer: Answer): Evidence {
  const { vendor, connection } = subject;
  const revocation = { ...abandoned(answer, { maybeCarriedOut: false }), responseLost: false };
  const client = say`${vendor} ${whereabouts(subject)}, which may have been created`;
  return { client, severity: "warning", connection, ...place.receipt, id, clientId: null, name, revocation };
}

function unknown(settlement: Settlement, { answer, neededMs }: Failed): OAuthClientsError {
  const failure = failureOf(answer, { ...settlement.subject, action: "look up by its name" }, neededMs);
  return open(settlement, failure.what, failure.hint);
}

function open({ subject }: Settlement, why: Message, hint: Message): OAuthClientsError {
  return new OAuthClientsError(
    "create-ambiguous",
    say`Cannot settle whether ${whereabouts(subject)} was created: ${why}`,
    joined([say`It stays in the state as a claim.`, hint]),
  );
}

function since({ claim }: Settlement): Message {
  return claim === null ? say`` : say` at ${claim.sentAt}`;
}
