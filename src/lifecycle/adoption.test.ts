import { describe, expect, test } from "vitest";
import { Redactor } from "../core/redaction.ts";
import { UNKNOWN } from "../core/unknown.ts";
import { changesOf } from "./adoption.ts";
import { wantedIn } from "./inputs.ts";

describe("what an adoption changes", () => {
  test.each<[before: unknown, after: unknown, shown: string]>([
    [undefined, "portal", 'field (none) → "portal"'],
    ["by hand", "", 'field "by hand" → (none)'],
    [["b", "a"], [], 'field ["b", "a"] → (none)'],
    [{ ios: { teamId: "1" } }, null, 'field {"ios":{"teamId":"1"}} → (none)'],
    [["a", "b", "c", "d", "e", "f", "g", "h"], ["a"], 'field ["a", "b", "c", "d", "e", "f", 2 more] → ["a"]'],
  ])("from %j to %j", (before, after, shown) => {
    expect(String(changesOf(["field"], { field: before }, { field: after }))).toBe(shown);
  });

  test("names every field, and nothing where nothing changes", () => {
    expect(String(changesOf(["a", "b"], { a: "1" }, { a: "2", b: "3" }))).toBe('a "1" → "2"; b (none) → "3"');
    expect(changesOf([], {}, {}).isEmpty).toBe(true);
  });

  test("shows no secret, no colour directive, and no more than one recognises a value by", () => {
    const redactor = new Redactor();
    redactor.add("hunter2-and-more");
    const text = redactor.show(
      changesOf(["field"], { field: ["key hunter2-and-more", "<{%boom%}>"] }, { field: "long ".repeat(200) }),
    );
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("<{%");
    expect(text.length).toBeLessThan(250);
  });
});

test.each<[adopt: unknown, wanted: unknown]>([
  [undefined, null],
  [null, null],
  [UNKNOWN, null],
  [{ id: "client-1" }, { id: "client-1", mustMatch: false }],
  [{ byName: true }, { id: null, mustMatch: false }],
  [
    { byName: true, mustMatch: true },
    { id: null, mustMatch: true },
  ],
])("adopt: %j means %j", (adopt, wanted) => {
  expect(wantedIn({ adopt })).toEqual(wanted);
});
