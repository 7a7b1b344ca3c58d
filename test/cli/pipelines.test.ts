/** The scripts of examples/preview-stack where what they call fails: they must not take "nobody knows" for "nothing is there". */
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { execute, plainEnvironment, REPOSITORY } from "./command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pipelines-"));
  await cp(join(REPOSITORY, "examples", "preview-stack", "ci"), join(folder, "ci"), { recursive: true });
  await mkdir(join(folder, "bin"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that writes down how it was called, and then does this. */
async function stub(name: string, script: string): Promise<void> {
  const file = join(folder, "bin", name);
  await writeFile(file, `#!/usr/bin/env bash\necho "${name} $*" >>"$CALLS"\n${script}\n`);
  await chmod(file, 0o755);
}

async function run(script: string, args: readonly string[] = [], more: Record<string, string> = {}) {
  const calls = join(folder, "calls.txt");
  await writeFile(calls, "");
  const env = plainEnvironment({
    CALLS: calls,
    PATH: [join(folder, "bin"), process.env.PATH].join(delimiter),
    REZOLVE_TENANT_ID: "t-1",
    GITHUB_REPOSITORY: "",
    CI_API_V4_URL: "",
    ...more,
  });
  const ended = await execute("bash", [join(folder, "ci", script), ...args], { cwd: folder, env });
  return { ...ended, calls: (await readFile(calls, "utf8")).trimEnd().split("\n") };
}

const LISTED = (...names: string[]) => `echo '${JSON.stringify(names.map((name) => ({ name })))}'`;

test("without the list of stacks, the reaper sweeps nothing, and says that it failed", async () => {
  await stub("pulumi", "exit 1");
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh");
  expect(code).not.toBe(0);
  expect(calls).toEqual(["pulumi stack ls --json"]);
});

test("without one stack's export, neither", async () => {
  await stub("pulumi", `[[ "$*" == "stack ls --json" ]] && { ${LISTED("prod", "pr-7")}; exit 0; }; exit 1`);
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh", [], { CLOSED_PULL_REQUESTS: "1" });
  expect(code).not.toBe(0);
  expect(calls.filter((call) => call.startsWith("npx"))).toEqual([]);
});

test("the reaper destroys only closed pull requests' stacks, and leaves out what every other stack has", async () => {
  await stub(
    "pulumi",
    `[[ "$*" == "stack ls --json" ]] && ${LISTED("org/shop/prod", "pr-7", "pr-8", "pr-base")}; exit 0`,
  );
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh", [], { CLOSED_PULL_REQUESTS: "8 base" });
  expect(code).toBe(0);
  const destroyed = calls.filter((call) => call.startsWith("pulumi destroy"));
  expect(destroyed).toEqual(["pulumi destroy --stack pr-8 --yes --skip-preview --non-interactive"]);
  const [plan = "", apply = ""] = calls.filter((call) => call.startsWith("npx"));
  for (const sweep of [plan, apply]) {
    expect(sweep).toContain(
      "--exclude-managed exports/prod.json --exclude-managed exports/pr-7.json --exclude-managed exports/pr-base.json",
    );
  }
  expect(calls.some((call) => call.includes("cancel"))).toBe(false);
});

test("a stack that cannot be destroyed fails the reaper, keeps no other, and its clients are not swept", async () => {
  await stub(
    "pulumi",
    `[[ "$*" == "stack ls --json" ]] && ${LISTED("pr-7", "pr-8")}; [[ "$*" == "destroy --stack pr-7"* ]] && exit 1; exit 0`,
  );
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh", [], { CLOSED_PULL_REQUESTS: "7 8" });
  expect(code).toBe(1);
  expect(calls.filter((call) => call.startsWith("pulumi destroy"))).toHaveLength(2);
  expect(calls.find((call) => call.includes("--apply"))).toContain("--exclude-managed exports/pr-7.json");
});

test("a backend that does not answer is no stack that was never made", async () => {
  await stub("pulumi", "exit 1");
  expect((await run("down.sh", ["7"])).code).not.toBe(0);
  await stub("pulumi", `[[ "$*" == "stack ls --json" ]] && ${LISTED("pr-8")}; exit 0`);
  const { code, calls } = await run("down.sh", ["7"]);
  expect(code).toBe(0);
  expect(calls).toEqual(["pulumi stack ls --json"]);
});

test("a failed preview stops a pipeline before anything is changed", async () => {
  await stub("pulumi", '[[ "$1" == "preview" ]] && exit 1; exit 0');
  await stub("npx", "exit 0");
  const { code, calls } = await run("up.sh", ["7"]);
  expect(code).not.toBe(0);
  expect(calls.some((call) => call.startsWith("pulumi up"))).toBe(false);
});
