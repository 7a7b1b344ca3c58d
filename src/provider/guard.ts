import { describeError, OAuthClientsError } from "../core/errors.ts";
import type { Redactor } from "../core/redaction.ts";
import { say } from "../core/text.ts";
import { PartialFailure, type Properties } from "../vendors/lifecycle.ts";

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
 * bigint would fail with a bare "Unexpected struct type." after the request was made, a Date would become `{}`.
 *
 * @throws {OAuthClientsError} `engine-contract`, naming the property
 */
export function plain(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, plainValue(value, key)]),
  );
}

function plainValue(value: unknown, path: string): unknown {
  switch (typeof value) {
    case "string":
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

/**
 * Ends an operation that waits for ever, whatever it waits for: neither the engine nor the dynamic provider has a
 * time limit of its own.
 */
export class TimeLimit {
  readonly #reached: Promise<never>;
  #reject: (error: Error) => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#reached = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    // Nobody may be waiting when it is reached.
    this.#reached.catch(() => {});
  }

  /** Starts counting; only the first call counts. */
  start(ms: number, action: string): void {
    this.#timer ??= setTimeout(() => {
      this.#reject(
        new OAuthClientsError(
          "operation-timeout",
          say`Gave up: the ${action} had not ended after ${Math.round(ms / 1_000)} s, and it may still be carried out.`,
          say`Check the vendor's service, then run the command again; timeoutSeconds and retryBudgetSeconds set the limit.`,
        ),
      );
    }, ms);
    this.#timer.unref();
  }

  /** The result, unless the limit is reached first. */
  async race<Result>(result: Promise<Result>): Promise<Result> {
    try {
      return await Promise.race([result, this.#reached]);
    } finally {
      clearTimeout(this.#timer);
    }
  }
}
