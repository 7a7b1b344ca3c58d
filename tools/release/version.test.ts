import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { versionOfTree } from "./version.ts";

test.each([
  ["changes that no version has", "## [Unreleased]\n\n- One.\n\n## [1.2.0] - 2026-01-31\n", "1.2.0+unreleased"],
  ["nothing but versions", "## [1.2.0] - 2026-01-31\n", "1.2.0"],
])("a tree whose changelog has %s says so beside what was measured", async (_, changelog, told) => {
  const root = await mkdtemp(join(tmpdir(), "oauth-clients-version-"));
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(join(root, "package.json"), JSON.stringify({ name: "one", version: "1.2.0" }));
  await writeFile(join(root, "CHANGELOG.md"), changelog);
  expect(await versionOfTree(root)).toBe(told);
});
