import { randomUUID } from "node:crypto";
import { uptime } from "node:os";
import { z } from "zod";
import type { Answer, VendorResponse } from "../core/answer.ts";
import { type Attempt, type Candidate, whatWasMade } from "../core/attempt.ts";
import { abandoned, isNobodysLook } from "../core/deletion.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { failureOf } from "../core/failure.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { identifier, joined, type Message, say } from "../core/text.ts";
import { wantedIn } from "./adoption.ts";
import type { Attempts } from "./attempts.ts";
import type { Called, Failed } from "./call.ts";
import type { ClientDriver, Clients, Named } from "./driver.ts";
import {
  type Difference,
  type Evidence,
  type Operation,
  PartialFailure,
  type Properties,
  type Recorded,
} from "./lifecycle.ts";
import { foundClient, unheld } from "./ownership.ts";
import { listed, nameOf, type Place, placeOf } from "./place.ts";
import { failedLook, goneLately } from "./reading.ts";
import { type Own, readRecorded } from "./state.ts";

/**
 * A claim: what the state holds for a client that may or may not have been created, because nobody knows what became of
 * the request. The next command settles it; see docs/lifecycle.md.
 */

const PREFIX = "claim:";

/** Whether an id is that of a claim. */
export function isClaim(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** The attempt that a claim stands for, as the state keeps it. */
export const claimSchema = z.object({
  sentAt: z.iso.datetime(),
  givenUpAt: z.iso.datetime(),
  clockAheadMs: z.number().nullable().default(null).catch(null),
  /** When the machine of the attempt had started, by the clock that dated it: it tells that clock from others. */
  bootedMs: z.number().nullable().default(null).catch(null),
  carriedOut: z.boolean().default(false).catch(false),
  before: z.array(z.string()).default([]).catch([]),
  sawAllBefore: z.boolean().default(false).catch(false),
});

/** An attempt whose time the state does not say: no client's date proves anything, and it is over. */
const UNDATED: Attempt = {
  startedMs: Number.NaN,
  endedMs: Number.NEGATIVE_INFINITY,
  aheadMs: null,
  carriedOut: false,
  before: [],
  sawAllBefore: false,
};

type RecordedClaim = z.infer<typeof claimSchema> | null;

/** The recorded attempt. */
export function attemptOf(claim: RecordedClaim): Attempt {
  if (claim === null) return UNDATED;
  return {
    startedMs: Date.parse(claim.sentAt),
    endedMs: Date.parse(claim.givenUpAt),
    aheadMs: claim.clockAheadMs,
    carriedOut: claim.carriedOut,
    before: claim.before,
    sawAllBefore: claim.sawAllBefore,
  };
}

/** What the state is to hold while nobody knows what became of an attempt. */
export function claimOn(outputs: Properties, attempt: Attempt): Recorded {
  const claim: RecordedClaim = {
    sentAt: new Date(attempt.startedMs).toISOString(),
    givenUpAt: new Date(attempt.endedMs).toISOString(),
    clockAheadMs: attempt.aheadMs,
    bootedMs: bootedMs(),
    carriedOut: attempt.carriedOut,
    before: [...attempt.before],
    sawAllBefore: attempt.sawAllBefore,
  };
  return { id: `${PREFIX}${randomUUID()}`, outputs: { ...outputs, __claim: claim } };
}

/** When this machine started, by its own clock as it is set now: another machine's, or a clock that was set, says otherwise. */
function bootedMs(): number {
  return Math.round(Date.now() - uptime() * 1_000);
}

/** Clocks of one machine that was not set in between come apart by no more than this. */
const SAME_CLOCK_MS = 5_000;

/** Whether times of the attempt can be compared with the time of now. */
function isOfThisClock(claim: RecordedClaim): boolean {
  const then = claim?.bootedMs ?? null;
  return then !== null && Math.abs(then - bootedMs()) <= SAME_CLOCK_MS;
}

/** Properties of a claim as those of the client that it turned out to be. */
export function withoutClaim({ __claim, ...properties }: Properties): Properties {
  return properties;
}

/** By how much the vendor's clock is ahead of ours at least, as an answer that came just now says. */
export function aheadOf(answer: Called<unknown>["answer"]): number | null {
  // The date of somebody else's page is somebody else's.
  const isVendors = answer.kind === "response" && answer.author === "vendor";
  return isVendors && answer.clock !== null ? answer.clock - Date.now() : null;
}

/**
 * Sends the request of a create, and says when. However the operation ends from then on, the state keeps a claim.
 *
 * @param outputs what the state is to hold of the client
 * @param before what is known of clients of this name that were there before
 * @param send to be told whenever the request leaves
 */
export async function attempted<Value>(
  outputs: Properties,
  operation: Pick<Operation, "exists">,
  before: Pick<Attempt, "before" | "sawAllBefore">,
  send: (sent: () => void) => Promise<Called<Value>>,
): Promise<{ called: Called<Value>; attempt: Attempt }> {
  let startedMs = Date.now();
  const until = (endedMs: number, rest: Pick<Attempt, "aheadMs" | "carriedOut">): Attempt => {
    return { startedMs, endedMs, ...before, ...rest };
  };
  const called = await send(() => {
    startedMs = Date.now();
    operation.exists(claimOn(outputs, until(startedMs, { aheadMs: null, carriedOut: false })));
  });
  return { called, attempt: until(Date.now(), { aheadMs: aheadOf(called.answer), carriedOut: called.ok }) };
}

/**
 * The error of a create whose outcome is not known: the state keeps a claim.
 *
 * @param outputs what the state is to hold of the client
 * @param why what became of the request
 * @param found what the look-up brought
 */
export function claimed(outputs: Properties, attempt: Attempt, why: Message, found: Message): PartialFailure {
  const unsure = attempt.carriedOut ? say`which client the creation made` : say`whether it was created`;
  return new PartialFailure(
    claimOn(outputs, attempt),
    new OAuthClientsError(
      "create-ambiguous",
      say`${why} Nobody can tell ${unsure}. ${found}`,
      say`The state keeps a claim on it: the next \`pulumi up\`, \`pulumi refresh\` or \`pulumi destroy\` looks it up by its name and settles it.`,
    ),
  );
}

/** Every change of a claim replaces it: its id must become a client's, and deleting it settles it. */
export function claimDifference(
  recorded: { name: string | null; __claim: RecordedClaim },
  news: Properties,
): Difference {
  const { name, __claim } = recorded;
  const wanted = wantedIn(news);
  const when = __claim === null ? say`` : say` at ${__claim.sentAt}`;
  const unknown =
    __claim?.carriedOut === true
      ? say`Which client the creation of ${nameOf(name, null)}${when} made is not known, because the answer did not say its id.`
      : say`Whether ${nameOf(name, null)} was created${when} is not known, because the answer was lost.`;
  const warnings = [
    wanted === null
      ? say`${unknown} This update looks it up by its name first: what that attempt made is deleted, then the resource is created.`
      : say`${unknown} This update looks it up by its name first: what that attempt made is deleted, unless the program takes it over by \`adopt\`.`,
  ];
  if (news.protected === true) {
    warnings.push(
      say`Pulumi replaces no protected resource: run \`pulumi refresh\`, which settles it without a replacement.`,
    );
  }
  return { changes: true, replaces: ["id"], changed: ["id"], warnings };
}

/** What a look at the clients of a claim's name says about it. */
type Settled<Client> =
  /** This is the client that the attempt made. */
  | { is: "found"; client: Client }
  /** It made none. */
  | { is: "none"; because: Message }
  /** The program takes over what it may have made. */
  | { is: "adopted"; because: Message }
  | { is: "open"; error: OAuthClientsError };

/** What became of an attempt, for certain. */
export type Became<Client> = { is: "found"; client: Client } | { is: "none" } | { is: "adopted" };

/** What settling a claim takes. */
interface Settlement<Client extends { id: string }> {
  /** The claim's id. */
  id: string;
  name: string | null;
  claim: RecordedClaim;
  place: Place;
  subject: Subject;
  /** Where the attempt was made. */
  recordedBaseUrl: string | null;
  /** What the program says of `adopt` now, as far as this run knows. */
  adopt: unknown;
  /** The class that deletes what no stack manages. */
  deletionClass: string;
  clients: Clients<Client>;
  candidate(client: Client): Candidate;
  /** Whether a request of this run that may make a client of this name is under way. */
  isContested(): boolean;
}

/**
 * Finds out what became of the attempt that a claim stands for: see {@link settle}.
 *
 * @param state the claim's properties
 * @param adopt what the program says of `adopt` now, as far as this run knows
 */
export function settleClaim<Client extends { id: string }, Kept extends Own>(
  driver: ClientDriver<Client, Kept>,
  id: string,
  state: Properties,
  adopt: unknown,
  attempts: Attempts,
  operation: Operation,
): Promise<Became<Client>> {
  const { name, baseUrl, __claim: claim } = readRecorded(driver, state);
  const place = placeOf(state, operation, driver.words);
  const settlement: Settlement<Client> = {
    id,
    name,
    claim,
    place,
    subject: place.subject("settle the creation of", "read", nameOf(name, null)),
    recordedBaseUrl: baseUrl,
    adopt,
    deletionClass: driver.words.deletionClass,
    clients: driver.at(place, operation),
    candidate: (client) => ({ id: client.id, ...driver.candidate(client, state) }),
    isContested: () => attempts.isUnderWay(place, name),
  };
  return settle(settlement, operation);
}

/**
 * Finds out what became of an attempt. Waits until its request can no longer be under way, unless the client is found.
 *
 * @throws {OAuthClientsError} `create-ambiguous` where that is not certain: the claim stays
 */
async function settle<Client extends { id: string }>(
  settlement: Settlement<Client>,
  operation: Pick<Operation, "log" | "evidence" | "leftUnconfirmed" | "mayAbandon" | "owners">,
): Promise<Became<Client>> {
  const { claim, place, subject, recordedBaseUrl } = settlement;
  if (recordedBaseUrl !== null && recordedBaseUrl !== subject.baseUrl) {
    throw open(
      settlement,
      say`it was attempted at ${recordedBaseUrl}, and connection "${subject.connection}" is at ${subject.baseUrl} now.`,
      say`Set the connection back. If ${recordedBaseUrl} is gone for good: look the name up where the clients are now, delete what the attempt made with a ${settlement.deletionClass}, and take the claim out: \`pulumi state delete\` with the resource's URN.`,
    );
  }
  const { settlesMs, http } = place.connection;
  const found = (made: Extract<Became<Client>, { is: "found" }>) => {
    // Before any other claim of this name is judged.
    foundClient(made.client.id, subject, operation);
    return made;
  };
  const asked = performance.now();
  // By another clock than the attempt's nobody knows how long ago it was.
  const agoMs = isOfThisClock(claim) ? Date.now() - attemptOf(claim).endedMs : 0;
  const leftMs = Math.min(settlesMs, settlesMs - agoMs);
  if (leftMs > 0) {
    const early = await settlement.clients.named(settlement.name ?? "", asked);
    const settled = early.ok ? judge(settlement, early, false, operation) : null;
    if (settled?.is === "found") return found(settled);
    await http.pause(leftMs);
  }
  const looked = await settlement.clients.named(settlement.name ?? "", asked + Math.max(0, leftMs));
  if (!looked.ok) {
    const mayForget = operation.mayAbandon(subject.connection) && isNobodysLook(failedLook(looked.answer));
    if (!mayForget) throw unknown(settlement, looked);
    await operation.evidence(forgotten(settlement, looked.answer));
    return { is: "none" };
  }
  const settled = judge(settlement, looked, true, operation);
  if (settled.is === "open") throw settled.error;
  if (settled.is === "found") return found(settled);
  operation.log(
    "info",
    say`${whereabouts(subject)}: the state forgets the attempt to create it${since(settlement)}. ${settled.because}`,
  );
  if (settled.is === "none") await confirmDeletions(settlement, looked.answer, operation);
  return { is: settled.is };
}

/** An earlier run may have deleted what the attempt made, and died before it knew: it is gone now. */
async function confirmDeletions<Client extends { id: string }>(
  { name, place, subject }: Settlement<Client>,
  answer: VendorResponse,
  operation: Pick<Operation, "evidence" | "leftUnconfirmed">,
): Promise<void> {
  const { vendor, connection } = subject;
  const left = (await operation.leftUnconfirmed()).filter(({ tenantId }) => tenantId === place.receipt.tenantId);
  for (const { id, clientId } of left) {
    const client = say`${vendor} ${whereabouts({ ...subject, client: nameOf(name, id) })}`;
    const about = { connection, ...place.receipt, id, clientId, name };
    await operation.evidence({ ...about, client, severity: "info", revocation: goneLately(answer.status) });
  }
}

function judge<Client extends { id: string }>(
  settlement: Settlement<Client>,
  looked: Extract<Called<Named<Client>>, { ok: true }>,
  late: boolean,
  operation: Pick<Operation, "owners">,
): Settled<Client> {
  const { subject, adopt, candidate } = settlement;
  const { others: rest } = looked.value;
  const unseen = rest.found === "absent" ? null : say`it takes ${rest.needs} to know.`;
  const recorded = attemptOf(settlement.claim);
  // What this machine finds out of the vendor's clock says nothing of another machine's.
  const compared = isOfThisClock(settlement.claim) ? aheadOf(looked.answer) : null;
  const attempt = { ...recorded, aheadMs: recorded.aheadMs ?? compared };
  const { clients, held } = unheld(looked.value.clients, subject, operation);
  // What the program takes over is accounted for; all others still may be what the attempt made.
  const taken = clients.find(({ id }) => isAdopted(adopt, id));
  const others = clients.filter((one) => one !== taken);
  const made = whatWasMade(attempt, others.map(candidate), {
    settled: late && unseen === null,
    contested: settlement.isContested(),
  });
  const client = made.is === "found" ? others.find(({ id }) => id === made.id) : undefined;
  if (client !== undefined) return { is: "found", client };
  if (made.is === "open") {
    const [only, ...more] = made.ids;
    if (isAdoptedByName(adopt) && clients.length === 1)
      return { is: "adopted", because: say`The program takes ${identifier(only ?? "")} over.` };
    return { is: "open", error: undecided(settlement, made.ids, held, taken === undefined && more.length === 0) };
  }
  if (taken !== undefined) return { is: "adopted", because: say`The program takes ${identifier(taken.id)} over.` };
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

/**
 * The error where nothing tells which of several clients an attempt made, if any.
 *
 * @param isOnly whether one client alone comes into question: taking it over settles it
 */
function undecided<Client extends { id: string }>(
  settlement: Settlement<Client>,
  ids: readonly string[],
  held: readonly Message[],
  isOnly: boolean,
): OAuthClientsError {
  const { subject, deletionClass } = settlement;
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
function forgotten<Client extends { id: string }>(
  { id, name, place, subject }: Settlement<Client>,
  answer: Answer,
): Evidence {
  const { vendor, connection } = subject;
  const revocation = { ...abandoned(answer, { maybeCarriedOut: false }), responseLost: false };
  const client = say`${vendor} ${whereabouts(subject)}, which may have been created`;
  return { client, severity: "warning", connection, ...place.receipt, id, clientId: null, name, revocation };
}

function unknown<Client extends { id: string }>(
  settlement: Settlement<Client>,
  { answer, neededMs }: Failed,
): OAuthClientsError {
  const failure = failureOf(answer, { ...settlement.subject, action: "look up by its name" }, neededMs);
  return open(settlement, failure.what, failure.hint);
}

function open<Client extends { id: string }>(
  { subject }: Settlement<Client>,
  why: Message,
  hint: Message,
): OAuthClientsError {
  return new OAuthClientsError(
    "create-ambiguous",
    say`Cannot settle whether ${whereabouts(subject)} was created: ${why}`,
    joined([say`It stays in the state as a claim.`, hint]),
  );
}

function since<Client extends { id: string }>({ claim }: Settlement<Client>): Message {
  return claim === null ? say`` : say` at ${claim.sentAt}`;
}

function isAdopted(adopt: unknown, id: string): boolean {
  return typeof adopt === "object" && adopt !== null && "id" in adopt && adopt.id === id;
}

function isAdoptedByName(adopt: unknown): boolean {
  return typeof adopt === "object" && adopt !== null && "byName" in adopt && adopt.byName === true;
}
