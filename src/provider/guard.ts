import type { dynamic } from "@pulumi/pulumi";
import { describeError, type ErrorCode, OAuthClientsError } from "../core/errors.ts";
import type { Redactor } from "../core/redaction.ts";
import { type Message, say, storable } from "../core/text.ts";
import { PartialFailure } from "../lifecycle/lifecycle.ts";
import type { Properties } from "../lifecycle/properties.ts";

/** gRPC's FAILED_PRECONDITION: unlike UNKNOWN it does not make the engine mark the run as perhaps corrupt. */
const FAILED_PRECONDITION = 9;

/**
 * The error to throw out of a method of a dynamic provider. Built afresh, because the SDK reads more from an error
 * than its message: a truthy `id` means "created, but not initialised", a numeric `code` is a gRPC status, and a
 * `cause` is dropped. `throw undefined` would hang the call for ever. Its code stands behind the sentence, which is the one
 * thing that Pulumi shows of every method's error.
 *
 * @param own properties of the state that the SDK forgets to keep in a partial failure
 */
export function presentable(thrown: unknown, redactor: Redactor, own: Properties): Error {
  const partial = thrown instanceof PartialFailure ? thrown : null;
  const cause = partial === null ? thrown : partial.cause;
  const said = redactor.show(describeError(cause));
  const reason = cause instanceof OAuthClientsError ? withCode(said, cause.code) : said;
  const error = new Error(reason);
  // Of some methods the SDK prints `${error}: ${error.stack}` beside the error itself: one short line, no stack trace.
  Object.defineProperty(error, "stack", { value: "the error is shown with the resource" });
  Object.defineProperty(error, "toString", { value: () => "pulumi-oauth-clients" });
  if (partial === null) return Object.assign(error, { code: FAILED_PRECONDITION });
  return Object.assign(error, {
    id: partial.recorded.id,
    properties: { ...plain(partial.recorded.outputs), ...own },
    reasons: [reason],
  });
}

/** A sentence with the code by which docs/troubleshooting.md has it. */
function withCode(sentence: string, code: ErrorCode): string {
  return `${sentence} [${code}]`;
}

/**
 * What is wrong with inputs and settings, as the result of a check has it: a line each, the last one with the code. A failure
 * that names a secret property would print its value in clear, so none names any.
 */
export function checkFailures(problems: readonly Message[], redactor: Redactor): dynamic.CheckFailure[] {
  const reasons = problems.map((problem) => redactor.show(problem));
  return reasons.map((reason, at) => ({
    property: "",
    reason: at === reasons.length - 1 ? withCode(reason, "configuration-invalid") : reason,
  }));
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
