/** What guards a client from its deletion, on every path that deletes. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FaultEffect } from "pulumi-oauth-clients-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Receipt } from "../../src/core/receipt.ts";
import { parseReceipts } from "../../src/core/receipts-file.ts";
import { SHELL } from "../../src/core/shell.ts";
import { Bench, type State, type Values } from "./support.ts";

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

const wanted = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

let bench: Bench;
let receiptsFile: string;
let environment: Record<string, string>;
beforeAll(async () => {
  receiptsFile = join(await mkdtemp(join(tmpdir(), "guards-")), "receipts.jsonl");
  bench = await Bench.start("rezolve:OAuthClient");
  bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = receiptsFile;
  environment = { ...bench.env };
});
afterEach(async () => {
  for (const name of Object.keys(bench.env)) delete bench.env[name];
  Object.assign(bench.env, environment);
  await rm(receiptsFile, { force: true });
  bench.reset();
});
afterAll(async () => {
  await bench.sandbox.close();
  await rm(dirname(receiptsFile), { recursive: true });
});

const GET = { method: "GET" } as const;
const DELETE = { method: "DELETE" } as const;

async function receipts(): Promise<Receipt[]> {
  return parseReceipts(await readFile(receiptsFile, "utf8").catch(() => "")).receipts;
}

const isAlive = (id: string) => bench.sandbox.clients.get(id)?.deletion === null;

/** Lets every look at a client show this use of it, by default of an old one. */
function show(use: Values): void {
  const shown = { "audit/createdAt": ago(400), ...use };
  const set = Object.fromEntries(Object.entries(shown).map(([path, value]) => [`/data/${path}`, value]));
  bench.sandbox.faults.add({ match: GET, times: Number.POSITIVE_INFINITY, effect: { kind: "edit", set } });
}

/** Every way in which a client comes to be deleted. */
const PATHS: Record<string, (state: State, deletion: Values) => Promise<unknown>> = {
  "a destroy": (state, deletion) => bench.delete({ ...state, outputs: { ...state.outputs, deletion } }),
  "a replacement": async (state, deletion) => {
    const outputs = { ...state.outputs, deletion };
    const program = { ...wanted, tenantId: bench.sandbox.tenants[1]?.id, deletion };
    expect(await bench.diff({ ...state, outputs }, program)).toMatchObject({ replaces: ["tenantId"] });
    await bench.check(program);
    return bench.delete({ ...state, outputs });
  },
  "a tombstone": (state, deletion) => bench.update(state, { ...wanted, status: "deleted", deletion }),
  "a …Deletion resource": async ({ id }, deletion) => {
    const own = { __kind: "rezolve:OAuthClientDeletion", __provider: SHELL };
    bench.urn = "urn:offboarding";
    bench.restart();
    const { inputs, failures } = await bench.provider.check({}, { targetId: id, deletion, ...own });
    expect(failures).toEqual([]);
    return bench.provider.create({ ...inputs, ...own });
  },
};

type Case = [onlyIf: Values, what: string, use: Values, says: string | null];

const usage = (rest: Values) => ({
  "usage/lastUsedAt": null,
  "usage/totalTokenRequests": 0,
  "usage/activeTokenCount": 0,
  ...rest,
});

const TABLE: Case[] = [
  [{ unusedForDays: 30 }, "unknown", { usage: undefined }, "nobody says when it was last used"],
  [{ unusedForDays: 30 }, "null beside requests", usage({ "usage/totalTokenRequests": 9 }), "nobody says when"],
  [{ unusedForDays: 30 }, "fresh", usage({ "usage/lastUsedAt": ago(3.5) }), "was last used 3 days ago"],
  [
    { unusedForDays: 30 },
    "never, and fresh",
    usage({ "audit/createdAt": ago(1) }),
    "was never used, but it was created",
  ],
  [{ unusedForDays: 30 }, "never, and old", usage({ "audit/createdAt": ago(31) }), null],
  [{ unusedForDays: 30 }, "old", usage({ "usage/lastUsedAt": ago(31) }), null],
  [{ maxActiveTokens: 0 }, "unknown", usage({ "usage/activeTokenCount": undefined }), "nobody says how many"],
  [{ maxActiveTokens: 0 }, "some", usage({ "usage/activeTokenCount": 2 }), "has 2 active tokens"],
  [{ maxActiveTokens: 0 }, "none", usage({}), null],
  [
    { disabledForDays: 7 },
    "unknown",
    { status: "inactive", "audit/updatedAt": null },
    "may have been disabled just now",
  ],
  [{ disabledForDays: 7 }, "not disabled", { status: "active", "audit/updatedAt": ago(30) }, "is not disabled"],
  [
    { disabledForDays: 7 },
    "fresh",
    { status: "inactive", "audit/updatedAt": ago(2.5) },
    "perhaps disabled, 2 days ago",
  ],
  [{ disabledForDays: 7 }, "old", { status: "inactive", "audit/updatedAt": ago(8) }, null],
];

describe.each(Object.entries(PATHS))("by %s", (_path, deletes) => {
  test.each(TABLE)("onlyIf %o, where the use is %s", async (onlyIf, _what, use, says) => {
    const state = await bench.create(wanted);
    show(use);
    bench.sandbox.requests.clear();
    const attempt = deletes(state, { onlyIf, disableFirst: true });
    if (says === null) {
      await attempt;
      expect(isAlive(state.id)).toBe(false);
      expect(await receipts()).toMatchObject([{ id: state.id, outcome: "deleted", forced: false }]);
    } else {
      await expect(attempt).rejects.toThrow(says);
      await expect(attempt).rejects.toThrow("set OAUTH_CLIENTS_FORCE=rezolve:default in the environment of one run");
      expect(isAlive(state.id)).toBe(true);
      // Nothing was changed, not even by disableFirst.
      expect(bench.sandbox.requests.list().map(({ method }) => method)).toEqual(["GET"]);
      expect(await receipts()).toEqual([]);
    }
  });

  test("with OAUTH_CLIENTS_FORCE it passes, loudly, and the receipt says so", async () => {
    const state = await bench.create(wanted);
    show(usage({ "usage/lastUsedAt": ago(3), "usage/activeTokenCount": 2 }));
    bench.env.OAUTH_CLIENTS_FORCE = "rezolve";
    bench.restart();
    await deletes(state, { onlyIf: { unusedForDays: 30, maxActiveTokens: 0 } });
    expect(isAlive(state.id)).toBe(false);
    expect(bench.logged.join("\n")).toMatch(
      /OAUTH_CLIENTS_FORCE: OAuth client .* is deleted, although .*has 2 active tokens/,
    );
    expect(await receipts()).toMatchObject([
      {
        id: state.id,
        forced: true,
        usage: { lastUsedAt: expect.stringMatching(/^20/), everUsed: true, activeTokens: 2 },
      },
    ]);
  });

  test("OAUTH_CLIENTS_FORCE that names no vendor overrules nothing, and says so", async () => {
    const state = await bench.create(wanted);
    show(usage({ "usage/lastUsedAt": ago(3) }));
    bench.env.OAUTH_CLIENTS_FORCE = "true";
    bench.restart();
    await expect(deletes(state, { onlyIf: { unusedForDays: 30 } })).rejects.toThrow("was last used");
    expect(bench.logged.join("\n")).toContain(
      "OAUTH_CLIENTS_FORCE has a part that names no vendor: true. It takes rezolve, or rezolve:<connection>.",
    );
    expect(isAlive(state.id)).toBe(true);
  });

  test("what is gone already has no use to protect", async () => {
    const state = await bench.create(wanted);
    bench.sandbox.clients.remove(state.id);
    await deletes(state, { onlyIf: { unusedForDays: 30 } });
    expect(await receipts()).toMatchObject([{ outcome: "already-gone", usage: null, forced: false }]);
  });

  test.each([403, 401, 500])("a look that fails with %d keeps it, and says why", async (status) => {
    const state = await bench.create(wanted);
    bench.env.REZOLVE_RETRY_BUDGET_SECONDS = "0";
    bench.restart();
    bench.sandbox.faults.add({ match: GET, times: 99, effect: { kind: "respond", status } });
    const attempt = deletes(state, { onlyIf: { unusedForDays: 30 } });
    await expect(attempt).rejects.toThrow(
      /Cannot see, before its deletion, the use of .*OAUTH_CLIENTS_FORCE=rezolve:default/,
    );
    expect(isAlive(state.id)).toBe(true);
    expect(bench.sandbox.requests.count(DELETE)).toBe(0);
  });
});

test("taken out of the program together with the client, a guard guards nothing", async () => {
  const deletion = { onlyIf: { maxActiveTokens: 0 } };
  const state = await bench.create({ ...wanted, deletion });
  show({ "usage/activeTokenCount": 3 });
  await expect(bench.update(state, { ...wanted, deletion, status: "deleted" })).rejects.toThrow("has 3 active tokens");
  const { outputs } = await bench.update(state, { ...wanted, status: "deleted" });
  expect(outputs).toMatchObject({ status: "deleted" });
  expect(outputs.deletion).toBeUndefined();
  expect(isAlive(state.id)).toBe(false);
});

test("without a guard nobody looks, and the receipt says of no use", async () => {
  const state = await bench.create(wanted);
  bench.sandbox.requests.clear();
  await bench.delete(state);
  expect(bench.sandbox.requests.count()).toBe(1);
  expect(await receipts()).toMatchObject([{ usage: null, forced: false }]);
});

test("a vendor that is gone for good can still be abandoned", async () => {
  const state = await bench.create({ ...wanted, deletion: { onlyIf: { unusedForDays: 30 } } });
  bench.env.OAUTH_CLIENTS_ABANDON = "rezolve";
  bench.env.REZOLVE_RETRY_BUDGET_SECONDS = "0";
  bench.restart();
  bench.sandbox.faults.add({ match: GET, times: 99, effect: { kind: "drop-before" } });
  await bench.delete(state);
  expect(bench.sandbox.requests.count(DELETE)).toBe(0);
  expect(await receipts()).toMatchObject([{ outcome: "abandoned", responseLost: false }]);
});

describe("is not abandoned", () => {
  test.each<[why: string, outputs: Values, effect: FaultEffect]>([
    ["where it was created at another address", { baseUrl: "https://old.example.test" }, { kind: "drop-before" }],
    [
      "where patience would do",
      {},
      { kind: "respond", status: 503, headers: { "retry-after": "3600" }, body: { error: "down" } },
    ],
  ])("%s", async (_why, outputs, effect) => {
    const state = await bench.create({ ...wanted, deletion: { onlyIf: { unusedForDays: 30 } } });
    bench.env.OAUTH_CLIENTS_ABANDON = "rezolve";
    bench.env.REZOLVE_RETRY_BUDGET_SECONDS = "0";
    bench.restart();
    bench.sandbox.faults.add({ match: GET, times: 99, effect });
    const attempt = bench.delete({ ...state, outputs: { ...state.outputs, ...outputs } });
    await expect(attempt).rejects.toThrow("Cannot see, before its deletion, the use of");
    expect(bench.logged.join("\n")).toContain("OAUTH_CLIENTS_ABANDON is set but does not count");
    expect(isAlive(state.id)).toBe(true);
    expect(await receipts()).toEqual([]);
  });
});

test("a guard that a newer version wrote into the state is none that passes", async () => {
  const state = await bench.create(wanted);
  const outputs = { ...state.outputs, deletion: { onlyIf: { quietForDays: 3 } } };
  await expect(bench.delete({ ...state, outputs })).rejects.toThrow("does not know (quietForDays: 3)");
  expect(isAlive(state.id)).toBe(true);
});

test.each([
  [{ unusedForDays: -1 }, "deletion.onlyIf.unusedForDays: must be more than 0."],
  [{ unusedForDays: 0 }, "deletion.onlyIf.unusedForDays: must be more than 0."],
  [{ unusedForDays: "30" }, "deletion.onlyIf.unusedForDays: must be a number of days."],
  [{ maxActiveTokens: 1.5 }, "deletion.onlyIf.maxActiveTokens: must be a whole number."],
  [{ quietForDays: 3 }, "quietForDays: there is no such input in deletion.onlyIf. Check the spelling."],
  [{}, "deletion.onlyIf: must have at least one condition"],
  ["old", "deletion.onlyIf: must be an object of conditions."],
])("a guard of %o is refused", async (onlyIf, message) => {
  await expect(bench.check({ ...wanted, deletion: { onlyIf } })).rejects.toThrow(message);
});

describe("the client that the connection itself works as", () => {
  /** A token of somebody's, as far as its claims say; whoever made it, the sandbox takes another one for it. */
  const tokenOf = (claims: Values) => {
    const part = (value: Values) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "ES256", typ: "at+jwt" })}.${part(claims)}.c2lnbmF0dXJl`;
  };
  /** What the environment says, to work as a client. */
  const WAYS: Record<string, (clientId: string) => Promise<Record<string, string>>> = {
    "a token with azp": async (clientId) => ({ REZOLVE_TOKEN: tokenOf({ azp: clientId }) }),
    "a token with client_id": async (clientId) => ({ REZOLVE_TOKEN: tokenOf({ client_id: clientId }) }),
    "a token with sub": async (clientId) => ({ REZOLVE_TOKEN: tokenOf({ sub: clientId }) }),
    "a token with Auth0's sub": async (clientId) => ({ REZOLVE_TOKEN: tokenOf({ sub: `${clientId}@clients` }) }),
    "a token in a file": async (clientId) => {
      const file = join(dirname(receiptsFile), "token");
      await writeFile(file, tokenOf({ azp: clientId }));
      return { REZOLVE_TOKEN: "", REZOLVE_TOKEN_FILE: file };
    },
    "client credentials": async (clientId) => ({
      REZOLVE_TOKEN: "",
      REZOLVE_TOKEN_URL: "http://127.0.0.1:9/token",
      REZOLVE_AUTH_CLIENT_ID: clientId,
      REZOLVE_AUTH_CLIENT_SECRET: "synthetic-secret-of-the-machine",
    }),
  };

  describe.each(Object.entries(WAYS))("by %s", (_way, worksAs) => {
    test("is not deleted, and the way out is written down", async () => {
      const state = await bench.create(wanted);
      Object.assign(bench.env, await worksAs(String(state.outputs.clientId)));
      bench.restart();
      bench.sandbox.requests.clear();
      const refused = bench.delete(state);
      await expect(refused).rejects.toThrow(
        /connection "default" itself works as this client, with .*\. Nothing was changed\./,
      );
      await expect(refused).rejects.toThrow("set OAUTH_CLIENTS_FORCE=rezolve:default in the environment of one run");
      expect(bench.sandbox.requests.count()).toBe(0);
      expect(isAlive(state.id)).toBe(true);
    });
  });

  test("is found out by a look where only its id is known", async () => {
    const token = bench.env.REZOLVE_TOKEN ?? "";
    const state = await bench.create(wanted);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    bench.sandbox.faults.add({ match: GET, times: 9, effect: { kind: "edit", set: { "/data/clientId": claims.sub } } });
    const deletes = PATHS["a …Deletion resource"];
    await expect(deletes?.(state, {})).rejects.toThrow("itself works as this client");
    expect(isAlive(state.id)).toBe(true);
  });

  test("is kept where only its id is known and nobody may look whose it is", async () => {
    const state = await bench.create(wanted);
    bench.sandbox.faults.add({ match: GET, times: 9, effect: { kind: "respond", status: 403 } });
    const refused = PATHS["a …Deletion resource"]?.(state, {});
    await expect(refused).rejects.toThrow("Cannot see, before its deletion, the use of");
    await expect(refused).rejects.toThrow("set OAUTH_CLIENTS_FORCE=rezolve:default");
    expect(isAlive(state.id)).toBe(true);
  });

  test("is deleted with OAUTH_CLIENTS_FORCE, and the receipt says so", async () => {
    const token = bench.env.REZOLVE_TOKEN ?? "";
    const state = await bench.create(wanted);
    const { sub } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    bench.env.OAUTH_CLIENTS_FORCE = "nexus,rezolve:default";
    bench.restart();
    await bench.delete({ ...state, outputs: { ...state.outputs, clientId: sub } });
    expect(isAlive(state.id)).toBe(false);
    expect(await receipts()).toMatchObject([{ outcome: "deleted", forced: true, usage: null }]);
  });
});

describe("Nexus", () => {
  let nexus: Bench;
  beforeAll(async () => {
    nexus = await Bench.start("nexus:Client");
  });
  afterAll(() => nexus.sandbox.close());
  const portal = { name: "Portal", appType: "regular_web" };

  test("reports no usage, so a guard is refused", async () => {
    const guarded = { ...portal, deletion: { onlyIf: { unusedForDays: 30 } } };
    await expect(nexus.check(guarded)).rejects.toThrow(
      "deletion.onlyIf: cannot be fulfilled: this vendor does not report how its clients are used.",
    );
  });

  test("does not have the client deleted that the connection itself works as", async () => {
    const state = await nexus.create(portal);
    const token = nexus.env.NEXUS_TOKEN ?? "";
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const payload = Buffer.from(JSON.stringify({ ...claims, sub: `${state.id}@clients` })).toString("base64url");
    nexus.env.NEXUS_TOKEN = ["e30", payload, "c2ln"].join(".");
    nexus.restart();
    await expect(nexus.delete(state)).rejects.toThrow("itself works as this client");
    nexus.env.NEXUS_TOKEN = token;
    nexus.restart();
    await nexus.delete(state);
  });
});
