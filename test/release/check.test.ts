/** `npm run release:check`, as a person runs it, in a copy of the repository: what is ready, and what is not. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { CHECKS, checked } from "../../tools/release/checks.ts";
import { handOut } from "../../tools/release/hand-out.ts";
import { freshTree, output, PACKAGE_NAMES, PACKAGES, ROOT } from "../../tools/release/packing.ts";
import { readManifest } from "../../tools/release/shipped.ts";
import { execute, plainEnvironment } from "../cli/command.ts";

/** They build and write docs anew, which other tests do: test/pack/tarball and test/docs. */
const SLOW = ["build", "docs"];
const NAMES = CHECKS.map(({ name }) => name).filter((name) => !SLOW.includes(name));

const answerSchema = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), state: z.string(), said: z.string(), todo: z.string().optional() })),
});

const WORKFLOW = ".github/workflows/release.yml";

let folder: string;
let copy: string;
let version: string;
/** Knows of these vulnerabilities, or of nothing at all. */
let registry: Server;
let known: unknown = null;

beforeAll(async () => {
  registry = createServer((request, response) => {
    request.resume();
    response.statusCode = known === null || request.method !== "POST" ? 404 : 200;
    response.end(JSON.stringify(known ?? {}));
  });
  await new Promise<void>((listening) => registry.listen(0, "127.0.0.1", listening));
  folder = await mkdtemp(join(tmpdir(), "oauth-clients-check-"));
  copy = await freshTree(folder, ROOT);
  for (const at of Object.values(PACKAGES))
    await cp(join(ROOT, at, "dist"), join(copy, at, "dist"), { recursive: true });
  await released();
});
afterAll(async () => {
  registry?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const git = (...args: string[]) =>
  output("git", ["-c", "user.name=Test", "-c", "user.email=test@example.test", ...args], copy);

/** Changes a file of the copy. */
async function change(file: string, how: (text: string) => string): Promise<void> {
  await writeFile(join(copy, file), how(await readFile(join(copy, file), "utf8").catch(() => "")));
}

/** Does what a person does before a release, if it is not done. */
async function released(): Promise<void> {
  version = (await readManifest(copy)).version ?? "";
  for (const ending of ["json", "ts"]) await change(`test/engine/states/${version}.${ending}`, (text) => text || "[]");
  await change("CHANGELOG.md", (text) => {
    const isReleased = text.includes(`## [${version}] - `);
    return isReleased
      ? text.replace(/^## \[Unreleased\].*?(?=^## \[)/ms, "")
      : text.replace("## [Unreleased]", `## [${version}] - 2026-01-31`);
  });
  for (const name of PACKAGE_NAMES) {
    const repository = { type: "git", url: "git+https://git.example.test/shop/clients.git" };
    await change(join(PACKAGES[name], "package.json"), (text) => JSON.stringify({ ...JSON.parse(text), repository }));
  }
  await change(WORKFLOW, (text) => text.replace(/(uses: actions\/[a-z-]+)@v\d+/g, `$1@${"0".repeat(40)}`));
  await git("init", "--quiet");
  await writeFile(join(copy, ".git", "info", "exclude"), "node_modules\n");
  await git("add", "--all");
  await git("commit", "--quiet", "--message=Release");
  await git("tag", `v${version}`);
}

async function check(
  args: string[],
  more: Record<string, string> = {},
): Promise<{ code: number | null; answer: z.infer<typeof answerSchema> }> {
  const address = registry.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const env = {
    ...plainEnvironment(),
    npm_config_registry: `http://127.0.0.1:${port}/`,
    GITHUB_REPOSITORY: undefined,
    ...more,
  };
  const command = [join(copy, "tools", "release", "main.ts"), "--json", ...args];
  const { code, stdout, stderr } = await execute(process.execPath, command, { cwd: copy, env });
  expect(stderr).toBe("");
  return { code, answer: answerSchema.parse(JSON.parse(stdout)) };
}

test("a commit that is ready passes", async () => {
  known = {};
  const { code, answer } = await check(["--only", NAMES.join(",")]);
  expect(answer.checks.filter(({ state }) => state !== "passed")).toEqual([]);
  expect(answer.checks.map(({ name }) => name)).toEqual(NAMES);
  expect({ code, ready: answer.ready }).toEqual({ code: 0, ready: true });
});

test("what is handed out is what is published, and the lists of what is in it", async () => {
  const output = join(folder, "output");
  // A person gets it from all checks only, and two of them are left out here.
  await checked(
    { root: copy, beforeTag: false },
    [],
    () => {},
    (release) => handOut(release, output),
  );
  const files = PACKAGE_NAMES.flatMap((name) => [`${name}-${version}.tgz`, `${name}-${version}.cdx.json`]);
  expect((await readdir(output)).sort()).toEqual(files.sort());
  const sbom = JSON.parse(await readFile(join(output, `pulumi-oauth-clients-${version}.cdx.json`), "utf8"));
  const components: { name: string }[] = sbom.components;
  // One that is installed, one that is built in, and none of the tools.
  expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(["commander", "undici"]));
  expect(components.map(({ name }) => name)).not.toContain("vitest");
  expect(await git("status", "--porcelain")).toBe("");
});

test("a registry that does not answer holds nothing up, and is said", async () => {
  known = null;
  const { code, answer } = await check(["--only", "vulnerabilities"]);
  expect(code).toBe(0);
  expect(answer.checks).toMatchObject([{ state: "unknown", said: "the registry did not say which are known" }]);
});

test("an action that can be moved to other code holds nothing up, and is said", async () => {
  const pinned = await readFile(join(copy, WORKFLOW), "utf8");
  onTestFinished(() => change(WORKFLOW, () => pinned));
  await change(WORKFLOW, (text) => text.replace(/checkout@0+$/m, "checkout@v4"));
  const { code, answer } = await check(["--only", "actions"]);
  expect(code).toBe(0);
  expect(answer.checks).toMatchObject([
    { state: "unknown", said: expect.stringContaining("code actions/checkout@v4 will") },
  ]);
});

test("where a pipeline runs it, the packages say that they come from there", async () => {
  const here = await check(["--only", "repository"], { GITHUB_REPOSITORY: "shop/clients" });
  expect(here).toMatchObject({ code: 0 });
  const elsewhere = await check(["--only", "repository"], { GITHUB_REPOSITORY: "somebody/clients" });
  expect(elsewhere.answer.checks).toMatchObject([{ said: expect.stringContaining("and this is somebody/clients") }]);
});

/** It only warns. */
const NEVER_FAILS = "actions";

test("each check fails where what it looks at is wrong, and says what to do", async () => {
  known = { zod: [{ id: 1, url: "https://example.test/1", title: "A", severity: "high", vulnerable_versions: "*" }] };
  await git("tag", "--delete", `v${version}`);
  await change("CHANGELOG.md", (text) => text.replace(/^## /m, "## [Unreleased]\n\n## "));
  await rm(join(copy, "test", "engine", "states", `${version}.json`));
  await change("dist/left.js", () => "");
  await change("package.json", (text) => {
    const { repository: _repository, ...manifest } = JSON.parse(text);
    const scripts = { ...manifest.scripts, postinstall: "echo" };
    return JSON.stringify({ ...manifest, scripts, main: "./dist/none.js" });
  });
  await change("plugin/schema.json", (text) => text.replace("Display name.", "Another name."));
  await change("sandbox/package.json", (text) => text.replace(`"version":"${version}"`, '"version":"0.0.9"'));
  await change("package-lock.json", (text) => {
    const lock = JSON.parse(text);
    lock.packages["node_modules/zod"].license = "UNLICENSED";
    delete lock.packages["node_modules/commander"].integrity;
    return JSON.stringify(lock);
  });
  const { code, answer } = await check(["--only", NAMES.filter((name) => name !== NEVER_FAILS).join(",")]);
  expect({ code, ready: answer.ready }).toEqual({ code: 1, ready: false });
  expect(answer.checks.filter(({ state }) => state !== "failed")).toEqual([]);
  for (const { name, todo } of answer.checks) expect(todo, name).toMatch(/^[A-Z].*\.$/);
  expect(Object.fromEntries(answer.checks.map(({ name, said }) => [name, said]))).toMatchObject({
    tag: `this commit is not v${version}`,
    versions: expect.stringContaining("sandbox/package.json has 0.0.9"),
    repository: "pulumi-oauth-clients does not say where it comes from",
    changelog: 'CHANGELOG.md still has "Unreleased"',
    state: `there is no test/engine/states/${version}.json`,
    lockfile: expect.stringContaining("node_modules/commander in package-lock.json has no hash"),
    licences: expect.stringContaining("node_modules/zod under the licence UNLICENSED"),
    scripts: "pulumi-oauth-clients has the script postinstall",
    vulnerabilities: "known in zod",
    files: expect.stringContaining("more: dist/left.js"),
    types: "publint does not like pulumi-oauth-clients",
    sdks: "the schema of the packaged provider, or its SDKs, are stale",
  });
});

test("a few checks hand nothing out, nor does any that failed", async () => {
  const output = join(folder, "not-checked");
  const command = [join(copy, "tools", "release", "main.ts"), "--only", "tag", "--output", output];
  expect(await execute(process.execPath, command, { cwd: copy })).toMatchObject({
    code: 2,
    stderr: "--output is for what passed every check: leave out --only.\n",
  });
  await expect(readdir(output)).rejects.toThrow("ENOENT");
  const outcome = { state: "failed", said: "It is wrong.", todo: "Mend it." } as const;
  const keep = vi.fn();
  await checked({ root: copy, beforeTag: false }, [{ name: "one", run: async () => outcome }], () => {}, keep);
  expect(keep).not.toHaveBeenCalled();
});

test("a check that does not exist is refused", async () => {
  const command = [join(copy, "tools", "release", "main.ts"), "--only", "everything"];
  expect(await execute(process.execPath, command, { cwd: copy })).toMatchObject({ code: 2 });
});
