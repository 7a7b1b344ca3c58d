import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

test("a pace keeps requests as far apart as it allows a second", () => {
  const pace = new Pace(4);
  expect(pace.remainingMs(1_000)).toBe(0);
  pace.went(1_000);
  expect([1_000, 1_100, 1_250, 9_000].map((now) => pace.remainingMs(now))).toEqual([250, 150, 0, 0]);
});

test("time that nobody used is not made up for", () => {
  const pace = new Pace(0.5);
  pace.went(0);
  pace.went(60_000);
  expect(pace.remainingMs(60_001)).toBe(1_999);
});

test("no pace keeps nobody", () => {
  const pace = new Pace(null);
  pace.went(1_000);
  expect(pace.remainingMs(1_000)).toBe(0);
});
