import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Interrupt } from "./interrupt.ts";

test("an idle process exits at once, though not within the signal", async () => {
  const exit = vi.fn();
  const interrupt = new Interrupt(exit);
  interrupt.arrived();
  expect(interrupt.signal.aborted).toBe(true);
  await vi.waitFor(() => expect(exit).toHaveBeenCalled());
});

test("what is in flight goes on to its end, then the process exits", async () => {
  const exit = vi.fn();
  const interrupt = new Interrupt(exit);
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const running = [interrupt.during(() => first.promise), interrupt.during(() => second.promise)];
  interrupt.arrived();
  first.resolve("one");
  expect(await running[0]).toBe("one");
  await sleep(300);
  expect(exit).not.toHaveBeenCalled();
  second.reject(new Error("boom"));
  await expect(running[1]).rejects.toThrow("boom");
  expect(exit).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(exit).toHaveBeenCalledTimes(1));
});

test("a receipt that is on its way to the disk is waited for, also where its operation was given up", async () => {
  const exit = vi.fn();
  const interrupt = new Interrupt(exit);
  const disk = Promise.withResolvers<void>();
  const writing = interrupt.writing(() => disk.promise);
  interrupt.arrived();
  await sleep(200);
  expect(exit).not.toHaveBeenCalled();
  disk.resolve();
  await writing;
  await vi.waitFor(() => expect(exit).toHaveBeenCalled());
});

test("who is in a hurry waits for what is known to be written down, and for nothing else", async () => {
  const exit = vi.fn();
  const interrupt = new Interrupt(exit);
  const act = vi.fn(async () => {});
  const takenBack = vi.fn(async () => {});
  interrupt.whenOverdue(act);
  interrupt.whenOverdue(takenBack)();
  interrupt.hurried();
  expect(interrupt.signal.aborted).toBe(true);
  expect(act).toHaveBeenCalledOnce();
  expect(takenBack).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(exit).toHaveBeenCalled());
});

test("without an interrupt nothing exits", async () => {
  const exit = vi.fn();
  const interrupt = new Interrupt(exit);
  await interrupt.during(async () => {});
  await sleep(200);
  expect(exit).not.toHaveBeenCalled();
  expect(interrupt.signal.aborted).toBe(false);
});

describe("without its engine", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test("what never ends is cut off in time", async () => {
    const exit = vi.fn();
    const interrupt = new Interrupt(exit);
    void interrupt.during(() => new Promise(() => {}));
    interrupt.orphaned();
    expect(interrupt.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(exit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(exit).toHaveBeenCalledOnce();
  });

  test("but not a receipt that is on its way to the disk", async () => {
    const exit = vi.fn();
    const interrupt = new Interrupt(exit);
    const disk = Promise.withResolvers<void>();
    const writing = interrupt.during(() => interrupt.writing(() => disk.promise));
    interrupt.orphaned();
    await vi.advanceTimersByTimeAsync(12_500);
    expect(exit).not.toHaveBeenCalled();
    disk.resolve();
    await writing;
    await vi.advanceTimersByTimeAsync(100);
    expect(exit).toHaveBeenCalled();
  });

  test("unless the disk never answers either", async () => {
    const exit = vi.fn();
    const interrupt = new Interrupt(exit);
    void interrupt.during(() => interrupt.writing(() => new Promise(() => {})));
    interrupt.orphaned();
    await vi.advanceTimersByTimeAsync(14_500);
    expect(exit).toHaveBeenCalled();
  });
});

test("it is idle from the end of the last operation on", async () => {
  const interrupt = new Interrupt(() => {});
  const operation = Promise.withResolvers<void>();
  const running = interrupt.during(() => operation.promise);
  await sleep(20);
  expect(interrupt.idleMs()).toBe(0);
  operation.resolve();
  await running;
  await sleep(20);
  expect(interrupt.idleMs()).toBeGreaterThan(10);
});
