/** `oauth-clients impact` of purges: what the purge itself would delete, leave alone, or refuse. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { previewed, resource } from "./stack-documents.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

describe.each(VENDORS)("%s", (vendor) => {
  let ids: string[];
  beforeEach(async () => {
    tenant.only(vendor);
    ids = [];
    for (const name of ["pr-0", "pr-1", "pr-2", "pr-3"]) ids.push(await tenant.client(vendor, name));
  });

  /** What is said of a purge with these inputs or, with outputs, of what is left of it. */
  async function impactOf(inputs: object, outputs: object | null = null) {
    const after = resource(vendor, "purge", "swept", { inputs });
    const before = outputs === null ? null : { ...after, outputs };
    const file = await previewed(tenant.file("preview.json"), [before === null ? "create" : "update", before, after]);
    const { code, stdout, stderr } = await tenant.run(["impact", file, "--json"]);
    const { deletions, totals } = JSON.parse(stdout);
    const named = deletions.map(({ name, is }: { name: string | null; is: string }) => [name, is]);
    return { code, stderr, named, totals, refused: deletions.map(({ refused }: { refused: string }) => refused) };
  }

  test("of those that it names, what is excluded by its id or its name is left out", async () => {
    const exclude = { ids: ids.slice(0, 1), names: ["pr-1"], namePrefixes: ["pr-2"] };
    expect(await impactOf({ targetIds: ids, exclude, limit: 3 })).toMatchObject({
      code: 0,
      named: [["pr-3", "there"]],
    });
  });

  test("named or selected, more than its limit is refused as a whole", async () => {
    const refusal = expect.stringContaining(
      "4 clients would be deleted, more than the limit of 3. Nothing was deleted.",
    );
    expect(await impactOf({ targetIds: ids, limit: 3 })).toMatchObject({
      code: 1,
      stderr: "",
      totals: { deletions: 4, refused: 4 },
      refused: ids.map(() => refusal),
    });
    expect(await impactOf({ select: { namePrefix: "pr-" }, limit: 3 })).toMatchObject({
      code: 1,
      stderr: "",
      totals: { deletions: 1, unknown: 1, refused: 1 },
      refused: [refusal],
    });
  });

  test("what is left of one is looked at once more", async () => {
    const [first = "", second = "", third = ""] = ids;
    tenant.sandbox.clients.remove(second, "hard");
    const open = { __open: [first, second, { id: third, name: "pr-2" }], __baseUrl: tenant.sandbox.url };
    const left = { select: { namePrefix: "pr-" }, exclude: { names: ["pr-2"] } };
    expect(await impactOf(left, open)).toMatchObject({
      code: 0,
      named: [
        ["pr-0", "there"],
        [null, "gone"],
      ],
    });
    const elsewhere = await impactOf(left, { ...open, __baseUrl: "https://elsewhere.example.test" });
    expect(elsewhere).toMatchObject({ code: 2, totals: { unknown: 3, gone: 0 } });
    expect(elsewhere.stderr).toContain("[base-url-changed]");
  });
});
