import { expect, test } from "vitest";
import { REDACTOR } from "../redactor.ts";
import { junitOf } from "./junit.ts";

test("what XML cannot say becomes a replacement character, in every text, and nothing is acted on or secret", () => {
  REDACTOR.add("a secret of the connection");
  const odd = (name: string) => `${name}\u0000\u001b\uFFFF\uFFFE\uD800 <&"> a secret of the connection`;
  const report = junitOf("odd", [
    { name: odd("name"), group: odd("group"), failure: odd("failure"), output: odd("output") },
  ]);
  const REPLACED = ` ${"\uFFFD".repeat(3)}`;
  expect(report).not.toMatch(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u);
  for (const text of ["name", "group", "failure", "output"]) {
    expect(report).toMatch(new RegExp(`${text}${REPLACED} &lt;&amp;(?:&quot;|")&gt; \\[redacted\\]`));
  }
});

test("what is beyond the first plane stays", () => {
  expect(junitOf("plain", [{ name: "bot 🤖", group: "g", failure: null, output: "o" }])).toContain('name="bot 🤖"');
});
