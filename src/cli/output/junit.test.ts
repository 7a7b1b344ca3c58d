import { expect, test } from "vitest";
import { junitOf } from "./junit.ts";

test("what XML cannot say becomes a replacement character, in every text", () => {
  const odd = (name: string) => `${name}\uFFFF\uFFFE\u0000\u001b\uD800 <&">`;
  const report = junitOf("odd", [
    { name: odd("name"), group: odd("group"), failure: odd("failure"), output: odd("output") },
  ]);
  const REPLACED = "\uFFFD".repeat(5);
  expect(report).not.toMatch(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u);
  for (const text of ["name", "group", "failure", "output"]) expect(report).toContain(`${text}${REPLACED} &lt;&amp;`);
});

test("what is beyond the first plane stays", () => {
  expect(junitOf("plain", [{ name: "bot 🤖", group: "g", failure: null, output: "o" }])).toContain('name="bot 🤖"');
});
