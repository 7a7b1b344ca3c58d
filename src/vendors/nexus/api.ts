import type { Http, HttpRequest } from "../../http/client.ts";
import {
  type Called,
  call,
  callDelete,
  type DeletionJudge,
  isOwnSuccess,
  isWebPage,
  type Reader,
  readerAbout,
  unusable,
} from "../../lifecycle/call.ts";
import { identifierProblem, pathSegment } from "../../lifecycle/identifier.ts";
import { errorWords, saysFailed } from "../../lifecycle/says-failed.ts";
import type { Page } from "../../lifecycle/walk.ts";
import { seesEveryClient } from "./visibility.ts";
import { namedIn, type WireClient, wireCreated, wirePage, wirePatched, wireProblem } from "./wire.ts";

/** Clients asked for at a time; the vendor's own default and limit are not documented. */
const PAGE_SIZE = 100;

/** What a create brought: all of it may be missing, the response is not documented. */
export interface Created {
  id: string | null;
  name: string | null;
  secret: string | null;
}

/** Nexus' API of a tenant's clients. Source: the ECI Nexus operation pages. */
export class NexusApi {
  readonly http: Http;
  readonly #tenantId: string;
  readonly #clients: string;

  constructor(http: Http, tenantId: string) {
    this.http = http;
    this.#tenantId = tenantId;
    this.#clients = `/v1/tenants/${pathSegment(tenantId, "tenant")}/clients`;
  }

  /**
   * CreateTenantClient. Never repeated where it may have been carried out.
   *
   * @param sent called whenever it leaves
   */
  async create(body: Record<string, unknown>, sent: () => void): Promise<Called<Created>> {
    const request = { ...this.#request("POST", this.#clients, body), sent };
    const called = await call(this.http, reader, request, wireCreated, "create");
    const { answer } = called;
    if (!isOwnSuccess(answer)) return called.ok ? unusable(answer) : called;
    const said = called.ok ? called.value : { id: null, name: null, secret: null };
    // A body that cannot be read takes nothing from the header.
    const id = said.id ?? idIn(answer.location);
    return called.ok || id !== null ? { ok: true, answer, value: { ...said, id } } : called;
  }

  /**
   * GetTenantClients: one page. Clients that the caller may not see are left out silently. `search` is not asked for:
   * what it finds is not documented, so not finding proves nothing, and finding one does not prove that it is the only one.
   */
  list(skip: number): Promise<Called<Page<WireClient>>> {
    const query = new URLSearchParams({ top: String(PAGE_SIZE), skip: String(skip) });
    return call(this.http, reader, this.#request("GET", `${this.#clients}?${query}`), wirePage, "idempotent");
  }

  /** Whether the list certainly has every client of the tenant. */
  seesEveryClient(): Promise<boolean> {
    return seesEveryClient(this.http.credential);
  }

  /**
   * PatchTenantClient: the client after it, where the vendor says so.
   *
   * @param sent called whenever it leaves
   */
  patch(id: string, body: Record<string, unknown>, sent: () => void): Promise<Called<WireClient | null>> {
    const readBy = readerAbout(id, reader, namedIn);
    const request = { ...this.#request("PATCH", this.#pathOf(id), body), sent };
    return call(this.http, readBy, request, wirePatched, "idempotent");
  }

  /**
   * DeleteTenantClient, judged by the caller: see `core/deletion`.
   *
   * @param sent called whenever it leaves
   */
  delete<Result>(id: string, judge: DeletionJudge<Result>, sent: () => void): Promise<Result> {
    const readBy = readerAbout(id, reader, namedIn);
    return callDelete(this.http, readBy, { ...this.#request("DELETE", this.#pathOf(id)), sent }, judge);
  }

  /** The same API by requests of other work. */
  over(http: Http): NexusApi {
    return new NexusApi(http, this.#tenantId);
  }

  #pathOf(id: string): string {
    return `${this.#clients}/${pathSegment(id, "client's id")}`;
  }

  #request(method: HttpRequest["method"], path: string, body?: Record<string, unknown>): HttpRequest {
    return { method, path, headers: { accept: "application/json" }, ...(body === undefined ? {} : { body }) };
  }
}

/** The id of the client that a `Location` leads to, where it has one beyond doubt. */
function idIn(location: string | null): string | null {
  const segment = location?.match(/\/clients\/([^/?#]+)\/?(?:[?#]|$)/)?.[1];
  if (segment === undefined) return null;
  try {
    const id = decodeURIComponent(segment);
    return identifierProblem(id) === null ? id : null;
  } catch {
    return null;
  }
}

/** Bare values and problem details; which of the JSON media types a problem has is not documented. */
export const reader: Reader = {
  value: (body) => body,
  read(answer, body) {
    const failed = saysFailed(answer, body);
    const problem = wireProblem.safeParse(body);
    // A success has no form of its own by which the vendor could be told from others.
    if (!problem.success || (answer.status < 300 && !failed)) {
      const author = isWebPage(answer) ? "stranger" : "unclear";
      return { author, vendorCode: null, words: failed ? errorWords(body) : null, saysFailed: failed };
    }
    const { type, title, detail } = problem.data;
    const words = [title, detail].filter((part) => typeof part === "string" && part !== "");
    return {
      author: answer.status < 300 ? "unclear" : "vendor",
      vendorCode: type || null,
      words: words.length === 0 ? errorWords(body) : words.join(" – "),
      saysFailed: failed,
    };
  },
};
