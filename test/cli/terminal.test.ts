/**
 * What the long-running commands print where people read it: no line is longer than the terminal, colours are on a terminal
 * only, and of the line that says how far the work is nothing is left. Of `adopt` that is said of its messages: the program
 * goes to a file as a rule, and is as wide as programs are. `list`, `receipts` and `check` have tests of their own.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Screen } from "../../tools/pictures/screen.ts";
import { exported, resource } from "./stack-documents.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const NAMES = ["pr-1 Billing service of the European branch office, second attempt", "pr-2", "pr-3"];
const SELECTION = ["--no-exclude-managed", "--name-prefix", "pr-"];
/** As an export shows it. */
const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: '"a-secret-of-nobody"',
};

/** What a terminal shows of it in the end, in lines as they were printed, however many rows they take. */
async function shownOf(printed: string, columns: number): Promise<string[]> {
  const screen = new Screen(columns, () => {});
  await screen.write(printed.replaceAll("\n", "\r\n"));
  const lines = screen.lines().map((line) => line.map(({ text }) => text).join(""));
  screen.close();
  return lines;
}

const tooLong = (lines: readonly string[], columns: number) => lines.filter(({ length }) => length > columns);

describe.each(VENDORS)("of %s", (vendor) => {
  let stack: string;
  beforeEach(async () => {
    tenant.only(vendor);
    const resources: object[] = [];
    for (const name of NAMES) {
      const id = await tenant.client(vendor, name);
      tenant.sandbox.clients.edit(id, { usage: { lastUsedAt: new Date().toISOString(), totalTokenRequests: 80 } });
      const outputs = { name, clientId: id, clientSecret: SECRET, status: "active", tenantId: tenant.id };
      resources.push(resource(vendor, "client", name.slice(0, 4), { id, outputs }));
    }
    stack = await exported(tenant.file("stack.json"), ...resources);
  });

  /** Of each command its arguments, its exit code, how its result begins in colours, and how far it says to be on the way. */
  const COMMANDS: [command: string, args: () => string[], code: number, coloured: string, progress: RegExp | null][] = [
    ["impact", () => ["impact", stack, "--fail-if-used-within", "30d"], 1, "\u001b[1mclient", /looked at \d/],
    [
      "sweep, which plans",
      () => ["sweep", ...SELECTION, "--plan", tenant.file("planned.json")],
      0,
      "\u001b[1mclient",
      null,
    ],
    [
      "adopt",
      () => ["adopt", "--output", tenant.file("adopted.ts"), "client-00000000-0000-4000-8000-00000000dead"],
      1,
      "\u001b[33mwarning:",
      /looked at \d/,
    ],
    [
      "verify-secrets",
      () => ["verify-secrets", stack, "--token-url", "http://127.0.0.1:9/token"],
      1,
      "\u001b[1mclient",
      /asked for \d/,
    ],
  ];

  describe.each([80, 120])("on %d columns", (columns) => {
    test.each(COMMANDS)("%s", async (_command, args, code, coloured, progress) => {
      const ended = await tenant.runOnTerminal(args(), columns);
      const shown = await shownOf(ended.stdout, columns);
      expect(ended.code, ended.stdout).toBe(code);
      expect(ended.stdout).toContain(coloured);
      expect(tooLong(shown, columns)).toEqual([]);
      if (progress !== null) {
        expect(ended.stdout).toMatch(progress);
        expect(shown.join("\n")).not.toMatch(progress);
      }
      const { stdout, stderr } = await tenant.run(args(), { env: { COLUMNS: String(columns) } });
      expect(tooLong(stdout.split("\n"), columns)).toEqual([]);
      expect(stdout + stderr).not.toContain("\u001b");
      expect(stderr).not.toMatch(progress ?? /\r/);
    });

    test("sweep, which deletes", async () => {
      const plan = tenant.file(`${vendor}-${columns}.json`);
      const slowly = { env: { [`${vendor.toUpperCase()}_MAX_CONCURRENCY`]: "1", COLUMNS: String(columns) } };
      const applying = ["sweep", "--no-exclude-managed", "--apply", plan, "--yes", "--tenant", tenant.id];
      expect((await tenant.run(["sweep", ...SELECTION, "--plan", plan])).code).toBe(0);
      tenant.sandbox.faults.add({ match: { method: "DELETE" }, times: 3, effect: { kind: "delay", ms: 600 } });
      const ended = await tenant.runOnTerminal(applying, columns, slowly);
      const shown = await shownOf(ended.stdout, columns);
      expect(ended.code, ended.stdout).toBe(0);
      expect(ended.stdout).toMatch(/1 of 3 clients/);
      expect(ended.stdout).toContain("\u001b[1mclient");
      expect(tooLong(shown, columns)).toEqual([]);
      // Of the summary alone.
      expect(shown.join("\n").match(/\d of 3 clients/g)).toEqual(["3 of 3 clients"]);
      expect(shown.find((line) => line.includes("outcome"))).toMatch(/^client /);
      // Carried out once more, it tells the same of an earlier run.
      const { code, stdout, stderr } = await tenant.run(applying, slowly);
      expect(code).toBe(0);
      expect(tooLong(stdout.split("\n"), columns)).toEqual([]);
      expect(stdout + stderr).not.toContain("\u001b");
    });
  });
});
