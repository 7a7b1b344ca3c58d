import { OAuthClientsError } from "../core/errors.ts";
import { say } from "../core/text.ts";
import { type Ending, LONGEST_TIMER_MS } from "../http/ending.ts";
import { PartialFailure, type Recorded } from "../lifecycle/lifecycle.ts";

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
    this.#after(limitMs, () => {
      const error = new OAuthClientsError(
        "operation-timeout",
        say`Gave up: the ${action} had not ended after ${Math.round(limitMs / 1_000)} s. Nothing more is sent for it; what was sent may still be carried out.`,
        say`Check the vendor's service, then run the command again; timeoutSeconds and retryBudgetSeconds set the limit.`,
      );
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
