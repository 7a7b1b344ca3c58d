/** The API reference. In a file of its own, because typedoc takes its time. */
import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { apiPages, leftOf } from "../../tools/docs/api.ts";
import { fileOf } from "../../tools/docs/pages.ts";

let pages: Awaited<ReturnType<typeof apiPages>>;
beforeAll(async () => {
  // Fails where an export has no docstring, refers to a type that is not exported, or links to nowhere.
  pages = await apiPages();
}, 300_000);

test("it is what the docstrings say; else run `npm run docs`", async () => {
  for (const { name, content } of pages) expect(await readFile(fileOf(name), "utf8"), name).toBe(content);
});

test("there are no pages of what is gone", async () => {
  expect(await leftOf(pages)).toEqual([]);
});

test("every class, function and type of the entries is in it, and nothing of the machine that wrote it", async () => {
  const names = pages.flatMap(({ content }) => [...content.matchAll(/^### (\w+)/gm)].map(([, name]) => name));
  expect(names).toEqual(expect.arrayContaining(["OAuthClient", "ClientPurge", "Receipt", "RunFailed", "startSandbox"]));
  for (const { name, content } of pages) {
    expect(content, name).not.toContain(fileOf("").pathname);
    expect(content, name).not.toMatch(/Defined in|OutputInstance|\| - \|$/m);
  }
});
