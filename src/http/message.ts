import type { TransportFailure } from "../core/answer.ts";
import type { Message } from "../core/text.ts";

/** One request to a vendor's API. */
export interface HttpRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the base URL, starting with a slash, already escaped. */
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as a form, instead of `body`. */
  form?: URLSearchParams;
  /** Called whenever a try leaves, after all queues and waits. */
  sent?: () => void;
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
  /** The proxy that it came through, for messages; left out where there was none. */
  via?: Message;
}

/** A response, or why none came. */
export type HttpAnswer = HttpResponse | TransportFailure;
