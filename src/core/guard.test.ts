import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type OnlyIf, type Use, usageOf, violationsOf } from "./guard.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const DAY = 86_400_000;
const ago = (days: number) => NOW - days * DAY;

const USE: Use = { createdMs: ago(400), lastUsedMs: ago(100), activeTokens: 0, requestsPerDay: 0, disabledMs: ago(50) };

function said(onlyIf: object, use: Partial<Use> | null): string[] {
  return violationsOf({ ...onlyIf }, use === null ? null : { ...USE, ...use }, NOW).map(String);
}

describe("each criterion, with what is unknown, fresh and old", () => {
  const table: [
    criterion: keyof OnlyIf,
    wanted: number,
    what: string,
    use: Partial<Use> | null,
    says: string | null,
  ][] = [
    ["unusedForDays", 30, "unknown", { lastUsedMs: null }, "may be in use: nobody says when it was last used"],
    ["unusedForDays", 30, "not shown", null, "may be in use: nobody says when it was last used"],
    ["unusedForDays", 30, "fresh", { lastUsedMs: ago(2.5) }, "was last used 2 days ago, at 2026-11-23T00:00:00.000Z"],
    ["unusedForDays", 30, "from the future", { lastUsedMs: ago(-1) }, "was last used 0 min ago"],
    ["unusedForDays", 30, "a moment too fresh", { lastUsedMs: ago(30) + 1 }, "was last used 29 days ago"],
    ["unusedForDays", 30, "just old enough", { lastUsedMs: ago(30) }, null],
    ["unusedForDays", 30, "old", {}, null],
    [
      "unusedForDays",
      30,
      "never, and young",
      { lastUsedMs: "never", createdMs: ago(1) },
      "was never used, but it was created 24 h ago",
    ],
    [
      "unusedForDays",
      30,
      "never, of unknown age",
      { lastUsedMs: "never", createdMs: null },
      "was never used, and nobody says when",
    ],
    ["unusedForDays", 30, "never, and old", { lastUsedMs: "never" }, null],
    [
      "maxActiveTokens",
      0,
      "unknown",
      { activeTokens: null },
      "may have tokens that are still good: nobody says how many",
    ],
    ["maxActiveTokens", 0, "one", { activeTokens: 1 }, "has 1 active token"],
    ["maxActiveTokens", 2, "three", { activeTokens: 3 }, "has 3 active tokens"],
    ["maxActiveTokens", 2, "two", { activeTokens: 2 }, null],
    ["maxActiveTokens", 0, "none", {}, null],
    ["disabledForDays", 7, "unknown", { disabledMs: null }, "may have been disabled just now"],
    ["disabledForDays", 7, "not disabled", { disabledMs: "not" }, "is not disabled"],
    ["disabledForDays", 7, "fresh", { disabledMs: ago(0.1) }, "was last changed, perhaps disabled, 2 h ago"],
    ["disabledForDays", 7, "old", {}, null],
  ];

  test.each(table)("%s: %d, and the use is %s", (criterion, wanted, _what, use, says) => {
    const found = said({ [criterion]: wanted }, use);
    if (says === null) return expect(found).toEqual([]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(says);
    expect(found[0]).toContain(`(${criterion}: ${wanted})`);
  });
});

test("every criterion that is not fulfilled is told", () => {
  expect(said({ unusedForDays: 30, maxActiveTokens: 0, disabledForDays: 7 }, null)).toHaveLength(3);
});

test("a criterion of a newer version, or of another type, is never fulfilled", () => {
  for (const onlyIf of [{ quietForDays: 3 }, { unusedForDays: "30" }, { unusedForDays: true }]) {
    expect(said(onlyIf, {})[0]).toContain("does not know");
  }
  expect(said({ unusedForDays: undefined, maxActiveTokens: null }, null)).toEqual([]);
});

test("nothing that is unknown lets a deletion pass", () => {
  const time = fc.integer({ min: ago(1_000), max: NOW });
  const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value);
  const anyUse: fc.Arbitrary<Use> = fc.record({
    createdMs: maybe(time),
    lastUsedMs: maybe(fc.oneof(time, fc.constant("never" as const))),
    activeTokens: maybe(fc.nat(5)),
    requestsPerDay: maybe(fc.nat(5)),
    disabledMs: maybe(fc.oneof(time, fc.constant("not" as const))),
  });
  const days = fc.nat(500);
  const anyOnlyIf = fc.record(
    { unusedForDays: days, maxActiveTokens: fc.nat(5), disabledForDays: days },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(anyOnlyIf, anyUse, (onlyIf, use) => {
      const { unusedForDays: unused, maxActiveTokens: most, disabledForDays: disabled } = onlyIf;
      const since = use.lastUsedMs === "never" ? use.createdMs : use.lastUsedMs;
      const holds =
        (unused === undefined || (since !== null && NOW - since >= unused * DAY)) &&
        (most === undefined || (use.activeTokens !== null && use.activeTokens <= most)) &&
        (disabled === undefined || (typeof use.disabledMs === "number" && NOW - use.disabledMs >= disabled * DAY));
      expect(violationsOf(onlyIf, use, NOW).length === 0).toBe(holds);
    }),
  );
});

test("what was seen is kept as it was said", () => {
  expect(usageOf(USE)).toEqual({ lastUsedAt: "2026-08-17T12:00:00.000Z", everUsed: true, activeTokens: 0 });
  expect(usageOf({ ...USE, lastUsedMs: "never" })).toMatchObject({ lastUsedAt: null, everUsed: false });
  expect(usageOf({ ...USE, lastUsedMs: null })).toMatchObject({ lastUsedAt: null, everUsed: null });
});
