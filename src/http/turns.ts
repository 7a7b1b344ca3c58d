/** Lets so many tasks in at a time, in the order they came; those that come again before those that come. */
export class Turns {
  readonly #again = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /**
   * Runs a task when its turn comes.
   *
   * @param again it has had a turn before, and goes on with what it began then
   * @throws the signal's reason when it is aborted while the task waits; a task that runs goes on to its end
   */
  async during<Result>(stopping: AbortSignal, again: boolean, task: () => Promise<Result>): Promise<Result> {
    await this.#take(stopping, again ? this.#again : this.#waiting);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #take(stopping: AbortSignal, queue: Set<() => void>): Promise<void> {
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
        queue.delete(enter);
        reject(stopping.reason);
      };
      queue.add(enter);
      stopping.addEventListener("abort", giveUp, { once: true });
    });
  }

  #leave(): void {
    for (const queue of [this.#again, this.#waiting]) {
      for (const next of queue) {
        queue.delete(next);
        next();
        return;
      }
    }
    this.#free += 1;
  }
}
