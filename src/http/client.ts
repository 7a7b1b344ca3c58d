import { setImmediate as turn } from "node:timers/promises";
import { maybeCarriedOut } from "../core/answer.ts";
import type { History, RetryStep } from "../core/retry.ts";
import { type AuthHeaders, type Credential, CredentialUnavailable } from "./credential.ts";
import { assertGoing, type Ending, pause, unlessAborted } from "./ending.ts";
import type { HttpAnswer, HttpRequest } from "./message.ts";
import { proxyFor } from "./proxy.ts";
import { SharedWork } from "./shared-work.ts";
import { Clock, HeldTooLong, Throttle, type ThrottleOptions } from "./throttle.ts";
import type { Transport, TransportOptions } from "./transport.ts";
import { assertSendable } from "./transport-failure.ts";
import { USER_AGENT } from "./user-agent.ts";

export type { HttpAnswer, HttpRequest, HttpResponse } from "./message.ts";

/** What to do after an answer, see `exchange`. */
export type ExchangeStep<Result> = Exclude<RetryStep, { do: "stop" }> | { do: "done"; result: Result };

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
export interface HttpClientOptions extends TransportOptions, ThrottleOptions {
  /** `https://host[:port][/prefix]`, without a slash at the end. */
  baseUrl: string;
  credential: Credential;
  /** Milliseconds that an exchange may spend on retries. */
  retryBudgetMs: number;
  /** When aborted (an interrupt), nothing new is started; what is in flight goes on. */
  stopping: AbortSignal;
}

/** An answer, and the credential that the request had. */
interface Answered {
  answer: HttpAnswer;
  credential: AuthHeaders;
}

/**
 * Talks to one host: authentication, waits for leave to send, and tries until an answer is final.
 *
 * @example
 * const http = new HttpClient({
 *   baseUrl: "https://api.example.test",
 *   credential: fixedToken(token, say`the token from somewhere`),
 *   timeoutMs: 30_000, retryBudgetMs: 120_000, maxConcurrency: 16, hosts: new Hosts(),
 *   stopping: new AbortController().signal,
 * });
 */
export class HttpClient implements Http {
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly retryBudgetMs: number;
  readonly #options: HttpClientOptions;
  readonly exchange: Http["exchange"];
  readonly pause: Http["pause"];
  readonly shared: Http["shared"];
  readonly join: Http["join"];
  #transport: Promise<Transport> | null = null;
  readonly #throttle: Throttle;

  /** @throws {ConfigurationInvalid} for an unusable proxy */
  constructor(options: HttpClientOptions) {
    this.baseUrl = options.baseUrl;
    this.credential = options.credential;
    this.retryBudgetMs = options.retryBudgetMs;
    this.#options = options;
    // Unusable settings are told before any request.
    proxyFor(new URL(options.baseUrl), options.env ?? {});
    this.#throttle = new Throttle(new URL(options.baseUrl).origin, options);
    const whole = this.within({ sending: options.stopping, answers: new AbortController().signal });
    this.exchange = whole.exchange;
    this.pause = whole.pause;
    this.shared = whole.shared;
    this.join = whole.join;
  }

  /** The same connections and throttle, for work that may have to end earlier than the process. */
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

  /** Closes idle connections and ends the others; the next request opens new ones. */
  async close(): Promise<void> {
    const transport = this.#transport;
    this.#transport = null;
    await (await transport)?.close();
  }

  async #exchange<Result>(
    request: HttpRequest,
    judge: (answer: HttpAnswer, history: History) => ExchangeStep<Result>,
    ending: Ending,
  ): Promise<Result> {
    const clock = new Clock(this.retryBudgetMs);
    let refreshes = 0;
    let history: History = { attempt: 1, elapsedMs: 0, maybeCarriedOut: false, credentialsRefreshed: false };
    for (;;) {
      const { answer, credential } = await this.#once(request, clock, ending);
      history = { ...history, elapsedMs: clock.elapsedMs };
      let step = judge(answer, history);
      if (step.do === "refresh-credentials") {
        const refreshed = await available(ending, () => this.credential.refresh(credential));
        refreshes += 1;
        const credentialsRefreshed = refreshes >= (this.credential.refreshesPerRequest ?? 1);
        history = { ...history, credentialsRefreshed, elapsedMs: clock.elapsedMs };
        // A source with nothing new to give makes the answer final: the same request would be refused again.
        if (refreshed !== true) {
          step = judge(refreshed === false ? answer : refreshed.failure, { ...history, credentialsRefreshed: true });
        }
      }
      if (step.do === "done") {
        // Where many answers come together, the next requests go out before anybody works on what these have brought: their
        // connections are free one turn of the event loop later, which the transport finds out in another.
        for (let turns = 0; turns < 2; turns += 1) await turn();
        return step.result;
      }
      if (step.do === "retry") {
        if (step.holdHost) this.#throttle.hold(step.afterMs);
        await pause(step.afterMs, ending.sending);
      }
      history = {
        ...history,
        attempt: history.attempt + 1,
        maybeCarriedOut: history.maybeCarriedOut || maybeCarriedOut(answer),
      };
    }
  }

  /** Loaded at the first request: undici takes a while to load, and previews need none. */
  #connect(): Promise<Transport> {
    this.#transport ??= import("./transport.ts").then(({ Transport }) => new Transport(this.#options));
    return this.#transport;
  }

  async #once(request: HttpRequest, clock: Clock, ending: Ending): Promise<Answered> {
    assertGoing(ending.sending);
    // Before the queue: all who need a new token wait for the same one at the same time.
    const credential = await available(ending, () => this.credential.headers());
    if (credential instanceof CredentialUnavailable) return { answer: credential.failure, credential: {} };
    const answered = await this.#throttle.during(
      clock,
      ending.sending,
      (go) => this.#send(request, ending, go),
      isTurnedAway,
    );
    return answered instanceof HeldTooLong ? { answer: tooManyRequests(answered.ms), credential: {} } : answered;
  }

  /** @param go called when the request leaves */
  async #send(request: HttpRequest, ending: Ending, go: () => void): Promise<Answered> {
    // Once more: what was good before the queue may have been replaced since.
    const credential = await available(ending, () => this.credential.headers());
    if (credential instanceof CredentialUnavailable) return { answer: credential.failure, credential: {} };
    const headers: Record<string, string> = { ...request.headers, ...OWN_HEADERS, ...credential };
    if (request.body !== undefined) headers["content-type"] = "application/json";
    const transport = await this.#connect();
    assertGoing(ending.sending);
    assertSendable(headers, this.baseUrl);
    // It may say that it must not leave any more.
    request.sent?.();
    go();
    return { answer: await transport.send({ ...request, headers }, ending.answers), credential };
  }
}

/** Whether the host wants fewer requests. */
function isTurnedAway({ answer }: Answered): boolean {
  return answer.kind === "response" && answer.status === 429;
}

/** What the host would answer, as it did to an earlier request. */
function tooManyRequests(waitMs: number): HttpAnswer {
  return { kind: "response", status: 429, headers: {}, text: "", complete: true, waitMs, clock: null };
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
