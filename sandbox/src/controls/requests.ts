import type { IncomingMessage } from "node:http";
import { matches, type RequestFacts, type RequestFilter } from "./matching.ts";
import { headersWithoutSecrets, pathWithoutSecrets, withoutSecrets } from "./redaction.ts";

/** One request that the sandbox has seen. It never holds a secret or a token. */
export interface RecordedRequest extends RequestFacts {
  /** When it arrived, ISO 8601. */
  readonly timestamp: string;
  /** Names in lower case; of `authorization` only the scheme (`Bearer`), of other credentials nothing. */
  readonly headers: Readonly<Record<string, string>>;
  /** Who sent it (the token's `sub`, or a Basic user's id), once the credentials were verified; `null` otherwise. */
  readonly caller: string | null;
  /** The JSON body with secrets replaced; `undefined` where there was none, or none in JSON. */
  readonly body: unknown;
  /** The status that was sent; `null` while there is no answer, and for ever when the connection was dropped. */
  readonly status: number | null;
  /** The kind of the injected fault, if one hit this request. */
  readonly fault: string | null;
}

/** {@link RequestFilter}, and the status of the answer. */
export interface RecordedRequestFilter extends RequestFilter {
  /** The status that was sent. */
  readonly status?: number | undefined;
}

/**
 * The requests that the sandbox has seen at the vendors' APIs and, as vendor `"oauth"`, at the OAuth endpoints; the
 * sandbox's own token helpers are left out. Oldest first, of bounded length.
 *
 * @example
 * sandbox.requests.clear();
 * await deploy();
 * sandbox.requests.count({ method: "POST", path: "/api/v1/oauth-clients" }); // 1
 */
export interface SandboxRequests extends Iterable<RecordedRequest> {
  /** How many are remembered. */
  readonly length: number;
  /** The requests that fit the filter. */
  list(filter?: RecordedRequestFilter): readonly RecordedRequest[];
  /** How many requests fit the filter. */
  count(filter?: RecordedRequestFilter): number;
  /** Forgets all of them. */
  clear(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function finalLine(entry: RecordedRequest, milliseconds: number): string {
  const { caller, fault, method, path, status, timestamp, vendor } = entry;
  const who = caller === null ? "" : ` caller=${caller}`;
  const why = fault === null ? "" : ` fault=${fault}`;
  return `${timestamp} ${vendor} ${method} ${path} ${status ?? "dropped"} ${milliseconds}ms${who}${why}`;
}

export class RequestLog implements SandboxRequests {
  #entries: Mutable<RecordedRequest>[] = [];
  readonly #open = new WeakMap<IncomingMessage, Mutable<RecordedRequest>>();
  readonly #limit: number;
  readonly #log: ((line: string) => void) | undefined;
  readonly #secretHeaders: ReadonlySet<string>;

  constructor(limit: number, log: ((line: string) => void) | undefined, secretHeaders: readonly string[]) {
    this.#limit = limit;
    this.#secretHeaders = new Set(secretHeaders.map((name) => name.toLowerCase()));
    this.#log = log;
  }

  get length(): number {
    return this.#entries.length;
  }

  [Symbol.iterator](): Iterator<RecordedRequest> {
    return this.list()[Symbol.iterator]();
  }

  list(filter: RecordedRequestFilter = {}): readonly RecordedRequest[] {
    return this.#entries
      .filter((entry) => matches(filter, entry) && (filter.status === undefined || filter.status === entry.status))
      .map((entry) => Object.freeze({ ...entry }));
  }

  count(filter: RecordedRequestFilter = {}): number {
    return this.list(filter).length;
  }

  clear(): void {
    this.#entries = [];
  }

  begin(raw: IncomingMessage, facts: RequestFacts): void {
    const entry: Mutable<RecordedRequest> = {
      ...facts,
      path: pathWithoutSecrets(facts.path),
      timestamp: new Date().toISOString(),
      headers: headersWithoutSecrets(raw.headers, this.#secretHeaders),
      caller: null,
      body: undefined,
      status: null,
      fault: null,
    };
    this.#open.set(raw, entry);
    this.#entries.push(entry);
    // Dropped in bulk: moving ten thousand entries for every request would cost more than the request.
    if (this.#entries.length > this.#limit * 1.1) this.#entries = this.#entries.slice(-this.#limit);
  }

  /** Adds what becomes known while the request is served. */
  note(raw: IncomingMessage, facts: { caller?: string; body?: unknown; fault?: string }): void {
    const entry = this.#open.get(raw);
    if (entry === undefined) return;
    if (facts.caller !== undefined) entry.caller = facts.caller;
    if (facts.fault !== undefined) entry.fault = facts.fault;
    if (facts.body !== undefined) entry.body = withoutSecrets(facts.body);
  }

  /** The request is answered (or dropped: `null`), which is said before the first byte is on its way. */
  finish(raw: IncomingMessage, status: number | null): void {
    const entry = this.#open.get(raw);
    if (entry === undefined) return;
    this.#open.delete(raw);
    entry.status = status;
    this.#log?.(finalLine(entry, Date.now() - Date.parse(entry.timestamp)));
  }
}
