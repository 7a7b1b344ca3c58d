import { assertGoing, endedBy, pause } from "./ending.ts";

/** Until when hosts want no more requests (429). One for all connections of a process: a limit is the host's. */
export class Hosts {
  /** On `performance.now()`'s clock, by origin. */
  readonly #openAt = new Map<string, number>();

  /** Holds back all requests to a host together, for at least so many milliseconds from now. */
  hold(origin: string, ms: number): void {
    this.#openAt.set(origin, Math.max(performance.now() + ms, this.#openAt.get(origin) ?? 0));
  }

  /** Milliseconds until a host may be sent to again; 0 when it may be now. */
  heldMs(origin: string): number {
    return Math.max(0, (this.#openAt.get(origin) ?? 0) - performance.now());
  }
}

/** Settings of a throttle. */
export interface ThrottleOptions {
  /** Shared with everything that may talk to the same host. */
  hosts: Hosts;
  /** Requests at a time. */
  maxConcurrency: number;
  /** Requests a second, also less than one; as many as come without. */
  maxRequestsPerSecond?: number | null;
}

/** An exchange's time: it goes on while a host is held, and stands still while other requests of ours go first. */
export class Clock {
  /** Milliseconds that the exchange may take before it waits for nothing more. */
  readonly budgetMs: number;
  /** Whether it has asked for a turn before, and goes on with what it began then. */
  again = false;
  readonly #began = performance.now();
  #stoodMs = 0;

  constructor(budgetMs: number) {
    this.budgetMs = budgetMs;
  }

  get elapsedMs(): number {
    return performance.now() - this.#began - this.#stoodMs;
  }

  /** Stands still during a wait. */
  async standing(wait: Promise<void>): Promise<void> {
    const since = performance.now();
    await wait;
    this.#stoodMs += performance.now() - since;
  }
}

/** No turn: the host wants no request for so long, and the exchange has less time. */
export class HeldTooLong {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/**
 * Lets the requests of one connection go: so many at a time, one after the other, when their host wants them and at a
 * pace. In the order they came; those that come again before those that come.
 *
 * The pace spaces requests evenly rather than letting them through in bursts: a vendor counts in windows that nobody
 * here knows the beginning of.
 */
export class Throttle {
  readonly #hosts: Hosts;
  readonly #origin: string;
  readonly #intervalMs: number;
  readonly #again = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #places: number;
  /** Whoever has a place goes through it, alone. */
  #doorIsFree = true;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** @param origin of the host that the requests go to */
  constructor(origin: string, { hosts, maxConcurrency, maxRequestsPerSecond = null }: ThrottleOptions) {
    this.#hosts = hosts;
    this.#origin = origin;
    this.#places = maxConcurrency;
    this.#intervalMs = maxRequestsPerSecond === null ? 0 : 1_000 / maxRequestsPerSecond;
  }

  /** Holds back all requests to the host for at least so many milliseconds, those of other connections too. */
  hold(ms: number): void {
    this.#hosts.hold(this.#origin, ms);
  }

  /**
   * Runs a task when its turn comes. It keeps its place to its end; the others of this connection can only follow once
   * it has called `go`, which it does when its request leaves.
   *
   * @throws {OAuthClientsError} when the signal is aborted while the task waits; a task that runs goes on to its end
   */
  async during<Result>(
    clock: Clock,
    sending: AbortSignal,
    task: (go: () => void) => Promise<Result>,
  ): Promise<Result | HeldTooLong> {
    const queue = clock.again ? this.#again : this.#waiting;
    clock.again = true;
    await clock.standing(this.#enter(queue, sending));
    let atDoor = true;
    const leaveDoor = () => {
      if (atDoor) this.#doorIsFree = true;
      atDoor = false;
      this.#admit();
    };
    try {
      const held = await this.#allowed(clock, sending);
      if (held !== null) return held;
      return await task(() => {
        this.#nextAt = performance.now() + this.#intervalMs;
        leaveDoor();
      });
    } finally {
      this.#places += 1;
      leaveDoor();
    }
  }

  #enter(queue: Set<() => void>, sending: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      assertGoing(sending);
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
      this.#admit();
    });
  }

  /** Lets the next one in, if there is a place and nobody at the door. */
  #admit(): void {
    if (!this.#doorIsFree || this.#places === 0) return;
    for (const queue of [this.#again, this.#waiting]) {
      for (const enter of queue) {
        queue.delete(enter);
        this.#doorIsFree = false;
        this.#places -= 1;
        enter();
        return;
      }
    }
  }

  /** Waits until the host and the pace allow a request; not at all where the host does later than the clock allows. */
  async #allowed(clock: Clock, sending: AbortSignal): Promise<HeldTooLong | null> {
    for (;;) {
      assertGoing(sending);
      const heldMs = this.#hosts.heldMs(this.#origin);
      if (heldMs > 0) {
        if (clock.elapsedMs + heldMs > clock.budgetMs) return new HeldTooLong(heldMs);
        await pause(heldMs, sending);
        continue;
      }
      const paceMs = Math.ceil(this.#nextAt - performance.now());
      if (paceMs <= 0) return null;
      await clock.standing(pause(paceMs, sending));
    }
  }
}
