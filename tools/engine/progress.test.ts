import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { duration, progressOn } from "./progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 40, written, write: (text: string) => written.push(text) };
}

describe("progress", () => {
  it("in a log is one plain line each half minute, without control characters", () => {
    const output = recorder(false);
    const progress = progressOn(output);
    progress.begin("building");
    vi.advanceTimersByTime(29_000);
    expect(output.written).toEqual(["building …\n"]);
    progress.detail("7 packages compiled");
    vi.advanceTimersByTime(32_000);
    progress.end("built");
    vi.advanceTimersByTime(90_000);
    expect(output.written.filter(Boolean)).toEqual([
      "building …\n",
      "building: 7 packages compiled, 30 s\n",
      "building: 7 packages compiled, 1 min 0 s\n",
      "built in 1 min 1 s\n",
    ]);
  });

  it("on a terminal is one line updated in place that never wraps", () => {
    const output = recorder(true);
    const progress = progressOn(output);
    progress.begin("building");
    progress.detail("x".repeat(100));
    vi.advanceTimersByTime(3_000);
    expect(output.written.join("")).not.toContain("\n");
    const last = output.written.at(-1) ?? "";
    expect(last.startsWith("\r\x1b[2K")).toBe(true);
    expect(last.slice("\r\x1b[2K".length)).toHaveLength(39);
    progress.end("built");
    expect(output.written.join("").endsWith("\r\x1b[2Kbuilt in 3 s\n")).toBe(true);
  });

  it.each([
    [0, "0 s"],
    [59_400, "59 s"],
    [59_600, "1 min 0 s"],
    [221_000, "3 min 41 s"],
  ])("calls %d ms %s", (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });
});
