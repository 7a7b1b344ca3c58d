import { STATUS_CODES } from "node:http";

/** A failure that the Nexus API answers with, to be thrown by an operation. */
export class NexusProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

export const badRequest = (detail: string) => new NexusProblem(400, detail);
export const forbidden = (detail: string) => new NexusProblem(403, detail);

/** Both alternatives are offered to a caller without good credentials (RFC 9110 section 11.6.1). */
export const unauthorized = (detail: string) =>
  new NexusProblem(401, detail, { "www-authenticate": 'Bearer, Basic realm="nexus"' });

export const clientNotFound = (id: string, tenantId: string) =>
  new NexusProblem(404, `Client ${id} was not found in tenant ${tenantId}.`);

/** What the API says where no operation has had a say. */
const DETAIL_BY_STATUS: ReadonlyMap<number, string> = new Map([
  [400, "The request is not valid."],
  [404, "There is nothing at this path."],
  [429, "Too many requests."],
  [503, "The service is not available at the moment."],
]);

/** Problem details (vendor-apis 3, "Errors"). */
export function problemDetails(status: number, detail: string | undefined, path: string) {
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Unknown",
    status,
    detail: detail ?? DETAIL_BY_STATUS.get(status) ?? null,
    instance: path,
  };
}
