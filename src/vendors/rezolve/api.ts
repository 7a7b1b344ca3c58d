import type { z } from "zod";
import type { Http, HttpRequest } from "../../http/client.ts";
import {
  type Called,
  call,
  callDelete,
  type DeletionJudge,
  isWebPage,
  type Reader,
  type Repeat,
  readerAbout,
  unusable,
} from "../../lifecycle/call.ts";
import { assertIdentifier, headerProblem, pathSegment } from "../../lifecycle/identifier.ts";
import type { Place } from "../../lifecycle/place.ts";
import type { Properties } from "../../lifecycle/properties.ts";
import { errorWords, saysFailed } from "../../lifecycle/says-failed.ts";
import { type Page, readList, type Walked } from "../../lifecycle/walk.ts";
import {
  namedIn,
  type Rotation,
  type WireClient,
  wireClient,
  wireError,
  wirePage,
  wirePatched,
  wireRotation,
} from "./wire.ts";

const CLIENTS = "/api/v1/oauth-clients";

/** The contract gives 1 to 100. */
const LARGEST_PAGE = 100;

/** The API at a client's place. */
export function apiOf({ connection, values }: Place): RezolveApi {
  return new RezolveApi(connection.http, values.tenantId ?? "", values.realmName ?? null);
}

/** Rezolve's OAuth-client API for one tenant. Source: docs.rezolve.ai, API reference, OAuth clients. */
export class RezolveApi {
  readonly http: Http;
  readonly #place: readonly [tenantId: string, realmName: string | null];
  readonly #headers: Readonly<Record<string, string>>;

  constructor(http: Http, tenantId: string, realmName: string | null) {
    this.http = http;
    this.#place = [tenantId, realmName];
    this.#headers = {
      accept: "application/json",
      "x-tenantid": assertIdentifier(tenantId, "tenant", headerProblem),
      ...(realmName === null ? {} : { realmname: assertIdentifier(realmName, "realm", headerProblem) }),
    };
  }

  /**
   * `POST /oauth-clients`. Never repeated where it may have been carried out.
   *
   * @param sent called whenever it leaves
   */
  create(body: Properties, sent: () => void): Promise<Called<WireClient>> {
    return this.#call({ method: "POST", path: CLIENTS, body, sent }, wireClient, "create");
  }

  /** `GET /oauth-clients/{id}`: by the vendor's `id`, not by the `clientId`. */
  get(id: string): Promise<Called<WireClient>> {
    return this.#call({ method: "GET", path: pathOf(id) }, wireClient, "idempotent", readerAbout(id, reader, namedIn));
  }

  /** `GET /oauth-clients`: one page; the contract has no filter. */
  list(offset = 0): Promise<Called<Page<WireClient>>> {
    const query = `?limit=${LARGEST_PAGE}&offset=${offset}`;
    return this.#call({ method: "GET", path: `${CLIENTS}${query}` }, wirePage, "idempotent");
  }

  /**
   * `PATCH /oauth-clients/{id}`: only what is given changes, lists are replaced whole.
   *
   * @param sent called whenever it leaves
   */
  async patch(id: string, body: Properties, sent: () => void): Promise<Called<WireClient>> {
    const request = { method: "PATCH", path: pathOf(id), body, sent } as const;
    const called = await this.#call(request, wirePatched, "idempotent", readerAbout(id, reader, namedIn));
    if (!called.ok) return called;
    const { answer, value } = called;
    // Without a body it is a success too; with one, only in the vendor's own form.
    if (answer.body !== undefined && answer.author !== "vendor") return unusable(answer);
    return { ...called, value: { ...value, id } };
  }

  /**
   * `POST /oauth-clients/{id}/rotate-secret`: the new secret. Never repeated where it may have been carried out.
   *
   * @param sent called whenever it leaves
   */
  async rotateSecret(id: string, sent: () => void): Promise<Called<Rotation>> {
    const called = await this.#call(
      { method: "POST", path: `${pathOf(id)}/rotate-secret`, sent },
      wireRotation,
      "create",
    );
    const named = called.ok ? namedIn(called.answer.body) : null;
    // Whose secret was replaced, nobody knows: it is as good as lost.
    return called.ok && named !== null && named !== id ? unusable(called.answer) : called;
  }

  /**
   * `DELETE /oauth-clients/{id}`, judged by the caller: see `core/deletion`.
   *
   * @param sent called whenever it leaves
   */
  delete<Result>(id: string, judge: DeletionJudge<Result>, sent: () => void): Promise<Result> {
    const request = this.#request({ method: "DELETE", path: pathOf(id), sent });
    return callDelete(this.http, readerAbout(id, reader, namedIn), request, judge);
  }

  /** Every client; whether there are more pages is found out by asking. */
  listAll(isWanted?: (client: WireClient) => boolean): Promise<Called<Walked<WireClient>>> {
    return readList((offset) => this.list(offset), undefined, isWanted);
  }

  /** The same API by requests of other work. */
  over(http: Http): RezolveApi {
    return new RezolveApi(http, ...this.#place);
  }

  #request(request: Omit<HttpRequest, "headers">): HttpRequest {
    return { ...request, headers: this.#headers };
  }

  #call<Schema extends z.ZodType>(
    request: Omit<HttpRequest, "headers">,
    schema: Schema,
    repeat: Repeat,
    readBy = reader,
  ): Promise<Called<z.infer<Schema>>> {
    return call(this.http, readBy, this.#request(request), schema, repeat);
  }
}

function pathOf(id: string): string {
  return `${CLIENTS}/${pathSegment(id, "client's id")}`;
}

/** Rezolve's envelopes: `success` is always there, `data` holds the value, `error` says what went wrong. */
export const reader: Reader = {
  value: (body) => (typeof body === "object" && body !== null && "data" in body ? body.data : undefined),
  read(answer, body) {
    const envelope = wireError.safeParse(body);
    const error = envelope.success ? envelope.data.error : null;
    const isEnvelope =
      envelope.success || (typeof body === "object" && body !== null && "success" in body && body.success === true);
    const failed = saysFailed(answer, body);
    return {
      author: isEnvelope ? "vendor" : isWebPage(answer) ? "stranger" : "unclear",
      vendorCode: error?.code ?? null,
      words: error !== null ? wordsOf(error.message, error.details) : failed ? errorWords(body) : null,
      saysFailed: failed,
    };
  },
};

/** So many fields of an error's details are told. */
const MOST_DETAILS = 20;

function wordsOf(
  message: string | null | undefined,
  details: string | Record<string, unknown> | null | undefined,
): string | null {
  const more =
    typeof details === "string"
      ? details
      : Object.entries(details ?? {})
          .slice(0, MOST_DETAILS)
          .map(([field, problem]) => `${field}: ${inBrief(problem)}`)
          .join("; ");
  const words = [message ?? "", more].filter((part) => part !== "");
  return words.length === 0 ? null : words.join(" – ");
}

/** What an error says about a field; not deeper, since nobody knows how deep it goes. */
function inBrief(problem: unknown): string {
  if (Array.isArray(problem)) return problem.slice(0, MOST_DETAILS).map(plainly).join(", ");
  return plainly(problem);
}

function plainly(value: unknown): string {
  return typeof value === "object" && value !== null ? "…" : String(value);
}
