/** What the Pulumi CLI prints of a stack is not always what it should be. */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
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
