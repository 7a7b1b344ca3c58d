import { assertGoing, endedBy, pause } from "./ending.ts";

/** Until when hosts want no more requests (429). One for all connections of a process: a limit is the host's. */
export class Hosts {
  /** On `performance.now()`'s clock, by origin. */
  readonly #openAt = new Map<string, number>();

  /** Holds back all requests to a host together, for at least so many milliseconds from now. */
  hold(origin: string, ms: number): void {
    this.#openAt.set(origin, Math.max(performance.now() + ms, this.#openAt.get(origin) ?? 0));
  }

  /** When a host opens, or has opened after it was last held; null when it never was. */
  openAt(origin: string): number | null {
    return this.#openAt.get(origin) ?? null;
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
  /** Requests a second, also less than one, as the host counts them; as many as come without. */
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
 * here knows the beginning of. It may count a request at any moment from its leaving to its answer, so that one counts here
 * until a second after its answer: however long requests are on the way, no second at the vendor has more than it may.
 *
 * After a hold the host is not met by all who waited for its end: one goes first, and each answer lets one more go at a time.
 */
export class Throttle {
  readonly #hosts: Hosts;
  readonly #origin: string;
  readonly #intervalMs: number;
  /** So many requests may be counted by the host in `#windowMs`. */
  readonly #mostInWindow: number;
  readonly #windowMs: number;
  /** When the last of them were answered, in that order. */
  readonly #answeredAt: number[] = [];
  /** Requests that have left and are not answered. */
  #underWay = 0;
  /** After a hold: so many may be under way. */
  #atOnce = Number.POSITIVE_INFINITY;
  /** The hold that it is after. */
  #openAt: number | null = null;
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
    this.#intervalMs = maxRequestsPerSecond === null ? 0 : 1_000 / maxRequestsPerSecond;
    this.#mostInWindow =
      maxRequestsPerSecond === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(maxRequestsPerSecond));
    this.#windowMs = maxRequestsPerSecond === null ? 0 : this.#mostInWindow * this.#intervalMs;
    this.#places = Math.min(maxConcurrency, this.#mostInWindow);
  }

  /** Holds back all requests to the host for at least so many milliseconds, those of other connections too. */
  hold(ms: number): void {
    this.#hosts.hold(this.#origin, ms);
  }

  /** Says that the host has answered a request, and not by turning it away. */
  welcomed(): void {
    // While it is held, the answers are to requests from before.
    if (this.#hosts.heldMs(this.#origin) === 0) this.#atOnce = this.#mostAtOnce() + 1;
    this.#admit();
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
    let hasGone = false;
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
        this.#underWay += 1;
        hasGone = true;
        leaveDoor();
      });
    } finally {
      if (hasGone) this.#answered();
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

  #answered(): void {
    this.#underWay -= 1;
    if (this.#windowMs === 0) return;
    this.#answeredAt.push(performance.now());
    if (this.#answeredAt.length > this.#mostInWindow) this.#answeredAt.shift();
  }

  #mostAtOnce(): number {
    const openAt = this.#hosts.openAt(this.#origin);
    if (openAt !== this.#openAt) this.#atOnce = 1;
    this.#openAt = openAt;
    return this.#atOnce;
  }

  /** Milliseconds until the pace allows a request. */
  #paceMs(): number {
    // The oldest of those that would be one too many with it; of those under way there are fewer than may be.
    const counted = this.#answeredAt.at(this.#underWay - this.#mostInWindow) ?? Number.NEGATIVE_INFINITY;
    return Math.ceil(Math.max(this.#nextAt, counted + this.#windowMs) - performance.now());
  }

  /** Lets the next one in, if there is a place and nobody at the door. */
  #admit(): void {
    if (!this.#doorIsFree || this.#places === 0 || this.#underWay >= this.#mostAtOnce()) return;
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
      const paceMs = this.#paceMs();
      if (paceMs <= 0) return null;
      await clock.standing(pause(paceMs, sending));
    }
  }
}
