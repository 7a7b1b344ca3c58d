/** What comes with the packages is what docs/dependencies.md says, from where package-lock.json says. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../tools/engine/command.ts";
import { CHECKS } from "../../tools/release/checks.ts";
import { PACKAGE_NAMES, PACKAGES, ROOT } from "../../tools/release/packing.ts";
import { builtInto, type Lock, readLock, readManifest } from "../../tools/release/shipped.ts";
import { execute } from "../cli/command.ts";

/** Rows of the page: package, reason, licence. */
interface Row {
  name: string;
  why: string;
  licence: string;
}

/** The rows below each heading. */
function tables(): Map<string, Row[]> {
  const [, ...sections] = readFileSync(join(ROOT, "docs", "dependencies.md"), "utf8").split(/^## /m);
  return new Map(
    sections.map((section): [string, Row[]] => {
      const rows = section.split("\n").filter((line) => line.startsWith("| `"));
      const cells = rows.map((line) =>
        line
          .split("|")
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
      const rowOf = ([name = "", why = "", ...rest]: string[]): Row => {
        return { name: name.replace(/^`([^`]+)`.*$/, "$1"), why, licence: rest.at(-1) ?? "" };
      };
      return [section.split("\n", 1)[0] ?? "", cells.map(rowOf)];
    }),
  );
}

const own = await readManifest(ROOT);
const plugin = await readManifest(join(ROOT, "plugin"));
const sandbox = await readManifest(join(ROOT, "sandbox"));
const lock: Lock = await readLock(ROOT);

const WORK = "For work on this repository";

describe("docs/dependencies.md", () => {
  test.each([
    ["Installed with pulumi-oauth-clients", own.dependencies],
    ["Brought by the project", own.peerDependencies],
    ["Installed with pulumi-oauth-clients-sandbox", sandbox.dependencies],
    [WORK, { ...own.devDependencies, ...plugin.devDependencies, ...sandbox.devDependencies }],
  ])("%s: each has its reason", (heading, dependencies) => {
    const rows = tables().get(heading) ?? [];
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(dependencies).sort());
    for (const { name, why } of rows) expect(why, name).toMatch(/\w.*\.$/);
  });

  test.each([
    ["pulumi-oauth-clients", own],
    ["pulumi-resource-oauth-clients", plugin],
  ] as const)(
    "what is built into %s is what the build has put in, besides what that needs itself",
    async (name, its) => {
      const builtIn = await builtInto(join(ROOT, PACKAGES[name]));
      const known = { ...own.dependencies, ...own.devDependencies, ...its.devDependencies };
      const rows = tables().get(`Built into ${name}`) ?? [];
      expect(rows.map((row) => row.name)).toEqual(builtIn.filter((one) => one in known));
      for (const { name: one, why } of rows) expect(why, one).toMatch(/\w.*\.$/);
    },
  );

  test("the sandbox has nothing built in, and nothing is installed with the packaged provider", async () => {
    expect(await builtInto(join(ROOT, "sandbox"))).toEqual([]);
    expect([plugin.dependencies, plugin.peerDependencies]).toEqual([{}, {}]);
  });

  test("every licence is the one in package-lock.json", () => {
    const rows = [...tables().values()].flat();
    expect(rows.length).toBeGreaterThan(30);
    for (const { name, licence } of rows) expect(licence, name).toBe(lock[`node_modules/${name}`]?.license);
  });

  test("the examples need nothing else", async () => {
    const known = [...Object.keys(PACKAGES), "pulumi-oauth-clients-sdk", "@pulumi/pulumi", "vitest"];
    for (const file of globSync("examples/*/package.json", { cwd: ROOT })) {
      const { dependencies, devDependencies } = await readManifest(join(ROOT, file, ".."));
      expect(known, file).toEqual(expect.arrayContaining(Object.keys({ ...dependencies, ...devDependencies })));
    }
  });
});

test("package-lock.json names no registry: everybody's own is asked, and the hash decides", () => {
  const sources = Object.entries(lock).filter(
    ([at, { resolved, link }]) => at.includes("node_modules/") && !link && resolved,
  );
  expect(sources).toEqual([]);
});

test.each(["lockfile", "licences", "scripts", "materials"])("before a release and always: %s", async (name) => {
  const check = CHECKS.find((one) => one.name === name);
  const release = {
    root: ROOT,
    version: own.version ?? "",
    beforeTag: true,
    scratch: "",
    packed: () => Promise.reject(),
  };
  expect(await check?.run(release)).toMatchObject({ state: "passed" });
});

describe("the workflow of a release", () => {
  const text = readFileSync(join(ROOT, ".github", "workflows", "release.yml"), "utf8");

  test("uses GitHub's own actions, by a version or a commit", () => {
    const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, action = ""]) => action);
    expect(used.length).toBeGreaterThan(4);
    for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@(v\d+|[0-9a-f]{40})( #.*)?$/);
  });

  test("knows no secret, and lets what runs others' code do nothing", () => {
    expect(text).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN/);
    expect(text).toMatch(/^permissions: \{\}$/m);
    const jobs = text.split(/^jobs:$/m)[1]?.split(/^ {2}(?=[a-z]+:$)/m) ?? [];
    const rights = jobs
      .slice(1)
      .map((job) => [
        job.split(":", 1)[0],
        [...job.matchAll(/^ {6}([a-z-]+: (?:read|write))$/gm)].map(([, right]) => right),
      ]);
    expect(rights).toEqual([
      ["check", ["contents: read"]],
      ["test", ["contents: read"]],
      ["publish", ["actions: read", "id-token: write"]],
      ["release", ["actions: read", "contents: write"]],
    ]);
    const writing = jobs.filter((one) => one.includes(": write"));
    expect(writing).toHaveLength(2);
    for (const job of writing) expect(job).not.toMatch(/uses:|npm (ci|install|run|exec)|npx/);
    expect(
      [...text.matchAll(/npm publish [^\n]*/g)].every(([line]) =>
        /"\$tarball" --ignore-scripts --provenance --access public$/.test(line),
      ),
    ).toBe(true);
  });

  test("publishes every package, and the one that people know best when the others are there", () => {
    const [, names = ""] = /^ +for name in (.+); do$/m.exec(text) ?? [];
    expect(names.split(" ").toSorted()).toEqual([...PACKAGE_NAMES].toSorted());
    expect(names).toMatch(/ pulumi-oauth-clients$/);
  });

  test("publishes nothing before everything is tried", () => {
    expect(text).toMatch(/^ {2}publish:\n {4}needs: \[check, test\]$/m);
    expect(text).toMatch(/^ {6}- run: \.ci\/run$/m);
  });

  test("is one, says actionlint, and so are those of the examples", async (context) => {
    const files = globSync([".github/workflows/*.yml", "examples/*/.github/workflows/*.yml"], { cwd: ROOT });
    expect(files.length).toBeGreaterThan(1);
    const go = ["run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"];
    const linters: [string, string[]][] = [
      ["actionlint", []],
      ["go", go],
    ];
    for (const [command, args] of linters) {
      if (!("output" in (await run(command, [...args, "-version"], { limit: 100_000 })))) continue;
      // Without what it finds on one machine and not on another.
      const linted = await execute(command, [...args, "-shellcheck=", "-pyflakes=", ...files], { cwd: ROOT });
      expect(linted).toEqual({ code: 0, stdout: "", stderr: "" });
      return;
    }
    context.skip("neither actionlint is on the PATH, nor Go to fetch it with");
  });
});
