/** Time for answers and diagnostics that are on their way out when the last operation has ended. */
const LAST_WORDS_MS = 100;

/**
 * What an interrupt does to this process: nothing new is started, what is in flight goes on to its end (Pulumi gives
 * about 5 s before it kills), then the process exits. Without a handler, deletions that were in flight would leave no
 * receipts. Pulumi sends the same signal at the end of every run, so an idle process must exit at once.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #exit: () => void;
  #inFlight = 0;

  constructor(exit: () => void = () => process.exit(0)) {
    this.#exit = exit;
  }

  /** Aborted from the interrupt on. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs an operation that an interrupt waits for. */
  async during<Result>(operation: () => Promise<Result>): Promise<Result> {
    this.#inFlight += 1;
    try {
      return await operation();
    } finally {
      this.#inFlight -= 1;
      this.#exitWhenIdle(LAST_WORDS_MS);
    }
  }

  /** To be called on SIGINT. */
  arrived(): void {
    this.#controller.abort();
    this.#exitWhenIdle(0);
  }

  #exitWhenIdle(delayMs: number): void {
    if (!this.signal.aborted || this.#inFlight > 0) return;
    setTimeout(() => {
      if (this.#inFlight === 0) this.#exit();
    }, delayMs);
  }
}
