import { expect, test } from "vitest";
import { faultyAmong, idealMs, perClientRatio, timesIdeal } from "./purge-time.ts";

const rounds = [
  { one: 2_500, few: 4_500, many: 22_500 },
  { one: 2_600, few: 4_600, many: 24_600 },
  { one: 9_000, few: 11_000, many: 27_000 },
];

test("what requests of 50 ms take, 32 at a time", () => {
  expect(idealMs(1_000, 50, 32)).toBe(1_562.5);
});

test("the start and the end of a command are no part of a purge", () => {
  expect(timesIdeal(rounds, 1_600)).toBe(1.25);
  expect(perClientRatio(rounds, { few: 1_000, many: 10_000 })).toBe(1);
});

test("one that takes longer for each client, the more there are, is not linear", () => {
  expect(perClientRatio([{ one: 2_000, few: 4_000, many: 42_000 }], { few: 1_000, many: 10_000 })).toBe(2);
});

test("of a thousand clients fifty fail and fifty others are gone, never one right after another", () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `client-${index}`);
  const { failing, gone } = faultyAmong(ids);
  expect([failing.length, gone.length]).toEqual([50, 50]);
  expect(new Set([...failing, ...gone]).size).toBe(100);
  expect(failing.slice(0, 2)).toEqual(["client-0", "client-20"]);
});
