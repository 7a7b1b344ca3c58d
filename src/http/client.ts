import { setTimeout as sleep } from "node:timers/promises";
import { type Dispatcher, Pool } from "undici";
import { maybeCarriedOut, type TransportFailure, type TransportReason } from "../core/answer.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { type History, toldWaitMs } from "../core/retry.ts";
import type { Credential } from "./credential.ts";
import { gateOf, type RateGate } from "./gate.ts";

/** Larger answers are cut: no answer of these APIs comes near it, and a stream without an end must not fill memory. */
const LONGEST_BODY_BYTES = 8 * 1024 * 1024;

/** One request to a vendor's API. */
export interface HttpRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the base URL, starting with a slash, already escaped. */
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
}

/** A response as it came. */
export interface HttpResponse {
  kind: "response";
  status: number;
  /** Names in lower case; repeated ones joined. */
  headers: Readonly<Record<string, string>>;
  /** The body as text, perhaps only its beginning (see `complete`). */
  text: string;
  /** False when the connection ended before the body did. */
  complete: boolean;
  /** How long the server asks to wait, in milliseconds; null when it does not say. */
  waitMs: number | null;
  /** The server's clock in milliseconds since 1970; null when it does not say. */
  clock: number | null;
}

/** A response, or why none came. */
export type HttpAnswer = HttpResponse | TransportFailure;

/** What to do after an answer, see `exchange`. */
export type ExchangeStep<Result> =
  | { do: "retry"; afterMs: number; holdHost: boolean }
  | { do: "refresh-credentials" }
  | { do: "done"; result: Result };

/** Settings of a client. */
export interface HttpClientOptions {
  /** `https://host[:port][/prefix]`, without a slash at the end. */
  baseUrl: string;
  credential: Credential;
  /** Milliseconds to wait for a connection, for the head of a response, and between parts of its body. */
  timeoutMs: number;
  /** Milliseconds that an exchange may spend on retries. */
  retryBudgetMs: number;
  /** Connections, and so requests, at a time. */
  maxConcurrency: number;
  /** When aborted (an interrupt), nothing new is started; what is in flight goes on. */
  stopping: AbortSignal;
}

/** Talks to one host: keep-alive connections, authentication, time limits, the shared gate. The only user of undici. */
export class HttpClient {
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly retryBudgetMs: number;
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #gate: RateGate;
  readonly #stopping: AbortSignal;
  readonly #timeoutMs: number;

  constructor(options: HttpClientOptions) {
    const url = new URL(options.baseUrl);
    this.baseUrl = options.baseUrl;
    this.credential = options.credential;
    this.retryBudgetMs = options.retryBudgetMs;
    this.#prefix = url.pathname.replace(/\/+$/, "");
    this.#gate = gateOf(url.origin);
    this.#stopping = options.stopping;
    this.#timeoutMs = options.timeoutMs;
    this.#pool = new Pool(url.origin, {
      connections: options.maxConcurrency,
      pipelining: 1,
      connect: { timeout: options.timeoutMs },
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
  }

  /**
   * Sends a request until `judge` says that an answer is final. Each wait ends early when the process is told to stop.
   *
   * @throws {OAuthClientsError} `interrupted` when told to stop before or between tries; whatever `judge` throws
   */
  async exchange<Result>(
    request: HttpRequest,
    judge: (answer: HttpAnswer, history: History) => ExchangeStep<Result>,
  ): Promise<Result> {
    const began = performance.now();
    let history: History = { attempt: 1, elapsedMs: 0, maybeCarriedOut: false, credentialsRefreshed: false };
    for (;;) {
      const answer = await this.#once(request, began);
      history = { ...history, elapsedMs: performance.now() - began };
      let step = judge(answer, history);
      if (step.do === "refresh-credentials") {
        history = { ...history, credentialsRefreshed: true };
        // A source with nothing new to give makes the answer final: the same request would be refused again.
        if (!(await this.credential.refresh())) step = judge(answer, history);
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
    await this.#pool.destroy();
  }

  async #once(request: HttpRequest, began: number): Promise<HttpAnswer> {
    const heldBack = await this.#passGate(began);
    if (heldBack !== null) return heldBack;
    const headers: Record<string, string> = { ...request.headers, ...(await this.credential.headers()) };
    if (request.body !== undefined) headers["content-type"] = "application/json";
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#pool.request({
        method: request.method,
        path: this.#prefix + request.path,
        headers,
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
    } catch (error) {
      return transportFailure(error, this.baseUrl, this.#timeoutMs);
    }
    return readResponse(response);
  }

  /** Waits until the host may be asked again; a failure when that is later than the budget allows. */
  async #passGate(began: number): Promise<HttpResponse | null> {
    for (;;) {
      this.#assertGoing();
      const wait = this.#gate.remainingMs(performance.now());
      if (wait <= 0) return null;
      if (performance.now() - began + wait > this.retryBudgetMs) {
        return { kind: "response", status: 429, headers: {}, text: "", complete: true, waitMs: wait, clock: null };
      }
      await this.#pause(wait);
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
      "Interrupted before the request was sent.",
      "Run the command again to finish.",
    );
  }
}

async function readResponse(response: Dispatcher.ResponseData): Promise<HttpResponse> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  const parts: Buffer[] = [];
  let size = 0;
  let complete = true;
  try {
    for await (const part of response.body) {
      const bytes = Buffer.from(part);
      parts.push(bytes);
      size += bytes.length;
      if (size > LONGEST_BODY_BYTES) {
        complete = false;
        response.body.destroy();
        break;
      }
    }
  } catch {
    // The status is known, and a success stays one without its body: the caller sees `complete`.
    complete = false;
  }
  const clock = headers.date === undefined ? Number.NaN : Date.parse(headers.date);
  return {
    kind: "response",
    status: response.statusCode,
    headers,
    text: Buffer.concat(parts).toString("utf8"),
    complete,
    waitMs: toldWaitMs(headers, Number.isNaN(clock) ? Date.now() : clock),
    clock: Number.isNaN(clock) ? null : clock,
  };
}

/** Codes of connections that were never made: the request cannot have been carried out. */
const NEVER_SENT: Readonly<Record<string, TransportReason>> = {
  ECONNREFUSED: "connect",
  EHOSTUNREACH: "connect",
  ENETUNREACH: "connect",
  EADDRNOTAVAIL: "connect",
  UND_ERR_CONNECT_TIMEOUT: "connect",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
};

/** Turns what undici threw into data. Source of the codes: undici's and Node's error documentation. */
function transportFailure(error: unknown, baseUrl: string, timeoutMs: number): TransportFailure {
  const code = codeOf(error);
  const unsent = NEVER_SENT[code];
  if (unsent !== undefined) {
    const what =
      unsent === "dns"
        ? `the host name of ${baseUrl} cannot be resolved (${code})`
        : `no connection to ${baseUrl} (${code === "UND_ERR_CONNECT_TIMEOUT" ? `none within ${timeoutMs / 1_000} s` : code})`;
    return { kind: "transport", reason: unsent, message: what, maybeCarriedOut: false };
  }
  if (/^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/.test(code)) {
    return {
      kind: "transport",
      reason: "tls",
      message: `the TLS connection to ${baseUrl} failed (${code})`,
      maybeCarriedOut: false,
    };
  }
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT" || code === "ETIMEDOUT") {
    return {
      kind: "transport",
      reason: "timeout",
      message: `${baseUrl} did not answer within ${timeoutMs / 1_000} s`,
      maybeCarriedOut: true,
    };
  }
  return {
    kind: "transport",
    reason: code === "UND_ERR_ABORTED" ? "aborted" : "reset",
    message: `the connection to ${baseUrl} ended before the response came (${code === "" ? "unknown reason" : code})`,
    maybeCarriedOut: true,
  };
}

/** The first error code along `cause` and `errors`. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return "cause" in error ? codeOf(error.cause) : "";
}
