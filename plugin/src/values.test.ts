import fc from "fast-check";
import { expect, test } from "vitest";
import { type Opened, opened, sealed, secretsOf } from "./values.ts";

const names = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__");

test("what is sealed is opened as it was, and what is secret is still known to be", () => {
  fc.assert(
    fc.property(
      fc.dictionary(names, fc.jsonValue({ noUnicodeString: false })),
      fc.array(names),
      (properties, secret) => {
        // Protobuf's own reading of an object, which sets this one's prototype.
        fc.pre(!JSON.stringify(properties).includes("__proto__"));
        const plain: Record<string, unknown> = JSON.parse(JSON.stringify(properties));
        const { properties: back, secrets } = opened(sealed(plain, new Set(secret)));
        expect(back).toEqual(plain);
        const expected = secret.filter((name) => Object.hasOwn(plain, name) && plain[name] !== null);
        expect([...secrets].sort()).toEqual([...new Set(expected)].sort());
      },
    ),
  );
});

test("a secret deep inside makes the whole property one", () => {
  const inside = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "s" };
  const { properties, secrets } = opened(sealed({ a: [{ b: inside }], c: 1 }, new Set()));
  expect(properties).toEqual({ a: [{ b: "s" }], c: 1 });
  expect([...secrets]).toEqual(["a"]);
});

test("nothing is no secret", () => {
  expect(sealed({ clientSecret: null }, new Set(["clientSecret"])).toJavaScript()).toEqual({ clientSecret: null });
  expect(opened(undefined)).toEqual({ properties: {}, secrets: new Set(), texts: new Map() });
});

test("the texts of what is secret are known, however deep", () => {
  const sent = sealed({ a: { b: ["one", 2], c: "two" }, d: "three", tenantId: "t-1" }, new Set(["a", "tenantId"]));
  expect([...opened(sent).texts]).toEqual([
    ["a", ["one", "two"]],
    ["tenantId", ["t-1"]],
  ]);
});

test("what was secret stays secret as long as it is what it was", () => {
  const of = (properties: Record<string, unknown>, ...secrets: string[]): Opened => ({
    properties,
    secrets: new Set(secrets),
    texts: new Map(),
  });
  const before = of({ description: "old", name: "n" }, "description");
  // A failure leaves what was; the program has taken it out, or says another one in clear.
  for (const now of [of({ name: "n" }), of({ name: "n", description: "new" })])
    expect(secretsOf({ description: "old", name: "n" }, now, before)).toContain("description");
  const clear = of({ name: "n", description: "new" });
  expect([...secretsOf({ description: "new", name: "n" }, clear, before)]).toEqual(["clientSecret"]);
});
