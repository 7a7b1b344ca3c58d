/** What a stack's config calls secret: no command shows it, and only secrets of our own settings refuse anything. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { withPulumi } from "./fake-pulumi.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

describe.each(VENDORS)("of %s", (vendor) => {
  const prefix = vendor.toUpperCase();
  const plan = () => tenant.file("plan.json");
  let token: string;
  beforeEach(() => {
    tenant.only(vendor);
    token = tenant.env[`${prefix}_TOKEN`] ?? "";
  });

  /** Runs the command with a stack whose config has these secrets, and without their variables. */
  function withSecrets(secrets: Record<string, string>, args: readonly string[]) {
    const config = Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, { value, secret: true }]));
    const variables = [`${prefix}_TENANT_ID`, `${prefix}_TOKEN`].filter((name) =>
      Object.keys(secrets).some((key) => key === `${vendor}:${name.endsWith("TOKEN") ? "token" : "tenantId"}`),
    );
    const script = `if [ "$1" = config ]; then echo '${JSON.stringify(config)}'; else echo '{"version":3,"deployment":{}}'; fi`;
    const without = Object.fromEntries(variables.map((name) => [name, undefined]));
    return withPulumi(tenant, script, [...args, "--stack", "dev"], without);
  }

  test("a place stops no plan, and stands in it, in receipts and in what is shown", async () => {
    await tenant.client(vendor, "pr-1");
    const secrets = { [`${vendor}:tenantId`]: tenant.id, [`${vendor}:baseUrl`]: tenant.sandbox.url };
    const planned = await withSecrets(secrets, ["sweep", "--name-prefix", "pr-", "--plan", plan()]);
    expect(planned.code, planned.stderr).toBe(0);
    expect(JSON.parse(await readFile(plan(), "utf8"))).toMatchObject({ place: { tenantId: tenant.id } });
    const applied = await withSecrets(secrets, ["sweep", "--apply", plan(), "--yes", "--tenant", tenant.id]);
    expect(applied.code, applied.stderr).toBe(0);
    expect(await readFile(`${plan()}.receipts.jsonl`, "utf8")).toContain(tenant.id);
  });

  test("a word that something else calls secret is masked, and refuses nothing", async () => {
    const id = await tenant.client(vendor, "pr-1.example.test");
    const secrets = { "app:domain": "example.test", "app:client": id };
    const listed = await withSecrets(secrets, ["list", "--json"]);
    expect(listed.stdout).toContain("pr-1.[redacted]");
    expect(listed.stdout).not.toContain("example.test");
    const planned = await withSecrets(secrets, ["sweep", "--name-prefix", "pr-1.example.test", "--plan", plan()]);
    expect(planned.code, planned.stderr).toBe(0);
    expect(planned.stdout).not.toContain("example.test");
    expect(JSON.parse(await readFile(plan(), "utf8"))).toMatchObject({
      selection: { namePrefix: "pr-1.example.test" },
      clients: [{ id, name: "pr-1.[redacted]" }],
    });
    for (const format of ["typescript", "json"]) {
      const adopted = await withSecrets(secrets, ["adopt", "--format", format]);
      expect(adopted.code, adopted.stderr).toBe(0);
      expect(adopted.stdout).toContain('"pr-1.example.test"');
      expect(adopted.stdout).toContain(id);
      expect(adopted.stderr).toMatch(/warning: .* the stack config app:domain, .* name of /);
      expect(adopted.stderr).not.toContain("example.test");
    }
  });

  test("a credential is refused, and called by its setting", async () => {
    const id = await tenant.client(vendor, "pr-1");
    const connections = JSON.stringify({
      eu: { token: "a-token-of-another-connection", caCertFile: "pr-1-of-no-file" },
    });
    const secrets = { [`${vendor}:token`]: token, [`${vendor}:connections`]: connections };
    for (const [value, setting] of [
      [token, `the secret of the stack config ${vendor}:token`],
      ["a-token-of-another-connection", `the secret of the stack config ${vendor}:connections.eu.token`],
    ] as const) {
      const args = ["sweep", "--name-prefix", "pr-", "--exclude-name", value, "--plan", plan()];
      const { code, stderr } = await withSecrets(secrets, args);
      expect(code).toBe(2);
      expect(stderr).toContain(`exclusion.names.0 of it has ${setting} in it`);
      expect(stderr).not.toContain(value);
      tenant.sandbox.clients.edit(id, { name: `by ${value}` });
      const adopted = await withSecrets(secrets, ["adopt"]);
      expect(adopted.stderr).toContain(`cannot be adopted: name has ${setting} in it`);
      expect(adopted.stdout + adopted.stderr).not.toContain(value);
    }
    tenant.sandbox.clients.edit(id, { name: `by ${token}` });
    const { stderr } = await tenant.run(["adopt"]);
    expect(stderr).toContain(`name has the secret of the environment variable ${prefix}_TOKEN in it`);
    const ordinary = await withSecrets(secrets, ["sweep", "--name-prefix", "pr-1-of-no-file", "--json"]);
    expect(JSON.parse(ordinary.stdout)).toMatchObject({ selection: { namePrefix: "pr-1-of-no-file" } });
  });
});
