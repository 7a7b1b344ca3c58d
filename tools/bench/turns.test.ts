import { expect, test } from "vitest";
import { inTurn } from "./turns.ts";

test("two take turns at going first", () => {
  expect([0, 1, 2].map((round) => inTurn(["a", "b"], round).join(""))).toEqual(["ab", "ba", "ab"]);
});

test("three stand in each order once in six rounds", () => {
  const orders = Array.from({ length: 6 }, (_, round) => inTurn(["a", "b", "c"], round).join(""));
  expect(new Set(orders)).toEqual(new Set(["abc", "acb", "bac", "bca", "cab", "cba"]));
  expect(inTurn(["a", "b", "c"], 6)).toEqual(inTurn(["a", "b", "c"], 0));
});

test("one alone is there in every round", () => {
  expect([0, 1].map((round) => inTurn(["a"], round))).toEqual([["a"], ["a"]]);
});
