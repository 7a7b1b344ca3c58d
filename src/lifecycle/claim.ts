import { randomUUID } from "node:crypto";
import { uptime } from "node:os";
import type { Answer } from "../core/answer.ts";
import { type Attempt, type Candidate, isInDoubt } from "../core/attempt.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";
import type { Http } from "../http/client.ts";
import type { Called } from "./call.ts";
import { wantedIn } from "./inputs.ts";
import { type Difference, type Operation, PartialFailure, type Recorded } from "./lifecycle.ts";
import type { Properties } from "./properties.ts";
import type { RecordedClaim } from "./recorded.ts";
import { nameOf } from "./words.ts";

/**
 * A claim: what the state holds for a client that may or may not have been created, because nobody knows what became of
 * the request. The next command settles it; see docs/lifecycle.md.
 */

const PREFIX = "claim:";

/** Whether an id is that of a claim. */
export function isClaim(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** An attempt whose time the state does not say: no client's date proves anything, and it is over. */
const UNDATED: TimedAttempt = {
  startedMs: Number.NaN,
  endedMs: Number.NEGATIVE_INFINITY,
  aheadMs: null,
  aheadDoubtMs: 0,
  carriedOut: false,
  before: [],
  sawAllBefore: false,
  bootedMs: null,
};

/** `Date` headers have whole seconds. */
const DATE_DOUBT_MS = 1_000;

/** An attempt, with what tells the clock that dated it from others. */
export type TimedAttempt = Attempt & Pick<NonNullable<RecordedClaim>, "bootedMs">;

/** The recorded attempt. */
export function attemptOf(claim: RecordedClaim): TimedAttempt {
  if (claim === null) return UNDATED;
  const { sentAt, givenUpAt, clockAheadMs, ...rest } = claim;
  const times = { startedMs: Date.parse(sentAt), endedMs: Date.parse(givenUpAt) };
  return { ...rest, ...times, aheadMs: clockAheadMs, aheadDoubtMs: DATE_DOUBT_MS };
}

/** What the state is to hold while nobody knows what became of an attempt. */
function claimOn(outputs: Properties, attempt: TimedAttempt): Recorded {
  const claim: RecordedClaim = {
    sentAt: new Date(attempt.startedMs).toISOString(),
    givenUpAt: new Date(attempt.endedMs).toISOString(),
    clockAheadMs: attempt.aheadMs,
    bootedMs: attempt.bootedMs,
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
export function isOfThisClock({ bootedMs: then }: Pick<TimedAttempt, "bootedMs">): boolean {
  return then !== null && Math.abs(then - bootedMs()) <= SAME_CLOCK_MS;
}

/** How often, and after which pause, the vendor's clock is read until it has certainly gone on by a second. */
const READINGS = 11;
const READING_PAUSE_MS = 100;

/** The attempt with what an answer that came just now tells of the vendor's clock; of another machine's, it tells nothing. */
export function toldBy(attempt: TimedAttempt, answer: Answer): TimedAttempt {
  return isOfThisClock(attempt) ? { ...attempt, aheadMs: later(attempt.aheadMs, aheadOf(answer)) } : attempt;
}

/**
 * The attempt with a closer look at the vendor's clock, where that can tell whether it made one of these clients: the
 * whole seconds of one answer leave a client that was made up to a second before in doubt.
 *
 * @param read asks for a client: any answer of the vendor's tells the time
 * @returns the attempt as it was where nothing is in doubt, or an answer tells no time
 */
export async function comparedClosely(
  attempt: TimedAttempt,
  candidates: readonly Candidate[],
  http: Pick<Http, "pause">,
  read: (id: string) => Promise<Called<unknown>>,
): Promise<TimedAttempt> {
  const inDoubt = candidates.find((candidate) => isInDoubt(attempt, candidate));
  if (inDoubt === undefined || !isOfThisClock(attempt)) return attempt;
  let closer = attempt;
  for (let reading = 0; reading < READINGS; reading += 1) {
    await http.pause(READING_PAUSE_MS);
    const { answer } = await read(inDoubt.id);
    // Without every reading, no whole second of the vendor's clock was seen to pass: the doubt stays.
    if (aheadOf(answer) === null) return attempt;
    closer = toldBy(closer, answer);
  }
  return { ...closer, aheadDoubtMs: 0 };
}

/** The greater of what two answers tell of the vendor's clock, which is at least that much ahead. */
function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

/** Properties of a claim as those of the client that it turned out to be. */
export function withoutClaim({ __claim, ...properties }: Properties): Properties {
  return properties;
}

/** By how much the vendor's clock is ahead of ours at least, as an answer that came just now says. */
function aheadOf(answer: Answer): number | null {
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
): Promise<{ called: Called<Value>; attempt: TimedAttempt }> {
  let startedMs = Date.now();
  let clock: number | null = bootedMs();
  const until = (endedMs: number, rest: Pick<Attempt, "aheadMs" | "carriedOut">): TimedAttempt => {
    return { startedMs, endedMs, bootedMs: clock, aheadDoubtMs: DATE_DOUBT_MS, ...before, ...rest };
  };
  const called = await send(() => {
    startedMs = Date.now();
    clock = bootedMs();
    operation.exists(claimOn(outputs, until(startedMs, { aheadMs: null, carriedOut: false })));
  });
  // Where the clock was set meanwhile, no time of the attempt can be compared with any other.
  if (!isOfThisClock({ bootedMs: clock })) clock = null;
  const aheadMs = clock === null ? null : aheadOf(called.answer);
  return { called, attempt: until(Date.now(), { aheadMs, carriedOut: called.ok }) };
}

/**
 * The error of a create whose outcome is not known: the state keeps a claim.
 *
 * @param outputs what the state is to hold of the client
 * @param why what became of the request
 * @param found what the look-up brought
 */
export function claimed(outputs: Properties, attempt: TimedAttempt, why: Message, found: Message): PartialFailure {
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
