/** A stack of twenty clients, moved to the packaged provider and back: by aliases, and by `oauth-clients move`. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { oauthClients } from "../cli/command.ts";
import { type TestStack, World } from "../engine/world.ts";
import { Packaged, withPlugin } from "./packaged.ts";

const CLIENTS = 20;
const NUMBERS = Array.from({ length: CLIENTS }, (_, at) => at);

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
beforeEach(() => {
  world.reset();
  withPlugin(world);
});

const bot = (at: number) => ({
  name: `bot ${at}`,
  clientType: "confidential" as const,
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
});
const app = (at: number) => ({ name: `app ${at}`, appType: "regular_web" });

/** Half of them at each vendor; the third is a tombstone. */
const status = (at: number) => (at === 2 ? { status: "deleted" as const } : {});

interface Program {
  way: "dynamic" | "packaged";
  aliases: boolean;
  isRetired: boolean;
}

function programOf(program: Program) {
  return async () => {
    for (const at of NUMBERS) {
      const isRezolve = at % 2 === 0;
      const retired = program.isRetired && isRezolve ? status(at) : {};
      const kind = isRezolve ? "rezolve:OAuthClient" : "nexus:Client";
      const [own, other] = [`oauth-clients:${kind}`, `pulumi-nodejs:dynamic/${kind}`];
      const type = program.way === "packaged" ? other : own;
      const opts = program.aliases ? { aliases: [{ type }] } : {};
      if (program.way === "packaged") {
        new Packaged(kind, `one-${at}`, { ...(isRezolve ? bot(at) : app(at)), ...retired }, opts);
      } else if (isRezolve) new rezolve.OAuthClient(`one-${at}`, { ...bot(at), ...retired }, opts);
      else new nexus.Client(`one-${at}`, app(at), opts);
    }
  };
}

async function secretsOf(stack: TestStack) {
  const resources = await stack.resources();
  const secrets = resources.map(({ outputs }) => outputs?.clientSecret ?? null);
  return { resources, secrets };
}

function assertEncrypted(secrets: readonly unknown[]): void {
  for (const secret of secrets)
    if (secret !== null) expect(Object.keys(Object(secret))).toContain("4dabf18193072939515e22adb298388d");
}

const NO_READS = { changes: 0 };
/** Requests that change anything at the vendor. */
const changes = () => world.sandbox.requests.list().filter(({ method }) => method !== "GET").length;

describe.each(["aliases", "oauth-clients move"])("by %s", (how) => {
  test("twenty clients move to the packaged provider and back, in place, and nothing is sent but reads", {
    timeout: 400_000,
  }, async () => {
    const program: Program = { way: "dynamic", aliases: false, isRetired: false };
    const stack = await world.stack(programOf(program));
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: CLIENTS } });
    program.isRetired = true;
    expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
    const before = await secretsOf(stack);
    assertEncrypted(before.secrets);
    world.sandbox.requests.clear();
    const receipts = (await world.receipts()).length;

    for (const way of ["packaged", "dynamic"] as const) {
      program.way = way;
      program.aliases = how === "aliases";
      if (how !== "aliases") await movedBy(stack, way);
      const run = await stack.up();
      expect(run.text).not.toContain("replace");
      expect(run).toMatchObject({ ok: true });
      expect(run.steps.create ?? 0).toBe(0);
      expect(run.steps.delete ?? 0).toBe(0);
      expect({ changes: changes() }).toEqual(NO_READS);
      const now = await secretsOf(stack);
      assertEncrypted(now.secrets);
      expect(now.resources.map(({ id }) => id).sort()).toEqual(before.resources.map(({ id }) => id).sort());
      const types = new Set(now.resources.map(({ type }) => type.split(":")[0]));
      expect([...types]).toEqual([way === "packaged" ? "oauth-clients" : "pulumi-nodejs"]);
      program.aliases = false;
      expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: CLIENTS } });
      const retired = now.resources.find(({ outputs }) => outputs?.status === "deleted");
      expect(retired?.outputs?.revocation).toMatchObject({ outcome: "deleted", tokensRevoked: 0 });
    }

    expect(await stack.destroy()).toMatchObject({ ok: true, requests: CLIENTS - 1 });
    expect(world.sandbox.clients.list()).toEqual([]);
    expect((await world.receipts()).length - receipts).toBe(CLIENTS - 1);
  });
});

async function movedBy(stack: TestStack, to: "packaged" | "dynamic"): Promise<void> {
  const [before, after] = [join(world.folder, "before.json"), join(world.folder, "after.json")];
  await writeFile(before, JSON.stringify(await stack.stack.exportStack()));
  const ended = await oauthClients(["move", before, "--to", to, "--output", after], {
    cwd: world.folder,
    env: world.environment,
  });
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining(`${CLIENTS} resources moved`) });
  await stack.stack.importStack(JSON.parse(await readFile(after, "utf8")));
}
