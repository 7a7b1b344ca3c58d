/** How a sweep ends that is not left alone: nothing that it deleted is without evidence. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { parseReceipts, type Receipt } from "pulumi-oauth-clients/automation";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CLI, Command, execute, plainEnvironment } from "./command.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
let plan: string;
let plans = 0;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => {
  tenant.reset();
  plan = tenant.file(`endings-${++plans}.json`);
});
afterAll(() => tenant.close());

const deletes = () => tenant.sandbox.requests.count({ method: "DELETE" });
const receiptsBeside = async (): Promise<Receipt[]> =>
  parseReceipts(await readFile(`${plan}.receipts.jsonl`, "utf8")).receipts;
const applying = () => ["sweep", "--apply", plan, "--yes", "--tenant", tenant.id, "--no-exclude-managed", "--json"];

async function planned(): Promise<void> {
  const ended = await tenant.run(["sweep", "--name-prefix", "pr-", "--no-exclude-managed", "--plan", plan]);
  expect(ended.code, ended.stderr).toBe(0);
}

function started(more: Record<string, string> = {}): Command {
  return new Command(process.execPath, [CLI, ...applying()], {
    cwd: tenant.folder,
    env: plainEnvironment({ ...tenant.env, ...more }),
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((soon) => setTimeout(soon, 10));
}

describe.each(VENDORS)("of %s", (vendor) => {
  beforeEach(() => tenant.only(vendor));
  const oneAtATime = { [`${vendor.toUpperCase()}_MAX_CONCURRENCY`]: "1" };

  test("a DELETE that is under way at the interrupt is not said to be not begun, and has its receipt", async () => {
    for (const name of ["pr-1", "pr-2", "pr-3"]) await tenant.client(vendor, name);
    await planned();
    tenant.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "hang-after" } });
    const running = started(oneAtATime);
    await until(() => deletes() > 0);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended();
    expect(code).toBe(130);
    const { cutOff, notBegun, totals } = JSON.parse(stdout);
    expect([cutOff.length, notBegun.length]).toEqual([1, 2]);
    expect(totals).toMatchObject({ selected: 3, deleted: 0, failed: 0 });
    expect((await receiptsBeside()).map(({ id, outcome }) => [id, outcome])).toEqual([[cutOff[0], "unconfirmed"]]);
    // The next run knows that it may have been this plan's own DELETE.
    const next = await tenant.run(applying());
    expect(next.code, next.stderr).toBe(0);
    expect(JSON.parse(next.stdout).totals).toMatchObject({ selected: 3, deleted: 2, alreadyGone: 1, skipped: 0 });
    const settled = (await receiptsBeside()).find(({ outcome }) => outcome === "already-gone");
    expect(settled).toMatchObject({ id: cutOff[0], responseLost: true });
  });

  test.each<[string, readonly NodeJS.Signals[]]>([
    ["a second Ctrl-C", ["SIGINT", "SIGINT"]],
    ["a terminal that goes away", ["SIGHUP"]],
    ["a pipeline that is cancelled", ["SIGTERM"]],
  ])("%s leaves no deletion without a receipt", async (_what, signals) => {
    for (let at = 0; at < 12; at += 1) await tenant.client(vendor, `pr-${at}`);
    await planned();
    tenant.sandbox.faults.add({ match: { method: "DELETE" }, times: 12, effect: { kind: "delay", ms: 400 } });
    const running = started({ [`${vendor.toUpperCase()}_MAX_CONCURRENCY`]: "4" });
    await until(() => deletes() >= 3);
    for (const signal of signals) {
      running.child.kill(signal);
      await new Promise((soon) => setTimeout(soon, 50));
    }
    const { code } = await running.ended();
    expect(code).toBe(130);
    // What was on its way arrives.
    await new Promise((soon) => setTimeout(soon, 600));
    const gone = 12 - tenant.sandbox.clients.list().filter(({ deletion }) => deletion === null).length;
    expect(gone).toBeGreaterThan(0);
    expect(gone).toBeLessThan(12);
    const told = new Set((await receiptsBeside()).map(({ id }) => id));
    expect(told.size).toBeGreaterThanOrEqual(gone);
    const next = await tenant.run(applying());
    expect(next.code, next.stderr).toBe(0);
    expect(JSON.parse(next.stdout).totals).toMatchObject({ selected: 12, skipped: 0, failed: 0 });
    expect(new Set((await receiptsBeside()).map(({ id }) => id)).size).toBe(12);
  });

  test("clients that were only looked at when somebody interrupted are not begun: no DELETE has left", async () => {
    for (const name of ["pr-1", "pr-2"]) await tenant.client(vendor, name);
    await planned();
    // Nexus' look is a list, as the one is that tells whose connection it is.
    const look = vendor === "rezolve" ? { method: "GET", path: /oauth-clients\/client-/ } : { method: "GET" };
    const skip = vendor === "rezolve" ? 0 : 1;
    tenant.sandbox.faults.add({ match: look, skip, times: 99, effect: { kind: "hang" } });
    const before = tenant.sandbox.requests.count(look);
    const running = started(oneAtATime);
    await until(() => tenant.sandbox.requests.count(look) > before + skip);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended();
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ cutOff: [], notBegun: [{}, {}].map(() => expect.any(String)) });
    expect(deletes()).toBe(0);
    await expect(readFile(`${plan}.receipts.jsonl`)).rejects.toThrow("ENOENT");
  });

  test("what an earlier run has sent is known, whatever receipts file is configured by then", async () => {
    await tenant.client(vendor, "pr-1");
    await planned();
    tenant.sandbox.faults.add({ match: { method: "DELETE" }, times: 20, effect: { kind: "drop-after" } });
    expect((await tenant.run(applying())).code).toBe(1);
    tenant.sandbox.faults.clear();
    const configured = tenant.file(`configured-${plans}.jsonl`);
    tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE = configured;
    expect(JSON.parse((await tenant.run(applying())).stdout).totals).toMatchObject({ alreadyGone: 1, skipped: 0 });
    const [settled] = parseReceipts(await readFile(configured, "utf8")).receipts;
    expect(settled).toMatchObject({ outcome: "already-gone", responseLost: true });
  });

  test("a lost answer is settled by the next run, also where no receipts file is configured", async () => {
    await tenant.client(vendor, "pr-1");
    await planned();
    tenant.sandbox.faults.add({ match: { method: "DELETE" }, times: 20, effect: { kind: "drop-after" } });
    expect((await tenant.run(applying())).code).toBe(1);
    tenant.sandbox.faults.clear();
    const next = await tenant.run(applying());
    expect(JSON.parse(next.stdout).totals).toMatchObject({ alreadyGone: 1, skipped: 0 });
  });
});

test("standard error that takes nothing ends no sweep before its evidence", async () => {
  for (let at = 0; at < 6; at += 1) await tenant.client("rezolve", `pr-${at}`);
  await planned();
  // Each of them would warn.
  tenant.sandbox.faults.add({ match: { method: "DELETE" }, times: 6, effect: { kind: "respond", status: 404 } });
  const command = [process.execPath, CLI, ...applying()].map((part) => `'${part}'`).join(" ");
  const { code, stdout } = await execute("bash", ["-c", `${command} 2>/dev/full`], {
    cwd: tenant.folder,
    env: plainEnvironment({ ...tenant.env, OAUTH_CLIENTS_FORCE: "nobody" }),
  });
  expect(code).not.toBe(0);
  expect(JSON.parse(stdout).results).toHaveLength(6);
});

test("standard output that takes nothing fails a command, and says why", async () => {
  const command = [process.execPath, CLI, "list"].map((part) => `'${part}'`).join(" ");
  const { code, stderr } = await execute("bash", ["-c", `${command} >/dev/full`], {
    cwd: tenant.folder,
    env: plainEnvironment(tenant.env),
  });
  expect(code).toBe(2);
  expect(stderr).toContain("ENOSPC");
});

test("a vendor that hangs before anything is deleted keeps nobody: the first interrupt ends it", async () => {
  await tenant.client("rezolve", "pr-1");
  await planned();
  tenant.sandbox.faults.add({ match: { method: "GET" }, times: 99, effect: { kind: "hang" } });
  const before = tenant.sandbox.requests.count({ method: "GET" });
  const running = started();
  await until(() => tenant.sandbox.requests.count({ method: "GET" }) > before);
  running.child.kill("SIGINT");
  const { code, stderr } = await running.ended();
  expect(code).toBe(130);
  expect(stderr).toContain("Interrupted. Nothing was changed.");
});

test("where receipts cannot be written, nothing is deleted", async () => {
  await tenant.client("rezolve", "pr-1");
  await planned();
  tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE = "/nowhere/at/all/receipts.jsonl";
  const missing = await tenant.run(applying());
  expect(missing).toMatchObject({ code: 2, stdout: "" });
  expect(missing.stderr).toContain("is in a folder that does not exist. Nothing was deleted.");
  delete tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE;
  await mkdir(`${plan}.receipts.jsonl`);
  expect((await tenant.run(applying())).stderr).toContain("is not a regular file. Nothing was deleted.");
  expect(deletes()).toBe(0);
});

test("a result never takes the place of what it is made of, nor of the evidence", async () => {
  await tenant.client("rezolve", "pr-1");
  await planned();
  const receipts = tenant.file("evidence.jsonl");
  await writeFile(receipts, "");
  tenant.env.OAUTH_CLIENTS_RECEIPTS_FILE = receipts;
  const exported = tenant.file("export.json");
  await writeFile(exported, JSON.stringify({ version: 3, deployment: { resources: [] } }));
  const planning = ["sweep", "--name-prefix", "pr-"];
  for (const args of [
    [...applying(), "--output", receipts],
    [...applying(), "--output", `${plan}.journal.jsonl`],
    [...planning, "--no-exclude-managed", "--plan", plan, "--output", plan],
    [...planning, "--no-exclude-managed", "--plan", receipts],
    [...planning, "--exclude-managed", exported, "--output", exported],
    ["receipts", receipts, "--format", "csv", "--output", receipts],
    ["list", "--managed", exported, "--output", exported],
    ["adopt", "--managed", exported, "--output", exported],
    ["impact", exported, "--no-look", "--output", exported],
    ["verify-secrets", exported, "--output", exported],
  ]) {
    const { code, stderr } = await tenant.run(args);
    expect(code, args.join(" ")).toBe(2);
    expect(stderr).toContain("is needed for something else");
  }
  expect(deletes()).toBe(0);
  expect(await readFile(receipts, "utf8")).toBe("");
});

test("stacks that are named cannot be said not to matter, in either order", async () => {
  const exported = tenant.file("managed.json");
  await writeFile(exported, JSON.stringify({ version: 3, deployment: { resources: [] } }));
  const both = [["--exclude-managed", exported], ["--no-exclude-managed"]];
  for (const order of [both, [...both].reverse()]) {
    const { code, stderr } = await tenant.run(["sweep", "--name-prefix", "pr-", ...order.flat()]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--no-exclude-managed says/);
  }
});

test("a client that a stack holds a claim on is the stack's to settle", async () => {
  await tenant.client("rezolve", "pr-claimed");
  await tenant.client("rezolve", "pr-free");
  const type = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
  const claim = {
    urn: `urn:pulumi:pr-7::shop::${type}::bot`,
    type,
    custom: true,
    id: "claim:0f0c1a8e-0000-4000-8000-000000000001",
    inputs: { name: "pr-claimed" },
    outputs: { name: "pr-claimed" },
  };
  const exported = tenant.file("claims.json");
  await writeFile(exported, JSON.stringify({ version: 3, deployment: { resources: [claim] } }));
  const { stdout } = await tenant.run(["sweep", "--name-prefix", "pr-", "--exclude-managed", exported, "--json"]);
  expect(JSON.parse(stdout).clients.map(({ name }: { name: string }) => name)).toEqual(["pr-free"]);
});

test("a plan that names a client twice is no plan", async () => {
  await tenant.client("rezolve", "pr-1");
  await planned();
  const written = JSON.parse(await readFile(plan, "utf8"));
  await writeFile(plan, JSON.stringify({ ...written, clients: [...written.clients, ...written.clients] }));
  const { code, stderr } = await tenant.run(applying());
  expect(code).toBe(2);
  expect(stderr).toContain("clients names a client twice");
  expect(deletes()).toBe(0);
});
