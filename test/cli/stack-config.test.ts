/** What the Pulumi CLI prints of a stack is not always what it should be. */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lineOf, receipt } from "../unit/facts.ts";
import { withPulumi } from "./fake-pulumi.ts";
import { Tenant } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

test.each([
  ["nothing", "exit 0"],
  ["a list", "echo '[]'"],
  ["a warning in front of the JSON", "echo 'warning: a new version is there'; echo '{}'"],
  ["a config of another form", `echo '{"rezolve:token": "plain"}'`],
])("where it prints %s, every command that needs a stack says so", async (_what, script) => {
  for (const args of [["list"], ["sweep", "--name-prefix", "pr-"], ["receipts"], ["impact"], ["check"]]) {
    const { code, stdout, stderr } = await withPulumi(tenant, script, [...args, "--stack", "prod"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^oauth-clients \[configuration-invalid\]: `pulumi config --json` printed no config of the stack prod\. Run it yourself/,
    );
    expect(stderr).not.toMatch(/Invalid input|\n\s+at /);
  }
});

test("where it fails, what it says and what to check are sentences of their own", async () => {
  const { stderr } = await withPulumi(tenant, "echo \"error: no stack named 'prod' found\" >&2; exit 255", [
    "list",
    "--stack",
    "prod",
  ]);
  expect(stderr).toContain("error: no stack named 'prod' found. Check --stack,");
});

test("secrets of the config are shown by no command, also where it only reads files", async () => {
  const secret = "a-secret-of-the-config";
  const urn = "urn:pulumi:prod::shop::rezolve:OAuthClient::bot";
  await writeFile(tenant.file("kept.jsonl"), `${lineOf(receipt({ name: `bot ${secret}`, urn }))}\n`);
  const config = {
    "oauth-clients:receiptsFile": { value: "kept.jsonl", secret: false },
    "shop:key": { value: secret, secret: true },
  };
  for (const format of ["table", "json", "csv", "markdown", "junit", "html"]) {
    const args = ["receipts", "--stack", "prod", "--format", format];
    const { code, stdout } = await withPulumi(tenant, `echo '${JSON.stringify(config)}'`, args);
    expect(code).toBe(0);
    expect(stdout).toContain("bot [redacted]");
    expect(stdout).not.toContain(secret);
  }
});

describe("settings of the packaged provider, below oauth-clients:<vendor>", () => {
  const NOTHING = { REZOLVE_BASE_URL: undefined, REZOLVE_TENANT_ID: undefined, REZOLVE_TOKEN: undefined };

  /** Lists the clients by a stack with this config. */
  async function listed(config: Record<string, { value: string; secret: boolean }>) {
    const args = ["list", "--vendor", "rezolve", "--stack", "prod"];
    const script = `[ "$1" = config ] && echo '${JSON.stringify(config)}' || echo '{"deployment":{}}'`;
    return await withPulumi(tenant, script, args, NOTHING);
  }

  const settings = async () => ({
    baseUrl: tenant.sandbox.url,
    tenantId: tenant.id,
    token: await tenant.sandbox.adminToken(),
    maxConcurrency: 4,
  });

  test("are those of a command with --stack, and only their credentials are secrets", async () => {
    const object = await settings();
    await tenant.client("rezolve", `bot 4 ${object.token}`);
    const { code, stdout, stderr } = await listed({
      "oauth-clients:rezolve": { value: JSON.stringify(object), secret: true },
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("bot 4 [redacted]");
    expect(stdout).not.toContain(object.token);
  });

  test("give way to those that dynamic resources read, where a stack has both", async () => {
    const [object, address] = [{ ...(await settings()), baseUrl: "http://127.0.0.1:9" }, tenant.sandbox.url];
    const { code, stderr } = await listed({
      "rezolve:baseUrl": { value: address, secret: false },
      "oauth-clients:rezolve": { value: JSON.stringify(object), secret: true },
    });
    expect(code, stderr).toBe(0);
  });
});
