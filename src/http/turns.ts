import { assertGoing, endedBy } from "./ending.ts";

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
   * @throws {OAuthClientsError} when the signal is aborted while the task waits; a task that runs goes on to its end
   */
  async during<Result>(sending: AbortSignal, again: boolean, task: () => Promise<Result>): Promise<Result> {
    await this.#take(sending, again ? this.#again : this.#waiting);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #take(sending: AbortSignal, queue: Set<() => void>): Promise<void> {
    assertGoing(sending);
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        sending.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        queue.delete(enter);
        reject(endedBy(sending));
      };
      queue.add(enter);
      sending.addEventListener("abort", giveUp, { once: true });
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
