import { isRecord } from "../core/json.ts";
import type { HttpResponse } from "../http/client.ts";

/**
 * Whether a body says that the request failed, in any of the forms that JSON APIs have for that: an envelope without
 * success, an error beside or instead of the value, problem details (RFC 9457). A status of success makes none of them
 * a success.
 */
export function saysFailed(answer: HttpResponse, body: unknown): boolean {
  if (/^\s*application\/problem\+/i.test(answer.headers["content-type"] ?? "")) return true;
  if (!isRecord(body)) return false;
  return failed(body) || saysSomething(body.title) || saysSomething(body.detail) || failed(body.data);
}

/** The words of an error that does not have the vendor's own form; null where it has none. */
export function errorWords(body: unknown): string | null {
  if (!isRecord(body)) return null;
  const { error, title, detail, message } = body;
  const said = [error, isRecord(error) ? error.message : null, title, detail, message];
  return said.find((words): words is string => typeof words === "string" && words !== "") ?? null;
}

function failed(part: unknown): boolean {
  if (!isRecord(part)) return false;
  const { success, error, errors, status, statusCode } = part;
  return (
    success === false ||
    (typeof success === "string" && /^(false|no)$/i.test(success)) ||
    saysSomething(error) ||
    saysSomething(errors) ||
    isOfFailure(status) ||
    isOfFailure(statusCode)
  );
}

/** Not nothing, in whichever form nothing was written. */
function saysSomething(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  if (typeof value !== "object" || value === null) return value === true;
  return Object.keys(value).length > 0;
}

function isOfFailure(status: unknown): boolean {
  if (typeof status === "number") return status >= 400;
  return typeof status === "string" && /^(error|fail|failed|failure|[45]\d\d)$/i.test(status);
}
