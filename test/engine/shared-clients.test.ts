/** What keeps two resources of a stack from one client, and a run from deleting what it has just taken over. */
import type * as pulumi from "@pulumi/pulumi";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { pulumi as command } from "./cli.ts";
import { BOT } from "./clients.ts";
import { type Run, type TestStack, World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

type Args = { adopt?: rezolve.OAuthClientArgs["adopt"]; description?: string; tenantId?: string; scopes?: string[] };
type Declared = Args & { resource: string; opts?: pulumi.CustomResourceOptions };

const VENDORS = {
  rezolve: {
    declare: ({ resource, opts, ...args }: Declared) => new rezolve.OAuthClient(resource, { ...BOT, ...args }, opts),
    remove: (resource: string, targetId: string, opts: pulumi.CustomResourceOptions) =>
      new rezolve.OAuthClientDeletion(resource, { targetId }, opts),
    type: "rezolve:OAuthClient",
  },
  nexus: {
    declare: ({ resource, opts, scopes: _, ...args }: Declared) =>
      new nexus.Client(
        resource,
        { name: "CI bot", appType: "non_interactive", grantTypes: ["client_credentials"], ...args },
        opts,
      ),
    remove: (resource: string, targetId: string, opts: pulumi.CustomResourceOptions) =>
      new nexus.ClientDeletion(resource, { targetId }, opts),
    type: "nexus:Client",
  },
} as const;

/** A stack whose program a test changes between runs. */
async function stackOf(vendor: keyof typeof VENDORS, first: Declared[]) {
  const program: { resources: Declared[]; removals: string[]; removesFirst: boolean } = {
    resources: first,
    removals: [],
    removesFirst: false,
  };
  const { declare, remove } = VENDORS[vendor];
  const stack = await world.stack(async () => {
    const removeAll = (dependsOn: pulumi.Resource[]) => program.removals.map((id) => remove("gone", id, { dependsOn }));
    const dependsOn = program.removesFirst ? removeAll([]) : [];
    const declared = program.resources.map(({ opts, ...rest }) => declare({ ...rest, opts: { dependsOn, ...opts } }));
    if (!program.removesFirst) removeAll(declared);
  });
  return { stack, program };
}

const living = () => world.sandbox.clients.list().map(({ id }) => id);
const deletions = () => world.sandbox.requests.count({ method: "DELETE" });

/** The command that an error tells to type. */
function toldCommand(run: Run): string[] {
  const urn = /`pulumi state delete '([^']+)'`/.exec(run.text)?.[1] ?? "";
  return ["state", "delete", urn];
}

async function type(stack: TestStack, args: string[]): Promise<void> {
  const said = await command(stack.stack.workspace.workDir, world.environment, ...args, "--stack", "test", "--yes");
  if (!said.ok) throw new Error(said.text);
}

/** A stack with one client, whose resource was renamed and took the client over by its name: too late for an alias. */
async function renamed(vendor: keyof typeof VENDORS) {
  const { stack, program } = await stackOf(vendor, [{ resource: "bot" }]);
  await stack.up();
  const [id = ""] = living();
  program.resources = [{ resource: "robot", adopt: { byName: true } }];
  const run = await stack.up();
  return { stack, program, id, run };
}

describe.each(["rezolve", "nexus"] as const)("at %s, a resource that is renamed in the program", (vendor) => {
  test("and takes its client over by name keeps it, and the old one is not deleted, in this run and in later ones", async () => {
    const { stack, id, run } = await renamed(vendor);
    const { type: kind } = VENDORS[vendor];
    for (const up of [
      run,
      await stack.up(),
      await stack.up({ refresh: true }),
      await stack.up({ refresh: true, runProgram: true }),
    ]) {
      expect(up.ok).toBe(false);
      expect(up.text).toMatch(
        new RegExp(`Cannot delete OAuth client "CI bot" \\(${id}\\).*::bot: this (run|stack) .*${kind}::robot`),
      );
      expect(living()).toEqual([id]);
      expect(deletions()).toBe(0);
    }
    // The way out that the error names, word for word.
    await type(stack, toldCommand(run));
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(await stack.resources()).toMatchObject([{ id, urn: expect.stringMatching(/::robot$/) }]);
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(living()).toEqual([]);
  });

  test.each([{}, { refresh: true }, { runProgram: true }, { refresh: true, runProgram: true }])(
    "and stays twice in the state is destroyed once and for good (%j)",
    async (looking) => {
      const { stack, id } = await renamed(vendor);
      expect(await stack.resources()).toMatchObject([{ id }, { id }]);
      expect(await stack.destroy(looking)).toMatchObject({ ok: true });
      expect(living()).toEqual([]);
      expect(await stack.resources()).toEqual([]);
      expect(deletions()).toBe(1);
      expect((await world.receipts()).filter((receipt) => receipt.id === id)).toHaveLength(1);
    },
  );

  test("and has an alias, also one that comes too late, loses nothing", async () => {
    const { stack, program, id, run } = await renamed(vendor);
    program.resources = [{ resource: "robot", adopt: { byName: true }, opts: { aliases: [{ name: "bot" }] } }];
    const late = await stack.up();
    expect(late.ok).toBe(false);
    expect(living()).toEqual([id]);
    await type(stack, toldCommand(run));
    expect(await stack.up()).toMatchObject({ ok: true, steps: { same: 1 } });
    expect(living()).toEqual([id]);
    await stack.destroy();
  });

  test("with an alias, and replaced at once, is deleted under its old name and made again", async () => {
    const { stack, program } = await stackOf(vendor, [{ resource: "bot" }]);
    await stack.up();
    const [id = ""] = living();
    const tenants = world.sandbox.tenants.map((tenant) => tenant.id);
    world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ tenantId: tenants });
    world.environment.NEXUS_TOKEN = world.environment.REZOLVE_TOKEN;
    program.resources = [{ resource: "robot", tenantId: tenants[1] ?? "", opts: { aliases: [{ name: "bot" }] } }];
    expect(await stack.up()).toMatchObject({ ok: true });
    expect(living()).toHaveLength(1);
    expect(living()).not.toContain(id);
    expect(await stack.resources()).toMatchObject([{ id: living()[0], urn: expect.stringMatching(/::robot$/) }]);
    await stack.destroy();
  });
});

test("at rezolve, the error of a taken name says to use an alias first; followed, the client stays", async () => {
  const { stack, program } = await stackOf("rezolve", [{ resource: "bot" }]);
  await stack.up();
  const [id] = living();
  program.resources = [{ resource: "robot" }];
  const taken = await stack.up();
  expect(taken.ok).toBe(false);
  expect(taken.text).toMatch(/aliases: \[\{ name: "old-name" \}\].*adopt: \{ byName: true \}/);
  expect(living()).toEqual([id]);
  program.resources = [{ resource: "robot", opts: { aliases: [{ name: "bot" }] } }];
  expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
  expect(living()).toEqual([id]);
  await stack.destroy();
});

test("at nexus, where names may be given twice, a rename makes another client and deletes the old one", async () => {
  const { stack, program } = await stackOf("nexus", [{ resource: "bot" }]);
  await stack.up();
  const [id] = living();
  program.resources = [{ resource: "robot" }];
  expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1, delete: 1 } });
  expect(living()).not.toContain(id);
  expect(living()).toHaveLength(1);
  await stack.destroy();
});

describe.each(["rezolve", "nexus"] as const)("at %s, two resources of one program", (vendor) => {
  test("that both take one client over are refused before anything is sent", async () => {
    const { stack: other } = await stackOf(vendor, [{ resource: "elsewhere" }]);
    await other.up();
    const [id = ""] = living();
    const adopt = { id };
    const { stack } = await stackOf(vendor, [
      { resource: "bot", adopt },
      { resource: "robot", adopt },
    ]);
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toMatch(/Cannot adopt .*: this run takes it over as urn:.*::(ro)?bot\. Nothing was changed/);
    expect(await stack.resources()).toHaveLength(1);
    expect(world.sandbox.requests.count({ method: "PATCH" })).toBe(0);
  });

  test("of which the second would take over the first one's client are refused, and nothing changes", async () => {
    const { stack, program } = await stackOf(vendor, [{ resource: "bot" }]);
    await stack.up();
    const [id = ""] = living();
    program.resources = [{ resource: "bot" }, { resource: "robot", adopt: { id } }];
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toMatch(/Cannot adopt .*: this stack has it as urn:.*::bot/);
    program.resources = [{ resource: "robot", adopt: { id } }, { resource: "bot" }];
    const before = await stack.up();
    expect(before.ok).toBe(false);
    expect(before.text).toMatch(/this (run takes it over|stack has it) as urn:.*::(ro)?bot/);
    expect(living()).toEqual([id]);
    expect(deletions()).toBe(0);
    await stack.destroy();
    expect(living()).toEqual([]);
  });

  test("that came to have one client are told apart in every preview, with a way out that loses nothing", async () => {
    const { stack, program, id } = await renamed(vendor);
    program.resources = [{ resource: "bot" }, { resource: "robot" }];
    const runs = [await stack.preview(), await stack.up()];
    for (const run of runs) {
      expect(run.ok).toBe(false);
      expect(run.text).toMatch(/Two resources cannot have one client/);
    }
    expect(await stack.refresh()).toMatchObject({ ok: true });
    // Whichever of the two the error names.
    const [told = []] = runs.map(toldCommand);
    await type(stack, told);
    program.resources = program.resources.filter(({ resource }) => !told.at(-1)?.endsWith(`::${resource}`));
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    expect(living()).toEqual([id]);
    await stack.destroy();
  });
});

describe.each(["rezolve", "nexus"] as const)("at %s, a deletion resource", (vendor) => {
  test("for a client that this stack manages is refused in the preview, whichever comes first", async () => {
    const { stack, program } = await stackOf(vendor, [{ resource: "bot" }]);
    await stack.up();
    const [id = ""] = living();
    program.removals = [id];
    const refused = /this stack has it as urn:.*::bot/;
    const orders = [
      { removesFirst: false, said: refused },
      // Of the first resource of a run the URN is not known in its check.
      { removesFirst: true, said: /this stack deletes it with (another resource|urn:.*::gone)/ },
    ];
    for (const { removesFirst, said } of orders) {
      program.removesFirst = removesFirst;
      const preview = await stack.preview();
      expect(preview).toMatchObject({ ok: false, requests: 0 });
      expect(preview.text).toMatch(said);
    }
    program.removesFirst = false;
    const up = await stack.up();
    expect(up).toMatchObject({ ok: false, requests: 0 });
    expect(up.text).toMatch(refused);
    expect(living()).toEqual([id]);
    // The other resource goes: the same run deletes its client once, with the evidence in the outputs.
    program.resources = [];
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1, delete: 1 } });
    expect(living()).toEqual([]);
    expect(deletions()).toBe(1);
    await stack.destroy();
  });

  test("that an update without a preview carries out before anything else is loud about the client that it took", async () => {
    const { stack, program } = await stackOf(vendor, [{ resource: "bot" }]);
    await stack.up();
    const [id = ""] = living();
    Object.assign(program, { removals: [id], removesFirst: true });
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toMatch(
      /Cannot manage .* as urn:.*::bot: this (run has deleted it, as|stack deletes it with) urn:.*::gone/,
    );
    Object.assign(program, { removals: [] });
    await stack.refresh();
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1 } });
    await stack.destroy();
  });
});

test("a successor that is created first does not take its predecessor over again", async () => {
  const { stack, program } = await stackOf("nexus", [{ resource: "bot" }]);
  await stack.up();
  const [id = ""] = living();
  const { stack: adopting, program: adopted } = await stackOf("nexus", [{ resource: "bot", adopt: { id } }]);
  await adopting.up();
  program.resources = [];
  adopted.resources = [
    { resource: "bot", adopt: { id }, description: "changed", opts: { deleteBeforeReplace: false } },
  ];
  expect(await adopting.up()).toMatchObject({ ok: true });
  expect(living()).toHaveLength(1);
  expect(living()).not.toContain(id);
  expect(await adopting.resources()).toMatchObject([{ id: living()[0] }]);
  await adopting.destroy();
});
