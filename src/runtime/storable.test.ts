import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plain } from "./storable.ts";

describe("properties for a state", () => {
  test("lose what is undefined, wherever it is, and keep the rest", () => {
    expect(
      plain({ a: undefined, b: null, c: { d: undefined, e: [1, undefined, { f: undefined }] }, g: "", h: 0, i: false }),
    ).toEqual({
      b: null,
      c: { e: [1, null, {}] },
      g: "",
      h: 0,
      i: false,
    });
    expect(Object.keys(plain({ a: undefined }))).toEqual([]);
  });

  test("that are plain JSON stay as they are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (properties) => {
        // What the command line acts on does not stay.
        fc.pre(!JSON.stringify(properties).includes("<{%"));
        expect(JSON.parse(JSON.stringify(plain(properties)))).toEqual(JSON.parse(JSON.stringify(properties)));
      }),
    );
  });

  const bad: [what: string, value: unknown][] = [
    ["a function", () => 1],
    ["a bigint", 1n],
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a date", new Date(0)],
    ["a symbol", Symbol("s")],
    ["a map", new Map()],
    ["an instance", new (class Thing {})()],
    ["bytes", Buffer.from("a")],
  ];
  test.each(bad)("cannot be %s, at the top or deep inside, and the property is named", (_what, value) => {
    const named = (path: string) =>
      expect.objectContaining({ code: "engine-contract", message: expect.stringContaining(`property ${path} `) });
    expect(() => plain({ top: value })).toThrow(named("top"));
    expect(() => plain({ a: { b: [0, { c: value }] } })).toThrow(named("a.b[1].c"));
  });
});

describe("a text of the vendor's in the properties", () => {
  test("keeps its line breaks and loses what acts on a terminal or on Pulumi's command line, at any depth", () => {
    const name = "a\tb\nc\r\nd <{%boom%}> \u001b[2J \r e\u2028f\ud800";
    const stored = "a\tb\nc\r\nd <{ %boom%}> \ufffd[2J \ufffd e\ufffdf\ufffd";
    expect(plain({ name, list: [name], object: { inside: name } })).toEqual({
      name: stored,
      list: [stored],
      object: { inside: stored },
    });
  });

  test("stays as it is when it is a secret, which is never shown", () => {
    const clientSecret = "s3cr3t<{%\u001b";
    expect(plain({ clientSecret })).toEqual({ clientSecret });
  });
});
