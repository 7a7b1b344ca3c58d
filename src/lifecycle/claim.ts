import { randomUUID } from "node:crypto";
import { uptime } from "node:os";
import type { Attempt } from "../core/attempt.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";
import type { Called } from "./call.ts";
import { wantedIn } from "./inputs.ts";
import { type Difference, type Operation, PartialFailure, type Recorded } from "./lifecycle.ts";
import { nameOf } from "./place.ts";
import type { Properties } from "./properties.ts";
import type { RecordedClaim } from "./recorded.ts";

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
const UNDATED: Attempt = {
  startedMs: Number.NaN,
  endedMs: Number.NEGATIVE_INFINITY,
  aheadMs: null,
  carriedOut: false,
  before: [],
  sawAllBefore: false,
};

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
export function isOfThisClock(claim: RecordedClaim): boolean {
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
