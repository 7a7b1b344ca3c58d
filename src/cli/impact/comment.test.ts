import { describe, expect, test } from "vitest";
import { quoted, say } from "../../core/text.ts";
import { type Comment, commentOf } from "./comment.ts";
import type { Impact } from "./impact.ts";
import { objectionsTo, type Thresholds, totalImpacts } from "./verdict.ts";

const NOW = Date.parse("2026-11-01T12:00:00Z");
const ago = (days: number) => new Date(NOW - days * 86_400_000).toISOString();

function impact(name: string, rest: Partial<Impact> = {}): Impact {
  return {
    urn: `urn:pulumi:pr-7::shop::pulumi-nodejs:dynamic/rezolve:OAuthClient::${name}`,
    stack: "pr-7",
    project: "shop",
    vendor: "rezolve",
    how: "removal",
    id: `client-${name}`,
    clientId: null,
    name,
    tenant: "t-1",
    is: "there",
    status: "active",
    lastUsedAt: ago(40),
    everUsed: true,
    activeTokens: 0,
    requestsPerDay: 0,
    refused: null,
    problem: null,
    problemCode: null,
    ...rest,
  };
}

function comment(impacts: readonly Impact[], rest: Partial<Comment> & { thresholds?: Thresholds } = {}): Comment {
  const { thresholds = {}, ...more } = rest;
  return {
    impacts,
    totals: totalImpacts(impacts),
    objections: objectionsTo(impacts, thresholds, NOW),
    isDestroy: false,
    isLookedAt: true,
    stack: "shop/pr-7",
    errors: [],
    ...more,
  };
}

test("nothing is said where nothing is deleted", () => {
  expect(commentOf(comment([]))).toBe("");
});

test("the marker, the verdict and the totals come first, then what is most in use", () => {
  const text = commentOf(
    comment([
      impact("idle"),
      impact("busy", { activeTokens: 41, requestsPerDay: 1234.56, lastUsedAt: ago(0) }),
      impact("silent", { activeTokens: null, requestsPerDay: null, lastUsedAt: null, everUsed: null }),
      impact("gone", { is: "gone", activeTokens: null, requestsPerDay: null, lastUsedAt: null, everUsed: null }),
    ]),
  );
  expect(text).toMatchInlineSnapshot(`
    "<!-- oauth-clients impact: shop/pr-7 -->

    ### ⚠️ This change deletes 4 OAuth clients (\`shop/pr-7\`)

    **In use**, or nobody says: whoever works as these clients loses access at once, and it cannot be undone.

    3 alive, 1 already gone · active tokens: **41** (1 not said) · requests per day: **1234.6** (1 not said)

    | client | tenant | deleted by | last used | active tokens | requests/day | |
    | --- | --- | --- | --- | ---: | ---: | --- |
    | \`busy\` | \`t-1\` | removal | 2026-11-01 12:00Z | 41 | 1234.6 |  |
    | \`idle\` | \`t-1\` | removal | 2026-09-22 12:00Z | 0 | 0 |  |
    | \`silent\` | \`t-1\` | removal | – | – | – |  |
    | \`gone\` | \`t-1\` | removal | – | – | – | already gone |

    <details><summary>What to do next</summary>

    - To go on: merge it. Each deletion leaves a receipt.
    - To try first who depends on a client: set its \`status\` to \`"inactive"\`, where the vendor has that, and wait.
    - To keep a client that is to leave the program: \`retainOnDelete: true\` first, or \`pulumi state delete\` of its resource. A renamed resource keeps its client with \`aliases\`.

    </details>
    "
  `);
});

describe("the verdict", () => {
  test.each<[string, Impact[], Partial<Comment> & { thresholds?: Thresholds }, string]>([
    ["not in use", [impact("a")], {}, "**Not in use now**"],
    ["in use", [impact("a", { activeTokens: 2 })], {}, "**In use**"],
    ["nobody says", [impact("a", { activeTokens: null })], {}, "**In use**, or nobody says"],
    ["gone", [impact("a", { is: "gone" })], {}, "**Harmless**"],
    ["unknown", [impact("a", { is: "unknown" })], {}, "**Look closer**"],
    ["refused", [impact("a", { refused: say`it is in use` })], {}, "**It would fail**"],
    [
      "objections",
      [impact("a", { activeTokens: 2 })],
      { thresholds: { activeTokens: 1 } },
      "**Do not merge yet**: 1 objection",
    ],
    ["not looked at", [impact("a", { is: "unknown" })], { isLookedAt: false }, "**Not looked at**"],
  ])("%s", (_what, impacts, rest, expected) => {
    expect(commentOf(comment(impacts, rest))).toContain(expected);
  });
});

describe("a preview that failed", () => {
  const errors = [say`the program threw`];

  test("is said, also where it shows no deletion", () => {
    const text = commentOf(comment([], { errors }));
    expect(text).toContain("<!-- oauth-clients impact: shop/pr-7 -->");
    expect(text).toContain("### ⚠️ The preview failed (`shop/pr-7`)");
    expect(text).toContain("**The preview failed, so this may not be all**: its log says why.");
    expect(text).not.toContain("the program threw");
    expect(text).not.toContain("merge it");
  });

  test.each<[string, Impact]>([
    ["gone", impact("a", { is: "gone" })],
    ["unused", impact("a")],
    ["refused", impact("a", { refused: say`it is in use` })],
  ])("has no other verdict where what it shows is %s", (_what, one) => {
    const text = commentOf(comment([one], { errors }));
    expect(text).toContain("deletes 1 OAuth client");
    expect(text).toContain("**The preview failed, so this may not be all**");
    expect(text).not.toMatch(/Harmless|Not in use now|merge it/);
  });
});

test("what is refused, or unknown, is not said to go on by a merge", () => {
  const text = commentOf(comment([impact("a", { refused: say`it is in use` })]));
  expect(text).toContain("To go on: clear what is refused");
  const unknown = commentOf(comment([impact("a", { is: "unknown" })]));
  expect(unknown).toContain("To go on: find out first");
  for (const one of [text, unknown]) expect(one).not.toContain("merge it");
});

test("a destroy has a heading of its own", () => {
  expect(commentOf(comment([impact("a")], { isDestroy: true }))).toContain(
    "### 🗑️ Destroying `shop/pr-7` deletes 1 OAuth client",
  );
});

test("what others wrote mentions nobody, links nowhere and breaks no table", () => {
  const text = commentOf(
    comment([impact("@org/everyone | `x` <img src=https://evil.example.test> -->", { tenant: "t|1" })], {
      stack: "a-->b/c",
    }),
  );
  expect(text).toContain("``@org/everyone \\| `x` <img src=https://evil.example.test> -->``");
  expect(text.split("\n")[0]).toBe("<!-- oauth-clients impact: a- ->b/c -->");
  const rows = text.split("\n").filter((line) => line.startsWith("| ``@org"));
  expect(rows).toHaveLength(1);
});

describe("a comment that is too long", () => {
  const many = Array.from({ length: 3_000 }, (_, at) => impact(`client number ${at}`, { activeTokens: at }));

  test.each([65_536, 10_000, 2_000])("of at most %d characters keeps its summary", (longest) => {
    const text = commentOf(comment(many, { thresholds: { activeTokens: 0 } }), longest);
    expect(text.length).toBeLessThanOrEqual(longest);
    expect(text).toContain("### ⚠️ This change deletes 3000 OAuth clients");
    expect(text).toContain("**Do not merge yet**: 2999 objections, below.");
    expect(text).toContain("active tokens: **4498500**");
  });

  test("has room for the longest summary in the least that the command takes", () => {
    const stack = `${"p".repeat(100)}/${"s".repeat(100)}`;
    const text = commentOf(comment(many, { stack, errors: [quoted("|".repeat(500), 500)] }), 2_000);
    expect(text.length).toBeLessThanOrEqual(2_000);
    expect(text).toContain("active tokens: **4498500**");
  });

  test("shows the most used, and says how many it leaves out", () => {
    const text = commentOf(comment(many));
    const rows = text.split("\n").filter((line) => line.startsWith("| `client number")).length;
    expect(text).toContain("`client number 2999`");
    expect(text).toContain(`… and ${3_000 - rows} more`);
  });
});

describe("objections", () => {
  test.each<[string, Partial<Impact>, Thresholds, number]>([
    ["fewer tokens", { activeTokens: 3 }, { activeTokens: 3 }, 0],
    ["more tokens", { activeTokens: 4 }, { activeTokens: 3 }, 1],
    ["unknown tokens", { activeTokens: null }, { activeTokens: 3 }, 1],
    ["used before", { lastUsedAt: ago(31) }, { usedWithinDays: 30 }, 0],
    ["used since", { lastUsedAt: ago(29) }, { usedWithinDays: 30 }, 1],
    ["never used", { lastUsedAt: null, everUsed: false }, { usedWithinDays: 30 }, 0],
    ["unknown use", { lastUsedAt: null, everUsed: null }, { usedWithinDays: 30 }, 1],
    ["an unreadable time", { lastUsedAt: "soon" }, { usedWithinDays: 30 }, 1],
    [
      "gone",
      { is: "gone", activeTokens: null, lastUsedAt: null, everUsed: null },
      { activeTokens: 0, usedWithinDays: 1 },
      0,
    ],
    ["both", { activeTokens: 9, lastUsedAt: ago(0) }, { activeTokens: 0, usedWithinDays: 1 }, 2],
  ])("%s", (_what, rest, thresholds, expected) => {
    expect(objectionsTo([impact("a", rest)], thresholds, NOW)).toHaveLength(expected);
  });
});

test("a client that several deletions name is counted once, with what any of them knows", () => {
  const twice = impact("twice", { activeTokens: 3, requestsPerDay: 5 });
  const unknown = { is: "unknown", activeTokens: null, requestsPerDay: null } as const;
  const impacts = [{ ...twice, ...unknown, how: "purge" as const }, twice, impact("other", { activeTokens: 1 })];
  expect(totalImpacts(impacts)).toMatchObject({
    deletions: 3,
    clients: 2,
    alive: 2,
    unknown: 0,
    activeTokens: 4,
    unknownTokenCounts: 0,
  });
  const text = commentOf(comment(impacts));
  expect(text).toContain("deletes 2 OAuth clients");
  expect(text).toContain("1 of the 3 deletions name a client once more");
});

test("what is gone for one deletion is not gone where another one does not know where it is", () => {
  const gone = impact("moved", { is: "gone", tenant: null });
  const hidden = impact("moved", { is: "unknown", tenant: null });
  for (const impacts of [
    [gone, hidden],
    [hidden, gone],
  ]) {
    expect(totalImpacts(impacts)).toMatchObject({ clients: 1, gone: 0, unknown: 1 });
    expect(commentOf(comment(impacts))).not.toContain("Harmless");
  }
});

test("clients whose ids are not known yet are as many as their deletions", () => {
  const open = { id: null, is: "unknown" } as const;
  expect(totalImpacts([impact("one", open), impact("two", open)])).toMatchObject({
    deletions: 2,
    clients: 2,
    unknown: 2,
  });
});
