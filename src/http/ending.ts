import { setTimeout as sleep } from "node:timers/promises";
import { OAuthClientsError } from "../core/errors.ts";
import { say } from "../core/text.ts";

/** When work that sends requests has to end. */
export interface Ending {
  /** Aborted: nothing more is sent, and whoever waits for leave to send is let go. */
  readonly sending: AbortSignal;
  /** Aborted: an answer that is on its way is not waited for any longer either. */
  readonly answers: AbortSignal;
}

/** Node takes a longer time for none at all. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Why nothing more is sent: what the signal was aborted with, if that is an error for people, else an interrupt. */
export function endedBy(signal: AbortSignal): OAuthClientsError {
  return signal.reason instanceof OAuthClientsError
    ? signal.reason
    : new OAuthClientsError(
        "interrupted",
        say`Interrupted: no further request was sent.`,
        say`Run the command again to finish.`,
      );
}

/** @throws {OAuthClientsError} when the signal is aborted */
export function assertGoing(signal: AbortSignal): void {
  if (signal.aborted) throw endedBy(signal);
}

/**
 * Waits so many milliseconds, however many.
 *
 * @throws {OAuthClientsError} when the signal is aborted meanwhile
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + ms;
  for (let left = ms; ; left = until - performance.now()) {
    assertGoing(signal);
    // Without an error of its own for an abort: the next turn finds it.
    await sleep(Math.min(Math.max(left, 0), LONGEST_TIMER_MS), undefined, { signal }).catch(() => {});
    if (performance.now() >= until) break;
  }
  assertGoing(signal);
}

/**
 * What a promise brings, unless the signal is aborted first.
 *
 * @throws {OAuthClientsError} when the signal is aborted first
 */
export async function unlessAborted<Result>(signal: AbortSignal, result: Promise<Result>): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const giveUp = () => aborted.reject(endedBy(signal));
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([aborted.promise, result]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
