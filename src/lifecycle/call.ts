import type { z } from "zod";
import { type Answer, isSuccess, maybeCarriedOut, type VendorResponse } from "../core/answer.ts";
import type { OAuthClientsError } from "../core/errors.ts";
import { parsedJson } from "../core/json.ts";
import { type History, planRetry } from "../core/retry.ts";
import type { ExchangeStep, Http, HttpAnswer, HttpRequest, HttpResponse } from "../http/client.ts";

/** A value, or the answer that was no such value. `neededMs`: the wait that the retry budget did not cover. */
export type Called<Value> = { ok: true; value: Value; answer: VendorResponse } | Failed;

/** A request that brought no usable value. */
export interface Failed {
  ok: false;
  answer: Answer;
  neededMs: number | null;
  /** Whether an earlier try of it may have been carried out. */
  maybeCarriedOut: boolean;
}

/** An answer that came at once, and brings no usable value. */
export function unusable(answer: Answer): Failed {
  return { ok: false, answer, neededMs: null, maybeCarriedOut: false };
}

/** Whether a request may be sent once more after an ambiguous failure: see `planRetry`. */
export type Repeat = "idempotent" | "create";

/** How a vendor's responses are read. */
export interface Reader {
  /** Who wrote a response, and what an error says. */
  read(answer: HttpResponse, body: unknown): Pick<VendorResponse, "author" | "vendorCode" | "words" | "saysFailed">;
  /** The part of a success body that holds the value. */
  value(body: unknown): unknown;
}

/** Judges the answers to a DELETE: see `core/deletion`. */
export type DeletionJudge<Result> = (answer: Answer, history: History) => ExchangeStep<Result>;

/** Sends a request until its answer is final, and reads the value out of it. */
export function call<Schema extends z.ZodType>(
  http: Http,
  reader: Reader,
  request: HttpRequest,
  schema: Schema,
  repeat: Repeat,
): Promise<Called<z.infer<Schema>>> {
  return http.exchange<Called<z.infer<Schema>>>(request, (raw, history) => {
    const answer = readAnswer(reader, raw);
    const step = planRetry(answer, repeat, history, {
      budgetMs: http.retryBudgetMs,
      canRefreshCredentials: http.credential.canRefresh,
      random: Math.random(),
    });
    if (step.do !== "stop") return step;
    const failed: Failed = { ok: false, answer, neededMs: step.neededMs, maybeCarriedOut: history.maybeCarriedOut };
    if (!isOwnSuccess(answer) || !isWhole(raw, answer)) return { do: "done", result: failed };
    const parsed = schema.safeParse(reader.value(answer.body));
    return { do: "done", result: parsed.success ? { ok: true, value: parsed.data, answer } : failed };
  });
}

/** Whether the vendor says that it did what was asked: a success of somebody else's, or one with an error in it, is none. */
export function isOwnSuccess(answer: Answer): answer is VendorResponse {
  if (answer.kind === "transport" || !isSuccess(answer.status)) return false;
  return answer.author !== "stranger" && !answer.saysFailed;
}

/** Whether a response has all of a body that can be read, or none. */
function isWhole(raw: HttpAnswer, { body, complete }: VendorResponse): boolean {
  return complete && (body !== undefined || (raw.kind === "response" && raw.text.trim() === ""));
}

/** Sends a DELETE until `judge` says that an answer is final. */
export function callDelete<Result>(
  http: Http,
  reader: Reader,
  request: HttpRequest,
  judge: DeletionJudge<Result>,
): Promise<Result> {
  return http.exchange(request, (raw, history) => judge(readAnswer(reader, raw), history));
}

/** A response with the vendor's eyes. */
export function readAnswer(reader: Reader, answer: HttpAnswer): Answer {
  if (answer.kind === "transport") return answer;
  const body = bodyOf(answer);
  const { status, waitMs, clock, complete, via } = answer;
  const location = answer.headers.location ?? null;
  const read = reader.read(answer, body);
  const words = read.author === "stranger" ? (read.words ?? titleOf(answer.text)) : read.words;
  const said = { ...read, vendorCode: bounded(read.vendorCode), words: bounded(words) };
  const through = via === undefined ? {} : { via };
  return { kind: "response", status, waitMs, clock, location, complete, body, ...through, ...said };
}

/**
 * How answers are read to a request about one client. A success that names another one is an example's, or a mix-up's,
 * and nobody's word about this one.
 *
 * @param namedIn the id of the client that a body is about; null where it names none
 */
export function readerAbout(id: string, reader: Reader, namedIn: (body: unknown) => string | null): Reader {
  return {
    ...reader,
    read(answer, body) {
      const read = reader.read(answer, body);
      const named = isSuccess(answer.status) ? namedIn(body) : null;
      return named === null || named === id ? read : { ...read, author: "stranger", words: `an answer about ${named}` };
    },
  };
}

/** Whether a response is somebody's web page: a proxy's, a parking site's. No API of ours answers in HTML. */
export function isWebPage(answer: HttpResponse): boolean {
  const type = answer.headers["content-type"] ?? "";
  return /^\s*(text\/html|application\/xhtml)/i.test(type) || /^\s*<(!doctype|html)/i.test(answer.text);
}

/** The value of a call, or its error. */
export function orThrow<Value>(called: Called<Value>, failure: (failed: Failed) => OAuthClientsError): Value {
  if (called.ok) return called.value;
  throw failure(called);
}

/** The status of a final response; null where none came or it was not the vendor's. */
export function vendorStatus(answer: Answer): number | null {
  return answer.kind === "response" && answer.author !== "stranger" ? answer.status : null;
}

/** Whether a change may have been made: its response was lost, or is a success that cannot be read. */
export function mayHaveHappened({ answer, maybeCarriedOut: earlier }: Failed): boolean {
  const unread = answer.kind === "response" && isSuccess(answer.status) && answer.author !== "stranger";
  return earlier || unread || maybeCarriedOut(answer);
}

/**
 * Whether somebody else answered as if all were well: a login page, most often before the vendor was asked, but a proxy may
 * also put its own page in the place of the vendor's answer.
 */
export function isStrangersSuccess({ answer }: Failed): boolean {
  return answer.kind === "response" && isSuccess(answer.status) && answer.author === "stranger";
}

/** Whether the vendor says that what was asked for is not there. */
export function isNotFound(answer: Answer): boolean {
  const status = vendorStatus(answer);
  return status === 404 || status === 410;
}

/** The title of a web page, which most often says whose it is and what is wrong. */
function titleOf(page: string): string | null {
  const [, title = ""] = /<title[^>]{0,99}>([^<]*)/i.exec(page.slice(0, LONGEST_WORDS)) ?? [];
  return title.trim() === "" ? null : title.trim();
}

function bodyOf(answer: HttpResponse): unknown {
  // Some servers begin with a byte-order mark, which JSON has not (RFC 8259, 8.1: it may be ignored).
  const text = answer.text.replace(/^\ufeff/, "");
  return !answer.complete || isDeep(text) ? undefined : parsedJson(text);
}

/** No body of these APIs comes near it. What goes through a body level by level runs out of stack at some thousands. */
const DEEPEST_BODY = 100;

/** Whether JSON is nested too deep to be gone through. */
function isDeep(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (inText && character === "\\") at += 1;
    else if (character === '"') inText = !inText;
    else if (inText) continue;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > DEEPEST_BODY) return true;
  }
  return false;
}

/** Longest code and words that are kept of an answer, in characters: far more than any message shows. */
const LONGEST_WORDS = 10_000;

function bounded(words: string | null): string | null {
  if (words === null || words.length <= LONGEST_WORDS) return words;
  const kept = words.slice(0, LONGEST_WORDS);
  // Half a word may be half a secret that nobody knows.
  return kept.slice(0, kept.lastIndexOf(" ") + 1);
}
