/** The steps of release.yml that decide something, run as its runner does: in bash, with npm against a registry of our own. */
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { json } from "node:stream/consumers";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { output, ROOT } from "../../tools/release/packing.ts";
import { type Ended, execute, plainEnvironment } from "../cli/command.ts";

const WORKFLOW = await readFile(join(ROOT, ".github", "workflows", "release.yml"), "utf8");

/** The script of a step. */
function scriptOf(step: string): string {
  const [, lines = ""] = WORKFLOW.split(`- name: ${step}\n        run: |\n`);
  const end = lines.search(/^ {0,9}\S/m);
  return lines.slice(0, end).replace(/^ {10}/gm, "");
}

/** Runs a step as the runner does. */
const run = (step: string, cwd: string, env: Record<string, string>): Promise<Ended> =>
  execute("bash", ["-e", "-c", scriptOf(step)], { cwd, env: { ...plainEnvironment(), ...env } });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "oauth-clients-workflow-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

test("only a tag of a commit that is on main is released", async () => {
  const git = (...args: string[]) =>
    output("git", ["-c", "user.name=Test", "-c", "user.email=test@example.test", ...args], folder);
  const commit = (message: string) => git("commit", "--quiet", "--allow-empty", `--message=${message}`);
  await git("init", "--quiet", "--initial-branch=main");
  await commit("Released");
  await commit("Later");
  await git("update-ref", "refs/remotes/origin/main", "HEAD");
  await git("checkout", "--quiet", "--detach", "HEAD~1");
  const refuse = () => run("Refuse what is not on main", folder, { GITHUB_REF_NAME: "v1.2.3" });
  expect(await refuse()).toMatchObject({ code: 0 });
  await commit("Elsewhere");
  expect(await refuse()).toMatchObject({ code: 1, stdout: "::error::v1.2.3 is not on main.\n" });
});

const putSchema = z.looseObject({
  name: z.string(),
  versions: z.record(z.string(), z.looseObject({ dist: z.looseObject({ integrity: z.string() }) })),
});

/** What npm asks of a registry, and as much of one. */
class Registry {
  readonly published: string[] = [];
  readonly packages = new Map<string, unknown>();
  /** The package that it does not take. */
  refused: string | null = null;
  readonly #server = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? "";
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method !== "PUT") {
      const known = this.packages.get(name);
      answer(known === undefined ? 404 : 200, known ?? { error: "not found" });
      return;
    }
    const put = putSchema.parse(await json(request));
    if (name === this.refused) return answer(403, { error: "not today" });
    this.packages.set(name, put);
    this.published.push(...Object.values(put.versions).map(({ dist }) => `${name} ${dist.integrity}`));
    answer(201, {});
  });

  async start(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, "127.0.0.1", listening));
    const { port } = this.#server.address() as AddressInfo;
    return `127.0.0.1:${port}/`;
  }

  close(): void {
    this.#server.close();
  }
}

describe("what is published", () => {
  const MAIN = "pulumi-oauth-clients";
  const PLUGIN = "pulumi-resource-oauth-clients";
  const SANDBOX = "pulumi-oauth-clients-sandbox";

  let registry: Registry;
  let publish: () => Promise<Ended>;
  /** As the registry counts them. */
  let integrity: Record<typeof MAIN | typeof PLUGIN | typeof SANDBOX, string>;

  beforeEach(async () => {
    registry = new Registry();
    onTestFinished(() => registry.close());
    const address = await registry.start();
    await mkdir(join(folder, "bin"));
    // Provenance takes a workflow of GitHub's; the rest is npm's own.
    const npm = (await output("bash", ["-c", "command -v npm"], ROOT)).trim();
    await writeFile(join(folder, "bin", "npm"), `#!/bin/bash\nexec "${npm}" "\${@/#--provenance/--ignore-scripts}"\n`);
    await chmod(join(folder, "bin", "npm"), 0o755);
    await writeFile(join(folder, ".npmrc"), `//${address}:_authToken=synthetic\n`);
    await mkdir(join(folder, "release"));
    integrity = { [MAIN]: await packed(MAIN), [PLUGIN]: await packed(PLUGIN), [SANDBOX]: await packed(SANDBOX) };
    publish = () =>
      run("Publish what is not published yet", folder, {
        GITHUB_REF_NAME: "v1.2.3",
        PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`,
        npm_config_userconfig: join(folder, ".npmrc"),
        npm_config_cache: join(folder, "cache"),
        npm_config_registry: `http://${address}`,
      });
  });

  /** Puts a tarball where the step finds it. */
  async function packed(name: string, description = ""): Promise<string> {
    const source = join(folder, "source");
    await mkdir(source, { recursive: true });
    await writeFile(join(source, "package.json"), JSON.stringify({ name, version: "1.2.3", description }));
    await output("npm", ["pack", "--silent", "--pack-destination", join(folder, "release")], source);
    const tarball = await readFile(join(folder, "release", `${name}-1.2.3.tgz`));
    return `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  }

  test("goes on after half of it, when it is run again", async () => {
    registry.refused = PLUGIN;
    expect((await publish()).code).not.toBe(0);
    expect(registry.published).toEqual([`${SANDBOX} ${integrity[SANDBOX]}`]);
    registry.refused = null;
    const again = await publish();
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stdout).toContain(`${SANDBOX}@1.2.3 is published already.`);
    const inTurn = ([SANDBOX, PLUGIN, MAIN] as const).map((name) => `${name} ${integrity[name]}`);
    expect(registry.published).toEqual(inTurn);
  });

  test("is nothing where the version is there already, and is another one", async () => {
    registry.refused = PLUGIN;
    await publish();
    registry.refused = null;
    await packed(SANDBOX, "Not what was published.");
    const { code, stdout } = await publish();
    expect(code).toBe(1);
    expect(stdout).toContain(
      `::error::${SANDBOX}@1.2.3 is published already, and is another one: ${integrity[SANDBOX]}.`,
    );
    expect(registry.published).toHaveLength(1);
  });
});
