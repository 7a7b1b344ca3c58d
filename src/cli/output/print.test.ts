import { expect, test } from "vitest";
import { jsonOf } from "./print.ts";

test("nothing in JSON is acted on by a terminal, and it says the same", () => {
  const data = { name: "a\u009bb\u202ec\u2028d\ufeff", list: [1, null, "é"] };
  const text = jsonOf(data);
  expect(text).toContain('"a\\u009bb\\u202ec\\u2028d\\ufeff"');
  expect(text).toContain('"é"');
  expect(JSON.parse(text)).toEqual(data);
});
