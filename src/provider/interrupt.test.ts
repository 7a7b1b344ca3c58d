import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
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

test("without an interrupt nothing exits", async () => {
  const exit = vi.fn();
  const interrupt = new Interrupt(exit);
  await interrupt.during(async () => {});
  await sleep(200);
  expect(exit).not.toHaveBeenCalled();
  expect(interrupt.signal.aborted).toBe(false);
});
