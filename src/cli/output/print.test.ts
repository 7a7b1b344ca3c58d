import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { REDACTOR } from "../redactor.ts";
import { type Format, jsonOf, print } from "./print.ts";

const SECRET = 'a "secret" of 123456 & more';

let printed = "";
beforeEach(() => {
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text: unknown, ...rest: unknown[]) => {
    printed += String(text);
    for (const done of rest) if (typeof done === "function") done(null);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

test("nothing in JSON is acted on by a terminal, and it says the same", () => {
  const data = { name: "a\u009bb\u202ec\u2028d\ufeff", list: [1, null, "é"] };
  const text = jsonOf(data);
  expect(text).toContain('"a\\u009bb\\u202ec\\u2028d\\ufeff"');
  expect(text).toContain('"é"');
  expect(JSON.parse(text)).toEqual(data);
});

test("JSON has no secret in any of its texts, however deep, and stays what it is otherwise", () => {
  REDACTOR.add(SECRET);
  REDACTOR.add("1234567");
  const data = { [SECRET]: [{ name: `x ${SECRET}` }], count: 1234567, none: null, missing: undefined, is: true };
  expect(JSON.parse(jsonOf(data))).toEqual({
    "[redacted]": [{ name: "x [redacted]" }],
    count: 1234567,
    none: null,
    is: true,
  });
});

test.each<Exclude<Format, "json">>(["table", "csv", "markdown", "junit", "html", "typescript", "pulumi-import"])(
  "what a format forgets is taken out at the end (%s)",
  async (format) => {
    REDACTOR.add(SECRET);
    await print({ format }, { [format]: () => `name: ${SECRET}, ${JSON.stringify(SECRET)}\n` });
    expect(printed).toBe('name: [redacted], "[redacted]"\n');
  },
);

test("what only stands beside something is not taken for a credential with it", async () => {
  const line = "bearer  client-550e8400-e29b-41d4-a716-446655440001\n";
  await print({ format: "table" }, { table: () => line });
  expect(printed).toBe(line);
});
