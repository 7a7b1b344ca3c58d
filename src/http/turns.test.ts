import { describe, expect, test } from "vitest";
import { Turns } from "./turns.ts";

const going = () => new AbortController().signal;

/** A task that is held until the test lets it go. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { task: () => promise, end: resolve };
}

describe("turns", () => {
  test("are taken in the order of coming, by those that come again first", async () => {
    const turns = new Turns(1);
    const order: string[] = [];
    const first = held();
    const running = turns.during(going(), false, first.task);
    const enter = (name: string, again: boolean) => turns.during(going(), again, async () => void order.push(name));
    const all = [enter("new 1", false), enter("new 2", false), enter("again 1", true), enter("again 2", true)];
    first.end();
    await Promise.all([running, ...all]);
    expect(order).toEqual(["again 1", "again 2", "new 1", "new 2"]);
  });

  test("come free after a failure, too", async () => {
    const turns = new Turns(1);
    await expect(turns.during(going(), false, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(await turns.during(going(), false, async () => "next")).toBe("next");
  });

  test("are not given to those who stopped waiting", async () => {
    const turns = new Turns(1);
    const stop = new AbortController();
    const first = held();
    const running = turns.during(stop.signal, false, first.task);
    const waiting = turns.during(stop.signal, false, async () => "never");
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
    first.end();
    await running;
    expect(await turns.during(going(), false, async () => "next")).toBe("next");
    await expect(turns.during(stop.signal, false, async () => "never")).rejects.toMatchObject({ code: "interrupted" });
  });
});
