/** A stack of twenty clients, moved to the packaged provider and back: by aliases, and by `oauth-clients move`. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ended, oauthClients } from "../cli/command.ts";
import { pulumi } from "../engine/cli.ts";
import { type StateResource, type TestStack, World } from "../engine/world.ts";
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
        // As SDKs say it: the engine has a default provider for each version.
        const versioned = { ...opts, version: "0.1.0" };
        new Packaged(kind, `one-${at}`, { ...(isRezolve ? bot(at) : app(at)), ...retired }, versioned);
      } else if (isRezolve) new rezolve.OAuthClient(`one-${at}`, { ...bot(at), ...retired }, opts);
      else new nexus.Client(`one-${at}`, app(at), opts);
    }
  };
}

interface Held {
  resources: StateResource[];
  /** By the client's id, in clear. */
  secrets: Map<string, string>;
}

/** What a stack holds. The Automation API exports secrets in clear. */
async function heldBy(stack: TestStack): Promise<Held> {
  const resources = await stack.resources();
  const secrets = new Map<string, string>();
  for (const { id = "", outputs } of resources) {
    const { plaintext, ...mark } = Object(outputs?.clientSecret ?? {});
    if (plaintext === undefined) continue;
    expect(Object.values(mark)).toEqual(["1b47061264138c4ac30d75fd1eb44270"]);
    const secret: unknown = JSON.parse(plaintext);
    // A tombstone has none any more.
    if (typeof secret === "string") secrets.set(id, secret);
  }
  return { resources, secrets };
}

/** Everything that the backend has on the disk: states, their backups, the history. */
async function onDisk(): Promise<string[]> {
  const folder = join(world.folder, "backend");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
}

/** No secret stands anywhere in clear. */
async function assertHidden(secrets: ReadonlyMap<string, string>, ...said: string[]): Promise<void> {
  const kept = await onDisk();
  expect(kept.length).toBeGreaterThan(2);
  for (const text of [...kept, ...said])
    for (const secret of secrets.values()) expect(text.includes(secret)).toBe(false);
}

describe.each(["aliases", "oauth-clients move"])("by %s", (how) => {
  test("twenty clients move to the packaged provider and back, in place, and nothing is sent", {
    timeout: 400_000,
  }, async () => {
    const program: Program = { way: "dynamic", aliases: false, isRetired: false };
    const stack = await world.stack(programOf(program));
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: CLIENTS } });
    program.isRetired = true;
    expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
    const before = await heldBy(stack);
    expect(before.secrets.size).toBe(CLIENTS - 1);
    await assertHidden(before.secrets);
    const receipts = await world.receipts();

    for (const way of ["packaged", "dynamic"] as const) {
      program.way = way;
      program.aliases = how === "aliases";
      const said = how === "aliases" ? [] : await movedBy(stack, way);
      await assertHidden(before.secrets, ...said);
      const run = await stack.up();
      expect(run).toMatchObject({ ok: true, requests: 0 });
      // Of each resource one step: it stays, or only its state is written.
      expect(Object.keys(run.steps).filter((step) => !["same", "update"].includes(step))).toEqual([]);
      const now = await heldBy(stack);
      expect(now.secrets).toEqual(before.secrets);
      expect(now.resources.map(({ id }) => id).sort()).toEqual(before.resources.map(({ id }) => id).sort());
      const types = new Set(now.resources.map(({ type }) => type.split(":")[0]));
      expect([...types]).toEqual([way === "packaged" ? "oauth-clients" : "pulumi-nodejs"]);
      program.aliases = false;
      const preview = await stack.preview({ diff: true });
      expect(preview).toMatchObject({ ok: true, requests: 0, steps: { same: CLIENTS } });
      await assertHidden(before.secrets, run.text, preview.text);
      const retired = now.resources.find(({ outputs }) => outputs?.status === "deleted");
      expect(retired?.outputs?.revocation).toMatchObject({ outcome: "deleted", tokensRevoked: 0 });
      expect(await world.receipts()).toEqual(receipts);
    }

    const gone = await stack.destroy();
    expect(gone).toMatchObject({ ok: true, requests: CLIENTS - 1 });
    await assertHidden(before.secrets, gone.text);
    expect(world.sandbox.clients.list()).toEqual([]);
    expect((await world.receipts()).length - receipts.length).toBe(CLIENTS - 1);
  });
});

/** Moves the state by the command, and gives all that was written and said meanwhile. */
async function movedBy(stack: TestStack, to: "packaged" | "dynamic"): Promise<string[]> {
  const { workDir } = stack.stack.workspace;
  const run = (...args: string[]) => pulumi(workDir, world.environment, ...args, "--stack", stack.stack.name);
  const [before, after] = [join(workDir, "before.json"), join(workDir, "after.json")];
  const exported = await run("stack", "export", "--file", before);
  expect(exported).toMatchObject({ ok: true });
  const move = (...args: string[]): Promise<Ended> =>
    oauthClients(["move", ...args, "--to", to, "--output", after], { cwd: workDir, env: world.environment });
  const ended = await move(before);
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining(`${CLIENTS} resources moved`) });
  const imported = await run("stack", "import", "--file", after);
  expect(imported).toMatchObject({ ok: true });
  const files = await Promise.all([before, after].map((file) => readFile(file, "utf8")));
  const [, moved = ""] = files;
  // Once more there is nothing to do.
  await writeFile(before, moved);
  expect(await move(before)).toMatchObject({ code: 1, stderr: expect.stringContaining("Nothing to move") });
  // What shows secrets is not written again.
  await run("stack", "export", "--show-secrets", "--file", before);
  const inClear = await move(before);
  expect(inClear).toMatchObject({ code: 2, stderr: expect.stringContaining("without --show-secrets") });
  expect(await readFile(after, "utf8")).toBe(moved);
  return [...files, exported.text, imported.text, ended.stdout, ended.stderr, inClear.stdout, inClear.stderr];
}
