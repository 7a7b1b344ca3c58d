import { describeError, OAuthClientsError } from "../core/errors.ts";
import type { Redactor } from "../core/redaction.ts";
import { say, storable } from "../core/text.ts";
import { type Ending, LONGEST_TIMER_MS } from "../http/ending.ts";
import { PartialFailure, type Recorded } from "../lifecycle/lifecycle.ts";
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

/** So long an answer that is on its way is waited for when an operation's time is up: it may bring a new client's id. */
const ANSWERS_GRACE_MS = 10_000;

/** So long an operation then has to end by itself. */
const LAST_GRACE_MS = 5_000;

/**
 * Ends an operation that waits for ever, whatever it waits for: neither the engine nor the dynamic provider has a
 * time limit of its own. First nothing more is sent, so that the operation ends by itself, with all that it knows; only
 * where it does not, it is left to itself.
 */
export class TimeLimit implements Ending {
  readonly #sending = new AbortController();
  readonly #answers = new AbortController();
  readonly #givenUp = Promise.withResolvers<never>();
  readonly #interrupted: AbortSignal;
  readonly #graces: { answersMs: number; lastMs: number };
  #timer: NodeJS.Timeout | undefined;
  #exists: Recorded | null = null;

  /**
   * @param interrupted aborted when the process is told to stop: nothing more is sent then either
   * @param graces for tests
   */
  constructor(interrupted: AbortSignal, graces = { answersMs: ANSWERS_GRACE_MS, lastMs: LAST_GRACE_MS }) {
    this.#interrupted = interrupted;
    this.#graces = graces;
    // Nobody may be waiting when it is reached.
    this.#givenUp.promise.catch(() => {});
    interrupted.addEventListener("abort", this.#interrupt);
    if (interrupted.aborted) this.#interrupt();
  }

  get sending(): AbortSignal {
    return this.#sending.signal;
  }

  get answers(): AbortSignal {
    return this.#answers.signal;
  }

  /** Notes a client that exists for certain: the error of an operation that is left to itself carries it. */
  exists(recorded: Recorded): void {
    this.#exists = recorded;
  }

  /** Starts counting; only the first call counts. */
  start(ms: number, action: string): void {
    if (this.#timer !== undefined) return;
    const limitMs = Math.min(ms, LONGEST_TIMER_MS);
    const error = new OAuthClientsError(
      "operation-timeout",
      say`Gave up: the ${action} had not ended after ${Math.round(limitMs / 1_000)} s. Nothing more is sent for it; what was sent may still be carried out.`,
      say`Check the vendor's service, then run the command again; timeoutSeconds and retryBudgetSeconds set the limit.`,
    );
    this.#after(limitMs, () => {
      this.#sending.abort(error);
      this.#after(this.#graces.answersMs, () => {
        this.#answers.abort(error);
        this.#after(this.#graces.lastMs, () => {
          this.#givenUp.reject(this.#exists === null ? error : new PartialFailure(this.#exists, error));
        });
      });
    });
  }

  /** The result, unless the operation does not end when its time is up. */
  async race<Result>(result: Promise<Result>): Promise<Result> {
    try {
      return await Promise.race([result, this.#givenUp.promise]);
    } finally {
      clearTimeout(this.#timer);
      this.#interrupted.removeEventListener("abort", this.#interrupt);
    }
  }

  readonly #interrupt = () => this.#sending.abort(this.#interrupted.reason);

  #after(ms: number, step: () => void): void {
    this.#timer = setTimeout(step, ms);
    this.#timer.unref();
  }
}
