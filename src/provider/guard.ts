import { describeError, OAuthClientsError } from "../core/errors.ts";
import type { Redactor } from "../core/redaction.ts";
import { say, storable } from "../core/text.ts";
import { PartialFailure } from "../lifecycle/lifecycle.ts";
import type { Properties } from "../lifecycle/properties.ts";

/** gRPC's FAILED_PRECONDITION: unlike UNKNOWN it does not make the engine mark the run as perhaps corrupt. */
const FAILED_PRECONDITION = 9;

/**
 * The error to throw out of a method of a dynamic provider. Built afresh, because the SDK reads more from an error
 * than its message: a truthy `id` means "created, but not initialised", a numeric `code` is a gRPC status, and a
 * `cause` is dropped. `throw undefined` would hang the call for ever.
 *
 * @param own properties of the state that the SDK forgets to keep in a partial failure
 */
export function presentable(thrown: unknown, redactor: Redactor, own: Properties): Error {
  const partial = thrown instanceof PartialFailure ? thrown : null;
  const reason = redactor.show(describeError(partial === null ? thrown : partial.cause));
  const code = thrown instanceof OAuthClientsError ? thrown.code : partial === null ? "failed" : "partial-failure";
  const error = new Error(reason);
  // The SDK prints `${error}: ${error.stack}` beside the error itself: one short line instead of a stack trace.
  Object.defineProperty(error, "stack", { value: "the error is shown with the resource" });
  Object.defineProperty(error, "toString", { value: () => `pulumi-oauth-clients ${code}` });
  if (partial === null) return Object.assign(error, { code: FAILED_PRECONDITION });
  return Object.assign(error, {
    id: partial.recorded.id,
    properties: { ...plain(partial.recorded.outputs), ...own },
    reasons: [reason],
  });
}

/**
 * Properties as the protocol can carry them: without what is undefined, and nothing but plain JSON. A function or a
 * bigint would fail with a bare "Unexpected struct type." after the request was made, a Date would become `{}`. Texts are
 * as a state may hold them.
 *
 * @throws {OAuthClientsError} `engine-contract`, naming the property
 */
export function plain(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === "string" && NEVER_SHOWN.has(key) ? value : plainValue(value, key)]),
  );
}

/** Worthless if anything in it were changed. */
const NEVER_SHOWN: ReadonlySet<string> = new Set(["clientSecret"]);

function plainValue(value: unknown, path: string): unknown {
  switch (typeof value) {
    case "string":
      return storable(value);
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "object":
      if (value === null) return null;
      if (Array.isArray(value))
        return value.map((item: unknown, index) => plainValue(item ?? null, `${path}[${index}]`));
      if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
        return Object.fromEntries(
          Object.entries(value)
            .filter(([, inner]) => inner !== undefined)
            .map(([key, inner]) => [key, plainValue(inner, `${path}.${key}`)]),
        );
      }
  }
  throw new OAuthClientsError("engine-contract", say`The property ${path} cannot be kept in a Pulumi state.`);
}
