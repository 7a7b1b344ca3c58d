// The stack of this folder, from up to destroy, against a local vendor: `npm test`. It takes a Pulumi CLI on the PATH.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { destroyWithReport } from "pulumi-oauth-clients/automation";
import { startSandbox } from "pulumi-oauth-clients-sandbox";
import { expect, test } from "vitest";

test("the bot gets tokens, and none outlives the stack", { timeout: 120_000 }, async () => {
  const backend = await mkdtemp(join(tmpdir(), "stack-test-"));
  const sandbox = await startSandbox();
  try {
    const stack = await LocalWorkspace.createStack(
      { stackName: "test", workDir: import.meta.dirname },
      {
        envVars: {
          PULUMI_BACKEND_URL: pathToFileURL(backend).href,
          PULUMI_CONFIG_PASSPHRASE: "only for this test",
          REZOLVE_BASE_URL: sandbox.url,
          REZOLVE_TENANT_ID: sandbox.tenants[0].id,
          REZOLVE_TOKEN: await sandbox.adminToken(),
          // What this terminal may have is for another vendor: an empty value is none.
          REZOLVE_TOKEN_FILE: "",
        },
      },
    );
    const { outputs } = await stack.up();
    const token = await sandbox.issueToken({
      clientId: outputs.clientId?.value,
      clientSecret: outputs.clientSecret?.value,
    });
    expect((await sandbox.introspect(token)).active).toBe(true);

    const { totals, empty } = await destroyWithReport(stack);
    expect({ tokensRevoked: totals.tokensRevoked, empty }).toEqual({ tokensRevoked: 1, empty: true });
    expect((await sandbox.introspect(token)).active).toBe(false);
    expect(sandbox.clients.count()).toBe(0);
  } finally {
    await sandbox.close();
    await rm(backend, { recursive: true });
    // Where Pulumi keeps the stack's settings.
    await rm(join(import.meta.dirname, "Pulumi.test.yaml"), { force: true });
  }
});
