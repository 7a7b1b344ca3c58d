import { expect, test } from "vitest";
import { gateOf, RateGate } from "./gate.ts";

test("a gate is open until it is held, and again when the time is over", () => {
  const gate = new RateGate();
  expect(gate.remainingMs(1_000)).toBe(0);
  gate.hold(500, 1_000);
  expect([1_000, 1_200, 1_500, 9_000].map((now) => gate.remainingMs(now))).toEqual([500, 300, 0, 0]);
});

test("a gate that is held twice opens at the later time, in whatever order", () => {
  const gate = new RateGate();
  gate.hold(500, 1_000);
  gate.hold(100, 1_000);
  expect(gate.remainingMs(1_000)).toBe(500);
  gate.hold(800, 1_000);
  expect(gate.remainingMs(1_000)).toBe(800);
});

test("a host has one gate, another host another", () => {
  const gate = gateOf("https://gate.example.test");
  expect(gateOf("https://gate.example.test")).toBe(gate);
  expect(gateOf("https://gate.example.test:8443")).not.toBe(gate);
});
