import { maybeCarriedOut } from "../core/answer.ts";
import type { History } from "../core/retry.ts";
import { type AuthHeaders, type Credential, CredentialUnavailable } from "./credential.ts";
import { assertGoing, type Ending, pause, unlessAborted } from "./ending.ts";
import { gateOf, type RateGate } from "./gate.ts";
import type { HttpAnswer, HttpRequest } from "./message.ts";
import { Pace } from "./pace.ts";
import { proxyFor } from "./proxy.ts";
import { SharedWork } from "./shared-work.ts";
import type { Transport, TransportOptions } from "./transport.ts";
import { assertSendable } from "./transport-failure.ts";
import { Turns } from "./turns.ts";
import { USER_AGENT } from "./user-agent.ts";

export type { HttpAnswer, HttpRequest, HttpResponse } from "./message.ts";

/** What to do after an answer, see `exchange`. */
export type ExchangeStep<Result> =
  | { do: "retry"; afterMs: number; holdHost: boolean }
  | { do: "refresh-credentials" }
  | { do: "done"; result: Result };

/** Answers are small and read as they are: without a word, any coding of them would be welcome (RFC 9110, 12.5.3). */
const OWN_HEADERS = { "user-agent": USER_AGENT, "accept-encoding": "identity" } as const;

/** Sends requests to one host, each until an answer is final. */
export interface Http {
  readonly baseUrl: string;
  readonly credential: Credential;
  /** Milliseconds that an exchange may spend on retries. */
  readonly retryBudgetMs: number;
  /**
   * Sends a request until `judge` says that an answer is final.
   *
   * @throws {OAuthClientsError} `interrupted`, or whatever ended the work, when that happens before or between tries;
   * `configuration-invalid` or `credentials-rejected` when the credential's own source refuses; whatever `judge` throws
   */
  exchange<Result>(
    request: HttpRequest,
    judge: (answer: HttpAnswer, history: History) => ExchangeStep<Result>,
  ): Promise<Result>;
  /**
   * Waits so many milliseconds.
   *
   * @throws {OAuthClientsError} when the work has to end meanwhile
   */
  pause(ms: number): Promise<void>;
  /** Work with requests to the same host that several operations may wait for: see {@link join}. */
  shared<Result>(work: (http: Http) => Promise<Result>): SharedWork<Result>;
  /** Waits for shared work, but no longer than this one may. */
  join<Result>(work: SharedWork<Result>): Promise<Result>;
}

/** Settings of a client. */
export interface HttpClientOptions extends TransportOptions {
  /** `https://host[:port][/prefix]`, without a slash at the end. */
  baseUrl: string;
  credential: Credential;
  /** Milliseconds that an exchange may spend on retries. */
  retryBudgetMs: number;
  /** Requests a second; as many as come without. */
  maxRequestsPerSecond?: number | null;
  /** When aborted (an interrupt), nothing new is started; what is in flight goes on. */
  stopping: AbortSignal;
}

/** One exchange's time. */
interface Clock {
  began: number;
  /** Milliseconds spent waiting for other requests of ours: they do not count against the budget. */
  queuedMs: number;
  /** Tries begun. */
  tries: number;
}

/** An answer, and the credential that the request had. */
interface Answered {
  answer: HttpAnswer;
  credential: AuthHeaders;
}

/**
 * Talks to one host: authentication, the shared gate, turns and pace, and tries until an answer is final.
 *
 * @example
 * const http = new HttpClient({
 *   baseUrl: "https://api.example.test",
 *   credential: fixedToken(token, "the token from somewhere"),
 *   timeoutMs: 30_000, retryBudgetMs: 120_000, maxConcurrency: 16,
 *   stopping: new AbortController().signal,
 * });
 */
export class HttpClient implements Http {
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly retryBudgetMs: number;
  readonly #options: HttpClientOptions;
  #transport: Promise<Transport> | null = null;
  readonly #gate: RateGate;
  readonly #places: Turns;
  readonly #door = new Turns(1);
  readonly #pace: Pace;
  readonly #whole: Ending;

  /** @throws {ConfigurationInvalid} for an unusable proxy */
  constructor(options: HttpClientOptions) {
    this.baseUrl = options.baseUrl;
    this.credential = options.credential;
    this.retryBudgetMs = options.retryBudgetMs;
    this.#options = options;
    // Unusable settings are told before any request.
    proxyFor(new URL(options.baseUrl), options.env ?? {});
    this.#gate = gateOf(new URL(options.baseUrl).origin);
    this.#places = new Turns(options.maxConcurrency);
    this.#pace = new Pace(options.maxRequestsPerSecond ?? null);
    this.#whole = { sending: options.stopping, answers: new AbortController().signal };
  }

  /** The same connections, turns and pace, for work that may have to end earlier than the process. */
  within(ending: Ending): Http {
    const { baseUrl, credential, retryBudgetMs } = this;
    return {
      baseUrl,
      credential,
      retryBudgetMs,
      exchange: (request, judge) => this.#exchange(request, judge, ending),
      pause: (ms) => pause(ms, ending.sending),
      shared: (work) => new SharedWork((itsOwn) => work(this.within(itsOwn))),
      join: (work) => work.join(ending),
    };
  }

  exchange<Result>(
    request: HttpRequest,
    judge: (answer: HttpAnswer, history: History) => ExchangeStep<Result>,
  ): Promise<Result> {
    return this.#exchange(request, judge, this.#whole);
  }

  pause(ms: number): Promise<void> {
    return pause(ms, this.#whole.sending);
  }

  shared<Result>(work: (http: Http) => Promise<Result>): SharedWork<Result> {
    return this.within(this.#whole).shared(work);
  }

  join<Result>(work: SharedWork<Result>): Promise<Result> {
    return work.join(this.#whole);
  }

  /** Closes idle connections and ends the others. */
  async close(): Promise<void> {
    await (await this.#transport)?.close();
  }

  async #exchange<Result>(
    request: HttpRequest,
    judge: (answer: HttpAnswer, history: History) => ExchangeStep<Result>,
    ending: Ending,
  ): Promise<Result> {
    const clock: Clock = { began: performance.now(), queuedMs: 0, tries: 0 };
    let history: History = { attempt: 1, elapsedMs: 0, maybeCarriedOut: false, credentialsRefreshed: false };
    for (;;) {
      const { answer, credential } = await this.#once(request, clock, ending);
      history = { ...history, elapsedMs: elapsedOn(clock) };
      let step = judge(answer, history);
      if (step.do === "refresh-credentials") {
        history = { ...history, credentialsRefreshed: true };
        const refreshed = await available(ending, () => this.credential.refresh(credential));
        history = { ...history, elapsedMs: elapsedOn(clock) };
        // A source with nothing new to give makes the answer final: the same request would be refused again.
        if (refreshed !== true) step = judge(refreshed === false ? answer : refreshed.failure, history);
      }
      if (step.do === "done") return step.result;
      if (step.do === "retry") {
        if (step.holdHost) this.#gate.hold(step.afterMs, performance.now());
        await pause(step.afterMs, ending.sending);
      }
      history = {
        ...history,
        attempt: history.attempt + 1,
        maybeCarriedOut: history.maybeCarriedOut || maybeCarriedOut(answer),
      };
    }
  }

  /** Loaded at the first request: undici takes as long to load as the rest of the provider, and previews need none. */
  #connect(): Promise<Transport> {
    this.#transport ??= import("./transport.ts").then(({ Transport }) => new Transport(this.#options));
    return this.#transport;
  }

  async #once(request: HttpRequest, clock: Clock, ending: Ending): Promise<Answered> {
    const { sending, answers } = ending;
    assertGoing(sending);
    // Before the queue: all who need a new token wait for the same one at the same time.
    const credential = await available(ending, () => this.credential.headers());
    if (credential instanceof CredentialUnavailable) return { answer: credential.failure, credential: {} };
    const queued = performance.now();
    const again = clock.tries > 0;
    clock.tries += 1;
    return this.#places.during(sending, again, async () => {
      const leave = await this.#door.during(sending, again, () => {
        clock.queuedMs += performance.now() - queued;
        return this.#passDoor(clock, ending);
      });
      if ("answer" in leave) return leave;
      const headers: Record<string, string> = { ...request.headers, ...OWN_HEADERS, ...leave.credential };
      if (request.body !== undefined) headers["content-type"] = "application/json";
      const transport = await this.#connect();
      assertGoing(sending);
      assertSendable(headers, this.baseUrl);
      request.sent?.();
      return { answer: await transport.send({ ...request, headers }, answers), credential: leave.credential };
    });
  }

  /** One request after the other: when the host and the pace allow it, and with the credential of that moment. */
  async #passDoor(clock: Clock, ending: Ending): Promise<Answered | { credential: AuthHeaders }> {
    const heldBack = await this.#passGateAtPace(clock, ending.sending);
    if (heldBack !== null) return { answer: heldBack, credential: {} };
    // Once more: what was good before the queue may have been replaced since.
    const credential = await available(ending, () => this.credential.headers());
    if (credential instanceof CredentialUnavailable) return { answer: credential.failure, credential: {} };
    this.#pace.went(performance.now());
    return { credential };
  }

  /** Waits until the host and the pace allow a request; an answer when the host does later than the budget allows. */
  async #passGateAtPace(clock: Clock, sending: AbortSignal): Promise<HttpAnswer | null> {
    for (;;) {
      assertGoing(sending);
      const now = performance.now();
      const heldMs = this.#gate.remainingMs(now);
      if (heldMs > 0) {
        if (elapsedOn(clock) + heldMs > this.retryBudgetMs) {
          return { kind: "response", status: 429, headers: {}, text: "", complete: true, waitMs: heldMs, clock: null };
        }
        await pause(heldMs, sending);
        continue;
      }
      const paceMs = Math.ceil(this.#pace.remainingMs(now));
      if (paceMs <= 0) return null;
      await pause(paceMs, sending);
      // Other requests of ours set the pace: no retry uses it up.
      clock.queuedMs += performance.now() - now;
    }
  }
}

function elapsedOn({ began, queuedMs }: Clock): number {
  return performance.now() - began - queuedMs;
}

/** What a credential gives, or why it is not to be had right now, for `judge` to see like any failed connection. */
async function available<Value>(
  { sending }: Ending,
  get: () => Promise<Value>,
): Promise<Value | CredentialUnavailable> {
  try {
    return await unlessAborted(sending, get());
  } catch (error) {
    if (error instanceof CredentialUnavailable) return error;
    throw error;
  }
}
