/** Purges: many clients that no stack manages, deleted by their ids or by what they are. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PurgeTotals } from "../../src/core/purge-totals.ts";
import type { Receipt } from "../../src/core/receipt.ts";
import { parseReceipts } from "../../src/core/receipts-file.ts";
import { SHELL } from "../../src/core/shell.ts";
import { Bench, partialState, type State, type Values } from "./support.ts";

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

const VENDORS = {
  rezolve: {
    kind: "rezolve:OAuthClientPurge",
    client: "rezolve:OAuthClient",
    args: { clientType: "confidential", redirectUris: [], grantTypes: ["client_credentials"], scopes: ["users:read"] },
  },
  nexus: { kind: "nexus:ClientPurge", client: "nexus:Client", args: { appType: "regular_web" } },
};

const GET = { method: "GET" } as const;
const DELETE = { method: "DELETE" } as const;

let receiptsFile: string;
beforeAll(async () => {
  receiptsFile = join(await mkdtemp(join(tmpdir(), "purge-")), "receipts.jsonl");
});
afterAll(() => rm(dirname(receiptsFile), { recursive: true }));

async function receipts(): Promise<Receipt[]> {
  return parseReceipts(await readFile(receiptsFile, "utf8").catch(() => "")).receipts;
}

const totalsOf = ({ outputs }: State) => Object(outputs.totals) as unknown as PurgeTotals;
const linesOf = ({ outputs }: State): string[] => (Array.isArray(outputs.results) ? outputs.results.map(String) : []);

describe.each(Object.entries(VENDORS))("of %s", (vendor, { kind, client, args }) => {
  let bench: Bench;
  let environment: Record<string, string>;
  beforeAll(async () => {
    bench = await Bench.start(kind);
    bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = receiptsFile;
    environment = { ...bench.env };
  });
  afterEach(async () => {
    for (const name of Object.keys(bench.env)) delete bench.env[name];
    Object.assign(bench.env, environment);
    await rm(receiptsFile, { force: true });
    bench.reset();
  });
  afterAll(() => bench.sandbox.close());

  /** Makes clients that nobody manages. */
  async function made(names: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    const own = { __kind: client, __provider: SHELL };
    for (const name of names) {
      const { inputs } = await bench.provider.check({}, { name, ...args, ...own });
      const { id } = await bench.provider.create({ ...inputs, ...own });
      ids.push(id ?? "");
    }
    bench.restart();
    bench.urn = "urn:purge";
    bench.sandbox.requests.clear();
    return ids;
  }
  const many = (count: number) => made(Array.from({ length: count }, (_, index) => `pr-${index}`));
  const living = () =>
    bench.sandbox.clients
      .list()
      .filter(({ deletion }) => deletion === null)
      .map(({ name }) => name);

  test("deletes the clients that it names, with one request each and a receipt each", async () => {
    const ids = await many(12);
    const [kept = "", ...targetIds] = ids;
    const { id, outputs } = await bench.create({ targetIds });
    expect(id).toMatch(/^purge-/);
    expect(living()).toEqual(["pr-0"]);
    expect(bench.sandbox.requests.count(DELETE)).toBe(11);
    // The token says whom it was issued for: one list tells whether that is one of them.
    expect(bench.sandbox.requests.count()).toBe(11 + (vendor === "rezolve" ? 2 : 0));
    const isCounted = vendor === "rezolve";
    expect(outputs.totals).toEqual({
      selected: 11,
      deleted: 11,
      softDeleted: 0,
      alreadyGone: 0,
      failed: 0,
      skipped: 0,
      wouldBeDeleted: 0,
      tokensRevoked: isCounted ? 0 : null,
      activeSessionsTerminated: isCounted ? 0 : null,
      unknownTokenCounts: isCounted ? 0 : 11,
      unknownSessionCounts: isCounted ? 0 : 11,
    });
    expect(linesOf({ id, outputs })).toHaveLength(11);
    expect(linesOf({ id, outputs }).join()).not.toContain(kept);
    expect(outputs).not.toHaveProperty("__open");
    expect((await receipts()).map(({ kind: of, outcome, urn }) => [of, outcome, urn])).toEqual(
      targetIds.map(() => [kind, "deleted", "urn:purge"]),
    );
    // One line for all of them.
    expect(bench.logged.filter((line) => line.includes("11 of 11 clients: 11 deleted."))).toHaveLength(1);
    expect(bench.logged.filter((line) => line.startsWith("deleted "))).toEqual([]);
  });

  test("goes on with what failed, and with nothing else", async () => {
    const ids = await many(10);
    const [gone = "", failing = ""] = ids;
    bench.env[`${vendor.toUpperCase()}_RETRY_BUDGET_SECONDS`] = "0";
    bench.restart();
    bench.sandbox.clients.remove(gone);
    const path = new RegExp(`${failing}$`);
    bench.sandbox.faults.add({ match: { ...DELETE, path }, effect: { kind: "respond", status: 400 } });
    const left = await partialState(bench.create({ targetIds: ids }));
    expect(left.reason).toContain("1 client could not be deleted, and 0 were not begun.");
    expect(left.reason).toContain(failing);
    expect(left.outputs).toMatchObject({
      __open: [failing],
      totals: { selected: 10, deleted: 8, alreadyGone: 1, failed: 1 },
    });
    expect(linesOf(left)).toContain(`${failing}: failed, vendor-refused`);

    bench.restart();
    bench.sandbox.requests.clear();
    expect(await bench.diff(left, { targetIds: ids })).toMatchObject({ changes: true, replaces: [] });
    expect(bench.logged.at(-1)).toContain("This update DELETES the 1 client that is left of this purge.");
    const done = await bench.update(left, { targetIds: ids });
    expect(bench.sandbox.requests.count(DELETE)).toBe(1);
    expect(done.outputs).toMatchObject({ totals: { selected: 10, deleted: 9, alreadyGone: 1, failed: 0, skipped: 0 } });
    expect(done.outputs).not.toHaveProperty("__open");
    expect(
      linesOf(done)
        .sort()
        .map((line) => line.split(": ")[0]),
    ).toEqual([...ids].sort());
    expect(linesOf(done).join("\n")).not.toContain("failed");
    expect(await bench.diff(done, { targetIds: ids })).toMatchObject({ changes: false });
    expect((await receipts()).filter(({ outcome }) => outcome === "deleted")).toHaveLength(9);
  });

  test("stops where the process is told to, and the next update finishes", async () => {
    const ids = await many(30);
    bench.env[`${vendor.toUpperCase()}_MAX_CONCURRENCY`] = "2";
    bench.restart();
    bench.sandbox.settings.latencyMs = 20;
    const purging = partialState(bench.create({ targetIds: ids }));
    await expect.poll(() => bench.sandbox.requests.count(DELETE), { interval: 5 }).toBeGreaterThan(6);
    bench.interrupt.arrived();
    const left = await purging;
    bench.sandbox.settings.latencyMs = 0;
    const { deleted } = totalsOf(left);
    expect(deleted).toBeLessThan(30);
    expect(living()).toHaveLength(30 - deleted);
    // Every deletion that has ended has its receipt.
    expect(await receipts()).toHaveLength(deleted);
    bench.restart();
    bench.sandbox.requests.clear();
    const done = await bench.update(left, { targetIds: ids });
    expect(bench.sandbox.requests.count(DELETE)).toBe(30 - deleted);
    expect(totalsOf(done)).toMatchObject({ selected: 30, deleted: 30, failed: 0 });
    expect(living()).toEqual([]);
  });

  test("stops where everything fails, instead of trying each", async () => {
    const ids = await many(120);
    bench.env[`${vendor.toUpperCase()}_RETRY_BUDGET_SECONDS`] = "0";
    bench.restart();
    bench.sandbox.faults.add({ match: DELETE, times: 999, effect: { kind: "respond", status: 403 } });
    const left = await partialState(bench.create({ targetIds: ids }));
    expect(bench.sandbox.requests.count(DELETE)).toBeLessThan(100);
    expect(left.outputs.__open).toHaveLength(120);
    expect(left.reason).toMatch(/were not begun/);
    expect(living()).toHaveLength(120);
  });

  test("selects by name, leaves out what is excluded, and looks once more before each deletion", async () => {
    const [, , base = ""] = await made(["pr-1", "pr-2", "pr-base", "pr-keep-1", "other"]);
    const exclude = { names: ["pr-base"], namePrefixes: ["pr-keep-"] };
    const state = await bench.create({ select: { namePrefix: "pr-" }, exclude });
    expect(living().sort()).toEqual(["other", "pr-base", "pr-keep-1"]);
    expect(state.outputs).toMatchObject({ totals: { selected: 2, deleted: 2, skipped: 2 } });
    expect(linesOf(state)).toContain(`${base}: skipped, excluded by its name`);
    expect((await receipts()).map(({ name }) => name).sort()).toEqual(["pr-1", "pr-2"]);
  });

  test("with dryRun it says what it would delete, and changes nothing", async () => {
    await made(["pr-1", "pr-base", "other"]);
    const program = { select: { namePrefix: "pr-" }, exclude: { names: ["pr-base"] }, dryRun: true };
    const state = await bench.create(program);
    expect(living()).toHaveLength(3);
    expect(bench.sandbox.requests.count(DELETE)).toBe(0);
    expect(linesOf(state)).toHaveLength(2);
    expect(linesOf(state)).toContainEqual(expect.stringMatching(/: would be deleted, pr-1$/));
    expect(linesOf(state)).toContainEqual(expect.stringMatching(/: skipped, excluded by its name$/));
    expect(totalsOf(state)).toMatchObject({ selected: 1, deleted: 0, skipped: 1, wouldBeDeleted: 1 });
    expect(bench.logged).toContain("Dry run, nothing was changed: 2 of 2 clients: 1 would be deleted, 1 skipped.");
    expect(bench.logged.join("\n")).not.toContain("DELETES");
    expect(await bench.diff(state, { ...program, dryRun: false })).toMatchObject({ replaces: ["dryRun"] });
  });

  test("with dryRun of ids it looks at each as the real run would, and changes nothing", async () => {
    const [one = "", base = ""] = await made(["pr-1", "pr-base"]);
    const nobody = vendor === "rezolve" ? "client-00000000-0000-4000-8000-00000000dead" : "nobody";
    const program = { targetIds: [one, base, nobody], exclude: { names: ["pr-base"] }, dryRun: true };
    const state = await bench.create(program);
    expect(living()).toHaveLength(2);
    expect(bench.sandbox.requests.count(GET)).toBe(bench.sandbox.requests.count());
    expect(linesOf(state).sort()).toEqual(
      [
        `${one}: would be deleted`,
        `${base}: skipped, excluded by its name`,
        `${nobody}: skipped, it is not there any more`,
      ].sort(),
    );
    expect(totalsOf(state)).toMatchObject({ selected: 3, deleted: 0, skipped: 2, failed: 0 });
    expect(state.outputs).not.toHaveProperty("__open");
  });

  test("with dryRun it does not pass for whole where too many looks fail", async () => {
    const targetIds = await many(120);
    bench.env[`${vendor.toUpperCase()}_RETRY_BUDGET_SECONDS`] = "0";
    bench.restart();
    bench.sandbox.faults.add({ match: GET, times: 999, effect: { kind: "respond", status: 403 } });
    await expect(bench.create({ targetIds, dryRun: true })).rejects.toThrow(
      /The dry run did not come to its end: \d+ of 120 clients were not looked at, because so many failed in a row\./,
    );
    expect(living()).toHaveLength(120);
  });

  test("ends after 20 failures in a row: no more DELETEs leave than are on their way then", async () => {
    const targetIds = await many(120);
    bench.env[`${vendor.toUpperCase()}_RETRY_BUDGET_SECONDS`] = "0";
    bench.env[`${vendor.toUpperCase()}_MAX_CONCURRENCY`] = "4";
    bench.restart();
    bench.sandbox.faults.add({ match: DELETE, times: 999, effect: { kind: "respond", status: 403 } });
    const left = await partialState(bench.create({ targetIds }));
    const sent = bench.sandbox.requests.count(DELETE);
    expect(sent).toBeGreaterThanOrEqual(20);
    // The next ones leave while the answers of those before are worked on.
    expect(sent).toBeLessThanOrEqual(20 + 2 * 4);
    expect(left.reason).toContain(`${sent} clients could not be deleted, and ${120 - sent} were not begun, because`);
    expect(totalsOf(left)).toMatchObject({ selected: 120, failed: sent });
    bench.sandbox.faults.clear();
    bench.restart();
    const done = await bench.update(left, { targetIds });
    expect(totalsOf(done)).toMatchObject({ selected: 120, deleted: 120, failed: 0 });
    expect(bench.logged.at(-1)).toBe("120 of 120 clients: 120 deleted.");
  });

  test("says of the whole how far it is, and names clients, also when it goes on", async () => {
    const ids = await many(3);
    bench.env[`${vendor.toUpperCase()}_RETRY_BUDGET_SECONDS`] = "0";
    bench.restart();
    const failing = ids[1] ?? "";
    const path = new RegExp(`${failing}$`);
    bench.sandbox.faults.add({ match: { ...DELETE, path }, times: 9, effect: { kind: "respond", status: 400 } });
    const program = { select: { namePrefix: "pr-" }, exclude: { names: ["pr-0"] } };
    const left = await partialState(bench.create(program));
    expect(bench.logged).toContain("3 of 3 clients: 1 deleted, 1 failed, 1 skipped.");
    bench.restart();
    await expect(bench.update(left, program)).rejects.toThrow('Cannot delete OAuth client "pr-1"');
    bench.sandbox.faults.clear();
    bench.restart();
    await bench.update(left, program);
    expect(bench.logged.at(-1)).toBe("3 of 3 clients: 2 deleted, 1 skipped.");
  });

  test("of no ids is nothing, and no error", async () => {
    const state = await bench.create({ targetIds: [] });
    expect(totalsOf(state)).toMatchObject({ selected: 0, deleted: 0 });
    expect(bench.logged.join("\n")).not.toContain("DELETES");
  });

  describe("that is not finished", () => {
    const unfinished = async (count: number) => {
      const ids = await many(count);
      bench.env[`${vendor.toUpperCase()}_RETRY_BUDGET_SECONDS`] = "0";
      bench.restart();
      bench.sandbox.faults.add({ match: DELETE, times: count, effect: { kind: "respond", status: 400 } });
      const left = await partialState(bench.create({ targetIds: ids }));
      bench.sandbox.faults.clear();
      bench.sandbox.requests.clear();
      bench.restart();
      return { ids, left };
    };

    test("does not go on at another address, whose answers prove nothing", async () => {
      const { ids, left } = await unfinished(3);
      bench.env[`${vendor.toUpperCase()}_BASE_URL`] = bench.sandbox.url.replace("127.0.0.1", "localhost");
      bench.restart();
      await expect(bench.update(left, { targetIds: ids })).rejects.toThrow(
        "Cannot go on with this purge: it was begun at",
      );
      expect(bench.sandbox.requests.count()).toBe(0);
      expect(living()).toHaveLength(3);
    });

    test("does not go on beyond a limit that is lower now", async () => {
      const { ids, left } = await unfinished(3);
      await expect(bench.update(left, { targetIds: ids, limit: 2 })).rejects.toThrow("more than the limit of 2");
      expect(living()).toHaveLength(3);
    });

    test("says what is left when it is removed", async () => {
      const { ids, left } = await unfinished(2);
      await bench.delete(left);
      expect(bench.logged.at(-1)).toContain("This purge ends unfinished: 2 clients of it were not deleted:");
      expect(bench.logged.at(-1)).toContain(ids[0] ?? "");
      expect(bench.sandbox.requests.count()).toBe(0);
    });
  });

  test("has what is done in the state before the process is killed, also where an answer never comes", async () => {
    const ids = await many(4);
    const [hanging = ""] = ids;
    bench.sandbox.faults.add({
      match: { ...DELETE, path: new RegExp(`${hanging}$`) },
      times: 9,
      effect: { kind: "hang" },
    });
    const purging = partialState(bench.create({ targetIds: ids }));
    await expect.poll(() => living().length, { interval: 5 }).toBe(1);
    const since = performance.now();
    bench.interrupt.arrived();
    const left = await purging;
    expect(performance.now() - since).toBeLessThan(4_500);
    expect(left.outputs).toMatchObject({ __open: [hanging], totals: { deleted: 3 } });
    await expect
      .poll(async () => (await receipts()).map(({ outcome }) => outcome).sort())
      .toEqual(["deleted", "deleted", "deleted", "unconfirmed"]);
  });

  test("deletes nobody later whom it has called not begun when the process was about to be killed", async () => {
    const ids = await many(2);
    bench.sandbox.faults.add({ match: GET, times: 99, effect: { kind: "delay", ms: 2_600 } });
    const seen = () => bench.sandbox.requests.count(GET);
    // Names are excluded, so that each is looked at right before its deletion.
    const purging = partialState(bench.create({ targetIds: ids, exclude: { names: ["other"] } }));
    // The list that tells whose connection it is comes first, where there is one.
    const looks = vendor === "rezolve" ? /oauth-clients\/client-/ : undefined;
    await expect
      .poll(() => bench.sandbox.requests.count({ ...GET, path: looks }), { timeout: 10_000, interval: 5 })
      .toBeGreaterThan(vendor === "rezolve" ? 0 : 1);
    bench.interrupt.arrived();
    const left = await purging;
    expect(left.outputs.__open).toHaveLength(2);
    expect(left.reason).toContain("2 were not begun");
    const before = seen();
    await sleep(1_500);
    expect(seen()).toBeGreaterThanOrEqual(before);
    expect(bench.sandbox.requests.count(DELETE)).toBe(0);
    expect(await receipts()).toEqual([]);
  });

  test("deletes nothing where more are meant than the limit", async () => {
    const ids = await many(4);
    const wishes = [
      { select: { namePrefix: "pr-" }, limit: 3 },
      { targetIds: ids, limit: 3 },
    ];
    for (const wish of wishes) {
      await expect(bench.create(wish)).rejects.toThrow("4 clients would be deleted, more than the limit of 3.");
    }
    expect(living()).toHaveLength(4);
  });

  test.each([
    [{}, "targetIds: must be there, or select."],
    [{ select: {} }, "select: must have a criterion: as it is, it would mean every client."],
    [{ select: { namePrefix: "" } }, "select.namePrefix: must not be empty."],
    [{ select: { namePrefx: "pr-" } }, "namePrefx: there is no such input in select."],
    [{ targetIds: ["client-1"], select: { namePrefix: "pr-" } }, "must not stand beside targetIds"],
    [{ targetIds: ["client-1"], limit: 0 }, "limit: must be at least 1."],
  ])("refuses %o", async (inputs, message) => {
    await expect(bench.check(inputs)).rejects.toThrow(message);
  });

  test("says in the preview what it deletes", async () => {
    await bench.check({ targetIds: ["client-1", "client-2"] });
    expect(bench.logged.join("\n")).toContain("Creating this resource DELETES 2 OAuth clients: client-1, client-2.");
    await bench.check({ select: { namePrefix: "pr-" } });
    expect(bench.logged.join("\n")).toContain('DELETES every OAuth client of namePrefix "pr-", at most 100.');
  });

  test("skips what another resource of the program has", async () => {
    const [own = "", other = ""] = await made(["pr-own", "pr-other"]);
    const provider = { __kind: client, __provider: SHELL };
    bench.urn = "urn:managed";
    const taken = await bench.provider.check({}, { name: "pr-own", ...args, adopt: { id: own }, ...provider });
    await bench.provider.create({ ...taken.inputs, ...provider });
    bench.urn = "urn:purge";
    await expect(bench.check({ targetIds: [own] })).rejects.toThrow(
      `targetIds, ${own}: this run takes it over as urn:managed`,
    );
    const state = await bench.create({ select: { namePrefix: "pr-" } });
    expect(living()).toEqual(["pr-own"]);
    expect(linesOf(state)).toEqual([
      expect.stringMatching(`${own}: skipped, this run takes it over`),
      `${other}: deleted${vendor === "rezolve" ? ", 0 tokens, 0 sessions" : ""}`,
    ]);
  });

  test("needs no settings any more when it is over, and minds nobody who has what it skipped", async () => {
    const [own = "", other = ""] = await made(["pr-own", "pr-other"]);
    const program = { targetIds: [own, other], exclude: { ids: [own] } };
    const state = await bench.create(program);
    expect(living()).toEqual(["pr-own"]);
    bench.restart();
    bench.urn = "urn:managed";
    const provider = { __kind: client, __provider: SHELL };
    const taken = await bench.provider.check({}, { name: "pr-own", ...args, adopt: { id: own }, ...provider });
    await bench.provider.create({ ...taken.inputs, ...provider });
    bench.urn = "urn:purge";
    expect(await bench.diff(state, program)).toMatchObject({ changes: false });
    for (const name of Object.keys(bench.env)) delete bench.env[name];
    bench.restart();
    expect(await bench.diff(state, program)).toMatchObject({ changes: false });
  });

  test("is over when it is removed: nothing is called", async () => {
    const [id = ""] = await many(1);
    const state = await bench.create({ targetIds: [id] });
    bench.sandbox.requests.clear();
    expect((await bench.refresh(state)).outputs.totals).toEqual(state.outputs.totals);
    await bench.delete(state);
    expect(bench.sandbox.requests.count()).toBe(0);
  });

  test("has no secret in its lines, whatever a client is called", async () => {
    const [id = ""] = await made(["pr-blue-raven"]);
    // A secret of which nothing looks like one.
    bench.env.HTTPS_PROXY = "http://user:blue-raven@127.0.0.1:9";
    bench.restart();
    const state = await bench.create({ select: { namePrefix: "pr-" }, dryRun: true });
    expect(linesOf(state)).toEqual([`${id}: would be deleted, pr-[redacted]`]);
  });

  test("has lines of at most 64 bytes beyond the id", async () => {
    const [id = ""] = await made([`pr-${"\u00fc ".repeat(60)}`]);
    const [line = ""] = linesOf(await bench.create({ select: { namePrefix: "pr-" }, dryRun: true }));
    expect(line.startsWith(`${id}: would be deleted, pr-\u00fc `)).toBe(true);
    expect(line.endsWith("…")).toBe(true);
    expect(Buffer.byteLength(line) - Buffer.byteLength(id)).toBeLessThanOrEqual(64);
  });
});

describe("what selects a Rezolve client", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start("rezolve:OAuthClientPurge");
    bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = receiptsFile;
  });
  afterEach(() => {
    delete bench.env.REZOLVE_RETRY_BUDGET_SECONDS;
    delete bench.env.OAUTH_CLIENTS_FORCE;
    bench.reset();
  });
  afterAll(() => bench.sandbox.close());

  type Use = { lastUsedAt: string | null; count: number; createdAt: string };
  const anyUse: fc.Arbitrary<Use> = fc.record({
    lastUsedAt: fc.constantFrom(null, ago(3), ago(20), ago(90)),
    count: fc.constantFrom(0, 4),
    createdAt: fc.constantFrom(ago(1), ago(10), ago(60)),
  });
  const anyClient = fc.record({
    name: fc.constantFrom("pr-1", "pr-base", "other"),
    before: anyUse,
    since: fc.option(anyUse),
  });
  const anySelect = fc.record(
    {
      namePrefix: fc.constantFrom("pr-", "o"),
      unusedForDays: fc.constantFrom(5, 30),
      createdBefore: fc.constantFrom(ago(5), ago(30)),
    },
    { requiredKeys: [] },
  );

  /** Whether a use proves what is asked for. */
  const proves = (select: Values, name: string, { lastUsedAt, count, createdAt }: Use) => {
    const days = select.unusedForDays;
    const isNever = lastUsedAt === null && count === 0;
    // A use from before there was a client says nothing.
    const used = typeof lastUsedAt === "string" && lastUsedAt >= createdAt ? lastUsedAt : null;
    const since = isNever ? createdAt : used;
    return (
      (select.namePrefix === undefined || name.startsWith(String(select.namePrefix))) &&
      (select.createdBefore === undefined || createdAt < String(select.createdBefore)) &&
      (days === undefined || (since !== null && Date.now() - Date.parse(since) >= Number(days) * DAY))
    );
  };

  test("is never deleted where the facts do not prove it, also those of the moment before its deletion", {
    timeout: 120_000,
  }, async () => {
    const own = { __kind: "rezolve:OAuthClient", __provider: SHELL };
    const { args } = VENDORS.rezolve;
    await fc.assert(
      fc.asyncProperty(fc.array(anyClient, { maxLength: 4 }), anySelect, async (clients, select) => {
        fc.pre(Object.keys(select).length > 0);
        bench.reset();
        const ids: string[] = [];
        for (const [index, { name }] of clients.entries()) {
          const { inputs } = await bench.provider.check(
            {},
            { name: `${name}${index === 0 ? "" : `-${index}`}`, ...args, ...own },
          );
          ids.push((await bench.provider.create({ ...inputs, ...own })).id ?? "");
        }
        bench.restart();
        const always = Number.POSITIVE_INFINITY;
        const listPath = "/api/v1/oauth-clients";
        for (const [index, { before }] of clients.entries()) {
          const usage = { lastUsedAt: before.lastUsedAt, totalTokenRequests: before.count };
          bench.sandbox.clients.edit(ids[index] ?? "", { createdAt: before.createdAt, usage });
        }
        // By the time that each is looked at, somebody may have used it.
        for (const [index, { before, since }] of clients.entries()) {
          const now = since ?? before;
          const set = {
            "/data/usage/lastUsedAt": now.lastUsedAt,
            "/data/usage/totalTokenRequests": now.count,
            "/data/usage/activeTokenCount": 0,
            "/data/audit/createdAt": now.createdAt,
          };
          bench.sandbox.faults.add({
            match: { ...GET, path: `${listPath}/${ids[index]}` },
            times: always,
            effect: { kind: "edit", set },
          });
        }
        const named = ids.map((id) => bench.sandbox.clients.get(id)?.name ?? "");
        await bench.create({ select });
        for (const [index, { before, since }] of clients.entries()) {
          const name = named[index] ?? "";
          const isProved = proves(select, name, before) && proves(select, name, since ?? before);
          const isDeleted = bench.sandbox.clients.get(ids[index] ?? "")?.deletion !== null;
          expect({ name, isDeleted }).toEqual({ name, isDeleted: isProved });
        }
      }),
      { numRuns: Number(process.env.OAUTH_CLIENTS_TEST_PURGES ?? 60) },
    );
  });

  test("is never deleted where it cannot be looked at once more, whatever overrules guards", async () => {
    const own = { __kind: "rezolve:OAuthClient", __provider: SHELL };
    const ids: string[] = [];
    for (const name of ["pr-0", "pr-1"]) {
      const { inputs } = await bench.provider.check({}, { name, ...VENDORS.rezolve.args, ...own });
      ids.push((await bench.provider.create({ ...inputs, ...own })).id ?? "");
    }
    bench.env.REZOLVE_RETRY_BUDGET_SECONDS = "0";
    bench.env.OAUTH_CLIENTS_FORCE = "rezolve";
    bench.restart();
    const match = { ...GET, path: `/api/v1/oauth-clients/${ids[0]}` };
    bench.sandbox.faults.add({ match, effect: { kind: "respond", status: 500 } });
    const left = await partialState(bench.create({ select: { namePrefix: "pr-" } }));
    expect(ids.map((id) => bench.sandbox.clients.get(id)?.deletion === null)).toEqual([true, false]);
    expect(left.reason).toContain("Cannot see, before its deletion, the use of");
    expect(left.reason).not.toContain("OAUTH_CLIENTS_FORCE");
  });

  const unmanaged = async (names: readonly string[]) => {
    const own = { __kind: "rezolve:OAuthClient", __provider: SHELL };
    const ids: string[] = [];
    for (const name of names) {
      const { inputs } = await bench.provider.check({}, { name, ...VENDORS.rezolve.args, ...own });
      ids.push((await bench.provider.create({ ...inputs, ...own })).id ?? "");
    }
    bench.restart();
    return ids;
  };
  const isAlive = (id: string) => bench.sandbox.clients.get(id)?.deletion === null;

  test("is deleted although many before it are guarded, in the first run or the next", async () => {
    const ids = await unmanaged(Array.from({ length: 130 }, (_, index) => `pr-${index}`));
    const [used, free] = [ids.slice(0, 100), ids.slice(100)];
    for (const id of used) bench.sandbox.clients.edit(id, { usage: { lastUsedAt: ago(1), totalTokenRequests: 4 } });
    for (const id of free) bench.sandbox.clients.edit(id, { createdAt: ago(90) });
    const deletion = { onlyIf: { unusedForDays: 30 } };
    const left = await partialState(bench.create({ targetIds: ids, deletion }));
    expect(left.reason).toContain("100 clients could not be deleted, and 0 were not begun.");
    expect(free.filter(isAlive)).toEqual([]);
    expect(used.filter(isAlive)).toEqual(used);
    expect(left.outputs.__open).toHaveLength(100);
  });

  test.each([
    ["its token names it by the vendor's id", async (id: string) => bench.sandbox.adminToken({ user: { id } })],
    [
      "the list does not say what its OAuth client id is",
      async () => {
        const token = bench.env.REZOLVE_TOKEN ?? "";
        const { sub } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
        const set = { "/data/clients/0/clientId": undefined };
        const list = { method: "GET", path: "/api/v1/oauth-clients" } as const;
        bench.sandbox.faults.add({ match: list, times: 9, effect: { kind: "edit", set } });
        const one = { method: "GET", path: /oauth-clients\/./ } as const;
        bench.sandbox.faults.add({ match: one, times: 9, effect: { kind: "edit", set: { "/data/clientId": sub } } });
        return token;
      },
    ],
  ])("is not deleted where the connection itself works as it, also where %s", async (_how, tokenFor) => {
    const [id = ""] = await unmanaged(["pr-1"]);
    const { REZOLVE_TOKEN: token = "" } = bench.env;
    bench.env.REZOLVE_TOKEN = await tokenFor(id);
    bench.restart();
    const left = await partialState(bench.create({ targetIds: [id] }));
    expect(linesOf(left)).toEqual([`${id}: failed, own-credentials`]);
    expect(isAlive(id)).toBe(true);
    bench.env.REZOLVE_TOKEN = token;
  });

  test("is refused where it is everything", async () => {
    await expect(bench.check({ select: { status: "active" } })).rejects.toThrow("it would mean every client");
    await expect(bench.check({ select: { createdBefore: "2999-01-01" } })).rejects.toThrow(
      "it would mean every client",
    );
    await expect(bench.check({ select: { unusedForDays: 0 } })).rejects.toThrow("unusedForDays: must be more than 0.");
    await expect(bench.check({ select: { createdBefore: "yesterday" } })).rejects.toThrow(
      "must be a date (2026-10-01) or a time",
    );
    const disabling = { select: { namePrefix: "pr-", status: "active" }, deletion: { disableFirst: true } };
    await expect(bench.check(disabling)).rejects.toThrow('disableFirst: must not stand beside select.status "active"');
  });
});

test("an excluded name wins at Nexus, also where the list does not show whose it is", async () => {
  const bench = await Bench.start("nexus:ClientPurge");
  const own = { __kind: "nexus:Client", __provider: SHELL };
  const ids: string[] = [];
  for (const name of ["portal-prod", "portal-old"]) {
    const { inputs } = await bench.provider.check({}, { name, ...VENDORS.nexus.args, ...own });
    ids.push((await bench.provider.create({ ...inputs, ...own })).id ?? "");
  }
  const permissions = ["client.read", "client.write.all"] as const;
  bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({ permissions, user: { id: "bob" } });
  bench.restart();
  const state = await bench.create({ targetIds: ids, exclude: { names: ["portal-prod"] } });
  expect(ids.map((id) => bench.sandbox.clients.get(id)?.deletion)).toEqual([null, null]);
  expect(linesOf(state)).toEqual(ids.map((id) => expect.stringMatching(`^${id}: skipped, its name is not known`)));
  await bench.sandbox.close();
});

test.each([
  ["a purge", {}],
  ["a dry run", { dryRun: true }],
])("%s by credentials that need not see every client says once that it may mean more", async (_what, more) => {
  const bench = await Bench.start("nexus:ClientPurge");
  const own = { __kind: "nexus:Client", __provider: SHELL };
  const { inputs } = await bench.provider.check({}, { name: "pr-1", ...VENDORS.nexus.args, ...own });
  const { id = "" } = await bench.provider.create({ ...inputs, ...own });
  const permissions = ["client.read", "client.write.all"] as const;
  bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({ permissions, user: { id: "bob" } });
  bench.restart();
  bench.logged.length = 0;
  expect(totalsOf(await bench.create({ select: { namePrefix: "pr-" }, ...more })).selected).toBe(0);
  expect(bench.logged.filter((line) => line.includes("to see every client takes client.read.all"))).toHaveLength(1);
  expect(bench.sandbox.clients.get(id)?.deletion).toBeNull();
  await bench.sandbox.close();
});

test("without a receipts file, each deletion has a line", async () => {
  const bench = await Bench.start("nexus:ClientPurge");
  const own = { __kind: "nexus:Client", __provider: SHELL };
  const { inputs } = await bench.provider.check({}, { name: "portal", ...VENDORS.nexus.args, ...own });
  const { id = "" } = await bench.provider.create({ ...inputs, ...own });
  bench.logged.length = 0;
  await bench.create({ targetIds: [id] });
  expect(bench.logged.filter((line) => line.startsWith("deleted Nexus OAuth client"))).toHaveLength(1);
  await bench.sandbox.close();
});
