import type { Message } from "./text.ts";

/** Why no response came. */
export type TransportReason = "aborted" | "connect" | "dns" | "proxy" | "reset" | "timeout" | "tls";

/** A request that got no response. */
export interface TransportFailure {
  kind: "transport";
  reason: TransportReason;
  /** What happened, as a sentence goes on after a colon. */
  message: Message;
  /** Whether the request may have reached the server and been carried out. */
  maybeCarriedOut: boolean;
  /** It was not the vendor's API but the source of the credential that could not be reached. */
  ofCredential?: boolean;
  /** True when another try would fail in the same way, for example at a proxy that wants a password. */
  lasting?: boolean;
}

/**
 * Who wrote a response: the vendor's API, somebody else (a proxy's or another site's page), or nobody can tell (an
 * empty body, unfamiliar JSON).
 */
export type Author = "vendor" | "stranger" | "unclear";

/** A response, read with a vendor's eyes. */
export interface VendorResponse {
  kind: "response";
  status: number;
  author: Author;
  /** The vendor's own error code; null when it gave none. */
  vendorCode: string | null;
  /** The vendor's own words, one line; null when it gave none. */
  words: string | null;
  /** The body says that the request failed, whatever the status. */
  saysFailed: boolean;
  /** How long the vendor asked to wait before the next request, in milliseconds; null when it did not say. */
  waitMs: number | null;
  /** The vendor's clock (its `Date` header) in milliseconds since 1970; null when it did not say. */
  clock: number | null;
  /** The `Location` header; null when there is none. */
  location: string | null;
  /** False when the connection ended before the body did. */
  complete: boolean;
  /** The proxy that it came through, for messages; left out where there was none. */
  via?: Message;
  /** The parsed body; undefined when there was none or it was cut or not JSON. */
  body: unknown;
}

/** What came of one request. */
export type Answer = VendorResponse | TransportFailure;

/** Whether a status is one of success. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Whether the server, or something on the way to it, may have carried the request out although it did not say so. */
export function maybeCarriedOut(answer: TransportFailure | { kind: "response"; status: number }): boolean {
  if (answer.kind === "response") return answer.status >= 500;
  // Where it was the credential that could not be had, the request itself was not sent.
  return answer.maybeCarriedOut && answer.ofCredential !== true;
}
