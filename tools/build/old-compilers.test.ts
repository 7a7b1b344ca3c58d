import { expect, test } from "vitest";
import { forOldCompilers } from "./old-compilers.ts";

test.each([
  [
    "export { type Receipt, RunFailed, type Revocation as Gone };",
    "export { Receipt, RunFailed, Revocation as Gone };",
  ],
  ["import { type a as A, b } from './shared/a.js';", "import { a as A, b } from './shared/a.js';"],
  ["export {\n  type One,\n  Two\n};", "export {\n  One,\n  Two\n};"],
  ["export { type };", "export { type };"],
  ["type Text = { type: string };", "type Text = { type: string };"],
  ["interface One {\n  type?: 'a';\n}", "interface One {\n  type?: 'a';\n}"],
])("%j becomes %j", (written, read) => {
  expect(forOldCompilers(written)).toBe(read);
});
