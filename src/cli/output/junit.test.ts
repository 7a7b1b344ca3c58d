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

test("errors and what was skipped are counted, and shown, apart from failures", () => {
  const about = { group: "g", output: "o", failure: null };
  const report = junitOf("some", [
    { ...about, name: "good" },
    { ...about, name: "bad", failure: "it is wrong" },
    { ...about, name: "open", error: "nobody knows" },
    { ...about, name: "left", error: null, skipped: "nobody asked" },
  ]);
  expect(report).toContain('tests="4" failures="1" errors="1" skipped="1"');
  expect(report).toContain('<error message="nobody knows">nobody knows</error>');
  expect(report).toContain('<skipped message="nobody asked">nobody asked</skipped>');
});
