import { setTimeout as sleep } from "node:timers/promises";
import { maybeCarriedOut } from "../core/answer.ts";
import { OAuthClientsError } from "../core/errors.ts";
import type { History } from "../core/retry.ts";
import { type AuthHeaders, type Credential, CredentialUnavailable } from "./credential.ts";
import { gateOf, type RateGate } from "./gate.ts";
import type { HttpAnswer, HttpRequest } from "./message.ts";
import { Pace } from "./pace.ts";
import { proxyFor } from "./proxy.ts";
import type { Transport, TransportOptions } from "./transport.ts";
import { Turns } from "./turns.ts";

export type { HttpAnswer, HttpRequest, HttpResponse } from "./message.ts";

/** What to do after an answer, see `exchange`. */
export type ExchangeStep<Result> =
  | { do: "retry"; afterMs: number; holdHost: boolean }
  | { do: "refresh-credentials" }
  | { do: "done"; result: Result };

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
export class HttpClient {
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly retryBudgetMs: number;
  readonly #options: HttpClientOptions;
  #transport: Promise<Transport> | null = null;
  readonly #gate: RateGate;
  readonly #places: Turns;
  readonly #door = new Turns(1);
  readonly #pace: Pace;
  readonly #stopping: AbortSignal;

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
    this.#stopping = options.stopping;
  }

  /**
   * Sends a request until `judge` says that an answer is final. Each wait ends early when the process is told to stop.
   *
   * @throws {OAuthClientsError} `interrupted` when told to stop before or between tries; `configuration-invalid` or
   * `credentials-rejected` when the credential's own source refuses; whatever `judge` throws
   */
  async exchange<Result>(
    request: HttpRequest,
    judge: (answer: HttpAnswer, history: History) => ExchangeStep<Result>,
  ): Promise<Result> {
    const clock: Clock = { began: performance.now(), queuedMs: 0, tries: 0 };
    let history: History = { attempt: 1, elapsedMs: 0, maybeCarriedOut: false, credentialsRefreshed: false };
    for (;;) {
      const { answer, credential } = await this.#once(request, clock);
      history = { ...history, elapsedMs: elapsedOn(clock) };
      let step = judge(answer, history);
      if (step.do === "refresh-credentials") {
        history = { ...history, credentialsRefreshed: true };
        const refreshed = await available(() => this.credential.refresh(credential));
        history = { ...history, elapsedMs: elapsedOn(clock) };
        // A source with nothing new to give makes the answer final: the same request would be refused again.
        if (refreshed !== true) step = judge(refreshed === false ? answer : refreshed.failure, history);
      }
      if (step.do === "done") return step.result;
      if (step.do === "retry") {
        if (step.holdHost) this.#gate.hold(step.afterMs, performance.now());
        await this.#pause(step.afterMs);
      }
      history = {
        ...history,
        attempt: history.attempt + 1,
        maybeCarriedOut: history.maybeCarriedOut || maybeCarriedOut(answer),
      };
    }
  }

  /** Closes idle connections and ends the others. */
  async close(): Promise<void> {
    await (await this.#transport)?.close();
  }

  /** Loaded at the first request: undici takes as long to load as the rest of the provider, and previews need none. */
  #connect(): Promise<Transport> {
    this.#transport ??= import("./transport.ts").then(({ Transport }) => new Transport(this.#options));
    return this.#transport;
  }

  async #once(request: HttpRequest, clock: Clock): Promise<Answered> {
    this.#assertGoing();
    // Before the queue: all who need a new token wait for the same one at the same time.
    const credential = await available(() => this.credential.headers());
    if (credential instanceof CredentialUnavailable) return { answer: credential.failure, credential: {} };
    const queued = performance.now();
    const again = clock.tries > 0;
    clock.tries += 1;
    return this.#inTurn(this.#places, again, async () => {
      const leave = await this.#inTurn(this.#door, again, () => {
        clock.queuedMs += performance.now() - queued;
        return this.#passDoor(clock);
      });
      if ("answer" in leave) return leave;
      const headers: Record<string, string> = { ...request.headers, ...leave.credential };
      if (request.body !== undefined) headers["content-type"] = "application/json";
      return { answer: await (await this.#connect()).send({ ...request, headers }), credential: leave.credential };
    });
  }

  /** One request after the other: when the host and the pace allow it, and with the credential of that moment. */
  async #passDoor(clock: Clock): Promise<Answered | { credential: AuthHeaders }> {
    const heldBack = await this.#passGate(clock);
    if (heldBack !== null) return { answer: heldBack, credential: {} };
    for (let wait = this.#paceMs(); wait > 0; wait = this.#paceMs()) await this.#pause(wait);
    this.#assertGoing();
    // Once more: what was good before the queue may have been replaced since.
    const credential = await available(() => this.credential.headers());
    if (credential instanceof CredentialUnavailable) return { answer: credential.failure, credential: {} };
    this.#pace.went(performance.now());
    return { credential };
  }

  /** Waits until the host may be asked again; an answer when that is later than the budget allows. */
  async #passGate(clock: Clock): Promise<HttpAnswer | null> {
    for (;;) {
      this.#assertGoing();
      const wait = this.#gate.remainingMs(performance.now());
      if (wait <= 0) return null;
      if (elapsedOn(clock) + wait > this.retryBudgetMs) {
        return { kind: "response", status: 429, headers: {}, text: "", complete: true, waitMs: wait, clock: null };
      }
      await this.#pause(wait);
    }
  }

  #paceMs(): number {
    return Math.ceil(this.#pace.remainingMs(performance.now()));
  }

  async #inTurn<Result>(turns: Turns, again: boolean, task: () => Promise<Result>): Promise<Result> {
    try {
      return await turns.during(this.#stopping, again, task);
    } catch (error) {
      if (error === this.#stopping.reason) this.#assertGoing();
      throw error;
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#assertGoing();
    try {
      await sleep(ms, undefined, { signal: this.#stopping });
    } catch {
      this.#assertGoing();
    }
  }

  #assertGoing(): void {
    if (!this.#stopping.aborted) return;
    throw new OAuthClientsError(
      "interrupted",
      "Interrupted: no further request was sent.",
      "Run the command again to finish.",
    );
  }
}

function elapsedOn({ began, queuedMs }: Clock): number {
  return performance.now() - began - queuedMs;
}

/** What a credential gives, or why it is not to be had right now, for `judge` to see like any failed connection. */
async function available<Value>(get: () => Promise<Value>): Promise<Value | CredentialUnavailable> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof CredentialUnavailable) return error;
    throw error;
  }
}
