/** Lets so many tasks in at a time, in the order they came. */
export class Turns {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /**
   * Runs a task when its turn comes.
   *
   * @throws the signal's reason when it is aborted while the task waits; a task that runs goes on to its end
   */
  async during<Result>(stopping: AbortSignal, task: () => Promise<Result>): Promise<Result> {
    await this.#take(stopping);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #take(stopping: AbortSignal): Promise<void> {
    stopping.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        stopping.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.delete(enter);
        reject(stopping.reason);
      };
      this.#waiting.add(enter);
      stopping.addEventListener("abort", giveUp, { once: true });
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
