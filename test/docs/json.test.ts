/** What docs/command.md says that programs read: the keys of each document and of its rows, as the command prints them. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exported, resource } from "../cli/stack-documents.ts";
import { Tenant, VENDORS } from "../cli/tenant.ts";
import { lineOf, receipt } from "../unit/facts.ts";

const PAGE = readFileSync(new URL("../../docs/command.md", import.meta.url), "utf8");

/** The keys of a document, each with those of its rows where the page says them. */
type Keys = Record<string, readonly string[] | null>;

/** Of `{ a, rows: [{ b, c }] }` the keys. */
function keysIn(shape: string): Keys {
  const parts = shape.slice(1, -1).matchAll(/(\w+)(?:: \[\{([^}]*)\}\])?/g);
  return Object.fromEntries(Array.from(parts, ([, key = "", row]) => [key, row?.match(/\w+/g)?.sort() ?? null]));
}

/** What the page says of a command, with each of its documents. */
function documented(command: string): Keys[] {
  const [, cell = ""] = new RegExp(`^\\| \`${command}\` \\| (.*) \\|$`, "m").exec(PAGE) ?? [];
  return Array.from(cell.matchAll(/`(\{.*?\})`/g), ([, shape = ""]) => keysIn(shape));
}

/** The same of what was printed; of rows that the page does not describe, none. */
function printed(stdout: string, like: Keys | undefined): Keys {
  const entries = Object.entries<unknown>(JSON.parse(stdout)).map(([key, value]) => {
    if (!Array.isArray(value) || (like?.[key] ?? null) === null) return [key, null];
    expect(value, `a row of ${key}`).not.toEqual([]);
    return [key, [...new Set(value.flatMap((row) => Object.keys(row)))].sort()];
  });
  return Object.fromEntries(entries);
}

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

describe.each(VENDORS)("of %s", (vendor) => {
  test("what is printed has the keys that the page says, and no other", async () => {
    tenant.only(vendor);
    const ids = [await tenant.client(vendor, "pr-1"), await tenant.client(vendor, "pr-2")];
    for (const id of ids) {
      tenant.sandbox.clients.edit(id, { usage: { lastUsedAt: new Date().toISOString(), totalTokenRequests: 1 } });
    }
    const outputs = { name: "pr-1", tenantId: tenant.id, clientSecret: "a-secret-of-nobody", clientId: "bot" };
    const bot = resource(vendor, "client", "bot", { id: ids[0], outputs });
    const kept = resource(vendor, "client", "kept", { id: ids[1], outputs, retainOnDelete: true });
    const stack = await exported(tenant.file("stack.json"), bot, kept);
    const receipts = tenant.file("receipts.jsonl");
    await writeFile(receipts, `${lineOf(receipt())}\n{"receipt":2,"at\n`);
    const plan = tenant.file(`${vendor}.json`);
    const sweeping = ["sweep", "--no-exclude-managed"];
    const selecting = [...sweeping, "--name-prefix", "pr-", "--exclude", ids[1] ?? "", "--plan", plan];
    const runs: [command: string, at: number, args: string[]][] = [
      ["check", 0, ["check"]],
      ["list", 0, ["list"]],
      ["impact", 0, ["impact", stack, "--fail-if-used-within", "30d"]],
      ["receipts", 0, ["receipts", receipts]],
      ["receipts", 1, ["receipts", "--verify", receipts]],
      ["adopt", 0, ["adopt"]],
      ["verify-secrets", 0, ["verify-secrets", stack, "--token-url", "http://127.0.0.1:9/token"]],
      ["sweep", 0, selecting],
      ["sweep", 1, [...sweeping, "--apply", plan, "--yes", "--tenant", tenant.id]],
    ];
    const said: Record<string, Keys | undefined> = {};
    const found: Record<string, Keys> = {};
    for (const [command, at, args] of runs) {
      const shape = documented(command)[at];
      const { stdout, stderr } = await tenant.run([...args, "--json"]);
      expect(stdout, stderr).not.toBe("");
      said[`${command} ${at}`] = shape;
      found[`${command} ${at}`] = printed(stdout, shape);
    }
    expect(found).toEqual(said);
  });
});
