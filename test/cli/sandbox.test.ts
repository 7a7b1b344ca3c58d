import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { CLI, Command, oauthClients, plainEnvironment, REPOSITORY } from "./command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-sandbox-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const versionOf = async (manifest: string) =>
  z.object({ version: z.string() }).parse(JSON.parse(await readFile(manifest, "utf8"))).version;

test("is the command of the package that the current project has installed, with all its arguments", async () => {
  const installed = join(folder, "node_modules", "pulumi-oauth-clients-sandbox");
  await mkdir(join(installed, "made"), { recursive: true });
  await writeFile(
    join(installed, "package.json"),
    JSON.stringify({ name: "pulumi-oauth-clients-sandbox", bin: { "oauth-clients-sandbox": "made/command.js" } }),
  );
  await writeFile(
    join(installed, "made", "command.js"),
    "console.log(JSON.stringify(process.argv.slice(2)));\nprocess.exitCode = 7;\n",
  );
  const below = join(folder, "infrastructure");
  await mkdir(below);
  const args = ["--help", "--version", "--port=1", "one", "--", "-x"];
  for (const cwd of [folder, below]) {
    const { code, stdout, stderr } = await oauthClients(["sandbox", ...args], { cwd });
    expect({ code, printed: JSON.parse(stdout), stderr }).toEqual({ code: 7, printed: args, stderr: "" });
  }
});

test("is, for want of that, the one that is installed beside this package", async () => {
  const version = await versionOf(join(REPOSITORY, "sandbox", "package.json"));
  const { code, stdout } = await oauthClients(["sandbox", "--version"], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
});

test("ends with a signal as the sandbox itself does", async () => {
  const command = new Command(process.execPath, [CLI, "sandbox", "--port", "0", "--json"], {
    cwd: folder,
    env: plainEnvironment(),
  });
  onTestFinished(() => command.kill());
  await command.printed(/\n/);
  command.child.kill("SIGTERM");
  expect(await command.ended()).toMatchObject({ code: 0, stderr: "" });
});

test("says so where what is installed has no such command", async () => {
  const installed = join(folder, "node_modules", "pulumi-oauth-clients-sandbox");
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, "package.json"), "{}");
  const { code, stderr } = await oauthClients(["sandbox"], { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toContain("[sandbox-missing]: What is installed as the sandbox does not have its command");
});
