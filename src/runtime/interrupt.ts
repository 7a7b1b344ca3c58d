/** Time for answers and diagnostics that are on their way out when the last operation has ended. */
const LAST_WORDS_MS = 100;

/** After so long, whoever interrupted is about to kill: Pulumi gives about 5 s. */
const OVERDUE_MS = 2_000;

/** What tells a process to end: Ctrl-C, a pipeline that is cancelled, a terminal that goes away. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The longest that a process lives without its engine: what the vendor has not answered by then is given up. */
const ORPHAN_LIMIT_MS = 12_000;
/** After that, for receipts that are being written. */
const LAST_RECEIPTS_MS = 2_000;

/**
 * What an interrupt does to this process: nothing new is started, what is in flight goes on to its end (Pulumi gives
 * about 5 s before it kills), then the process exits. Without a handler, deletions that were in flight would leave no
 * receipts. Pulumi sends the same signal at the end of every run, so an idle process must exit at once.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #exit: () => void;
  #inFlight = 0;
  #idleSince = performance.now();
  #writing = 0;
  /** What is still to be done before a process is killed. */
  readonly #overdue = new Set<() => Promise<void>>();

  constructor(exit: () => void = () => process.exit(0)) {
    this.#exit = exit;
  }

  /** Aborted from the interrupt on. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds since the last operation ended; 0 while one runs. */
  idleMs(): number {
    return this.#inFlight > 0 ? 0 : performance.now() - this.#idleSince;
  }

  /** Runs an operation that an interrupt waits for. */
  async during<Result>(operation: () => Promise<Result>): Promise<Result> {
    this.#inFlight += 1;
    try {
      return await operation();
    } finally {
      this.#inFlight -= 1;
      this.#idleSince = performance.now();
      this.#exitWhenIdle(LAST_WORDS_MS);
    }
  }

  /** Writes down what has happened: within an operation, what even the end of all patience waits for. */
  async writing<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#writing += 1;
    try {
      return await write();
    } finally {
      this.#writing -= 1;
      this.#exitWhenIdle(LAST_WORDS_MS);
    }
  }

  /** Calls back some time after an interrupt, shortly before the process is killed; what it returns takes that back. */
  whenOverdue(act: () => Promise<void>): () => void {
    let timer: NodeJS.Timeout | undefined;
    const once = async () => {
      if (this.#overdue.delete(once)) await act();
    };
    const start = () => {
      timer = setTimeout(() => void once(), OVERDUE_MS);
    };
    this.#overdue.add(once);
    if (this.signal.aborted) start();
    else this.signal.addEventListener("abort", start);
    return () => {
      this.#overdue.delete(once);
      clearTimeout(timer);
      this.signal.removeEventListener("abort", start);
    };
  }

  /** To be called on one of the {@link ENDING_SIGNALS}. */
  arrived(): void {
    this.#controller.abort();
    this.#exitWhenIdle(0);
  }

  /** To be called where the engine asks for it and waits for an answer: without one it calls the end premature. */
  asked(): void {
    this.#controller.abort();
    this.#exitWhenIdle(LAST_WORDS_MS);
  }

  /** To be called where somebody will not wait for what is in flight: what is known of it is written down, then it ends. */
  hurried(): void {
    this.arrived();
    for (const act of this.#overdue) void act();
    setTimeout(this.#exit, LAST_RECEIPTS_MS);
  }

  /** To be called when the engine is gone. As an interrupt, but nobody else will end a process that does not end. */
  orphaned(): void {
    this.arrived();
    setTimeout(() => {
      if (this.#writing === 0) this.#exit();
      else setTimeout(this.#exit, LAST_RECEIPTS_MS);
    }, ORPHAN_LIMIT_MS);
  }

  #exitWhenIdle(delayMs: number): void {
    // What was in flight may have ended, given up, before the receipt that says so is on the disk.
    const isIdle = () => this.#inFlight === 0 && this.#writing === 0;
    if (!this.signal.aborted || !isIdle()) return;
    setTimeout(() => {
      if (isIdle()) this.#exit();
    }, delayMs);
  }
}
