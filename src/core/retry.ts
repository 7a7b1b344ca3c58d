import { type Answer, isSuccess, maybeCarriedOut } from "./answer.ts";

/** First and longest pause between tries, in milliseconds, before jitter. */
const BACKOFF_BASE_MS = 250;
const BACKOFF_CAP_MS = 15_000;

/**
 * Added to a wait that the vendor asked for: its clock and ours differ, and a request a moment early costs another
 * round (Octokit's throttling adds the same second).
 */
const TOLD_WAIT_MARGIN_MS = 1_000;

/** What has happened so far in one exchange. */
export interface History {
  /** Tries made so far, the one being judged included: 1 or more. */
  attempt: number;
  /** Milliseconds since the first try began. */
  elapsedMs: number;
  /** An earlier try may have been carried out although its answer did not say so. */
  maybeCarriedOut: boolean;
  /** A fresh credential was already asked for in this exchange, as often as it may be. */
  credentialsRefreshed: boolean;
}

/** What limits the tries. */
export interface RetryLimits {
  /** Milliseconds an exchange may spend from its first try to the start of its last. */
  budgetMs: number;
  /** Whether the credential source can give another credential after a 401. */
  canRefreshCredentials: boolean;
  /** A random number in [0, 1), the jitter. */
  random: number;
}

/** What a request may do after an answer that is not final. */
export type RetryStep =
  | { do: "retry"; afterMs: number; holdHost: boolean }
  | { do: "refresh-credentials" }
  /** Final. `neededMs`: the wait that the budget does not cover, when that is why. */
  | { do: "stop"; neededMs: number | null };

/**
 * Whether a request may be sent once more, and when.
 *
 * `idempotent` requests (GET, PATCH with absolute values, DELETE) are repeated after anything that may pass. A `create`
 * (POST) is repeated only where it certainly was not carried out: a 429, or a connection that was never made.
 */
export function planRetry(
  answer: Answer,
  request: "idempotent" | "create",
  history: History,
  limits: RetryLimits,
): RetryStep {
  if (answer.kind === "response" && answer.status === 401) {
    return limits.canRefreshCredentials && !history.credentialsRefreshed
      ? { do: "refresh-credentials" }
      : { do: "stop", neededMs: null };
  }
  const throttled = answer.kind === "response" && answer.status === 429;
  const passing =
    throttled ||
    (answer.kind === "transport"
      ? answer.lasting !== true && answer.reason !== "aborted" && answer.reason !== "tls"
      : answer.status >= 500);
  // A value whose end is missing can be had once more; a creation's cannot.
  const cut = answer.kind === "response" && isSuccess(answer.status) && !answer.complete;
  if (!passing && !(cut && request === "idempotent")) return { do: "stop", neededMs: null };
  if (!throttled && request === "create" && maybeCarriedOut(answer)) return { do: "stop", neededMs: null };

  const told = answer.kind === "response" ? answer.waitMs : null;
  const afterMs = told === null ? backoffMs(history.attempt, limits.random) : told + TOLD_WAIT_MARGIN_MS;
  if (history.elapsedMs + afterMs > limits.budgetMs) {
    return { do: "stop", neededMs: told === null ? null : afterMs };
  }
  return { do: "retry", afterMs, holdHost: throttled };
}

/**
 * Full-jitter back-off: a uniformly random pause below a bound that doubles with each try.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(random * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt - 1, 16)));
}

/**
 * How long a response asks to wait, in milliseconds: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), else
 * `X-RateLimit-Reset`, whose unit Rezolve does not document: seconds from now, epoch seconds, epoch milliseconds and a
 * date are told apart by their size. Many servers send it with every response: it is only a wait after a 429, or where
 * nothing remains. Null when it does not say, or says nonsense.
 *
 * @param headers names in lower case
 * @param nowMs the vendor's clock where known, else ours
 */
export function toldWaitMs(status: number, headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const after = headers["retry-after"]?.trim();
  if (after !== undefined && after !== "") {
    const wait = /^\d+$/.test(after) ? finite(Number(after) * 1_000) : untilDate(after, nowMs);
    if (wait !== null) return wait;
  }
  const reset = headers["x-ratelimit-reset"]?.trim();
  const remaining = headers["x-ratelimit-remaining"]?.trim();
  const exhausted = remaining === undefined ? status === 429 : remaining === "0";
  if (reset === undefined || reset === "" || !exhausted) return null;
  if (!/^\d+(\.\d+)?$/.test(reset)) return untilDate(reset, nowMs);
  const value = Number(reset);
  if (value > 1e11) return finite(Math.max(0, value - nowMs));
  if (value > 1e8) return Math.max(0, value * 1_000 - nowMs);
  return value * 1_000;
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}

function untilDate(text: string, nowMs: number): number | null {
  // `Date.parse` also makes a date of "-5" and "wait 2099": an HTTP date starts with a day, ISO 8601 with a year.
  if (!/^(?:[A-Z][a-z]{2,8},? |\d{4}-\d{2}-)/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : Math.max(0, time - nowMs);
}
