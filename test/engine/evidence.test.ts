import { writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rezolve } from "pulumi-oauth-clients";
import {
  destroyWithReport,
  parseReceipts,
  RunFailed,
  totalReceipts,
  upWithReport,
} from "pulumi-oauth-clients/automation";
import { afterAll, afterEach, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { smallDisk } from "../disk.ts";
import { BOT, oneClient, takeTokens } from "./clients.ts";
import { type Run, type TestStack, World } from "./world.ts";

const ALWAYS = Number.POSITIVE_INFINITY;

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => {
  world.reset();
  Object.assign(world.sandbox.settings.rezolve, { deletion: "hard" });
});

/** A stack with one living client. */
async function living(
  args: Partial<rezolve.OAuthClientArgs> = {},
): Promise<{ stack: TestStack; id: string; outputs: Record<string, unknown> }> {
  const stack = await world.stack(oneClient({ args: { ...BOT, ...args } }));
  const { outputs, ok, text } = await stack.up();
  if (!ok) throw new Error(text);
  return { stack, id: String(outputs.id), outputs };
}

/** Writes into a state what a `kill -9` in the middle of a creation leaves there. */
async function leaveCreationOpen({ stack }: TestStack, name: string): Promise<void> {
  const project = (await stack.workspace.projectSettings()).name;
  const file = join(world.folder, "backend", ".pulumi", "stacks", project, `${stack.name}.json`);
  const state = JSON.parse(await readFile(file, "utf8"));
  const type = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
  const urn = `urn:pulumi:${stack.name}::${project}::${type}::bot`;
  state.checkpoint.latest.pending_operations = [
    { resource: { urn, custom: true, type, inputs: { name, __kind: "rezolve:OAuthClient" } }, type: "creating" },
  ];
  await writeFile(file, JSON.stringify(state));
}

async function receiptOf(id: string) {
  return (await world.receipts()).find((receipt) => receipt.id === id);
}

test("many deletions at once are short lines: what needs a word is explained once", async () => {
  const program: { status: "active" | "deleted" } = { status: "active" };
  const MANY = 20;
  const stack = await world.stack(async () => {
    for (let at = 0; at < MANY; at += 1) {
      new rezolve.OAuthClient(`bot-${at}`, { ...BOT, name: `Bot ${at}`, status: program.status });
    }
  });
  expect(await stack.up()).toMatchObject({ ok: true });
  program.status = "deleted";
  const shown = ["info", "warning", "error"];
  const said = ({ events }: Pick<Run, "events">) =>
    events.flatMap(({ diagnosticEvent: event }) => (event && shown.includes(event.severity) ? [event.message] : []));
  const preview = said(await stack.preview());
  const destroy = said(await stack.destroy());
  for (const lines of [preview, destroy]) {
    // One line each, and few more for all of them: a terminal shows it on a screen or two.
    expect(lines.length).toBeLessThanOrEqual(MANY + 3);
    expect(lines.join("").length / MANY).toBeLessThan(260);
  }
});

describe("destroy", () => {
  test("counts what it revoked, truthfully, as a diagnostics line at the resource and as a receipt", async () => {
    const { stack, id, outputs } = await living();
    const tokens = await takeTokens(world.sandbox, outputs, 3);
    const destroy = await stack.destroy();
    const line = destroy.events.find(({ diagnosticEvent }) => diagnosticEvent?.message.includes("3 tokens revoked"));
    expect(line?.diagnosticEvent).toMatchObject({ severity: "info", urn: expect.stringContaining("OAuthClient::bot") });
    expect(await receiptOf(id)).toMatchObject({
      receipt: 2,
      kind: "rezolve:OAuthClient",
      outcome: "deleted",
      tokensRevoked: 3,
      activeSessionsTerminated: 0,
      tenantId: world.tenantId,
      name: "CI bot",
      urn: expect.stringContaining("OAuthClient::bot"),
      deletedBy: { email: "ada.sandbox@example.test" },
    });
    for (const token of tokens) expect(await world.sandbox.introspect(token)).toMatchObject({ active: false });
  });

  test("of a client that was deleted outside (hard, 404) is a success, verified, without counts", async () => {
    const { stack, id } = await living();
    world.sandbox.clients.remove(id, "hard");
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(await receiptOf(id)).toMatchObject({
      outcome: "already-gone",
      httpStatus: 404,
      vendorCode: "OAUTH_CLIENT_NOT_FOUND",
      verified: true,
      tokensRevoked: null,
    });
  });

  test("of a client that was deleted outside (soft, 409) is a success with one request", async () => {
    world.sandbox.settings.rezolve.deletion = "soft";
    const { stack, id } = await living();
    world.sandbox.clients.remove(id, "soft");
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
    expect(await receiptOf(id)).toMatchObject({
      outcome: "already-gone",
      httpStatus: 409,
      vendorCode: "OAUTH_CLIENT_ALREADY_DELETED",
      tokensRevoked: null,
    });
  });

  test("whose every answer is lost fails and says so in a receipt; the next one finds the client gone by this project", async () => {
    const { stack, id } = await living();
    world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "1";
    world.sandbox.faults.add({
      match: { method: "DELETE" },
      times: ALWAYS,
      effect: { kind: "drop-after", reset: true },
    });
    const lost = await stack.destroy();
    expect(lost.ok).toBe(false);
    expect(lost.text).toContain("A DELETE was sent and may have been carried out; the next run finds out.");
    const ours = async () => (await world.receipts()).filter((receipt) => receipt.id === id);
    expect(await ours()).toMatchObject([{ outcome: "unconfirmed", httpStatus: 0, verified: null, responseLost: true }]);
    world.sandbox.faults.clear();

    const next = await stack.destroy();
    expect(next).toMatchObject({
      ok: true,
      text: expect.stringContaining("an earlier DELETE, whose response was lost"),
    });
    expect(await stack.resources()).toEqual([]);
    const [, found] = await ours();
    expect(found).toMatchObject({ outcome: "already-gone", verified: true, responseLost: true });
    expect(totalReceipts(await ours())).toMatchObject({
      clients: 1,
      outcomes: { "already-gone": 1, unconfirmed: 0 },
      tokensRevoked: null,
    });
  });

  test("on a server that keeps records says so, and knows no number of sessions", async () => {
    world.sandbox.settings.rezolve.deletion = "soft";
    const { stack, id } = await living();
    await stack.destroy();
    expect(await receiptOf(id)).toMatchObject({
      outcome: "soft-deleted",
      previousStatus: "active",
      retentionDays: 30,
      tokensRevoked: 0,
      activeSessionsTerminated: null,
    });
  });

  test("of many vanished clients looks once more only once", async () => {
    const stack = await world.stack(async () => {
      for (let index = 0; index < 5; index += 1)
        new rezolve.OAuthClient(`bot-${index}`, { ...BOT, name: `Bot ${index}` });
    });
    await stack.up();
    for (const { id } of world.sandbox.clients.list()) world.sandbox.clients.remove(id, "hard");
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 5 + 1, steps: { delete: 5 } });
  });
});

describe("destroy fails, and the client stays in the state,", () => {
  /** @param receipt what the failed destroy wrote down, if a DELETE may have been carried out */
  async function expectToStay(stack: TestStack, id: string, reason: RegExp, receipt?: { outcome: "unconfirmed" }) {
    const destroy = await stack.destroy();
    expect(destroy.ok).toBe(false);
    expect(destroy.text).toMatch(reason);
    expect(await stack.resources()).toMatchObject([{ id }]);
    if (receipt === undefined) expect(await receiptOf(id)).toBeUndefined();
    else expect(await receiptOf(id)).toMatchObject(receipt);
    return destroy;
  }

  test("in a tenant that the vendor no longer knows", async () => {
    const { stack, id } = await living();
    const stranger = "5a4dbc0e-0000-4000-8000-00000000dead";
    // What a deleted tenant looks like: the same answers for every request with its id.
    const unknown = {
      success: false,
      error: { code: "TENANT_NOT_FOUND", message: "Tenant not found", details: stranger },
    };
    world.sandbox.faults.add({
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 404, body: unknown },
    });
    await expectToStay(stack, id, /does not know this tenant/);
  });

  test("with rejected credentials, which the error names by their source", async () => {
    const { stack, id } = await living();
    world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ expiresInSeconds: -10 });
    const destroy = await expectToStay(stack, id, /rejected the credentials \(HTTP 401/);
    expect(destroy.text).toContain("the token from the environment variable REZOLVE_TOKEN");
    expect(destroy.requests).toBe(1);
  });

  test("without the permission to delete", async () => {
    const { stack, id } = await living();
    world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ roles: ["viewer"] });
    await expectToStay(stack, id, /lack a permission.*tenant_admin or oauth_admin/s);
  });

  test("at another base URL that answers 404 in HTML", async () => {
    const { stack, id } = await living();
    world.environment.REZOLVE_BASE_URL = `${world.sandbox.url}/elsewhere`;
    world.sandbox.faults.add({
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 404, contentType: "text/html", body: "<html><h1>Not found</h1></html>" },
    });
    await expectToStay(stack, id, /was created at .*answers \(HTTP 404\) proves nothing about it/);
  });

  test("at another base URL that answers 404 in JSON", async () => {
    const { stack, id } = await living();
    const other = await World.create();
    try {
      world.environment.REZOLVE_BASE_URL = other.sandbox.url;
      world.environment.REZOLVE_TOKEN = other.token;
      const destroy = await expectToStay(stack, id, /answers \(HTTP 404.*\) proves nothing about it/);
      expect(destroy.text).toContain(`was created at ${world.sandbox.url}`);
    } finally {
      await other.close();
    }
  });

  test("when the vendor keeps failing, after retries", async () => {
    world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "1";
    const { stack, id } = await living();
    const fault = world.sandbox.faults.add({
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 500 },
    });
    await expectToStay(stack, id, /failed and kept failing \(HTTP 500/, { outcome: "unconfirmed" });
    expect(fault.hits).toBeGreaterThan(1);
  });

  test("when it is already gone and deletion.alreadyGone is fail", async () => {
    const { stack, id } = await living({ deletion: { alreadyGone: "fail" } });
    world.sandbox.clients.remove(id, "hard");
    await expectToStay(stack, id, /is not there.*alreadyGone is "fail"/);
  });
});

describe("a response that is lost", () => {
  test("after the deletion was carried out is a success with unknown counts", async () => {
    const { stack, id, outputs } = await living();
    await takeTokens(world.sandbox, outputs, 2);
    world.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "drop-after" } });
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(await receiptOf(id)).toMatchObject({
      outcome: "already-gone",
      responseLost: true,
      verified: true,
      tokensRevoked: null,
      activeSessionsTerminated: null,
    });
  });

  test("or cut in its body after the deletion is a success with unknown counts", async () => {
    const { stack, id } = await living();
    world.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "truncate" } });
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(await receiptOf(id)).toMatchObject({ outcome: "deleted", tokensRevoked: null, httpStatus: 200 });
  });

  test("after a create ends in exactly one client, in the state, with a secret that works", async () => {
    const fault = world.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "drop-after" } });
    const { stack, id, outputs } = await living();
    expect(fault.hits).toBe(1);
    expect(world.sandbox.clients.list()).toMatchObject([{ id }]);
    expect(await takeTokens(world.sandbox, outputs, 1)).toHaveLength(1);
    expect(world.sandbox.requests.count({ method: "POST", path: "/api/v1/oauth-clients" })).toBeGreaterThan(0);
    await stack.destroy();
  });

  test("after a create whose client was there before never seizes it", async () => {
    const { id } = await living();
    world.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "drop-before" } });
    const second = await world.stack(oneClient({ args: BOT }));
    const up = await second.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("nothing proves that this attempt made one of them; they are left alone");
    expect(await second.resources()).toMatchObject([{ id: expect.stringMatching(/^claim:/) }]);
    expect(await second.destroy()).toMatchObject({ ok: false });
    expect(world.sandbox.clients.list()).toMatchObject([{ id }]);
  });

  test("before a create was carried out is an error that says so, and the next up creates one client", async () => {
    world.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "drop-before" } });
    const stack = await world.stack(oneClient({ args: BOT }));
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("No client of this name is there now");
    expect(await stack.up()).toMatchObject({ ok: true });
    expect(world.sandbox.clients.count()).toBe(1);
    await stack.destroy();
  });
});

test("a name that is taken is an error that says so", async () => {
  await living();
  const second = await world.stack(oneClient({ args: BOT }));
  const up = await second.up();
  expect(up.ok).toBe(false);
  expect(up.text).toContain("already has a client of this name");
  expect(world.sandbox.clients.count()).toBe(1);
});

describe("a receipt that cannot be written", () => {
  /** Somewhere on a disk that has no room any more. */
  function full(context: TestContext): string {
    const disk = smallDisk(context, 16);
    expect(() => writeFileSync(join(disk, "other"), "x".repeat(1024 * 1024))).toThrow("ENOSPC");
    return join(disk, "receipts.jsonl");
  }

  async function inTheWay(): Promise<string> {
    const blocked = join(world.folder, "a-file");
    await writeFile(blocked, "");
    return join(blocked, "receipts.jsonl");
  }

  test.for([
    ["a file is in its way", inTheWay],
    ["the disk is full", full],
  ] as const)(
    "is a loud warning with the receipt to keep, and the deletion is a success: %s",
    async ([, place], context) => {
      const file = await place(context);
      const { stack, id } = await living();
      world.environment.OAUTH_CLIENTS_RECEIPTS_FILE = file;
      const destroy = await stack.destroy();
      expect(destroy.ok).toBe(true);
      expect(world.sandbox.clients.count()).toBe(0);
      expect(destroy.text).toContain("warning: THE RECEIPT COULD NOT BE WRITTEN");
      // As a reader copies it from the terminal.
      const [, line = ""] = /keep this line instead: (\{.*\})$/m.exec(destroy.text) ?? [];
      expect(parseReceipts(line)).toMatchObject({ receipts: [{ id, tokensRevoked: 0 }], unreadableLines: [] });
    },
  );
});

describe("the emergency switch", () => {
  test("takes a client out of the state only after a real attempt failed", async () => {
    world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "1";
    const { stack, id } = await living();
    world.environment.OAUTH_CLIENTS_ABANDON = "rezolve:default";
    const fault = world.sandbox.faults.add({
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "respond", status: 503 },
    });
    const destroy = await stack.destroy();
    expect(destroy.ok).toBe(true);
    expect(fault.hits).toBeGreaterThan(0);
    expect(destroy.text).toContain("ABANDONED");
    expect(await receiptOf(id)).toMatchObject({ outcome: "abandoned", tokensRevoked: null, httpStatus: 503 });
    expect(world.sandbox.clients.get(id)).toBeDefined();
  });

  test("changes nothing where the vendor works", async () => {
    const { stack, id } = await living();
    world.environment.OAUTH_CLIENTS_ABANDON = "rezolve";
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(await receiptOf(id)).toMatchObject({ outcome: "deleted" });
  });

  test("does not count where better credentials would delete the client", async () => {
    const { stack, id } = await living();
    world.environment.OAUTH_CLIENTS_ABANDON = "rezolve";
    world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ expiresInSeconds: -10 });
    const destroy = await stack.destroy();
    expect(destroy.ok).toBe(false);
    expect(destroy.text).toContain("OAUTH_CLIENTS_ABANDON is set but does not count");
    expect(await stack.resources()).toMatchObject([{ id }]);
  });
});

describe("the automation API", () => {
  test("names creations that a killed run left open, and does not call the stack empty", async () => {
    const stack = await world.stack(async () => {});
    await stack.up();
    await leaveCreationOpen(stack, "CI bot");
    stack.stack.workspace.envVars = { ...world.environment };
    const report = await destroyWithReport(stack.stack);
    expect(report.result.summary.result).toBe("succeeded");
    expect(report).toMatchObject({
      remaining: [],
      pendingCreates: [{ urn: expect.stringContaining("OAuthClient::bot"), name: "CI bot" }],
      empty: null,
      problems: [expect.stringContaining('began to create "CI bot"')],
    });
  });

  test("returns the receipts of that run with totals, beside the configured file", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    const { outputs } = await stack.up();
    await takeTokens(world.sandbox, outputs, 2);
    program.args = { ...BOT, status: "deleted" };
    const up = await upWithReport(stack.stack);
    expect(up).toMatchObject({ totals: { clients: 1, tokensRevoked: 2 }, empty: false });
    expect(up.remaining).toHaveLength(1);
    expect(await readFile(world.receiptsFile, "utf8")).toContain(up.receipts[0]?.id);
    const destroy = await destroyWithReport(stack.stack);
    expect(destroy).toMatchObject({ receipts: [], totals: { clients: 0, tokensRevoked: null }, empty: true });
  });

  test("throws a failed run with the report of what it did before", async () => {
    const stack = await world.stack(async () => {
      const first = new rezolve.OAuthClient("first", { ...BOT, name: "First" });
      new rezolve.OAuthClient("second", { ...BOT, name: "Second" }, { dependsOn: first });
    });
    await stack.up();
    world.sandbox.faults.add({
      match: { method: "DELETE" },
      skip: 1,
      effect: { kind: "respond", status: 403 },
    });
    const failure = await destroyWithReport(stack.stack).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunFailed);
    expect(failure).toMatchObject({ report: { totals: { clients: 1 }, empty: false } });
    expect(failure).toHaveProperty("report.remaining", [expect.stringContaining("::first")]);
  });
});
