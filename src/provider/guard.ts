import type { dynamic } from "@pulumi/pulumi";
import type { Properties } from "../lifecycle/properties.ts";
import type { Failure } from "../runtime/readable.ts";

/** gRPC's FAILED_PRECONDITION: unlike UNKNOWN it does not make the engine mark the run as perhaps corrupt. */
const FAILED_PRECONDITION = 9;

/**
 * The error to throw out of a method of a dynamic provider. Built afresh, because the SDK reads more from an error
 * than its message: a truthy `id` means "created, but not initialised", a numeric `code` is a gRPC status, and a
 * `cause` is dropped. `throw undefined` would hang the call for ever.
 *
 * @param own properties of the state that the SDK forgets to keep in a partial failure
 */
export function presentable({ message, recorded }: Failure, own: Properties): Error {
  const error = new Error(message);
  // Of some methods the SDK prints `${error}: ${error.stack}` beside the error itself: one short line, no stack trace.
  Object.defineProperty(error, "stack", { value: "the error is shown with the resource" });
  Object.defineProperty(error, "toString", { value: () => "pulumi-oauth-clients" });
  if (recorded === null) return Object.assign(error, { code: FAILED_PRECONDITION });
  return Object.assign(error, {
    id: recorded.id,
    properties: { ...recorded.outputs, ...own },
    reasons: [message],
  });
}

/** What is wrong with inputs and settings. A failure that names a secret property would print its value in clear: none does. */
export function checkFailures(problems: readonly string[]): dynamic.CheckFailure[] {
  return problems.map((reason) => ({ property: "", reason }));
}
