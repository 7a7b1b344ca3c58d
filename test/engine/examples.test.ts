import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../cli/command.ts";
import { clientOutside } from "../outside.ts";
import { pulumi } from "./cli.ts";
import { World } from "./world.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

/** A copy of an example, so that stack files do not stand in the repository, with a stack. */
async function copyOf(example: string, config: readonly string[][] = []) {
  const folder = join(world.folder, "examples", example);
  await cp(join(ROOT, "examples", example), folder, {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  expect(await pulumi(folder, world.environment, "stack", "init", "test")).toMatchObject({ ok: true });
  for (const args of config) {
    expect(await pulumi(folder, world.environment, "config", "set", ...args)).toMatchObject({ ok: true });
  }
  return {
    folder,
    up: () => pulumi(folder, world.environment, "up", "--yes", "--skip-preview"),
    destroy: () => pulumi(folder, world.environment, "destroy", "--yes", "--skip-preview"),
    outputs: async (): Promise<unknown> =>
      JSON.parse((await pulumi(folder, world.environment, "stack", "output", "--json")).text),
  };
}

test("every example is tried: those of the packaged provider in test/plugin, all others here", async () => {
  const all = (await readdir(join(ROOT, "examples"))).sort();
  const isPackaged = (name: string) => name.startsWith("packaged-");
  expect(all.filter(isPackaged)).toEqual(["packaged-python", "packaged-typescript", "packaged-yaml"]);
  const examples = all.filter((name) => !isPackaged(name));
  expect(examples).toEqual([
    "nexus",
    "offboarding",
    "preview-stack",
    "purge",
    "quickstart",
    "rezolve",
    "rotation",
    "testing",
    "two-tenants",
  ]);
});

test("the quick-start at the root runs as its Pulumi.yaml says", async () => {
  const folder = join(world.folder, "quickstart-project");
  await mkdir(join(folder, "examples"), { recursive: true });
  await mkdir(join(folder, ".sandbox"));
  await cp(join(ROOT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await cp(join(ROOT, "examples", "quickstart"), join(folder, "examples", "quickstart"), { recursive: true });
  await writeFile(join(folder, ".sandbox", "token"), world.token);
  // Only the port differs from the sandbox that `npm run sandbox` starts: the token and the tenant are found as configured.
  const {
    REZOLVE_TOKEN: _token,
    REZOLVE_TENANT_ID: _tenant,
    OAUTH_CLIENTS_RECEIPTS_FILE: _file,
    ...environment
  } = world.environment;
  expect(await pulumi(folder, environment, "stack", "init", "test")).toMatchObject({ ok: true });
  expect(await pulumi(folder, environment, "up", "--yes", "--skip-preview")).toMatchObject({ ok: true });
  expect(world.sandbox.clients.count("CI bot")).toBe(1);
  expect(await pulumi(folder, environment, "destroy", "--yes", "--skip-preview")).toMatchObject({ ok: true });
  expect(world.sandbox.clients.count()).toBe(0);
  expect(await readdir(join(folder, ".sandbox"))).toContain("receipts.jsonl");
});

describe("the example", () => {
  test("rezolve creates three clients and retires one as a tombstone", async () => {
    const example = await copyOf("rezolve");
    expect(await example.up()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(3);
    expect(
      await pulumi(example.folder, world.environment, "config", "set", "--path", "retired[0]", "reporting"),
    ).toMatchObject({ ok: true });
    expect(await example.up()).toMatchObject({ ok: true });
    expect(await example.outputs()).toMatchObject({
      secrets: "[secret]",
      revocations: { ci: null, reporting: { outcome: "deleted", tokensRevoked: 0 } },
    });
    expect(await example.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("nexus creates two clients and deletes them", async () => {
    const example = await copyOf("nexus");
    expect(await example.up()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.list({ vendor: "nexus" })).toHaveLength(2);
    expect(await example.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("rotation rotates when the quarter changes", async () => {
    const example = await copyOf("rotation");
    await example.up();
    expect(await example.outputs()).toMatchObject({ secretRotatedAt: null });
    expect(await pulumi(example.folder, world.environment, "config", "set", "quarter", "2026-Q4")).toMatchObject({
      ok: true,
    });
    expect(await example.up()).toMatchObject({ ok: true });
    expect(await example.outputs()).toMatchObject({ secretRotatedAt: expect.any(String) });
    expect(await example.destroy()).toMatchObject({ ok: true });
  });

  test("testing has a test that passes, as a project of its own runs it", async () => {
    const folder = join(world.folder, "examples", "testing");
    await cp(join(ROOT, "examples", "testing"), folder, {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
    const ended = await execute(process.execPath, [vitest, "run", "--root", folder], {
      cwd: folder,
      env: { ...world.environment, VITEST: undefined, VITEST_MODE: undefined, VITEST_WORKER_ID: undefined },
    });
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/Tests {2}1 passed/);
  });

  test("purge looks first, then deletes what nobody uses", async () => {
    for (const name of ["pr-1", "pr-2", "pr-base", "billing"]) {
      await clientOutside(world, "rezolve", { name });
    }
    const created = (name: string, days: number) => {
      const createdAt = new Date(Date.now() - days * 86_400_000).toISOString();
      world.sandbox.clients.edit(world.sandbox.clients.find(name)?.id ?? "", { createdAt });
    };
    created("pr-1", 30);
    created("pr-base", 30);
    const example = await copyOf("purge");
    expect(await example.up()).toMatchObject({ ok: true });
    expect(await example.outputs()).toMatchObject({
      candidates: [{ name: "pr-1" }, { name: "pr-2" }, { name: "pr-base" }],
      totals: { selected: 1, wouldBeDeleted: 1, deleted: 0, skipped: 1 },
    });
    expect(world.sandbox.clients.count()).toBe(4);
    expect(await pulumi(example.folder, world.environment, "config", "set", "dryRun", "false")).toMatchObject({
      ok: true,
    });
    expect(await example.up()).toMatchObject({ ok: true });
    expect(await example.outputs()).toMatchObject({ totals: { selected: 1, deleted: 1, skipped: 1 } });
    expect(world.sandbox.clients.count("pr-1")).toBe(0);
    expect(world.sandbox.clients.count()).toBe(3);
    expect(await example.destroy()).toMatchObject({ ok: true });
    world.reset();
  });

  test("offboarding deletes clients of both vendors, with totals that make up no number", async () => {
    await clientOutside(world, "rezolve", { name: "Leaver" });
    await clientOutside(world, "nexus", { name: "Leaver", app_type: "spa" });
    const idOf = (vendor: "rezolve" | "nexus") => world.sandbox.clients.list({ vendor })[0]?.id ?? "";
    const [rezolveId, nexusId] = [idOf("rezolve"), idOf("nexus")];
    const example = await copyOf("offboarding", [
      ["--path", "rezolveClients[0]", rezolveId],
      ["--path", "nexusClients[0]", nexusId],
    ]);
    expect(await example.up()).toMatchObject({ ok: true });
    expect(await example.outputs()).toEqual({
      outcomes: { [rezolveId]: "deleted", [nexusId]: "deleted" },
      totals: { deletions: 2, tokensRevoked: 0, withoutCount: 1 },
    });
    expect(world.sandbox.clients.count()).toBe(0);
    await example.destroy();
  });

  test("two-tenants works in each with its own credentials, and names the connection that is broken", async () => {
    const [eu, us] = world.sandbox.tenants;
    const config = [
      ["--path", "rezolve:connections.eu.baseUrl", world.sandbox.url],
      ["--path", "rezolve:connections.eu.tenantId", eu.id],
      ["--path", "rezolve:connections.us.baseUrl", world.sandbox.url],
      ["--path", "rezolve:connections.us.tenantId", us?.id ?? ""],
    ];
    const euToken = await world.sandbox.adminToken({ tenantId: eu.id });
    const usToken = await world.sandbox.adminToken({ tenantId: us?.id ?? "" });
    Object.assign(world.environment, { REZOLVE__EU__TOKEN: euToken, REZOLVE__US__TOKEN: euToken });
    const example = await copyOf("two-tenants", config);
    const broken = await example.up();
    expect(broken.ok).toBe(false);
    expect(broken.text).toContain('Connection "us"');
    expect(broken.text).not.toContain('Connection "eu"');
    expect(world.sandbox.clients.list({ tenantId: eu.id })).toHaveLength(1);
    world.environment.REZOLVE__US__TOKEN = usToken;
    expect(await example.up()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(2);
    expect(await example.destroy()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(0);
  });
});
