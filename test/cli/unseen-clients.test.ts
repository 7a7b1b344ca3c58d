/** Credentials that need not see every client: what they do not show is nowhere taken for nothing. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { previewed, resource } from "./stack-documents.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const NOT_ALL = "These may not be all: to see every client takes client.read.all.";
const planning = ["sweep", "--no-exclude-managed", "--name-prefix", "pr-"];

/** From now on, the token is one of somebody who sees only their own clients. */
async function seeLess(): Promise<void> {
  const permissions = ["client.read", "client.write"] as const;
  tenant.env.NEXUS_TOKEN = await tenant.sandbox.adminToken({ permissions, user: { id: "bob" } });
}

describe("three leftovers that only others see", () => {
  beforeEach(async () => {
    tenant.only("nexus");
    for (const name of ["pr-1", "pr-2", "pr-3"]) await tenant.client("nexus", name);
  });

  test("a plan of a sweep says that they may not be all", async () => {
    await seeLess();
    const shown = await tenant.run(planning);
    expect(shown.stderr).toContain(NOT_ALL);
    expect(shown.stderr).toContain("0 clients would be deleted");
    const { code, stdout, stderr } = await tenant.run([...planning, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ clients: [], hiddenWithout: "client.read.all" });
    expect(stderr).toContain(NOT_ALL);
  });

  test("a sweep that leaves them, because nobody could look, is no success", async () => {
    const plan = tenant.file("plan.json");
    expect((await tenant.run([...planning, "--plan", plan])).code).toBe(0);
    await seeLess();
    const applying = ["sweep", "--no-exclude-managed", "--apply", plan, "--yes", "--tenant", tenant.id];
    const { code, stdout } = await tenant.run([...applying, "--json"]);
    expect(code).toBe(1);
    const { totals, results } = JSON.parse(stdout);
    expect(totals).toMatchObject({ selected: 3, skipped: 3, failed: 0 });
    for (const { outcome, hiddenWithout, because } of results) {
      expect([outcome, hiddenWithout]).toEqual(["skipped", "client.read.all"]);
      expect(because).toContain("which proves nothing: to see every client takes client.read.all");
    }
    const shown = await tenant.run(applying);
    expect(shown.code).toBe(1);
    expect(shown.stdout.replaceAll("\n", " ")).toContain("3 clients may be there all the same");
    const junit = await tenant.run([...applying, "--format", "junit"]);
    expect(junit.stdout).toContain('failures="3"');
    expect(tenant.sandbox.requests.count({ method: "DELETE" })).toBe(0);
    expect(await readFile(`${plan}.journal.jsonl`, "utf8")).toContain('"outcome":"skipped"');
  });

  test("an impact of a purge that may delete them is neither nothing nor harmless", async () => {
    await seeLess();
    const inputs = { select: { namePrefix: "pr-" }, tenantId: tenant.id };
    const file = await previewed(tenant.file("preview.json"), [
      "create",
      null,
      resource("nexus", "purge", "swept", { inputs }),
    ]);
    const { code, stdout } = await tenant.run(["impact", file, "--json"]);
    const { deletions, totals } = JSON.parse(stdout);
    expect({ code, totals }).toMatchObject({ code: 0, totals: { deletions: 1, alive: 0, unknown: 1 } });
    expect(deletions).toMatchObject([
      {
        id: null,
        is: "unknown",
        problem: "it may delete more than these credentials can see: that takes client.read.all",
      },
    ]);
    const held = await tenant.run(["impact", file, "--format", "markdown", "--fail-if-active-tokens", "0"]);
    expect(held.code).toBe(1);
    expect(held.stdout).toContain("it may delete more than these credentials can see");
    expect(held.stdout).not.toContain("Harmless");
  });
});

test.each(VENDORS)("of %s, who sees every client is told of nothing hidden", async (vendor) => {
  tenant.only(vendor);
  await tenant.client(vendor, "pr-1");
  const { stdout, stderr } = await tenant.run([...planning, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ clients: [{ name: "pr-1" }], hiddenWithout: null });
  expect(stderr).not.toContain("may not be all");
});
