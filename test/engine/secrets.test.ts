import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findEngine } from "../../tools/engine/engine.ts";
import { BOT, outputsOf } from "./clients.ts";
import { World } from "./world.ts";

const run = promisify(execFile);

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

/** Every file below a folder, as one text. */
async function everythingIn(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = names
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(join(entry.parentPath, entry.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

test("no secret is in the state, the outputs, the logs, the previews, the receipts or an error", async () => {
  const program: { description: string } = { description: "first" };
  const stack = await world.stack(async () => {
    const bots = [1, 2, 3].map(
      (index) =>
        new rezolve.OAuthClient(`bot-${index}`, { ...BOT, name: `Bot ${index}`, description: program.description }),
    );
    return { first: outputsOf(bots[0] ?? rezolve.OAuthClient.get("none", "none")) };
  });
  const said: string[] = [];
  for (const command of [stack.preview, stack.up, stack.preview, stack.refresh]) {
    const { text, events } = await command();
    said.push(text, saidIn(events));
  }
  const resources = await stack.resources();
  const secrets = resources.map(({ outputs }) => secretOf(outputs?.clientSecret));
  expect(secrets.every((secret) => secret.startsWith("sbx_"))).toBe(true);
  expect(new Set(secrets).size).toBe(3);

  program.description = "second";
  world.sandbox.faults.add({
    match: { method: "PATCH", path: resources[0]?.id ?? "" },
    effect: { kind: "respond", status: 422, body: echo(secrets[0] ?? "", world.token) },
  });
  const failed = await stack.up();
  expect(failed.ok).toBe(false);
  expect(failed.text).toContain("[redacted]");
  said.push(failed.text, saidIn(failed.events));
  for (const command of [stack.preview, stack.up]) {
    const { text, events } = await command();
    said.push(text, saidIn(events));
  }

  const engine = await findEngine();
  const { stdout: exported } = await run(engine.pulumi, ["stack", "export", "--stack", "test"], {
    cwd: stack.stack.workspace.workDir,
    env: { ...process.env, ...world.environment },
  });
  const { stdout: shown } = await run(engine.pulumi, ["stack", "output", "--json", "--stack", "test"], {
    cwd: stack.stack.workspace.workDir,
    env: { ...process.env, ...world.environment },
  });
  const backend = await everythingIn(join(world.folder, "backend"));
  const { text, events } = await stack.destroy();
  said.push(text, saidIn(events), exported, shown, backend, JSON.stringify(await world.receipts()));

  for (const place of said) {
    for (const secret of [...secrets, world.token]) expect(place).not.toContain(secret);
  }
  expect(shown).toContain("[secret]");
});

test("the state names the place in the program where a client is made, not one in this package", async () => {
  const stack = await world.stack(async () => {
    function makeBot() {
      return new rezolve.OAuthClient("placed", { ...BOT, name: "Placed" });
    }
    makeBot();
  });
  await stack.up();
  const [placed] = await stack.resources();
  expect(placed?.sourcePosition).toContain("secrets.test.ts");
});

test("the state holds one constant shell of at most 120 bytes, and nothing that nobody needs", async () => {
  const stack = await world.stack(async () => {
    new rezolve.OAuthClient("one", { ...BOT, name: "One" });
    new rezolve.OAuthClient("two", {
      ...BOT,
      name: "Two",
      clientType: "public",
      grantTypes: ["authorization_code"],
      redirectUris: ["https://a.example.test/cb"],
      scopes: ["openid"],
    });
  });
  await stack.up();
  const resources = await stack.resources();
  const shells = new Set(resources.flatMap(({ inputs, outputs }) => [inputs?.__provider, outputs?.__provider]));
  expect(shells.size).toBe(1);
  for (const shell of shells) expect(Buffer.byteLength(String(shell))).toBeLessThanOrEqual(120);
  expect(Object.keys(resources[0]?.outputs ?? {}).sort()).toEqual([
    "__kind",
    "__provider",
    "baseUrl",
    "clientId",
    "clientSecret",
    "clientType",
    "createdAt",
    "grantTypes",
    "name",
    "previousRevocation",
    "redirectUris",
    "revocation",
    "scopes",
    "secretRotatedAt",
    "status",
    "tenantId",
  ]);
  await stack.destroy();
});

/**
 * Events as JSON, without those of severity debug: there the Pulumi SDK itself prints every output that a program
 * registers, in clear, whatever the provider ("RegisterResource RPC finished"). The CLI shows them only with --debug.
 */
function saidIn(events: readonly EngineEvent[]): string {
  return JSON.stringify(events.filter(({ diagnosticEvent }) => String(diagnosticEvent?.severity) !== "debug"));
}

function secretOf(output: unknown): string {
  if (typeof output !== "object" || output === null || !("plaintext" in output)) return String(output);
  return String(JSON.parse(String(output.plaintext)));
}

/** A vendor that repeats what it was told in its errors. */
function echo(secret: string, token: string) {
  const message = `Not with ${secret}, nor with clientSecret=${secret}, nor as Bearer ${token}`;
  return { success: false, error: { code: "VALIDATION_ERROR", message, details: { token, secret } } };
}
