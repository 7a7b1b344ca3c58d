import { readFile, rename, writeFile } from "node:fs/promises";
import { parseReceipts } from "pulumi-oauth-clients/automation";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isClaim } from "../../src/lifecycle/claim.ts";
import { CLI, Command, execute, plainEnvironment } from "./command.ts";
import { exported, HIDDEN, resource } from "./stack-documents.ts";
import { Tenant, VENDORS, type VendorName } from "./tenant.ts";

let tenant: Tenant;
let files = 0;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => {
  tenant.reset();
  files += 1;
});
afterAll(() => tenant.close());

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();
const planFile = () => tenant.file(`sweep-${files}.json`);
const living = () =>
  tenant.sandbox.clients
    .list()
    .filter(({ deletion }) => deletion === null)
    .map(({ name }) => name)
    .sort();
const deletes = () => tenant.sandbox.requests.count({ method: "DELETE" });
/** Without exports: no stack can have any of these clients. */
const withStacks = (args: readonly string[]) =>
  args.includes("--exclude-managed") ? [...args] : [...args, "--no-exclude-managed"];
const applying = (...more: string[]) =>
  tenant.run(["sweep", "--apply", planFile(), "--yes", "--tenant", tenant.id, ...withStacks(more)]);

async function planned(...args: string[]) {
  const ended = await tenant.run(["sweep", ...withStacks(args), "--plan", planFile()]);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(await readFile(planFile(), "utf8"));
}

const TYPES: Record<VendorName, string> = { rezolve: "rezolve:OAuthClient", nexus: "nexus:Client" };

async function exportWith(vendor: VendorName, ids: readonly string[]): Promise<string> {
  const type = `pulumi-nodejs:dynamic/${TYPES[vendor]}`;
  const resources = ids.map((id, at) => ({ urn: `urn:pulumi:pr-7::shop::${type}::c${at}`, type, id, outputs: {} }));
  const file = tenant.file(`export-${files}.json`);
  await writeFile(file, JSON.stringify({ version: 3, deployment: { resources } }));
  return file;
}

describe.each(VENDORS)("of %s", (vendor) => {
  beforeEach(() => tenant.only(vendor));

  describe("and a stack whose creation's answer was lost", () => {
    const CLAIM = "claim:1a2b3c4d";
    const claimOn = (name: unknown) =>
      exported(
        tenant.file(`claim-${files}.json`),
        resource(vendor, "client", "lost", { id: CLAIM, outputs: { name } }),
      );
    const shown = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '"pr-2"' };
    const withClaim = async (name: unknown) => ["--name-prefix", "pr-", "--exclude-managed", await claimOn(name)];

    beforeEach(async () => {
      expect(isClaim(CLAIM)).toBe(true);
      for (const name of ["pr-1", "pr-2"]) await tenant.client(vendor, name);
    });

    test.each(HIDDEN)("deletes nothing where the client's name is %s", async (_what, name) => {
      await planned("--name-prefix", "pr-");
      for (const args of [
        await withClaim(name),
        ["--apply", planFile(), "--yes", "--tenant", tenant.id, "--exclude-managed", await claimOn(name)],
      ]) {
        const { code, stdout, stderr } = await tenant.run(["sweep", ...args]);
        expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
        expect(stderr).toContain(
          "[configuration-invalid]: A stack may have made a client whose name its export does not",
        );
        expect(stderr).toMatch(/::lost was lost\. .*Nothing was deleted\. .*`pulumi refresh`.* --show-secrets/);
      }
      expect(deletes()).toBe(0);
    });

    test.each([
      ["known", "pr-2"],
      ["known, and trimmed by the vendor", " pr-2 "],
      ["secret, and shown", shown],
    ])("spares it where its name is %s", async (_what, name) => {
      const plan = await planned(...(await withClaim(name)));
      expect(plan.clients.map(({ name }: { name: string }) => name)).toEqual(["pr-1"]);
      const hidden = tenant.file(`hidden-${files}.json`);
      await exported(hidden, resource(vendor, "client", "lost", { id: CLAIM, outputs: { name: HIDDEN[2]?.[1] } }));
      // One export of a stack shows what another one of it hides, in any order.
      for (const args of [
        ["--exclude-managed", hidden, ...(await withClaim(name))],
        [...(await withClaim(name)), "--exclude-managed", hidden],
      ])
        expect((await planned(...args)).clients).toHaveLength(1);
    });

    test("is warned of by what shows or takes over clients", async () => {
      for (const [name, expected] of [
        ["pr-2", 'may have made OAuth client "pr-2" that is missing'],
        [HIDDEN[2]?.[1], "may have made an OAuth client that is missing"],
      ]) {
        const file = await claimOn(name);
        for (const command of ["list", "adopt"])
          expect((await tenant.run([command, "--managed", file])).stderr).toContain(expected);
      }
    });
  });

  test("plans without deleting, then deletes exactly the plan", async () => {
    for (const name of ["pr-1 web", "pr-2 web", "keeper"]) await tenant.client(vendor, name);
    const plan = await planned("--name-prefix", "pr-");
    expect(plan.clients.map(({ name }: { name: string }) => name).sort()).toEqual(["pr-1 web", "pr-2 web"]);
    expect(deletes()).toBe(0);
    // It comes after the plan: nobody has agreed to it.
    await tenant.client(vendor, "pr-3 web");
    const receipts = tenant.file(`receipts-${files}.jsonl`);
    tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE = receipts;
    const { code, stdout } = await applying();
    expect(code).toBe(0);
    expect(stdout).toContain("2 of 2 clients: 2 deleted.");
    expect(living()).toEqual(["keeper", "pr-3 web"]);
    const written = parseReceipts(await readFile(receipts, "utf8")).receipts;
    expect(written.map(({ outcome, urn, kind }) => [outcome, urn, kind])).toEqual(
      Array.from({ length: 2 }, () => ["deleted", null, TYPES[vendor]]),
    );
  });

  test("without a plan it only shows what it would delete", async () => {
    await tenant.client(vendor, "pr-1 web");
    const { code, stdout, stderr } = await tenant.run(["sweep", "--name-prefix", "pr-", "--no-exclude-managed"]);
    expect(code).toBe(0);
    expect(stdout).toContain("pr-1 web");
    expect(stderr).toContain("1 client would be deleted, 0 are left out. Nothing was deleted.");
    expect(living()).toEqual(["pr-1 web"]);
  });

  test("never sweeps what a stack manages, by then or by now", async () => {
    const [one, two, three] = [
      await tenant.client(vendor, "pr-1 web"),
      await tenant.client(vendor, "pr-2 web"),
      await tenant.client(vendor, "pr-3 web"),
    ];
    const before = await exportWith(vendor, [one]);
    const plan = await planned("--name-prefix", "pr-", "--exclude-managed", before);
    expect(plan.clients.map(({ id }: { id: string }) => id).sort()).toEqual([two, three].sort());
    const without = await applying();
    expect(without).toMatchObject({ code: 2 });
    expect(without.stderr).toContain("give their exports again");
    // Meanwhile another stack has adopted one of them.
    const now = await exportWith(vendor, [one, two]);
    const { code, stdout } = await applying("--exclude-managed", now);
    expect(code).toBe(0);
    expect(stdout).toContain("1 deleted, 1 skipped");
    expect(living()).toEqual(["pr-1 web", "pr-2 web"]);
  });

  test("says how to carry the plan out in words that a shell takes, and why clients were left out", async () => {
    const kept = [await tenant.client(vendor, "pr-1 web"), await tenant.client(vendor, "pr-2 web")];
    for (const name of ["pr-3 web", "pr-4 web"]) await tenant.client(vendor, name);
    const exported = tenant.file("what's dev.json");
    await rename(await exportWith(vendor, kept), exported);
    const args = ["--name-prefix", "pr-", "--exclude-name", "pr-3 web", "--exclude-managed", exported, "--refuse", ""];
    const { stderr } = await tenant.run(["sweep", ...args, "--plan", planFile()]);
    expect(stderr).toContain(
      "1 client would be deleted, 3 are left out (2 managed by shop/pr-7; 1 excluded by its name).",
    );
    const [, command = ""] = /`oauth-clients (.*)` deletes them\./.exec(stderr) ?? [];
    const pasted = `"${process.execPath}" "${CLI}" ${command} --yes --tenant ${tenant.id}`;
    const options = { cwd: tenant.folder, env: plainEnvironment(tenant.env) };
    expect(await execute("sh", ["-c", pasted], options)).toMatchObject({ code: 0 });
    expect(living()).toEqual(["pr-1 web", "pr-2 web", "pr-3 web"]);
  });

  test("a client that was renamed since is none of the plan any more", async () => {
    const id = await tenant.client(vendor, "pr-1 web");
    await planned("--name-prefix", "pr-");
    tenant.sandbox.clients.edit(id, { name: "Billing" });
    const { stdout } = await applying();
    expect(stdout).toContain("its name begins otherwise");
    expect(living()).toEqual(["Billing"]);
  });

  test("goes on after an interrupt, with every finished deletion counted once", async () => {
    const names = Array.from({ length: 24 }, (_, at) => `pr-${at}`);
    for (const name of names) await tenant.client(vendor, name);
    await planned("--name-prefix", "pr-");
    tenant.sandbox.settings.latencyMs = 60;
    const slow = { [`${vendor.toUpperCase()}_MAX_CONCURRENCY`]: "2" };
    const args = [
      CLI,
      "sweep",
      "--apply",
      planFile(),
      "--yes",
      "--tenant",
      tenant.id,
      "--no-exclude-managed",
      "--json",
    ];
    const running = new Command(process.execPath, args, {
      cwd: tenant.folder,
      env: plainEnvironment({ ...tenant.env, ...slow }),
    });
    while (deletes() < 4) await new Promise((soon) => setTimeout(soon, 10));
    running.child.kill("SIGINT");
    const first = await running.ended();
    tenant.sandbox.settings.latencyMs = 0;
    expect(first.code).toBe(130);
    const { totals, notBegun } = JSON.parse(first.stdout);
    expect(totals.deleted + notBegun.length).toBe(24);
    expect(living()).toHaveLength(notBegun.length);
    expect(notBegun.length).toBeGreaterThan(0);
    const second = await applying("--json");
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout).totals).toMatchObject({ selected: 24, deleted: 24, failed: 0, skipped: 0 });
    expect(living()).toEqual([]);
    expect(deletes()).toBe(24);
  });

  test("goes on after a kill: nothing of the plan is left, and what was told is counted once", async () => {
    const names = Array.from({ length: 16 }, (_, at) => `pr-${at}`);
    for (const name of names) await tenant.client(vendor, name);
    await planned("--name-prefix", "pr-");
    tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE = tenant.file(`killed-${files}.jsonl`);
    tenant.sandbox.settings.latencyMs = 60;
    const slow = { [`${vendor.toUpperCase()}_MAX_CONCURRENCY`]: "2" };
    const args = [CLI, "sweep", "--apply", planFile(), "--yes", "--tenant", tenant.id, "--no-exclude-managed"];
    const running = new Command(process.execPath, args, {
      cwd: tenant.folder,
      env: plainEnvironment({ ...tenant.env, ...slow }),
    });
    while (deletes() < 5) await new Promise((soon) => setTimeout(soon, 10));
    await running.kill();
    tenant.sandbox.settings.latencyMs = 0;
    expect(living().length).toBeGreaterThan(0);
    const { code, stdout } = await applying("--json");
    expect(code).toBe(0);
    const { totals, notBegun } = JSON.parse(stdout);
    expect(living()).toEqual([]);
    expect(notBegun).toEqual([]);
    // At most what was under way when it was killed is not there any more, and nobody knows by whom.
    expect(totals.deleted + totals.skipped).toBe(16);
    expect(totals.skipped).toBeLessThanOrEqual(4);
    const written = parseReceipts(await readFile(tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE, "utf8")).receipts;
    expect(new Set(written.map(({ id }) => id)).size).toBe(written.length);
    expect(written.length).toBeGreaterThanOrEqual(totals.deleted);
  });

  test("what fails keeps no other, exits with 1, and is tried again by the next run", async () => {
    const failing = await tenant.client(vendor, "pr-1");
    await tenant.client(vendor, "pr-2");
    await planned("--name-prefix", "pr-");
    const match = { method: "DELETE", path: new RegExp(`${failing}$`) } as const;
    tenant.sandbox.faults.add({ match, effect: { kind: "respond", status: 400 } });
    const first = await applying();
    expect(first.code).toBe(1);
    expect(first.stdout).toContain("2 of 2 clients: 1 deleted, 1 failed. Run the same command again");
    tenant.sandbox.faults.clear();
    expect(await applying()).toMatchObject({ code: 0 });
    expect(living()).toEqual([]);
  });
});

describe("by what Rezolve says", () => {
  test("a client that was used between plan and deletion stays", async () => {
    const [used, unused] = [await tenant.client("rezolve", "pr-1"), await tenant.client("rezolve", "pr-2")];
    for (const id of [used, unused]) tenant.sandbox.clients.edit(id, { createdAt: ago(30) });
    await planned("--unused-for", "14d");
    tenant.sandbox.clients.edit(used, { usage: { lastUsedAt: ago(0.01), totalTokenRequests: 1 } });
    const { stdout } = await applying();
    expect(stdout).toContain("1 deleted, 1 skipped");
    expect(living()).toEqual(["pr-1"]);
  });

  test("what nobody says fulfils nothing", async () => {
    const id = await tenant.client("rezolve", "pr-1");
    tenant.sandbox.clients.edit(id, { createdAt: ago(30), usage: { lastUsedAt: null, totalTokenRequests: 3 } });
    expect((await planned("--unused-for", "1")).clients).toEqual([]);
  });

  test("--older-than and --created-before select by the creation, the earlier of both", async () => {
    for (const [name, days] of [
      ["old", 30],
      ["young", 3],
    ] as const) {
      tenant.sandbox.clients.edit(await tenant.client("rezolve", name), { createdAt: ago(days) });
    }
    expect((await planned("--older-than", "7d")).clients.map(({ name }: { name: string }) => name)).toEqual(["old"]);
    expect((await planned("--older-than", "1d", "--created-before", ago(20))).clients).toHaveLength(1);
  });
});

test("Nexus says nothing by which age or use could be told: such a sweep is refused, in the words that were typed", async () => {
  tenant.only("nexus");
  for (const [args, named] of [
    [["--older-than", "7d"], "--older-than asks"],
    [["--created-before", "2026-01-01", "--unused-for", "7d"], "--created-before, --unused-for ask"],
  ] as const) {
    const { code, stderr } = await tenant.run(["sweep", ...args, "--no-exclude-managed"]);
    expect(code).toBe(2);
    expect(stderr).toContain(`Nexus does not say of its clients what ${named} for: select them otherwise.`);
  }
});

describe("is refused", () => {
  test.each([
    ["without a criterion", ["sweep"], "Every client would be deleted. Say which ones"],
    ["with an empty prefix", ["sweep", "--name-prefix", ""], "Every client would be deleted"],
    [
      "by a prefix of production",
      ["sweep", "--name-prefix", "Prod-"],
      'Clients with "prod" in their names are not swept',
    ],
    ["with a plan and an application", ["sweep", "--plan", "a", "--apply", "b"], "give one of them"],
    ["with a number of days that is none", ["sweep", "--unused-for", "soon"], "It must be a number of days"],
    ["by an age of nothing", ["sweep", "--older-than", "0", "--no-exclude-managed"], "1 at least"],
    [
      "where nobody says what stacks manage",
      ["sweep", "--name-prefix", "pr-"],
      "Nobody says which clients stacks manage",
    ],
  ])("%s", async (_what, args, expected) => {
    await tenant.client("rezolve", "pr-1");
    const { code, stderr } = await tenant.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
    expect(deletes()).toBe(0);
  });

  test("where it would be more than the limit", async () => {
    for (const name of ["pr-1", "pr-2", "pr-3"]) await tenant.client("rezolve", name);
    const { code, stderr } = await tenant.run([
      "sweep",
      "--name-prefix",
      "pr-",
      "--limit",
      "2",
      "--no-exclude-managed",
      "--plan",
      planFile(),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("3 clients would be deleted, more than the limit of 2. Nothing was deleted.");
  });
});

test("a client with a refused word in its name is never swept, also when it gets the name after the plan", async () => {
  const id = await tenant.client("rezolve", "pr-1 web");
  await tenant.client("rezolve", "pr-1 PRODUCT search");
  const plan = await planned("--name-prefix", "pr-");
  expect(plan.clients.map(({ name }: { name: string }) => name)).toEqual(["pr-1 web"]);
  tenant.sandbox.clients.edit(id, { name: "pr-1 production" });
  expect((await applying()).stdout).toMatch(/excluded by its name,\s+which has "prod" in it/);
  expect(living()).toHaveLength(2);
  const meant = await planned("--name-prefix", "pr-", "--refuse", "");
  expect(meant.clients).toHaveLength(2);
});

describe("a plan", () => {
  beforeEach(async () => {
    await tenant.client("rezolve", "pr-1");
    await planned("--name-prefix", "pr-");
  });

  async function changed(change: (plan: Record<string, unknown>) => void): Promise<void> {
    const plan = JSON.parse(await readFile(planFile(), "utf8"));
    change(plan);
    await writeFile(planFile(), JSON.stringify(plan));
  }

  test("that is old is not carried out, unless somebody says how old it may be", async () => {
    await changed((plan) => {
      plan.plannedAt = ago(2);
    });
    expect((await applying()).stderr).toContain("more than 1 day ago");
    expect(await applying("--max-plan-age", "3d")).toMatchObject({ code: 0 });
  });

  test.each([
    ["is none", (plan: Record<string, unknown>) => delete plan.selection, "is no plan of a sweep: selection"],
    [
      "has what nobody knows",
      (plan: Record<string, unknown>) => Object.assign(plan, { force: true }),
      "is no plan of a sweep",
    ],
  ])("that %s is refused", async (_what, change, expected) => {
    await changed(change);
    const { code, stderr } = await applying();
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
    expect(deletes()).toBe(0);
  });

  test("of another address is refused", async () => {
    await changed((plan) => {
      plan.baseUrl = "https://old.example.test";
    });
    const { code, stderr } = await applying();
    expect({ code, deletes: deletes() }).toEqual({ code: 2, deletes: 0 });
    expect(stderr).toContain("[base-url-changed]");
  });

  test("needs somebody who means it: the tenant beside --yes, or on a terminal", async () => {
    for (const args of [[], ["--yes"], ["--yes", "--tenant", "another"]]) {
      const { code, stderr } = await tenant.run(["sweep", "--apply", planFile(), "--no-exclude-managed", ...args]);
      expect(code).toBe(2);
      expect(stderr).toContain("Nothing was deleted");
    }
    expect(deletes()).toBe(0);
  });

  test("is not carried out twice", async () => {
    expect(await applying()).toMatchObject({ code: 0 });
    const again = await applying("--json");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).totals).toMatchObject({ selected: 1, deleted: 1 });
    expect(deletes()).toBe(1);
  });

  test("cannot be widened or misread by options beside it", async () => {
    for (const [args, expected] of [
      [["--name-prefix", "x"], "--name-prefix cannot stand beside --apply"],
      [["--older-than", "1d", "--status", "active"], "--older-than, --status cannot stand beside --apply"],
      [["--connection", "eu"], "The plan is about the connection"],
      [["--vendor", "nexus"], "The plan is about rezolve, not nexus"],
    ] as const) {
      const { code, stderr } = await applying(...args);
      expect({ code, deletes: deletes() }).toEqual({ code: 2, deletes: 0 });
      expect(stderr).toContain(expected);
    }
  });

  test("leaves out what the options exclude besides, whatever stands in the names", async () => {
    await tenant.client("rezolve", "pr-2, the second");
    await tenant.client("rezolve", "pr-keep");
    await planned("--name-prefix", "pr-");
    const { code, stdout } = await applying("--exclude-name", "pr-2, the second", "--refuse", "keep");
    expect(code).toBe(0);
    expect(stdout).toContain("1 deleted, 2 skipped");
    expect(living()).toEqual(["pr-2, the second", "pr-keep"]);
  });

  test.each<[string, (plan: Record<string, unknown>) => void, string]>([
    ["without a place", (plan) => Object.assign(plan, { place: {} }), "does not say where its clients are"],
    ["from the future", (plan) => Object.assign(plan, { plannedAt: "2099-01-01T00:00:00.000Z" }), "still to come"],
    ["without a criterion", (plan) => Object.assign(plan, { selection: {} }), "select"],
  ])("that somebody edited is refused: %s", async (_what, change, expected) => {
    await changed(change);
    const { code, stderr } = await applying();
    expect({ code, deletes: deletes() }).toEqual({ code: 2, deletes: 0 });
    expect(stderr).toContain(expected);
  });

  test("does not believe the journal of another plan of its name", async () => {
    expect(await applying()).toMatchObject({ code: 0 });
    await tenant.client("rezolve", "pr-9");
    await planned("--name-prefix", "pr-");
    const { stdout } = await applying("--json");
    expect(JSON.parse(stdout).totals).toMatchObject({ selected: 1, deleted: 1 });
    expect(living()).toEqual([]);
  });

  test("keeps to the lower limit of the two", async () => {
    await tenant.client("rezolve", "pr-2");
    await planned("--name-prefix", "pr-");
    expect((await applying("--limit", "1")).stderr).toContain("more than the limit of 1");
    expect(deletes()).toBe(0);
  });

  test("has a place for its result before anything is deleted", async () => {
    for (const output of [tenant.file("none/out.txt"), planFile()]) {
      expect(await applying("--output", output)).toMatchObject({ code: 2 });
    }
    expect(deletes()).toBe(0);
  });

  test("settles a DELETE whose answer was lost: the next run says that it may have been ours", async () => {
    const receipts = tenant.file(`lost-${files}.jsonl`);
    tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE = receipts;
    tenant.env.REZOLVE_RETRY_BUDGET_SECONDS = "0";
    tenant.sandbox.faults.add({ match: { method: "DELETE" }, times: 1, effect: { kind: "drop-after" } });
    expect(await applying()).toMatchObject({ code: 1 });
    expect(living()).toEqual([]);
    expect(await applying()).toMatchObject({ code: 0 });
    const written = parseReceipts(await readFile(receipts, "utf8")).receipts;
    expect(written.map(({ outcome, responseLost }) => [outcome, responseLost])).toEqual([
      ["unconfirmed", true],
      ["already-gone", true],
    ]);
  });
});
