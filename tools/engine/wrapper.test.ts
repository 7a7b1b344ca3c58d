import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findEngine } from "./engine.ts";

// Only the engine that we build has this wrapper; newer hosts get the options from the CLI.
const engine = await findEngine().catch(() => undefined);

describe.skipIf(engine?.kind !== "build")("the wrapper around the Node language host", () => {
  let root: string;
  let wrapper: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "engine-wrapper-"));
    wrapper = join(root, "pulumi-language-nodejs");
    await copyFile(join(engine?.directory ?? "", "pulumi-language-nodejs"), wrapper);
    // Stands for the host and shows how it was started.
    await writeFile(join(root, "pulumi-nodejs-host"), '#!/bin/sh\necho "$$ $*"; cat; exit 7\n', { mode: 0o755 });
    await mkdir(join(root, "project", "src"), { recursive: true });
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function start(project: string, folder = "project", file = "Pulumi.yaml") {
    const path = join(root, "project", file);
    await writeFile(path, project);
    const running = promisify(execFile)(wrapper, ["127.0.0.1:9"], { cwd: join(root, folder) });
    running.child.stdin?.end("through stdin");
    const ended = await running.catch((error: { stdout: string; code: number }) => error);
    await rm(path);
    const [pid, ...rest] = ended.stdout.split(" ");
    return { samePid: pid === String(running.child.pid), rest: rest.join(" "), code: "code" in ended ? ended.code : 0 };
  }

  it.each([
    ["no options", "runtime: nodejs\n", ""],
    ["typescript: false", "runtime:\n  name: nodejs\n  options:\n    typescript: false\n", "-typescript=false "],
    ["flow style", "runtime: {name: nodejs, options: {typescript: true}}", "-typescript=true "],
    ["nodeargs", "runtime: {name: nodejs, options: {nodeargs: --import tsx}}", "-nodeargs=--import tsx "],
    ["a tsconfig", "runtime: {name: nodejs, options: {tsconfig: t.json}}", "-tsconfig=t.json "],
    ["an option that it does not know", "runtime: {name: nodejs, options: {packagemanager: pnpm}}", ""],
    ["a file that is not YAML", "runtime: [", ""],
  ])("with %s passes the right flags before the engine's address", async (_name, project, flags) => {
    expect((await start(project)).rest).toBe(`${flags}127.0.0.1:9\nthrough stdin`);
  });

  it("finds the project above the folder of `main`, and in JSON too", async () => {
    const json = JSON.stringify({ runtime: { name: "nodejs", options: { typescript: false } } });
    expect((await start(json, "project/src", "Pulumi.json")).rest).toMatch(/^-typescript=false /);
  });

  it("becomes the host: same process, same exit code", async () => {
    expect(await start("runtime: nodejs\n")).toMatchObject({ samePid: true, code: 7 });
  });
});
