import type { z } from "zod";
import { type Answer, type Author, isSuccess, type VendorResponse } from "../../core/answer.ts";
import type { OAuthClientsError } from "../../core/errors.ts";
import { type History, planRetry, type RetryStep } from "../../core/retry.ts";
import type { HttpAnswer, HttpClient, HttpRequest, HttpResponse } from "../../http/client.ts";
import type { ClientInputs } from "./inputs.ts";
import { type WireClient, type WirePage, wireClient, wireError, wirePage, wireRotation } from "./wire.ts";

const CLIENTS = "/api/v1/oauth-clients";

/** The contract gives 1 to 100. */
const LARGEST_PAGE = 100;

/** A value, or the answer that was no such value. `neededMs`: the wait that the retry budget did not cover. */
export type Called<Value> =
  | { ok: true; value: Value; answer: VendorResponse }
  | { ok: false; answer: Answer; neededMs: number | null };

/** The part of a client that a request may change. */
export type ClientPatch = Partial<Record<keyof ClientInputs, unknown>>;

/** Rezolve's OAuth-client API for one tenant. Source: docs.rezolve.ai, API reference, OAuth clients. */
export class RezolveApi {
  readonly #http: HttpClient;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(http: HttpClient, tenantId: string, realmName: string | null) {
    this.#http = http;
    this.#headers = {
      accept: "application/json",
      "x-tenantid": tenantId,
      ...(realmName === null ? {} : { realmname: realmName }),
    };
  }

  /** `POST /oauth-clients`. Never repeated where it may have been carried out. */
  create(body: ClientPatch): Promise<Called<WireClient>> {
    return this.#call({ method: "POST", path: CLIENTS, body }, wireClient, "create");
  }

  /** `GET /oauth-clients/{id}`: by the vendor's `id`, not by the `clientId`. */
  get(id: string): Promise<Called<WireClient>> {
    return this.#call({ method: "GET", path: pathOf(id) }, wireClient, "idempotent");
  }

  /** `GET /oauth-clients`: one page; the contract has no filter. */
  list(offset = 0): Promise<Called<WirePage>> {
    const query = `?limit=${LARGEST_PAGE}&offset=${offset}`;
    return this.#call({ method: "GET", path: `${CLIENTS}${query}` }, wirePage, "idempotent");
  }

  /** `PATCH /oauth-clients/{id}`: only what is given changes, lists are replaced whole. */
  patch(id: string, body: ClientPatch): Promise<Called<WireClient>> {
    return this.#call({ method: "PATCH", path: pathOf(id), body }, wireClient, "idempotent");
  }

  /** `POST /oauth-clients/{id}/rotate-secret`: the new secret. Never repeated where it may have been carried out. */
  rotateSecret(id: string): Promise<Called<string>> {
    return this.#call({ method: "POST", path: `${pathOf(id)}/rotate-secret` }, wireRotation, "create");
  }

  /** `DELETE /oauth-clients/{id}`, judged by the caller: see `core/deletion`. */
  delete<Result>(
    id: string,
    judge: (answer: Answer, history: History) => Exclude<RetryStep, { do: "stop" }> | { do: "done"; result: Result },
  ): Promise<Result> {
    return this.#http.exchange(this.#request({ method: "DELETE", path: pathOf(id) }), (answer, history) =>
      judge(readAnswer(answer), history),
    );
  }

  /** The client whose name is exactly this, over all pages; null when there is none. */
  async findByName(name: string): Promise<Called<WireClient | null>> {
    for (let offset = 0; ; offset += LARGEST_PAGE) {
      const page = await this.list(offset);
      if (!page.ok) return page;
      const found = page.value.clients.find((client) => client.name === name && client.status !== "deleted");
      if (found !== undefined) return { ok: true, value: found, answer: page.answer };
      if (!page.value.pagination.hasMore || page.value.clients.length === 0) {
        return { ok: true, value: null, answer: page.answer };
      }
    }
  }

  #request(request: Omit<HttpRequest, "headers">): HttpRequest {
    return { ...request, headers: this.#headers };
  }

  #call<Schema extends z.ZodType>(
    request: Omit<HttpRequest, "headers">,
    schema: Schema,
    repeat: "idempotent" | "create",
  ): Promise<Called<z.infer<Schema>>> {
    const http = this.#http;
    return http.exchange(this.#request(request), (raw, history) => {
      const answer = readAnswer(raw);
      const step = planRetry(answer, repeat, history, {
        budgetMs: http.retryBudgetMs,
        canRefreshCredentials: http.credential.canRefresh,
        random: Math.random(),
      });
      if (step.do !== "stop") return step;
      return { do: "done", result: read(answer, schema, step.neededMs) };
    });
  }
}

function pathOf(id: string): string {
  return `${CLIENTS}/${encodeURIComponent(id)}`;
}

function read<Schema extends z.ZodType>(
  answer: Answer,
  schema: Schema,
  neededMs: number | null,
): Called<z.infer<Schema>> {
  if (answer.kind === "transport" || !isSuccess(answer.status)) return { ok: false, answer, neededMs };
  const data =
    typeof answer.body === "object" && answer.body !== null && "data" in answer.body ? answer.body.data : undefined;
  const parsed = schema.safeParse(data);
  return parsed.success ? { ok: true, value: parsed.data, answer } : { ok: false, answer, neededMs };
}

/** A response with the vendor's eyes: who wrote it, and what it says. */
export function readAnswer(answer: HttpAnswer): Answer {
  if (answer.kind === "transport") return answer;
  const body = parseJson(answer);
  const envelope = wireError.safeParse(body);
  const error = envelope.success ? envelope.data.error : null;
  return {
    kind: "response",
    status: answer.status,
    author: authorOf(answer, body, envelope.success),
    vendorCode: error?.code ?? null,
    words: error === null ? null : wordsOf(error.message, error.details),
    waitMs: answer.waitMs,
    clock: answer.clock,
    body,
  };
}

function authorOf(answer: HttpResponse, body: unknown, isErrorEnvelope: boolean): Author {
  const isEnvelope =
    isErrorEnvelope || (typeof body === "object" && body !== null && "success" in body && body.success === true);
  if (isEnvelope) return "vendor";
  const isPage =
    /^\s*(text\/html|application\/xhtml)/i.test(answer.headers["content-type"] ?? "") || /^\s*</.test(answer.text);
  return isPage ? "stranger" : "unclear";
}

function wordsOf(
  message: string | null | undefined,
  details: string | Record<string, unknown> | null | undefined,
): string | null {
  const more =
    typeof details === "string"
      ? details
      : Object.entries(details ?? {})
          .map(([field, problem]) => `${field}: ${typeof problem === "string" ? problem : JSON.stringify(problem)}`)
          .join("; ");
  const words = [message ?? "", more].filter((part) => part !== "");
  return words.length === 0 ? null : words.join(" – ");
}

function parseJson(answer: HttpResponse): unknown {
  if (!answer.complete || answer.text.trim() === "") return undefined;
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/** The value of a call, or its error. */
export function orThrow<Value>(
  called: Called<Value>,
  failure: (answer: Answer, neededMs: number | null) => OAuthClientsError,
): Value {
  if (called.ok) return called.value;
  throw failure(called.answer, called.neededMs);
}
