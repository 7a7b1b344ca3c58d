/** `oauth-clients impact` without an engine: what of a state it may believe, and what it must not print. */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CLI, execute, plainEnvironment } from "./command.ts";
import { Tenant } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const TYPE = "pulumi-nodejs:dynamic/rezolve:OAuthClient";

/** An export of a stack that has these clients. */
async function exported(...clients: { id: string; name: string; baseUrl?: string }[]): Promise<string> {
  const resources = clients.map(({ id, ...outputs }) => ({
    urn: `urn:pulumi:dev::shop::${TYPE}::${outputs.name}`,
    type: TYPE,
    id,
    outputs: { tenantId: tenant.id, status: "active", ...outputs },
  }));
  const file = tenant.file("export.json");
  await writeFile(file, JSON.stringify({ version: 3, deployment: { resources } }));
  return file;
}

test("what another address says of a client proves nothing: no harmless verdict, no exit code 0", async () => {
  const id = "client-00000000-0000-4000-8000-00000000dead";
  const file = await exported({ id, name: "bot", baseUrl: "https://prod.example.test" });
  const thresholds = ["--fail-if-active-tokens", "0", "--fail-if-used-within", "30d"];
  const { code, stdout } = await tenant.run(["impact", file, "--format", "markdown", ...thresholds]);
  expect(code).toBe(1);
  expect(stdout).not.toContain("Harmless");
  expect(stdout).toContain("It was created at https://prod.example.test");
  expect((await tenant.run(["impact", file])).code).toBe(2);
  expect(tenant.sandbox.requests.count()).toBe(0);
});

test.each(["table", "json", "csv", "markdown", "junit"])(
  "a token that the vendor echoes is not printed as %s",
  async (format) => {
    const { REZOLVE_TOKEN: token = "" } = tenant.env;
    const id = await tenant.client("rezolve", "bot");
    const file = await exported({ id, name: "bot" });
    const body = JSON.stringify({ success: false, error: { code: "BAD", message: `the key ${token} is malformed` } });
    const answer = { status: 400, body, headers: { "content-type": "application/json" } };
    tenant.sandbox.faults.add({ match: { method: "GET" }, times: 9, effect: { kind: "respond", ...answer } });
    const { code, stdout, stderr } = await tenant.run(["impact", file, "--format", format]);
    expect(code).toBe(2);
    expect(stdout + stderr).toContain("malformed");
    expect(stdout + stderr).not.toContain(token);
  },
);

test("a reader that has read enough takes nothing from the exit code", async () => {
  const id = await tenant.client("rezolve", "bot");
  const file = await exported({ id, name: "bot" });
  await tenant.sandbox.clients.edit(id, { usage: { lastUsedAt: new Date().toISOString(), totalTokenRequests: 1 } });
  const command = `'${process.execPath}' '${CLI}' impact '${file}' --fail-if-used-within 30d --json | head -c 1; exit \${PIPESTATUS[0]}`;
  const { code } = await execute("bash", ["-c", command], { env: plainEnvironment(tenant.env) });
  expect(code).toBe(1);
});

test("looks at many, some at a time: none runs out of time while it waits for its turn", async () => {
  const clients = [];
  for (let at = 0; at < 40; at += 1) {
    const name = `client ${at}`;
    clients.push({ id: await tenant.client("rezolve", name), name });
  }
  tenant.sandbox.settings.latencyMs = 50;
  const slow = { REZOLVE_MAX_CONCURRENCY: "1", REZOLVE_TIMEOUT_SECONDS: "0.1", REZOLVE_RETRY_BUDGET_SECONDS: "0" };
  const { code, stdout } = await tenant.run(["impact", await exported(...clients), "--json"], { env: slow });
  tenant.sandbox.settings.latencyMs = 0;
  expect(JSON.parse(stdout).totals).toMatchObject({ deletions: 40, alive: 40, unknown: 0 });
  expect(code).toBe(0);
});
