import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "./command.ts";

const published = [
  "README.md",
  "CHANGELOG.md",
  "docs/**/*.md",
  "examples/*/*.{ts,yaml,json}",
  "examples/*/ci/*.sh",
  "examples/*/.github/workflows/*.yml",
  "src/**/*.ts",
  "sandbox/README.md",
  "sandbox/src/**/*.ts",
];

test("what users are told to run with npx is named like these packages: another name may be somebody else's", () => {
  const texts = globSync(published, { cwd: REPOSITORY }).map((file) => readFileSync(join(REPOSITORY, file), "utf8"));
  const names = texts.flatMap((text) => [...text.matchAll(/\bnpx\s+(?:-\S+\s+)*([^\s`"']+)/g)].map(([, name]) => name));

  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names)).toStrictEqual(new Set(["pulumi-oauth-clients", "pulumi-oauth-clients-sandbox"]));
});
