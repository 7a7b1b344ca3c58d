import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ErrorAnswer } from "../http/vendor-api.ts";
import { type AnswerEdit, edited } from "./editing.ts";
import { matches, type RequestFacts, type RequestFilter } from "./matching.ts";

/** An answer made up by a test. */
export interface FaultAnswer {
  /** HTTP status. */
  readonly status: number;
  /**
   * A string is sent as it is, anything else as JSON. Left out: the vendor's documented error body for that status.
   */
  readonly body?: unknown;
  /** Default: the vendor's own where the body is left out, else `application/json; charset=utf-8`. */
  readonly contentType?: string | undefined;
  /** Added to the headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * What happens to a request that a rule hits.
 *
 * - `respond`: answers without carrying the request out.
 * - `respond-after`: carries the request out and sends another answer.
 * - `edit`: carries the request out and changes its answer in places.
 * - `drop-before`: closes the connection, or resets it; the request is not carried out.
 * - `drop-after`: carries the request out, then closes or resets the connection before the first byte of the answer.
 * - `truncate`: carries the request out, sends the head and half of the body, then ends the connection.
 * - `trickle`: carries the request out, sends the head, then the body byte by byte with a pause of `ms` before each.
 * - `delay`: waits for `ms` before the request is carried out.
 * - `early-hints`: sends `103 Early Hints` every `ms` and never an answer; the request is not carried out. It ends when the
 *   caller or the sandbox closes the connection.
 * - `hang`: never answers; the connection stays open until the caller or the sandbox closes it.
 * - `hang-after`: carries the request out, and never answers.
 *
 * `ms` are milliseconds.
 */
export type FaultEffect =
  | ({ readonly kind: "respond" } & FaultAnswer)
  | ({ readonly kind: "respond-after" } & FaultAnswer)
  | ({ readonly kind: "edit" } & AnswerEdit)
  | { readonly kind: "drop-before"; readonly reset?: boolean | undefined }
  | { readonly kind: "drop-after"; readonly reset?: boolean | undefined }
  | { readonly kind: "truncate" }
  | { readonly kind: "trickle"; readonly ms: number }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "early-hints"; readonly ms: number }
  | { readonly kind: "hang" }
  | { readonly kind: "hang-after" };

/** What happens to which requests, and how often. */
export interface FaultRule {
  /** Which requests are hit; default all of them. Health endpoints and OAuth endpoints can be hit too. */
  readonly match?: RequestFilter | undefined;
  /** How many requests are hit. Default 1; `Infinity` for all. */
  readonly times?: number | undefined;
  /** How many matching requests are let through first. Default 0. */
  readonly skip?: number | undefined;
  /** What happens to them. */
  readonly effect: FaultEffect;
}

/** A rule that is in force. */
export interface FaultHandle {
  /** How many requests the rule has hit so far. */
  readonly hits: number;
  /** Takes the rule out. */
  remove(): void;
}

/**
 * Failures on demand. A request is hit by the first rule that matches and is not used up.
 *
 * @example
 * const lost = sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "drop-after" } });
 * await destroy();
 * lost.hits; // 1
 */
export interface SandboxFaults {
  /** Puts a rule behind those that are there. */
  add(rule: FaultRule): FaultHandle;
  /** Takes all rules out. */
  clear(): void;
}

/** Effects that need the request's real answer first. */
export type AfterEffect = Extract<
  FaultEffect,
  { kind: "respond-after" | "edit" | "drop-after" | "truncate" | "trickle" | "hang-after" }
>;

interface ActiveRule {
  readonly rule: FaultRule;
  seen: number;
  hits: number;
}

export class FaultInjector implements SandboxFaults {
  #rules: ActiveRule[] = [];

  add(rule: FaultRule): FaultHandle {
    const active: ActiveRule = { rule, seen: 0, hits: 0 };
    this.#rules.push(active);
    return {
      get hits() {
        return active.hits;
      },
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== active);
      },
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** The effect for this request, which is thereby counted. */
  take(request: RequestFacts): FaultEffect | undefined {
    for (const active of this.#rules) {
      const { effect, match = {}, skip = 0, times = 1 } = active.rule;
      if (active.hits >= times || !matches(match, request)) continue;
      active.seen += 1;
      if (active.seen <= skip) continue;
      active.hits += 1;
      return effect;
    }
    return undefined;
  }
}

/** What is to be sent: a status, headers and a body as text. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A made-up answer in full; `fallback` is the body where the rule has none. */
export function faultAnswer(answer: FaultAnswer, fallback: (status: number) => ErrorAnswer): Answer {
  const { body, contentType } =
    answer.body === undefined
      ? fallback(answer.status)
      : { body: answer.body, contentType: "application/json; charset=utf-8" };
  return {
    status: answer.status,
    headers: {
      "content-type": answer.contentType ?? contentType,
      ...answer.headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** Ends a connection without a word. */
export function drop(socket: Socket | null, { reset = false }: { readonly reset?: boolean | undefined }): void {
  if (reset) socket?.resetAndDestroy();
  else socket?.destroy();
}

/** Waits without keeping the process alive: a closed sandbox must not hold anybody up. */
export function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}

async function trickle(body: Buffer, ms: number, response: ServerResponse): Promise<void> {
  for (const byte of body) {
    await pause(ms);
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
  }
  response.end();
}

/** Sends `103 Early Hints` until the connection ends. */
export async function hint(ms: number, response: ServerResponse): Promise<void> {
  while (!response.destroyed && response.socket?.destroyed === false) {
    response.writeEarlyHints({ link: "</>; rel=preload" });
    await pause(ms);
  }
}

/** Sends `answer` as the effect wants it, and returns the status that goes out (`null`: none). */
export function sendSpoilt(
  effect: AfterEffect,
  answer: Answer,
  response: ServerResponse,
  fallback: (status: number) => ErrorAnswer,
): { status: number | null; send: () => void } {
  // Koa has put its headers there already; `answer` has a copy.
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  switch (effect.kind) {
    case "drop-after":
      return { status: null, send: () => drop(response.socket, effect) };
    case "hang-after":
      return { status: null, send: () => {} };
    case "edit": {
      const { body, headers, status } = edited(answer, effect);
      return { status, send: () => response.writeHead(status, headers).end(body) };
    }
    case "trickle": {
      const send = () => {
        response.writeHead(answer.status, answer.headers);
        response.flushHeaders();
        void trickle(Buffer.from(answer.body), effect.ms, response);
      };
      return { status: answer.status, send };
    }
    case "respond-after": {
      const other = faultAnswer(effect, fallback);
      return { status: other.status, send: () => response.writeHead(other.status, other.headers).end(other.body) };
    }
    case "truncate": {
      const bytes = Buffer.from(answer.body);
      const headers = { ...answer.headers, "content-length": String(bytes.length) };
      const send = () => {
        response.writeHead(answer.status, headers);
        // destroySoon: what is written still leaves, then the connection ends.
        response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroySoon());
      };
      return { status: answer.status, send };
    }
  }
}
