/**
 * Replacements that Pulumi forces: it asks no `diff`, so what `diff` says about the order does not count, and the check
 * of a marked or tainted resource is told nothing of the old one.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as sdk from "@pulumi/pulumi";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { pulumi } from "./cli.ts";
import { BOT, takeTokens } from "./clients.ts";
import { World } from "./world.ts";

const APP: nexus.ClientArgs = { name: "Portal", appType: "non_interactive" };

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

const VENDORS = [
  {
    vendor: "Rezolve",
    prefix: "REZOLVE",
    make: (opts: sdk.CustomResourceOptions) => new rezolve.OAuthClient("one", BOT, opts),
    program: `const one = new rezolve.OAuthClient("one", ${JSON.stringify(BOT)});`,
    revoked: { outcome: "deleted", tokensRevoked: 2, activeSessionsTerminated: 0 },
  },
  {
    vendor: "Nexus",
    prefix: "NEXUS",
    make: (opts: sdk.CustomResourceOptions) => new nexus.Client("one", APP, opts),
    program: `const one = new nexus.Client("one", ${JSON.stringify(APP)});`,
    revoked: { outcome: "deleted", tokensRevoked: null, activeSessionsTerminated: null },
  },
];

const outputsSchema = z.looseObject({ urn: z.string(), id: z.string(), previousRevocation: z.unknown() });

/** A project on the disk, for the real command line. */
class Project {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(name: string, program: string): Promise<Project> {
    const project = new Project(join(world.folder, name));
    await mkdir(project.#folder, { recursive: true });
    const settings = `name: ${name}\nmain: index.mjs\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`;
    await writeFile(join(project.#folder, "Pulumi.yaml"), settings);
    await writeFile(
      join(project.#folder, "index.mjs"),
      `import { nexus, rezolve } from "pulumi-oauth-clients";
${program}
export const { urn, id, clientId, clientSecret, previousRevocation } = one;
`,
    );
    await project.run("stack", "init", "test");
    return project;
  }

  async run(...args: string[]): Promise<string> {
    const { ok, text } = await pulumi(this.#folder, world.environment, ...args);
    if (!ok) throw new Error(`pulumi ${args.join(" ")}:\n${text}`);
    return text;
  }

  up = (...args: string[]) => this.run("up", "--yes", "--skip-preview", ...args);
  outputs = async () => outputsSchema.parse(JSON.parse(await this.run("stack", "output", "--json", "--show-secrets")));
}

const sent = () =>
  world.sandbox.requests
    .list()
    .map(({ method }) => method)
    .filter((method) => method !== "GET");

describe.each(VENDORS)("$vendor: a client that the command line wants replaced", ({ vendor, program, revoked }) => {
  test.each([
    ["up --replace", async (project: Project, urn: string) => project.up("--replace", urn)],
    ["up --target-replace", async (project: Project, urn: string) => project.up("--target-replace", urn)],
    [
      "state taint",
      async (project: Project, urn: string) => {
        await project.run("state", "taint", urn, "--yes");
        return project.up();
      },
    ],
  ])("with %s is deleted first, and its successor has the counts", async (way, replace) => {
    const project = await Project.create(`${vendor}-${way}`.toLowerCase().replace(/\W+/g, "-"), program);
    await project.up();
    const before = await project.outputs();
    await takeTokens(world.sandbox, { ...before, clientId: before.clientId ?? before.id }, 2);
    world.sandbox.requests.clear();
    await replace(project, before.urn);
    expect(sent()).toEqual(["DELETE", "POST"]);
    const after = await project.outputs();
    expect(after.id).not.toBe(before.id);
    expect(after.previousRevocation).toMatchObject(revoked);
    // Neither tainted nor to be replaced any more.
    world.sandbox.requests.clear();
    expect(await project.run("preview", "--expect-no-changes")).toContain("unchanged");
    await project.run("destroy", "--yes", "--skip-preview");
    expect(world.sandbox.clients.count()).toBe(0);
  });
});

interface Program {
  step: number;
  /** The options of the resource at this step. */
  optionsAt(step: number): sdk.CustomResourceOptions;
}

const byTrigger: Program = { step: 1, optionsAt: (step) => ({ replacementTrigger: step }) };

/** A stack with one client, in the default tenant that is the sandbox's second. */
async function stackOf({ make, prefix }: (typeof VENDORS)[number], { step, optionsAt }: Program) {
  const tenantId = world.sandbox.tenants[1]?.id ?? "";
  world.environment[`${prefix}_TENANT_ID`] = tenantId;
  world.environment[`${prefix}_TOKEN`] = await world.sandbox.adminToken({
    tenantId: world.sandbox.tenants.map(({ id }) => id),
  });
  const program = { step };
  const stack = await world.stack(async () => {
    const { urn, id, tenantId, previousRevocation } = make(optionsAt(program.step));
    return { urn, id, tenantId, previousRevocation };
  });
  const { ok, text, outputs } = await stack.up();
  if (!ok) throw new Error(text);
  world.sandbox.requests.clear();
  program.step += 1;
  return { stack, program, tenantId, urn: String(outputs.urn), id: String(outputs.id) };
}

describe.each(VENDORS)("$vendor: a replacement that the program forces", (row) => {
  test("by a trigger deletes first", async () => {
    const { stack } = await stackOf(row, byTrigger);
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, outputs: { previousRevocation: { outcome: "deleted" } } });
    expect(sent()).toEqual(["DELETE", "POST"]);
  });

  test("deletes last where the program says so", async () => {
    const { stack } = await stackOf(row, {
      step: 1,
      optionsAt: (step) => ({ replacementTrigger: step, deleteBeforeReplace: false }),
    });
    const up = await stack.up();
    // Rezolve takes no second client of one name.
    expect(up.ok).toBe(row.vendor === "Nexus");
    expect(sent()).toEqual(up.ok ? ["POST", "DELETE"] : ["POST"]);
  });

  test("keeps the recorded tenant when there is no default any more", async () => {
    const { stack, tenantId, id } = await stackOf(row, byTrigger);
    delete world.environment[`${row.prefix}_TENANT_ID`];
    const up = await stack.up();
    expect(up.text).not.toContain("there is none");
    expect(up).toMatchObject({ ok: true, outputs: { tenantId, previousRevocation: { outcome: "deleted" } } });
    expect(up.outputs.id).not.toBe(id);
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
  });
});

const UNFORCED: Program = { step: 1, optionsAt: () => ({}) };

describe.each(VENDORS)("$vendor: a client that is to be replaced, whose default tenant", (row) => {
  test.each([
    ["is gone", undefined],
    ["has changed", "the first"],
  ])("%s, is neither deleted nor moved", async (_how, now) => {
    const { stack, tenantId, urn, id } = await stackOf(row, UNFORCED);
    if (now === undefined) delete world.environment[`${row.prefix}_TENANT_ID`];
    else world.environment[`${row.prefix}_TENANT_ID`] = world.tenantId;
    const refused = await stack.up({ replace: [urn] });
    expect(refused).toMatchObject({ ok: false, requests: 0, outputs: { id } });
    expect(refused.text).toContain("tenantId");
    expect(world.sandbox.clients.get(id)).toMatchObject({ tenantId });
    // The way out that the message names.
    world.environment[`${row.prefix}_TENANT_ID`] = tenantId;
    const up = await stack.up({ replace: [urn] });
    expect(up).toMatchObject({ ok: true, outputs: { tenantId, previousRevocation: { outcome: "deleted" } } });
  });
});

describe("Rezolve: a client whose realm was the connection's default", () => {
  /** Two of them: a process does not know the URN of the first resource that it checks. */
  async function inRealm(optionsAt: Program["optionsAt"]) {
    const realmName = world.sandbox.tenants[0]?.realmName ?? "";
    world.environment.REZOLVE_REALM_NAME = realmName;
    const program = { step: 1 };
    const stack = await world.stack(async () => {
      const [first, second] = ["first", "second"].map((name) => {
        const { urn, id } = new rezolve.OAuthClient(name, { ...BOT, name }, optionsAt(program.step));
        return { urn, id };
      });
      return { first, second };
    });
    const up = await stack.up();
    if (!up.ok) throw new Error(up.text);
    world.sandbox.requests.clear();
    const { first, second } = z.record(z.string(), z.object({ urn: z.string() })).parse(up.outputs);
    return { stack, program, realmName, urns: [first?.urn ?? "", second?.urn ?? ""] };
  }

  const realms = () => world.sandbox.requests.list().map(({ method, headers }) => [method, headers.realmname]);

  test("is replaced by a trigger in that realm when the default is gone", async () => {
    const { stack, program, realmName } = await inRealm((step) => ({ replacementTrigger: step }));
    delete world.environment.REZOLVE_REALM_NAME;
    program.step = 2;
    expect(await stack.up()).toMatchObject({ ok: true });
    expect(realms().sort()).toEqual([
      ["DELETE", realmName],
      ["DELETE", realmName],
      ["POST", realmName],
      ["POST", realmName],
    ]);
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 2 } });
  });

  test.each([
    ["is gone", undefined],
    ["has changed", "another-realm"],
  ])("is not replaced by the command line when the default %s", async (_how, now) => {
    const { stack, realmName, urns } = await inRealm(() => ({}));
    for (const urn of urns) {
      if (now === undefined) delete world.environment.REZOLVE_REALM_NAME;
      else world.environment.REZOLVE_REALM_NAME = now;
      const refused = await stack.up({ replace: [urn], target: [urn] });
      expect(refused).toMatchObject({ ok: false, requests: 0 });
      expect(refused.text).toContain(`the client lives in "${realmName}"`);
      expect(refused.text).toContain("nothing was deleted");
      world.environment.REZOLVE_REALM_NAME = realmName;
      expect(await stack.up({ replace: [urn], target: [urn] })).toMatchObject({ ok: true, requests: 2 });
    }
    expect(realms().every(([, realm]) => realm === realmName)).toBe(true);
  });
});

test("the evidence of a …Deletion resource stays in the state until the next deletion has succeeded", async () => {
  const targets = ["client-550e8400-e29b-41d4-a716-446655440098", "client-550e8400-e29b-41d4-a716-446655440099"];
  const program = { targetId: targets[0] ?? "" };
  const stack = await world.stack(async () => {
    new rezolve.OAuthClientDeletion("gone", { targetId: program.targetId });
  });
  expect(await stack.up()).toMatchObject({ ok: true });
  program.targetId = targets[1] ?? "";
  world.environment.REZOLVE_TOKEN = "expired";
  expect(await stack.up()).toMatchObject({ ok: false });
  const recorded = async () => (await stack.resources()).map(({ id, outputs }) => [id, outputs?.outcome]);
  expect(await recorded()).toEqual([[targets[0], "already-gone"]]);
  world.environment.REZOLVE_TOKEN = world.token;
  expect(await stack.up()).toMatchObject({ ok: true });
  expect(await recorded()).toEqual([[targets[1], "already-gone"]]);
});
