/** `oauth-clients impact` where Pulumi hides a part of what a deletion means: a secret, or what no preview knows. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exported, HIDDEN, previewed, resource } from "./stack-documents.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const THRESHOLDS = ["--fail-if-active-tokens", "0"];

/** Nothing is asked, nothing is called harmless, thresholds object, and it is said what is hidden. */
async function expectUnknown(file: string, what: string): Promise<void> {
  tenant.sandbox.requests.clear();
  const { code, stdout } = await tenant.run(["impact", file, "--json"]);
  const { totals, deletions } = JSON.parse(stdout);
  expect({ code, totals }).toMatchObject({ code: 0, totals: { gone: 0, alive: 0, unknown: deletions.length } });
  for (const { is, problem } of deletions) {
    expect(is).toBe("unknown");
    expect(problem).toContain(`${what} is secret, or not known before the command runs`);
  }
  expect(tenant.sandbox.requests.count()).toBe(0);
  const held = await tenant.run(["impact", file, "--format", "markdown", ...THRESHOLDS]);
  expect(held.code).toBe(1);
  expect(held.stdout).not.toContain("Harmless");
}

describe.each(VENDORS)("%s", (vendor) => {
  beforeEach(() => tenant.only(vendor));

  const PLACE = vendor === "rezolve" ? ["tenantId", "realmName"] : ["tenantId"];
  const MEANT = [...PLACE, "connection", "deletion"];

  describe.each(HIDDEN)("%s", (_how, hidden) => {
    test.each([...MEANT, "baseUrl"])("the %s of a client", async (key) => {
      const outputs = { name: "billing", tenantId: tenant.id, baseUrl: tenant.sandbox.url, [key]: hidden };
      const client = resource(vendor, "client", "billing", { id: "a-client-elsewhere", outputs });
      await expectUnknown(await exported(tenant.file("export.json"), client), key);
      await expectUnknown(await previewed(tenant.file("preview.json"), ["delete", client]), key);
    });

    test.each(MEANT)("the %s of a deletion", async (key) => {
      const inputs = { targetId: "a-client-elsewhere", tenantId: tenant.id, [key]: hidden };
      const deletion = resource(vendor, "deletion", "offboarded", { inputs });
      await expectUnknown(await previewed(tenant.file("preview.json"), ["create", null, deletion]), key);
    });

    test.each([...MEANT, "exclude", "limit", "dryRun"])("the %s of a purge", async (key) => {
      for (const meant of [{ targetIds: ["one", "another"] }, { select: { namePrefix: "pr-" } }]) {
        const purge = resource(vendor, "purge", "swept", { inputs: { ...meant, [key]: hidden } });
        await expectUnknown(await previewed(tenant.file("preview.json"), ["create", null, purge]), key);
      }
    });

    test("the client that a new resource takes over", async () => {
      const before = resource(vendor, "client", "before", {
        id: "a-client",
        outputs: { tenantId: tenant.id, name: "bot" },
      });
      const taking = (key: string, inputs: object) => {
        const after = resource(vendor, "client", "after", { inputs: { tenantId: tenant.id, name: "bot", ...inputs } });
        return previewed(tenant.file(`${key}.json`), ["delete", before], ["create", null, after]);
      };
      await expectUnknown(await taking("adopt", { adopt: { id: hidden } }), "::after may take it over: adopt");
      await expectUnknown(
        await taking("name", { adopt: { byName: true }, name: hidden }),
        "::after may take it over: name",
      );
    });

    test("the connection or the deletion with which a client becomes a tombstone", async () => {
      const before = resource(vendor, "client", "bot", { id: "a-client", outputs: { tenantId: tenant.id } });
      for (const key of ["connection", "deletion"]) {
        const after = { ...before, inputs: { status: "deleted", [key]: hidden } };
        await expectUnknown(await previewed(tenant.file("preview.json"), ["update", before, after]), key);
      }
    });

    test("what is left of a purge, or how it goes on", async () => {
      const before = resource(vendor, "purge", "swept", { outputs: { __open: ["one", { id: "another", name: "x" }] } });
      const inputs = { targetIds: ["one", "another"] };
      for (const key of [...MEANT, "exclude", "limit"]) {
        const after = { ...before, inputs: { ...inputs, [key]: hidden } };
        await expectUnknown(await previewed(tenant.file("preview.json"), ["update", before, after]), key);
      }
    });
  });

  test("inside of it, too", async () => {
    const [, secret] = HIDDEN[1] ?? [];
    const outputs = { tenantId: tenant.id, deletion: { onlyIf: { unusedForDays: secret } } };
    const client = resource(vendor, "client", "bot", { id: await tenant.client(vendor, "bot"), outputs });
    await expectUnknown(await exported(tenant.file("export.json"), client), "deletion");
  });

  test("of ids, some of which are hidden, the others are looked at", async () => {
    const [, hidden] = HIDDEN[0] ?? [];
    const inputs = { targetIds: [await tenant.client(vendor, "bot"), hidden] };
    const purge = resource(vendor, "purge", "swept", { inputs });
    const { stdout } = await tenant.run([
      "impact",
      await previewed(tenant.file("preview.json"), ["create", null, purge]),
      "--json",
    ]);
    const { deletions } = JSON.parse(stdout);
    expect(deletions).toMatchObject([
      { is: "there", name: "bot", problem: null },
      { is: "unknown", id: null, problem: expect.stringContaining("not known before the command runs") },
    ]);
  });
});
