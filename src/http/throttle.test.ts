import { describe, expect, test, vi } from "vitest";
import { Clock, HeldTooLong, Hosts, Throttle, type ThrottleOptions } from "./throttle.ts";

const ORIGIN = "https://api.example.test";
/** Timers may fire a moment early. */
const EARLY_MS = 5;

const going = () => new AbortController().signal;
const clock = (budgetMs = 60_000) => new Clock(budgetMs);
const throttle = (options: Partial<ThrottleOptions> = {}) =>
  new Throttle(ORIGIN, { hosts: new Hosts(), maxConcurrency: 1, ...options });

/** The clock of one that has had a turn before. */
function usedClock(): Clock {
  const used = clock();
  used.again = true;
  return used;
}

/** A request that goes at once, and is under way until the test ends it. */
function request() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const task = vi.fn((go: () => void) => {
    go();
    return promise;
  });
  return { task, end: resolve };
}

/** Lets everything happen that waits for no time. */
const settled = () => new Promise(setImmediate);

describe("a host", () => {
  const at = (now: number) => vi.spyOn(performance, "now").mockReturnValue(now);

  test("is open until it is held, and again when the time is over", () => {
    const hosts = new Hosts();
    at(1_000);
    expect(hosts.heldMs(ORIGIN)).toBe(0);
    hosts.hold(ORIGIN, 500);
    const left = [1_000, 1_200, 1_500, 9_000].map((now) => {
      at(now);
      return hosts.heldMs(ORIGIN);
    });
    expect(left).toEqual([500, 300, 0, 0]);
  });

  test("that is held twice opens at the later time, in whatever order", () => {
    const hosts = new Hosts();
    at(1_000);
    hosts.hold(ORIGIN, 500);
    hosts.hold(ORIGIN, 100);
    expect(hosts.heldMs(ORIGIN)).toBe(500);
    hosts.hold(ORIGIN, 800);
    expect(hosts.heldMs(ORIGIN)).toBe(800);
  });

  test("is held alone: another port is another host", () => {
    const hosts = new Hosts();
    hosts.hold(ORIGIN, 500);
    expect(hosts.heldMs(`${ORIGIN}:8443`)).toBe(0);
  });

  test("that is held keeps the requests of every throttle that shares it, and of no other", async () => {
    const hosts = new Hosts();
    const began = performance.now();
    throttle({ hosts }).hold(100);
    const sent = async () => performance.now() - began;
    const [shared, other] = await Promise.all([
      throttle({ hosts }).during(clock(), going(), sent),
      throttle().during(clock(), going(), sent),
    ]);
    expect(shared).toBeGreaterThanOrEqual(100 - EARLY_MS);
    expect(other).toBeLessThan(100 - EARLY_MS);
  });
});

describe("turns", () => {
  test("are taken in the order of coming, by those that come again first", async () => {
    const turns = throttle();
    const order: string[] = [];
    const first = request();
    const running = turns.during(clock(), going(), first.task);
    const enter = (name: string, own: Clock) => turns.during(own, going(), async () => void order.push(name));
    const all = [
      enter("new 1", clock()),
      enter("new 2", clock()),
      enter("again 1", usedClock()),
      enter("again 2", usedClock()),
    ];
    first.end();
    await Promise.all([running, ...all]);
    expect(order).toEqual(["again 1", "again 2", "new 1", "new 2"]);
  });

  test("are given to so many at a time, and to each only when the one before has gone", async () => {
    const turns = throttle({ maxConcurrency: 2 });
    const slow = Promise.withResolvers<void>();
    const [first, second, third] = [request(), request(), request()];
    const all = [
      turns.during(clock(), going(), async (go) => {
        await slow.promise;
        await first.task(go);
      }),
      turns.during(clock(), going(), second.task),
      turns.during(clock(), going(), third.task),
    ];
    await settled();
    expect(second.task).not.toHaveBeenCalled();
    slow.resolve();
    await settled();
    expect(second.task).toHaveBeenCalled();
    expect(third.task).not.toHaveBeenCalled();
    second.end();
    await settled();
    expect(third.task).toHaveBeenCalled();
    first.end();
    third.end();
    await Promise.all(all);
  });

  test("come free after a failure, too", async () => {
    const turns = throttle();
    await expect(turns.during(clock(), going(), () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(await turns.during(clock(), going(), async () => "next")).toBe("next");
  });

  test("are not given to those who stopped waiting", async () => {
    const turns = throttle();
    const stop = new AbortController();
    const first = request();
    const running = turns.during(clock(), stop.signal, first.task);
    const waiting = turns.during(clock(), stop.signal, async () => "never");
    await settled();
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
    first.end();
    await running;
    expect(await turns.during(clock(), going(), async () => "next")).toBe("next");
    await expect(turns.during(clock(), stop.signal, async () => "never")).rejects.toMatchObject({
      code: "interrupted",
    });
  });

  test.each<[string, Partial<ThrottleOptions>, (turns: Throttle) => void]>([
    ["the host", {}, (turns) => turns.hold(50)],
    ["the pace", { maxRequestsPerSecond: 20 }, () => {}],
  ])("come free where one stops waiting for %s", async (_what, options, hold) => {
    const turns = throttle(options);
    await turns.during(clock(), going(), async (go) => go());
    hold(turns);
    const stop = new AbortController();
    const waiting = turns.during(clock(), stop.signal, async () => "never");
    const next = turns.during(clock(), going(), async () => "next");
    await settled();
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
    expect(await next).toBe("next");
  });
});

describe("the pace", () => {
  /** When each of the requests went, in milliseconds since the first. */
  async function times(turns: Throttle, count: number): Promise<number[]> {
    const went: number[] = [];
    const send = () =>
      turns.during(clock(), going(), async (go) => {
        go();
        went.push(performance.now());
      });
    await Promise.all(Array.from({ length: count }, send));
    return went.map((at) => at - (went[0] ?? 0));
  }

  test("keeps requests as far apart as it allows a second", async () => {
    const went = await times(throttle({ maxRequestsPerSecond: 20, maxConcurrency: 4 }), 4);
    for (const [index, at] of went.entries()) expect(at).toBeGreaterThanOrEqual(50 * index - EARLY_MS);
  });

  test("does not make up for time that nobody used", async () => {
    const turns = throttle({ maxRequestsPerSecond: 20, maxConcurrency: 4 });
    await times(turns, 1);
    await new Promise((passed) => setTimeout(passed, 150));
    const [, second = 0, third = 0] = await times(turns, 3);
    expect(second).toBeGreaterThanOrEqual(50 - EARLY_MS);
    expect(third).toBeGreaterThanOrEqual(100 - EARLY_MS);
  });

  test("counts a request until a second after its answer, since nobody knows when the host has counted it", async () => {
    const turns = throttle({ maxRequestsPerSecond: 2, maxConcurrency: 4 });
    const [slow, quick] = [request(), request()];
    const running = [turns.during(clock(), going(), slow.task), turns.during(clock(), going(), quick.task)];
    await vi.waitFor(() => expect(quick.task).toHaveBeenCalled(), { timeout: 10_000 });
    quick.end();
    const answered = performance.now();
    const third = turns.during(clock(), going(), async (go) => {
      go();
      return performance.now();
    });
    expect(await third).toBeGreaterThanOrEqual(answered + 1_000 - EARLY_MS);
    slow.end();
    await Promise.all(running);
  });

  test("counts a request whose answer takes long for two seconds, not until it comes", async () => {
    const turns = throttle({ maxRequestsPerSecond: 1, maxConcurrency: 2 });
    const slow = request();
    const left = performance.now();
    const running = turns.during(clock(), going(), slow.task);
    const next = turns.during(clock(), going(), async (go) => {
      go();
      return performance.now();
    });
    expect(await next).toBeGreaterThanOrEqual(left + 2_000 - EARLY_MS);
    slow.end();
    await running;
  });

  test("is not slowed by timers that are late", async () => {
    const turns = throttle({ maxRequestsPerSecond: 50 });
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const left: number[] = [];
    const running = [0, 1, 2].map(() =>
      turns.during(clock(), going(), async (go) => {
        go();
        left.push(now);
      }),
    );
    await running[0];
    await settled();
    // The second should leave after 20 ms.
    now = 30;
    await running[1];
    await settled();
    now = 40;
    await running[2];
    expect(left).toEqual([0, 30, 40]);
  });

  test("is not used up by a turn in which no request went", async () => {
    const turns = throttle({ maxRequestsPerSecond: 0.001 });
    await turns.during(clock(), going(), async () => {});
    expect(await turns.during(clock(), going(), async () => "next")).toBe("next");
  });

  test("keeps nobody where there is none", async () => {
    const [, second = Number.NaN] = await times(throttle(), 2);
    expect(second).toBeLessThan(50);
  });
});

describe("a host that opens again", () => {
  test("is met by one, and by one more with each answer", async () => {
    const turns = throttle({ maxConcurrency: 8 });
    const all = Array.from({ length: 8 }, request);
    turns.hold(30);
    const running = all.map(({ task }) => turns.during(clock(), going(), task));
    const gone = () => all.filter(({ task }) => task.mock.calls.length > 0).length;
    await vi.waitFor(() => expect(gone()).toBeGreaterThan(0), { timeout: 10_000 });
    await settled();
    expect(gone()).toBe(1);
    const seen: number[] = [];
    for (const { end } of all) {
      end();
      await settled();
      seen.push(gone());
    }
    expect(seen).toEqual([3, 5, 7, 8, 8, 8, 8, 8]);
    await Promise.all(running);
  });

  test("is met by one at a time as long as it turns them away, and not before the hold that each asks for", async () => {
    const turns = throttle({ maxConcurrency: 8 });
    const all = Array.from({ length: 3 }, request);
    const left: number[] = [];
    turns.hold(10);
    const running = all.map(async ({ task }) => {
      const noted = (go: () => void) => {
        left.push(performance.now());
        return task(go);
      };
      await turns.during(clock(), going(), noted, () => true);
      // Whoever judges the answer is some steps away.
      for (let step = 0; step < 10; step += 1) await null;
      turns.hold(100);
    });
    for (const [at, { task, end }] of all.entries()) {
      await vi.waitFor(() => expect(task).toHaveBeenCalled(), { timeout: 10_000 });
      expect(left).toHaveLength(at + 1);
      if (at > 0) expect(Number(left[at]) - Number(left[at - 1])).toBeGreaterThanOrEqual(100 - EARLY_MS);
      end();
    }
    await Promise.all(running);
  });

  test("is met by one more after each that was not turned away, whatever became of it", async () => {
    const turns = throttle({ maxConcurrency: 8 });
    turns.hold(10);
    const failed = turns.during(clock(), going(), async (go) => {
      go();
      throw new Error("no answer");
    });
    await expect(failed).rejects.toThrow("no answer");
    const next = [request(), request(), request()];
    const running = next.map(({ task }) => turns.during(clock(), going(), task));
    await settled();
    expect(next.map(({ task }) => task.mock.calls.length)).toEqual([1, 1, 0]);
    for (const { end } of next) end();
    await Promise.all(running);
  });

  test("is met by the next one where one that waits for its turn is interrupted", async () => {
    const turns = throttle({ maxConcurrency: 8 });
    turns.hold(10);
    const [first, last] = [request(), request()];
    const stop = new AbortController();
    const running = [turns.during(clock(), going(), first.task)];
    const interrupted = turns.during(clock(), stop.signal, async () => "never");
    running.push(turns.during(clock(), going(), last.task));
    await vi.waitFor(() => expect(first.task).toHaveBeenCalled(), { timeout: 10_000 });
    stop.abort();
    await expect(interrupted).rejects.toMatchObject({ code: "interrupted" });
    expect(last.task).not.toHaveBeenCalled();
    first.end();
    await vi.waitFor(() => expect(last.task).toHaveBeenCalled(), { timeout: 10_000 });
    last.end();
    await Promise.all(running);
  });

  test("is not kept waiting by what left before it was held", async () => {
    const turns = throttle({ maxConcurrency: 8 });
    const slow = request();
    const before = turns.during(clock(), going(), slow.task);
    await vi.waitFor(() => expect(slow.task).toHaveBeenCalled(), { timeout: 10_000 });
    turns.hold(10);
    expect(await turns.during(clock(), going(), async (go) => go())).toBeUndefined();
    slow.end();
    await before;
  });
});

describe("an exchange's clock", () => {
  test("stands still while other requests of ours go first, for their number and for the pace", async () => {
    const turns = throttle({ maxRequestsPerSecond: 10 });
    const first = request();
    const running = turns.during(clock(), going(), first.task);
    setTimeout(first.end, 150);
    const own = clock();
    await turns.during(own, going(), async (go) => go());
    await turns.during(own, going(), async (go) => go());
    await running;
    expect(own.elapsedMs).toBeLessThan(50);
  });

  test("goes on while the host is held", async () => {
    const turns = throttle();
    turns.hold(100);
    const own = clock();
    expect(await turns.during(own, going(), async () => "sent")).toBe("sent");
    expect(own.elapsedMs).toBeGreaterThanOrEqual(100 - EARLY_MS);
  });

  test("that ends before the host opens gives no turn, and keeps nobody else from waiting", async () => {
    const turns = throttle();
    turns.hold(200);
    const task = vi.fn(async () => "sent");
    const held = await turns.during(clock(100), going(), task);
    expect(task).not.toHaveBeenCalled();
    expect(held).toBeInstanceOf(HeldTooLong);
    const ms = held instanceof HeldTooLong ? held.ms : Number.NaN;
    expect(ms).toBeGreaterThan(100);
    expect(ms).toBeLessThanOrEqual(200);
    expect(await turns.during(clock(), going(), task)).toBe("sent");
  });
});
