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

/** A request that has left. */
interface Sent {
  /** The hold that it came after, by the time at which the host opened. */
  after: number | null;
  /** Says once that the host has counted it, at the latest. */
  counted: () => void;
}

/** So long after it has left, at the latest, a request is taken for counted by its host, whenever the answer comes. */
const COUNTED_MS = 1_000;

/**
 * Lets the requests of one connection go: so many at a time, one after the other, when their host wants them and at a
 * pace. In the order they came; those that come again before those that come.
 *
 * The pace spaces requests evenly rather than letting them through in bursts: a vendor counts in windows that nobody
 * here knows the beginning of. It may count a request at any moment from its leaving to its answer, so that one counts here
 * until a second after its answer, or after {@link COUNTED_MS}: no second at the vendor has more than it may.
 *
 * After a hold the host is not met by all who waited for its end: one goes first, and each that is not turned away lets one
 * more go at a time. One that left before the hold counts neither for nor against them.
 */
export class Throttle {
  readonly #hosts: Hosts;
  readonly #origin: string;
  readonly #intervalMs: number;
  /** So many requests may be counted by the host in `#windowMs`. */
  readonly #mostInWindow: number;
  readonly #windowMs: number;
  /** When the last of them were counted, in that order. */
  readonly #countedAt: number[] = [];
  /** Requests that have left and that the host may not have counted. */
  #uncounted = 0;
  /** The hold that it is after. */
  #openAt: number | null = null;
  /** After that hold: so many may be under way, of those that left after it. */
  #mostUnderWay = Number.POSITIVE_INFINITY;
  #underWay = 0;
  readonly #again = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #places: number;
  /** Whoever has a place goes through it, alone. */
  #doorIsFree = true;
  #nextAt = Number.NEGATIVE_INFINITY;
  /** Whether the one at the door has waited for `#nextAt`. */
  #hasPaced = false;

  /** @param origin of the host that the requests go to */
  constructor(origin: string, { hosts, maxConcurrency, maxRequestsPerSecond = null }: ThrottleOptions) {
    this.#hosts = hosts;
    this.#origin = origin;
    this.#intervalMs = maxRequestsPerSecond === null ? 0 : 1_000 / maxRequestsPerSecond;
    this.#mostInWindow =
      maxRequestsPerSecond === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(maxRequestsPerSecond));
    this.#windowMs = maxRequestsPerSecond === null ? 0 : this.#mostInWindow * this.#intervalMs;
    this.#places = maxConcurrency;
  }

  /** Holds back all requests to the host for at least so many milliseconds, those of other connections too. */
  hold(ms: number): void {
    this.#hosts.hold(this.#origin, ms);
  }

  /**
   * Runs a task when its turn comes. It keeps its place to its end; the others of this connection can only follow once
   * it has called `go`, which it does when its request leaves.
   *
   * @param isTurnedAway whether what the task gives says that the host wants no more now; then nobody follows before those who
   *   got it could hold the host
   * @throws {OAuthClientsError} when the signal is aborted while the task waits; a task that runs goes on to its end
   */
  async during<Result>(
    clock: Clock,
    sending: AbortSignal,
    task: (go: () => void) => Promise<Result>,
    isTurnedAway: (result: Result) => boolean = () => false,
  ): Promise<Result | HeldTooLong> {
    const queue = clock.again ? this.#again : this.#waiting;
    clock.again = true;
    await clock.standing(this.#enter(queue, sending));
    let atDoor = true;
    let sent = null as Sent | null;
    let isWelcome = true;
    const leaveDoor = () => {
      if (atDoor) this.#doorIsFree = true;
      atDoor = false;
      this.#admit();
    };
    try {
      const held = await this.#allowed(clock, sending);
      if (held !== null) return held;
      const result = await task(() => {
        sent = this.#gone();
        leaveDoor();
      });
      isWelcome = !isTurnedAway(result);
      return result;
    } finally {
      if (sent !== null) this.#ended(sent, isWelcome);
      const leave = () => {
        this.#places += 1;
        leaveDoor();
      };
      if (isWelcome) leave();
      else setImmediate(leave);
    }
  }

  #gone(): Sent {
    const now = performance.now();
    // Whoever has waited for the pace came a little late by its timer, which is no reason for all others to be late.
    const since = this.#hasPaced ? Math.max(this.#nextAt, now - this.#intervalMs) : now;
    this.#nextAt = since + this.#intervalMs;
    this.#assumeHold();
    this.#underWay += 1;
    return { after: this.#openAt, counted: this.#counting() };
  }

  #counting(): () => void {
    if (this.#windowMs === 0) return () => {};
    this.#uncounted += 1;
    let isCounted = false;
    const counted = () => {
      if (isCounted) return;
      isCounted = true;
      clearTimeout(timer);
      this.#uncounted -= 1;
      this.#countedAt.push(performance.now());
      if (this.#countedAt.length > this.#mostInWindow) this.#countedAt.shift();
      this.#admit();
    };
    const timer = setTimeout(counted, COUNTED_MS);
    timer.unref();
    return counted;
  }

  #ended({ after, counted }: Sent, isWelcome: boolean): void {
    counted();
    this.#assumeHold();
    if (after !== this.#openAt) return;
    this.#underWay -= 1;
    if (isWelcome) this.#mostUnderWay += 1;
  }

  /** Begins anew with one, where the host was held since. */
  #assumeHold(): void {
    const openAt = this.#hosts.openAt(this.#origin);
    if (openAt === this.#openAt) return;
    this.#openAt = openAt;
    this.#mostUnderWay = 1;
    this.#underWay = 0;
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

  /** Milliseconds until the pace allows a request. */
  #paceMs(): number {
    // The oldest of those that would be one too many with it; of those that are not counted there are fewer than may be.
    const counted = this.#countedAt.at(this.#uncounted - this.#mostInWindow) ?? Number.NEGATIVE_INFINITY;
    return Math.ceil(Math.max(this.#nextAt, counted + this.#windowMs) - performance.now());
  }

  #mayEnter(): boolean {
    return (
      this.#doorIsFree &&
      this.#places > 0 &&
      this.#underWay < this.#mostUnderWay &&
      this.#uncounted < this.#mostInWindow
    );
  }

  /** Lets the next one in, if there is a place and nobody at the door. */
  #admit(): void {
    this.#assumeHold();
    if (!this.#mayEnter()) return;
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
    this.#hasPaced = false;
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
      this.#hasPaced = true;
      await clock.standing(pause(paceMs, sending));
    }
  }
}
