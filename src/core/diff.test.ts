import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ComparedAs, diffDeclared, emptyOf, type FieldPolicies, isNothing, sameValue } from "./diff.ts";
import { isUnknown, UNKNOWN } from "./unknown.ts";

const POLICIES = {
  name: { effect: "patch", as: "text" },
  scopes: { effect: "patch", as: "set" },
  allowedOrigins: { effect: "patch", as: "set" },
  tenantId: { effect: "replace", as: "text" },
  deletion: { effect: "state-only", as: "value" },
} as const satisfies FieldPolicies;

const NO_DIFF = { patch: [], replace: [], stateOnly: [] };
const NOTHINGS = [undefined, null, "", []] as const;
const KINDS: readonly ComparedAs[] = ["set", "text", "value"];

const anyTexts = fc.array(fc.string({ minLength: 1 }), { minLength: 1 });
const anyValue = fc.jsonValue();

describe("a difference", () => {
  test("is told apart by what it takes", () => {
    const recorded = { name: "a", scopes: ["x"], tenantId: "t-1", deletion: { alreadyGone: "verify" } };
    const desired = { name: "b", scopes: ["y"], tenantId: "t-2", deletion: { alreadyGone: "trust" } };
    expect(diffDeclared(POLICIES, recorded, desired)).toEqual({
      patch: ["name", "scopes"],
      replace: ["tenantId"],
      stateOnly: ["deletion"],
    });
  });

  test("is not made by outputs that no input declares", () => {
    expect(diffDeclared(POLICIES, { name: "a", clientId: "c", createdAt: "then" }, { name: "a", other: 1 })).toEqual(
      NO_DIFF,
    );
  });

  test("is made by taking a list or a text out of the program", () => {
    expect(diffDeclared(POLICIES, { name: "a", scopes: ["x"] }, {})).toEqual({ ...NO_DIFF, patch: ["name", "scopes"] });
  });

  test("is not made by what the vendor filled in, and is by a departure from it", () => {
    const filledIn = { allowedOrigins: ["https://a.example.test"] };
    const recorded = { allowedOrigins: ["https://a.example.test"] };
    expect(diffDeclared(POLICIES, recorded, {}, filledIn)).toEqual(NO_DIFF);
    expect(diffDeclared(POLICIES, { allowedOrigins: [] }, {}, filledIn).patch).toEqual(["allowedOrigins"]);
    expect(diffDeclared(POLICIES, recorded, { allowedOrigins: [] }, filledIn).patch).toEqual(["allowedOrigins"]);
  });

  test("is none between a state and itself", () => {
    fc.assert(
      fc.property(
        fc.record({ name: anyValue, scopes: anyValue, tenantId: anyValue, deletion: anyValue }, { requiredKeys: [] }),
        (state) => {
          expect(diffDeclared(POLICIES, state, structuredClone(state))).toEqual(NO_DIFF);
        },
      ),
    );
  });

  test("is in exactly the changed inputs", () => {
    fc.assert(
      fc.property(fc.subarray(["name", "scopes", "tenantId", "deletion"]), (changed) => {
        const recorded = { name: "a", scopes: ["x"], tenantId: "t", deletion: { disableFirst: true } };
        const news = { name: "b", scopes: ["y"], tenantId: "u", deletion: { disableFirst: false } };
        const desired = { ...recorded, ...Object.fromEntries(changed.map((key) => [key, Reflect.get(news, key)])) };
        const { patch, replace, stateOnly } = diffDeclared(POLICIES, recorded, desired);
        expect([...patch, ...replace, ...stateOnly].sort()).toEqual([...changed].sort());
      }),
    );
  });
});

describe("two values", () => {
  test("are the same list in any order and with anything twice, where the list means a set", () => {
    fc.assert(
      fc.property(
        anyTexts.chain((texts) =>
          fc.tuple(fc.constant(texts), fc.shuffledSubarray(texts, { minLength: texts.length }), fc.subarray(texts)),
        ),
        ([texts, shuffled, twice]) => {
          expect(sameValue("set", texts, [...shuffled, ...twice])).toBe(true);
        },
      ),
    );
  });

  test("are not the same set when one has an element more", () => {
    fc.assert(
      fc.property(anyTexts, fc.string({ minLength: 1 }), (texts, more) => {
        fc.pre(!texts.includes(more));
        expect(sameValue("set", texts, [...texts, more])).toBe(false);
        expect(sameValue("set", [...texts, more], texts)).toBe(false);
      }),
    );
  });

  test("that are lists have an order where they do not mean a set", () => {
    expect(sameValue("value", ["a", "b"], ["b", "a"])).toBe(false);
    expect(sameValue("value", ["a", "b"], ["a", "b"])).toBe(true);
  });

  test("that are objects have no order of keys, and a key without a value is none", () => {
    const a = { disableFirst: true, alreadyGone: "verify" };
    const b = { alreadyGone: "verify", disableFirst: true, other: undefined, more: null };
    expect(sameValue("value", a, b)).toBe(true);
    expect(sameValue("value", a, { ...b, alreadyGone: "trust" })).toBe(false);
  });

  test("are never the same when one is unknown, wherever in it", () => {
    const anyUnknown = fc.constantFrom<unknown>(UNKNOWN, [UNKNOWN], ["a", UNKNOWN], { a: { b: [UNKNOWN] } });
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), anyUnknown, fc.oneof(anyValue, anyUnknown), (as, unknown, other) => {
        expect(sameValue(as, unknown, other)).toBe(false);
        expect(sameValue(as, other, unknown)).toBe(false);
        expect(sameValue(as, unknown, unknown)).toBe(false);
      }),
    );
  });

  test.each(KINDS)("are the same nothing, compared as %s: left out, null, an empty text, an empty list", (as) => {
    for (const a of NOTHINGS) for (const b of NOTHINGS) expect(sameValue(as, a, b)).toBe(true);
    for (const a of NOTHINGS) {
      for (const something of [0, false, "a", ["a"], [""]]) {
        expect(sameValue(as, a, something)).toBe(false);
        expect(sameValue(as, something, a)).toBe(false);
      }
    }
  });

  test("are the same in both directions, and the same as themselves", () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), anyValue, anyValue, (as, a, b) => {
        expect(sameValue(as, a, b)).toBe(sameValue(as, b, a));
        expect(sameValue(as, a, structuredClone(a))).toBe(true);
      }),
    );
  });
});

test("an unknown value is found wherever it hides, and nowhere else", () => {
  expect([UNKNOWN, [UNKNOWN], { a: [{ b: UNKNOWN }] }].every(isUnknown)).toBe(true);
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(isUnknown(value)).toBe(JSON.stringify(value).includes(UNKNOWN));
    }),
  );
});

test("zero, false and a list of nothing are something", () => {
  expect([0, false, [""], [null], {}].some(isNothing)).toBe(false);
});

test.each(KINDS)("what empties a field compared as %s is nothing again", (as) => {
  expect(isNothing(emptyOf({ effect: "patch", as }))).toBe(true);
});

test("a list is emptied with a list and a text with a text", () => {
  expect(emptyOf({ effect: "patch", as: "set" })).toEqual([]);
  expect(emptyOf({ effect: "patch", as: "text" })).toBe("");
});
