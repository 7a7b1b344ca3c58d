/** A connection's own secret, put into a client's text by the vendor or by a person there: no command shows or writes it. */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Tenant, VENDORS, type VendorName } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const TYPES: Record<VendorName, string> = { rezolve: "rezolve:OAuthClient", nexus: "nexus:Client" };
const LEFT_OVER = ["--name-prefix", "pr-", "--no-exclude-managed"];

describe.each(VENDORS)("of %s", (vendor) => {
  let id: string;
  let secret: string;
  const variable = vendor === "rezolve" ? "REZOLVE_TOKEN" : "NEXUS_APPLICATION_TOKEN";
  beforeEach(async () => {
    tenant.only(vendor);
    secret = tenant.env[variable] ?? "";
    expect(secret.length).toBeGreaterThan(20);
    id = await tenant.client(vendor, "pr-1 web");
    tenant.sandbox.clients.edit(id, { name: `pr-1 \u001b]0;title\u0007${secret}` });
  });

  /** The client as a stack has it. */
  async function exported(): Promise<string> {
    const type = `pulumi-nodejs:dynamic/${TYPES[vendor]}`;
    const resources = [{ urn: `urn:pulumi:prod::shop::${type}::web`, type, id, outputs: {} }];
    const file = tenant.file("export.json");
    await writeFile(file, JSON.stringify({ version: 3, deployment: { resources } }));
    return file;
  }

  function expectClean(text: string) {
    expect(text).not.toContain(secret);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/);
  }

  test.each<[string, readonly string[]]>([
    ["list", ["table", "json", "csv", "markdown"]],
    ["impact", ["table", "json", "csv", "markdown", "junit"]],
    ["sweep", ["table", "json", "csv", "markdown", "junit"]],
  ])("%s shows the client without it, in whatever format", async (command, formats) => {
    const args = { list: [], impact: [await exported()], sweep: LEFT_OVER }[command] ?? [];
    for (const format of formats) {
      const { code, stdout, stderr } = await tenant.run([command, ...args, "--format", format]);
      expect(code, stderr).toBe(0);
      expect(stdout, format).toContain("[redacted]");
      expectClean(stdout + stderr);
    }
  });

  test("adopt leaves the client out, and says why: a program without it would change the client", async () => {
    await tenant.client(vendor, "other");
    for (const format of ["typescript", "json"]) {
      const { code, stdout, stderr } = await tenant.run(["adopt", "--format", format]);
      expect(code, stderr).toBe(1);
      expect(stdout).toContain('"other"');
      expect(stdout).not.toContain("[redacted]");
      expect(stdout).not.toContain(id);
      expect(stderr).toContain(
        `(${id}) cannot be adopted: name has the secret of the environment variable ${variable} in it`,
      );
      expectClean(stdout + stderr);
    }
  });

  test("a plan is written without it, and carried out all the same", async () => {
    const plan = tenant.file("plan.json");
    const written = await tenant.run(["sweep", ...LEFT_OVER, "--plan", plan]);
    expect(written.code, written.stderr).toBe(0);
    expectClean(await readFile(plan, "utf8"));
    const applying = ["sweep", "--apply", plan, "--yes", "--tenant", tenant.id, "--no-exclude-managed"];
    const receipts = tenant.file("receipts.jsonl");
    const applied = await tenant.run([...applying, "--json"], { env: { OAUTH_CLIENTS_RECEIPTS_FILE: receipts } });
    expect(applied.code, applied.stderr).toBe(0);
    expect(JSON.parse(applied.stdout)).toMatchObject({ totals: { deleted: 1 }, results: [{ id, outcome: "deleted" }] });
    expect(JSON.parse(applied.stdout).results[0].name).toContain("[redacted]");
    expectClean(applied.stdout + applied.stderr + (await readFile(receipts, "utf8")));
    expectClean(await readFile(`${plan}.journal.jsonl`, "utf8"));
    for (const format of ["junit", "csv", "table"]) {
      expectClean((await tenant.run([...applying, "--format", format])).stdout);
    }
  });

  test("a plan that would name another client without it is not written", async () => {
    const plan = tenant.file("refused.json");
    // The client's id happens to be a secret that the command knows.
    const env = { HTTPS_PROXY: `http://user:${id}@proxy.example.test` };
    const { code, stdout, stderr } = await tenant.run(["sweep", ...LEFT_OVER, "--plan", plan], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("[configuration-invalid]: The plan cannot be written: clients.0.id of it has a secret");
    await expect(readFile(plan)).rejects.toThrow("ENOENT");
  });
});

test("in a description of Rezolve's too", async () => {
  const { REZOLVE_TOKEN = "" } = tenant.env;
  const id = await tenant.client("rezolve", "bot");
  tenant.sandbox.clients.edit(id, { description: `made with ${REZOLVE_TOKEN}` });
  const listed = await tenant.run(["list", "--json"]);
  expect(JSON.parse(listed.stdout).clients[0].inputs.description).toBe("made with [redacted]");
  const { code, stdout, stderr } = await tenant.run(["adopt"]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `(${id}) cannot be adopted: description has the secret of the environment variable REZOLVE_TOKEN`,
  );
  expect(stdout).not.toContain("new rezolve");
});
