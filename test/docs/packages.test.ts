/** What people are told to run or to install is ours, or a package that we have ourselves: another name may be somebody else's. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { PACKAGES, ROOT } from "../../tools/release/packing.ts";

const TEXTS = [
  "*.md",
  "docs/**/*.md",
  "plugin/README.md",
  "plugin/docs/*.md",
  "sandbox/README.md",
  "examples/*/*.{md,ts,yaml,json}",
  "examples/*/ci/*.sh",
  "examples/*/.github/workflows/*.yml",
  "examples/*/.gitlab-ci.yml",
  // Help and messages; the tools speak to those who work on this repository.
  "src/**/*.ts",
  "sandbox/src/**/*.ts",
  "tools/**/*.ts",
];

/** Up to where the code ends, in a sentence or a string. */
const RUNS = /\b(?:npx|npm exec|npm x|pnpm dlx|yarn dlx|bunx)((?: +[^\s`"'|;&()<>#]+)+)/g;
const INSTALLS = /\bnpm (?:install|i|add)((?: +[^\s`"'|;&()<>#]+)+)/g;

/** Names of packages that a text tells to run, and to install. */
function namesIn(text: string): string[] {
  const run = [...text.matchAll(RUNS)].flatMap(([, words = ""]) => wordsOf(words).slice(0, 1));
  const installed = [...text.matchAll(INSTALLS)].flatMap(([, words = ""]) => wordsOf(words));
  // A name that is put in when it is said is in no text: `${name}`. A path is no name.
  return [...run, ...installed].filter((name) => !/^[$.]/.test(name)).map((name) => name.replace(/(?<=.)@.*/, ""));
}

const wordsOf = (words: string) => words.split(" ").filter((word) => word !== "" && !word.startsWith("-"));

const own = Object.keys(PACKAGES);
const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
const { dependencies, devDependencies } = manifestSchema.parse(
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")),
);
const known: ReadonlySet<string> = new Set([...own, ...Object.keys({ ...dependencies, ...devDependencies })]);

const strangersIn = (text: string) => namesIn(text).filter((name) => !known.has(name));

test("every text names only such packages", () => {
  const found = globSync(TEXTS, { cwd: ROOT })
    .filter((file) => !file.includes("node_modules"))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));
  const strangers = found.flatMap(({ file, text }) => strangersIn(text).map((name) => `${file}: ${name}`));
  expect(strangers).toEqual([]);
  const named = new Set(found.flatMap(({ text }) => namesIn(text)));
  expect([...named]).toEqual(expect.arrayContaining([...own, "@pulumi/pulumi", "vitest"]));
});

test.each([
  ["run `npx oauth-clients check`", ["oauth-clients"]],
  ["npx --yes oauth-clients-sandbox@1 --port 0", ["oauth-clients-sandbox"]],
  ["npm exec -- oauth-clients list", ["oauth-clients"]],
  ["npm install --save-dev pulumi-oauth-clients left-out @some/other@2 # why", ["left-out", "@some/other"]],
  ["npx pulumi-oauth-clients check", []],
])("of %j it tells %j", (text, strangers) => {
  expect(strangersIn(text)).toEqual(strangers);
});
