import { describe, expect, test } from "vitest";
import { isMeant, unmeantIn } from "./operations.ts";

describe("the emergency switch is on", () => {
  test.each([
    ["rezolve", "rezolve", "default", true],
    ["rezolve", "rezolve", "eu", true],
    ["rezolve:eu", "rezolve", "eu", true],
    ["rezolve:eu", "rezolve", "default", false],
    ["rezolve:eu", "nexus", "eu", false],
    ["rezolve:default", "rezolve", "default", true],
    ["nexus, rezolve:eu", "rezolve", "eu", true],
    ["nexus,rezolve", "nexus", "default", true],
    ["rezolve:", "rezolve", "default", false],
    ["rezolv", "rezolve", "default", false],
    ["true", "rezolve", "default", false],
    ["1", "rezolve", "default", false],
    ["*", "rezolve", "default", false],
    ["", "rezolve", "default", false],
    [",", "rezolve", "default", false],
    [undefined, "rezolve", "default", false],
  ])("by %j for %s:%s: %s", (setting, vendor, connection, on) => {
    expect(isMeant(setting, vendor, connection)).toBe(on);
  });
});

test.each([
  [undefined, null],
  ["", null],
  ["rezolve", null],
  ["nexus:eu, rezolve", null],
  ["true", "true"],
  ["rezolve, 1", "1"],
  ["Rezolve:default", "Rezolve:default"],
])("of %j, the part that names no vendor is %j", (setting, expected) => {
  expect(unmeantIn(setting, [{ name: "rezolve" }, { name: "nexus" }])).toBe(expected);
});
