import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { clientOutside } from "../outside.ts";
import { Bench, partialState, type State, type Values } from "./support.ts";

const inputs: Record<string, Values> = {
  "rezolve:OAuthClient": {
    name: "CI bot",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  },
  "nexus:Client": { name: "Portal", appType: "regular_web" },
};

const POST = { method: "POST" };
const GET = { method: "GET" };
const REPLACED = { changes: true, replaces: ["id"], deleteBeforeReplace: true };

let bench: Bench;
let wanted: Values;
/** What can be changed of it in place. */
let change: Values;

function around(kind: string): void {
  let settings: Record<string, unknown>;
  let env: Record<string, string>;
  beforeAll(async () => {
    bench = await Bench.start(kind);
    wanted = inputs[kind] ?? {};
    change = "scopes" in wanted ? { scopes: ["users:write"] } : { productName: "other" };
    settings = { ...bench.sandbox.settings.nexus };
    env = { ...bench.env };
  });
  afterAll(() => bench.sandbox.close());
  afterEach(() => {
    Object.assign(bench.sandbox.settings.nexus, settings);
    for (const key of ["OAUTH_CLIENTS_ABANDON", "OAUTH_CLIENTS_RECEIPTS_FILE"]) delete bench.env[key];
    Object.assign(bench.env, env);
    bench.settlesMs = 20;
    bench.reset();
  });
}

/** Every look is lost, so that nothing is settled within the create. */
function loseLooks(): void {
  bench.sandbox.faults.add({ match: GET, times: Number.POSITIVE_INFINITY, effect: { kind: "drop-before" } });
}

/** What a lost create leaves in the state. */
async function claim(effect: "drop-after" | "drop-before" = "drop-after", desired = wanted): Promise<State> {
  bench.sandbox.faults.add({ match: POST, effect: { kind: effect } });
  loseLooks();
  const state = await partialState(bench.create(desired));
  bench.sandbox.faults.clear();
  bench.sandbox.requests.clear();
  bench.restart();
  return state;
}

const ids = () => bench.sandbox.clients.list().map(({ id }) => id);

describe.each(["rezolve:OAuthClient", "nexus:Client"])("a create of a %s", (kind) => {
  around(kind);

  test.each([
    ["whose answer is reset", { kind: "drop-after", reset: true }],
    ["whose answer is a 502 after the work", { kind: "respond-after", status: 502 }],
    ["whose answer is cut", { kind: "truncate" }],
    [
      "that a proxy's page answers with 504",
      { kind: "respond", status: 504, body: "<html>", contentType: "text/html" },
    ],
  ] as const)("%s and that nobody can look up is a claim in the state", async (_what, effect) => {
    bench.sandbox.faults.add({ match: POST, effect });
    loseLooks();
    const state = await partialState(bench.create(wanted));
    expect(state.id).toMatch(/^claim:[\da-f-]{36}$/);
    expect(state.outputs).toMatchObject({
      ...wanted,
      tenantId: bench.sandbox.tenants[0].id,
      baseUrl: bench.sandbox.url,
      __claim: { sentAt: expect.any(String), givenUpAt: expect.any(String) },
      __kind: kind,
      __provider: expect.any(String),
    });
    expect(state.reason).toContain("Looking it up failed too");
    expect(state.reason).toContain("The state keeps a claim on it");
    expect(bench.sandbox.requests.count(POST)).toBe(1);
  });

  test("whose answer is lost is a claim where the look-up sees nothing yet: the server may still be at work", async () => {
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-before" } });
    const state = await partialState(bench.create(wanted));
    expect(state.id).toMatch(/^claim:/);
    expect(bench.sandbox.requests.count(POST)).toBe(1);
  });

  test("that is on its way when the process is told to stop is a claim, and nothing more is sent", async () => {
    bench.sandbox.faults.add({ match: POST, effect: { kind: "respond-after", status: 502 } });
    bench.sandbox.settings.latencyMs = 200;
    const created = partialState(bench.create(wanted));
    await expect.poll(() => bench.sandbox.requests.count(POST)).toBe(1);
    bench.interrupt.arrived();
    const state = await created;
    bench.sandbox.settings.latencyMs = 0;
    expect(state.id).toMatch(/^claim:/);
    expect(state.reason).toContain("Interrupted");
    expect(bench.sandbox.requests.count()).toBe(1);
  });

  test("whose answer has an id that no state may show is a claim, and the id is shown nowhere", async () => {
    const field = kind === "nexus:Client" ? "/id" : "/data/id";
    bench.sandbox.faults.add({ match: POST, effect: { kind: "edit", set: { [field]: "id-<{%boom%}>" } } });
    loseLooks();
    const state = await partialState(bench.create(wanted));
    expect(state.id).toMatch(/^claim:/);
    expect(JSON.stringify([state, bench.logged])).not.toContain("<{%");
  });

  test("that the vendor refuses is no claim", async () => {
    bench.sandbox.faults.add({ match: POST, effect: { kind: "respond", status: 403 } });
    await expect(partialState(bench.create(wanted))).rejects.toThrow("no partial failure");
  });
});

describe("two creates of one name", () => {
  around("rezolve:OAuthClient");

  test("never come to have one client, where the answer to one is lost while the other is under way", async () => {
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-before" } });
    const first = partialState(bench.create(wanted));
    await expect.poll(() => bench.sandbox.requests.count(POST)).toBe(1);
    bench.urn = "urn:other";
    bench.sandbox.faults.add({ match: POST, effect: { kind: "trickle", ms: 20 } });
    const second = await bench.create(wanted);
    const state = await first;
    expect(state.id).toMatch(/^claim:/);
    expect(ids()).toEqual([second.id]);
  });

  test("whose answers are both lost are both claims", async () => {
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-before" } });
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-after" } });
    const first = partialState(bench.create(wanted));
    bench.urn = "urn:other";
    const states = await Promise.all([first, partialState(bench.create(wanted))]);
    expect(states.map(({ id }) => id.startsWith("claim:"))).toEqual([true, true]);
  });
});

describe.each(["rezolve:OAuthClient", "nexus:Client"])("a claim on a %s", (kind) => {
  around(kind);

  test("is replaced, with a warning, without a request", async () => {
    const state = await claim();
    expect(await bench.diff(state, wanted)).toEqual(REPLACED);
    expect(await bench.diff(state, { ...wanted, status: "deleted" })).toEqual(REPLACED);
    expect(bench.logged.join("\n")).toContain("is not known, because the answer was lost");
    expect(bench.sandbox.requests.count()).toBe(0);
  });

  test("that no client stands behind is dropped by a refresh and by a destroy, with a line", async () => {
    const state = await claim("drop-before");
    expect((await bench.refresh(state)).id).toBe("");
    await bench.delete(state);
    expect(bench.logged.join("\n")).toMatch(
      /the state forgets the attempt to create it at .*has no client of this name/,
    );
    expect(bench.sandbox.requests.count({ method: "DELETE" })).toBe(0);
  });

  test("stays where nobody can look", async () => {
    const state = await claim("drop-before");
    loseLooks();
    await expect(bench.delete(state)).rejects.toThrow(/Cannot settle whether .* was created: .*It stays in the state/s);
    await expect(bench.refresh(state)).rejects.toThrow("It stays in the state");
  });

  test("is forgotten with a receipt where its vendor is gone for good and the emergency switch says so", async () => {
    const state = await claim("drop-before");
    loseLooks();
    bench.env.OAUTH_CLIENTS_ABANDON = kind.split(":")[0] ?? "";
    bench.restart();
    await bench.delete(state);
    expect(bench.logged.join("\n")).toMatch(/ABANDONED .*which may have been created/);
    await expect(bench.refresh(state)).rejects.toThrow("It stays in the state");
    // Better credentials would settle it, or patience.
    const wait = { status: 503, headers: { "retry-after": "3600" }, body: { error: "down" } };
    for (const answer of [{ status: 401 }, wait]) {
      bench.sandbox.faults.clear();
      bench.sandbox.faults.add({
        match: GET,
        times: Number.POSITIVE_INFINITY,
        effect: { kind: "respond", ...answer },
      });
      await expect(bench.delete(state)).rejects.toThrow("It stays in the state");
    }
  });

  test("stays where another address is asked", async () => {
    const { id, outputs } = await claim("drop-before");
    const elsewhere = { id, outputs: { ...outputs, baseUrl: "https://before.example.test" } };
    await expect(bench.delete(elsewhere)).rejects.toThrow(
      /it was attempted at https:\/\/before\.example\.test.*Set the connection back.*gone for good.*pulumi state delete/s,
    );
    expect(bench.sandbox.requests.count()).toBe(0);
  });

  test("stays where the vendor has trimmed the name, and no such name is accepted", async () => {
    const { id, outputs } = await claim();
    const [lost] = ids();
    await expect(bench.delete({ id, outputs: { ...outputs, name: ` ${wanted.name} ` } })).rejects.toThrow(lost);
    await expect(bench.check({ ...wanted, name: `${wanted.name} ` })).rejects.toThrow(
      "name: must not begin or end with white space",
    );
  });

  test("waits until the request can no longer be under way", async () => {
    const state = await claim("drop-before");
    bench.settlesMs = 60_000;
    bench.restart();
    const settling = bench.delete(state);
    await expect.poll(() => bench.sandbox.requests.count(GET)).toBeGreaterThan(0);
    bench.interrupt.arrived();
    await expect(settling).rejects.toThrow("Interrupted");
  });

  test("is dropped where the program takes the client over by its id", async () => {
    const state = await claim();
    const desired = { ...wanted, adopt: { id: ids()[0] } };
    await bench.diff(state, desired);
    await bench.delete(state);
    expect(bench.sandbox.requests.count({ method: "DELETE" })).toBe(0);
    expect(bench.logged.join("\n")).toContain(`The program takes ${ids()[0]} over`);
    expect((await bench.create(desired)).id).toBe(ids()[0]);
  });

  test.each(["fails once", "is not what mustMatch demands"])(
    "is in the state again where the program takes the client over and that %s",
    async (why) => {
      const state = await claim();
      const [lost = ""] = ids();
      const fails = why === "fails once";
      const open = { ...wanted, ...change, adopt: { id: lost } };
      const desired = fails ? open : { ...open, adopt: { id: lost, mustMatch: true } };
      await bench.diff(state, desired);
      await bench.delete(state);
      const path = new RegExp(`/${lost}$`);
      if (fails) bench.sandbox.faults.add({ match: { path }, times: 99, effect: { kind: "drop-before" } });
      const left = await partialState(bench.create(desired));
      expect(left).toMatchObject({ id: state.id, outputs: { __claim: state.outputs.__claim } });
      bench.sandbox.faults.clear();
      await bench.diff(left, open);
      await bench.delete(left);
      expect((await bench.create(open)).id).toBe(lost);
    },
  );

  test("stays where the program takes over by another name than the claim's", async () => {
    const state = await claim();
    const [lost = ""] = ids();
    // No clock tells that the client is the attempt's.
    const { outputs } = state;
    const undated = { ...state, outputs: { ...outputs, __claim: { ...Object(outputs.__claim), bootedMs: 1 } } };
    const renamed = { ...wanted, name: "Another", adopt: { byName: true } };
    await bench.diff(undated, renamed);
    await expect(bench.delete(undated)).rejects.toThrow(lost);
  });

  test("is in the state again where the process is told to stop before the program takes its client over", async () => {
    const state = await claim();
    const desired = { ...wanted, adopt: { id: ids()[0] } };
    await bench.diff(state, desired);
    const checked = await bench.check(desired);
    await bench.delete(state);
    bench.interrupt.arrived();
    const left = await partialState(bench.provider.create(checked));
    expect(left).toMatchObject({ id: state.id, outputs: { __claim: state.outputs.__claim } });
  });

  test("is no predecessor in the preview of a program that takes the client over", async () => {
    const state = await claim();
    const [lost = ""] = ids();
    const desired = { ...wanted, adopt: { id: lost } };
    await bench.diff(state, desired);
    await bench.check(desired);
    const said = bench.logged.join("\n");
    expect(said).toContain(`Takes over OAuth client ${lost}.`);
    expect(said).toContain("is deleted, unless the program takes it over by `adopt`.");
  });

  test("never stands for a client that the same run made", async () => {
    const state = await claim("drop-before");
    const made = await bench.create(wanted);
    await bench.delete(state);
    expect(ids()).toEqual([made.id]);
  });

  test.each(["is not what mustMatch demands", "cannot be changed"])(
    "still stands for a client that another resource of the run failed to take over: it %s",
    async (why) => {
      const state = await claim();
      const [lost = ""] = ids();
      const adopt = { id: lost, mustMatch: why === "is not what mustMatch demands" };
      bench.sandbox.faults.add({ match: { method: "PATCH" }, times: 99, effect: { kind: "drop-before" } });
      bench.urn = "urn:renamed";
      await expect(bench.create({ ...wanted, ...change, adopt })).rejects.toThrow(lost);
      bench.urn = "urn:test";
      await expect(bench.delete(state)).rejects.toThrow(lost);
      expect(ids()).toEqual([lost]);
    },
  );

  test("is left where another resource of the run is about to take the client over", async () => {
    const checked = await bench.check(wanted);
    const adopting = await bench.check({ ...wanted, ...change, adopt: { byName: true, mustMatch: true } });
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-after" } });
    bench.sandbox.faults.add({ match: GET, times: 1, effect: { kind: "delay", ms: 800 } });
    const created = partialState(bench.provider.create(checked));
    await expect.poll(() => bench.sandbox.requests.count(GET)).toBe(1);
    bench.urn = "urn:other";
    await expect(bench.provider.create(adopting)).rejects.toThrow("mustMatch");
    expect((await created).id).toMatch(/^claim:/);
    expect(ids()).toHaveLength(1);
  });

  test.each(["urn:test", "urn:renamed"])(
    "never stands for a client that the same run took over, as %s",
    async (urn) => {
      const state = await claim();
      const desired = { ...wanted, adopt: { byName: true } };
      if (urn === bench.urn) await bench.diff(state, desired);
      bench.urn = urn;
      const adopted = await bench.create(desired);
      bench.urn = "urn:test";
      await bench.delete(state);
      expect(ids()).toEqual([adopted.id]);
      expect(bench.logged.join("\n")).toContain(`${adopted.id}: this run takes it over as ${urn}`);
    },
  );

  test("never stands for a client that another resource of the program has", async () => {
    const state = await claim("drop-before");
    bench.urn = "urn:other";
    const managed = await bench.create(wanted);
    bench.restart();
    await bench.diff(managed, wanted);
    bench.urn = "urn:test";
    await bench.diff(state, wanted);
    await bench.delete(state);
    expect(ids()).toEqual([managed.id]);
    expect(bench.logged.join("\n")).toContain(`${managed.id}: this stack has it as urn:other`);
  });

  test.each(["refresh", "delete"] as const)(
    "never stands for a client that another resource of the stack has: a %s, which checks nothing, drops it",
    async (settle) => {
      bench.urn = "urn:other";
      const managed = await bench.create(wanted);
      bench.urn = "urn:test";
      const state = await claim("drop-before");
      // As the engine does it: at the same time.
      bench.urn = "urn:other";
      const other = bench[settle](managed);
      bench.urn = "urn:test";
      const own = bench[settle](state);
      await Promise.all([other, own]);
      expect(ids()).toEqual(settle === "delete" ? [] : [managed.id]);
      expect(bench.logged.join("\n")).toContain("the state forgets the attempt to create it");
    },
  );

  test("names URNs whole, also where a project is called like a secret", async () => {
    const state = await claim("drop-before");
    bench.urn = "urn:pulumi:dev::api-key::my:access-token:Of$a:b:C::other";
    const managed = await bench.create(wanted);
    bench.restart();
    await bench.diff(managed, wanted);
    const other = bench.urn;
    bench.urn = other.replace("other", "old-name");
    await expect(bench.delete(managed)).rejects.toThrow(
      `this stack has it as ${other}. Nothing was deleted. To take this resource out of the state, which calls nothing: \`pulumi state delete '${bench.urn}'\``,
    );
    await bench.delete(state);
    expect(bench.logged.join("\n")).toContain(`this stack has it as ${other}`);
  });

  test("never stands for a client that another claim turned out to be", async () => {
    const state = await claim();
    bench.urn = "urn:other";
    const other = { ...state, id: state.id.replace(/.$/, "x") };
    const read = await bench.refresh(state).catch(() => null);
    bench.urn = "urn:third";
    // Only Rezolve's client is certainly the attempt's.
    if (read === null) await expect(bench.refresh(other)).rejects.toThrow("Cannot settle");
    else expect(await bench.refresh(other)).toMatchObject({ id: "" });
  });

  test("keeps what deleting its predecessor did", async () => {
    const first = await bench.create(wanted);
    await bench.delete(first);
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-before" } });
    loseLooks();
    const state = await partialState(bench.create(wanted));
    bench.sandbox.faults.clear();
    expect(state.outputs.previousRevocation).toMatchObject({ outcome: "deleted" });
    await bench.delete(state);
    expect((await bench.create(wanted)).outputs.previousRevocation).toMatchObject({ outcome: "deleted" });
  });
});

describe("a claim on a Rezolve client that was made", () => {
  around("rezolve:OAuthClient");

  test("deletes it, with a receipt's line, before the resource is created", async () => {
    const state = await claim();
    const [lost] = ids();
    await bench.diff(state, wanted);
    await bench.delete(state);
    expect(ids()).toEqual([]);
    expect(bench.logged.join("\n")).toContain(`deleted Rezolve OAuth client "CI bot" (${lost})`);
    const made = await bench.create(wanted);
    expect(made.outputs).toMatchObject({ previousRevocation: { outcome: "deleted", tokensRevoked: 0 } });
    expect(made.outputs.__claim).toBeUndefined();
  });

  test("becomes the client at a refresh, and the next update gives it a fresh secret", async () => {
    const state = await claim();
    const read = await bench.refresh(state);
    expect(read.id).toBe(ids()[0]);
    expect(read.outputs).toMatchObject({ __secretLost: true, clientId: expect.any(String) });
    expect(read.outputs.__claim).toBeUndefined();
    expect(bench.logged.join("\n")).toContain("the next `pulumi up` rotates it");
    const updated = await bench.update(read, wanted);
    const { clientId, clientSecret } = updated.outputs;
    const client = { clientId: String(clientId), clientSecret: String(clientSecret) };
    expect(await bench.sandbox.issueToken(client)).toBeTypeOf("string");
    expect(await bench.diff(updated, wanted)).toMatchObject({ changes: false });
  });

  test("is no drift where it is not yet what the program says: its creation is not finished", async () => {
    const state = await claim("drop-after", { ...wanted, status: "inactive" });
    const refreshed = await bench.refresh(state);
    expect(refreshed.outputs.status).toBe("active");
    expect(bench.logged.join("\n")).not.toContain("changed outside of Pulumi");
  });

  test("of a public client has no secret to lose", async () => {
    const state = await claim("drop-after", { ...wanted, clientType: "public", grantTypes: ["authorization_code"] });
    expect((await bench.refresh(state)).outputs.__secretLost).toBeUndefined();
  });

  test("is not a client of that name that was there before", async () => {
    const older = await bench.create(wanted);
    const { id, outputs } = await claim("drop-before");
    const hour = 3_600_000;
    const later = {
      sentAt: new Date(Date.now() + hour).toISOString(),
      givenUpAt: new Date(Date.now() + hour).toISOString(),
    };
    const state = { id, outputs: { ...outputs, __claim: { ...Object(outputs.__claim), ...later, clockAheadMs: 0 } } };
    await bench.delete(state);
    expect(ids()).toEqual([older.id]);
    expect(bench.logged.join("\n")).toContain(`(${older.id} was there before)`);
  });

  /** A claim as another machine would have left it, whose clock is so much ahead. */
  function ofAnotherClock({ id, outputs }: State, aheadMs: number): State {
    const claim: { sentAt: string; givenUpAt: string; bootedMs: number } = Object(outputs.__claim);
    const moved = (time: string) => new Date(Date.parse(time) + aheadMs).toISOString();
    const { sentAt, givenUpAt, bootedMs } = claim;
    const times = { sentAt: moved(sentAt), givenUpAt: moved(givenUpAt), bootedMs: bootedMs + aheadMs };
    return { id, outputs: { ...outputs, __claim: { ...claim, ...times } } };
  }

  test("is settled by status: deleted also where the program names the client with `adopt`", async () => {
    const state = await claim();
    const desired = { ...wanted, adopt: { id: ids()[0] }, status: "deleted" };
    await bench.diff(state, desired);
    await bench.delete(state);
    expect(ids()).toEqual([]);
    const { outputs } = await bench.create(desired);
    expect(outputs.previousRevocation).toMatchObject({ outcome: "deleted" });
  });

  test("whose client's DELETE was lost gives a receipt once it is gone, as this project's deed", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "claims-")), "receipts.jsonl");
    bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = file;
    bench.restart();
    try {
      const state = await claim();
      const [lost] = ids();
      bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "drop-after" } });
      bench.sandbox.faults.add({ match: { method: "DELETE" }, times: 99, effect: { kind: "drop-before" } });
      await expect(bench.delete(state)).rejects.toThrow("may have been carried out");
      bench.sandbox.faults.clear();
      for (const _run of ["settles", "has nothing left to settle"]) {
        bench.restart();
        await bench.delete(state);
      }
      const receipts = (await readFile(file, "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(receipts.map(({ id, outcome, responseLost }) => [id, outcome, responseLost])).toEqual([
        [lost, "unconfirmed", true],
        [lost, "already-gone", true],
      ]);
    } finally {
      await rm(dirname(file), { recursive: true });
    }
  });

  test("never stands for a client that was made a moment before its request, by an attempt of somebody else", async () => {
    for (const beforeMs of [150, 400, 900]) {
      const older = await bench.create(wanted);
      bench.restart();
      const state = await claim("drop-before");
      const { sentAt }: { sentAt: string } = Object(state.outputs.__claim);
      bench.sandbox.clients.edit(older.id, { createdAt: new Date(Date.parse(sentAt) - beforeMs).toISOString() });
      await expect(bench.delete(state)).rejects.toThrow("nothing proves which");
      expect(ids()).toEqual([older.id]);
      bench.reset();
    }
  });

  test("knows what the vendor's clock told, also where the process is told to stop during a closer look at it", async () => {
    const older = await bench.create(wanted);
    bench.restart();
    bench.sandbox.requests.clear();
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-before" } });
    const created = partialState(bench.create(wanted));
    const closer = { method: "GET", path: `/api/v1/oauth-clients/${older.id}` } as const;
    await expect.poll(() => bench.sandbox.requests.count(closer), { interval: 5 }).toBeGreaterThan(0);
    bench.interrupt.arrived();
    const { clockAheadMs }: { clockAheadMs: unknown } = Object((await created).outputs.__claim);
    expect(clockAheadMs).toBeTypeOf("number");
  });

  test("confirms the deletion of no client that lives, whatever its resource was before", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "claims-")), "receipts.jsonl");
    bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = file;
    bench.restart();
    try {
      const living = await bench.create({ ...wanted, name: "Older" });
      bench.sandbox.faults.add({ match: { method: "DELETE" }, times: 99, effect: { kind: "drop-before" } });
      await expect(bench.delete(living)).rejects.toThrow("may have been carried out");
      bench.sandbox.faults.clear();
      await bench.delete(await claim("drop-before"));
      expect(await readFile(file, "utf8")).not.toContain("already-gone");
      expect(ids()).toEqual([living.id]);
    } finally {
      await rm(dirname(file), { recursive: true });
    }
  });

  test("of a machine whose clock is ahead is not taken for one that made nothing", async () => {
    const state = ofAnotherClock(await claim(), 120_000);
    await expect(bench.delete(state)).rejects.toThrow("nothing proves which");
    expect(ids()).toHaveLength(1);
  });

  test("of a machine whose clock is behind deletes nothing that was there before", async () => {
    const older = await bench.create(wanted);
    bench.sandbox.clients.edit(older.id, { createdAt: new Date(Date.now() - 60_000).toISOString() });
    bench.restart();
    const state = ofAnotherClock(await claim("drop-before"), -90_000);
    await expect(bench.delete(state)).rejects.toThrow("nothing proves which");
    expect(ids()).toEqual([older.id]);
  });

  test("of a success that was somebody else's page seizes and deletes no namesake that was there before", async () => {
    const older = await bench.create(wanted);
    bench.sandbox.clients.edit(older.id, { createdAt: new Date(Date.now() - 3_600_000).toISOString() });
    bench.restart();
    const page = { status: 200, body: "<title>Sign in</title>", contentType: "text/html" };
    bench.sandbox.faults.add({ match: POST, effect: { kind: "respond", ...page } });
    const state = await partialState(bench.create(wanted));
    expect(state.reason).toContain(older.id);
    expect(state.id).toMatch(/^claim:/);
    bench.restart();
    await bench.delete(state);
    expect(ids()).toEqual([older.id]);
    expect(bench.sandbox.requests.count({ method: "DELETE" })).toBe(0);
  });

  test("stays where the client of that name is not what was asked for, and names it", async () => {
    const state = await claim();
    const [lost = ""] = ids();
    bench.sandbox.clients.edit(lost, { scopes: ["users:write"] });
    for (const settle of [() => bench.delete(state), () => bench.refresh(state)]) {
      await expect(settle()).rejects.toThrow(new RegExp(`${lost}.*adopt: { id: "${lost}" }.*OAuthClientDeletion`, "s"));
    }
    expect(ids()).toEqual([lost]);
  });

  test("is not a client that somebody made while the create waited for leave to be sent", async () => {
    bench.env.REZOLVE_RETRY_BUDGET_SECONDS = "20";
    bench.restart();
    const headers = { "retry-after": "3" };
    bench.sandbox.faults.add({ match: POST, effect: { kind: "respond", status: 429, headers } });
    const created = partialState(bench.create(wanted));
    await expect.poll(() => bench.sandbox.requests.count(POST)).toBe(1);
    const administrator = {
      sandbox: bench.sandbox,
      token: bench.env.REZOLVE_TOKEN ?? "",
      tenantId: bench.sandbox.tenants[0].id,
    };
    await clientOutside(administrator, "rezolve", wanted);
    const [other = ""] = ids();
    bench.sandbox.faults.add({ match: POST, effect: { kind: "drop-before" } });
    const state = await created;
    expect(state.id).toMatch(/^claim:/);
    expect(state.reason).toContain(other);
    expect(ids()).toEqual([other]);
  });

  test("finds it on the last page", async () => {
    const state = await claim();
    for (let index = 0; index < 120; index += 1) await bench.create({ ...wanted, name: `Bot ${index}` });
    bench.restart();
    await bench.delete(state);
    expect(bench.sandbox.clients.count()).toBe(120);
  });
});

describe("a claim on a Nexus client that was made", () => {
  around("nexus:Client");

  test("stays, because nothing proves whose the client is, and names the ways out", async () => {
    const state = await claim();
    const [lost] = ids();
    for (const settle of [() => bench.delete(state), () => bench.refresh(state)]) {
      await expect(settle()).rejects.toThrow(
        new RegExp(`${lost}.*adopt: { id: .*nexus.ClientDeletion.*state delete`, "s"),
      );
    }
    bench.sandbox.clients.remove(lost ?? "", "hard");
    await bench.delete(state);
  });

  test("stays where the program takes over only one of two clients that it may be, and drops no other", async () => {
    const older = await bench.create(wanted);
    const state = await claim();
    const [lost] = ids().filter((id) => id !== older.id);
    await expect(bench.delete(state)).rejects.toThrow(
      new RegExp(`which of them is this resource's: .*${lost}.*take the claim out`, "s"),
    );
    const desired = { ...wanted, adopt: { id: older.id } };
    await bench.diff(state, desired);
    await expect(bench.delete(state)).rejects.toThrow(
      new RegExp(`a client of this name \\(${lost}\\).*which of them is this resource's: ${lost}`, "s"),
    );
    bench.sandbox.clients.remove(lost ?? "", "hard");
    bench.restart();
    await bench.diff(state, desired);
    await bench.delete(state);
    expect((await bench.create(desired)).id).toBe(older.id);
  });

  test("names no client that another resource of the program has as what to take over or to delete", async () => {
    bench.urn = "urn:other";
    const managed = await bench.create(wanted);
    bench.urn = "urn:test";
    const state = await claim();
    const [lost] = ids().filter((id) => id !== managed.id);
    bench.urn = "urn:other";
    await bench.diff(managed, wanted);
    bench.urn = "urn:test";
    await expect(bench.delete(state)).rejects.toThrow(
      new RegExp(
        `\\(${lost}\\).*It made none of these: ${managed.id}: this stack has it as urn:other.*adopt: { id: "${lost}" }`,
        "s",
      ),
    );
  });

  test("names a client of a resource that a destroy comes to later, or that is only read, and says what tells whose it is", async () => {
    bench.urn = "urn:other";
    const managed = await bench.create(wanted);
    bench.urn = "urn:test";
    const state = await claim("drop-before");
    await expect(bench.delete(state)).rejects.toThrow(
      new RegExp(
        `If another resource of this stack has it, leave it alone: .pulumi refresh. tells.*adopt: { id: "${managed.id}" }`,
      ),
    );
    bench.urn = "urn:get";
    const { __kind, __provider } = managed.outputs;
    const read = await bench.refresh({ id: managed.id, outputs: { __kind, __provider } });
    for (const found of [read, { id: managed.id, outputs: { __kind, __provider } }]) {
      expect((await bench.refresh(found)).outputs).toMatchObject({ name: wanted.name, __external: true });
    }
    bench.urn = "urn:test";
    await expect(bench.refresh(state)).rejects.toThrow(`a client of this name (${managed.id})`);
  });

  test("stays where the credentials do not see every client", async () => {
    const state = await claim("drop-before");
    bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({ permissions: ["client.write", "client.read"] });
    bench.restart();
    await expect(bench.delete(state)).rejects.toThrow(/no client of this name can be seen, .*client\.read\.all/s);
  });

  test("is settled by the secret, where the answer gave it and the list shows it", async () => {
    Object.assign(bench.sandbox.settings.nexus, { createBody: "without-id", secret: "populated" });
    loseLooks();
    const state = await partialState(bench.create(wanted));
    bench.sandbox.faults.clear();
    await bench.create(wanted);
    bench.restart();
    const read = await bench.refresh(state);
    expect(read.outputs.clientSecret).toBe(state.outputs.clientSecret);
    expect(read.outputs.clientSecret).toBeTypeOf("string");
    await bench.delete(state);
    expect(bench.sandbox.clients.count()).toBe(1);
    expect(ids()).not.toContain(read.id);
  });

  test("without an id in the answer is settled where a list had every other client of its name before", async () => {
    const older = await bench.create(wanted);
    bench.restart();
    await bench.refresh(older);
    bench.sandbox.settings.nexus.createBody = "empty";
    loseLooks();
    const state = await partialState(bench.create(wanted));
    bench.sandbox.faults.clear();
    bench.restart();
    await bench.diff(state, wanted);
    expect(bench.logged.join("\n")).toContain("because the answer did not say its id");
    const { id } = await bench.refresh(state);
    expect(ids()).toContain(id);
    expect(id).not.toBe(older.id);
  });

  test.each([201, 200])("without an id in an empty %i stays where no list had the others before", async (status) => {
    const older = await bench.create(wanted);
    bench.restart();
    bench.sandbox.faults.add({ match: POST, effect: { kind: "respond", status, body: "" } });
    const state = await partialState(bench.create(wanted));
    expect(state.id).toMatch(/^claim:/);
    bench.restart();
    for (const settle of [() => bench.refresh(state), () => bench.delete(state)]) {
      await expect(settle()).rejects.toThrow(older.id);
    }
    expect(ids()).toEqual([older.id]);
  });

  test("stays where a success without an id may be a proxy's, although only one client fits", async () => {
    const older = await bench.create(wanted);
    bench.restart();
    const body = { message: "not from here" };
    bench.sandbox.faults.add({ match: POST, effect: { kind: "respond", status: 200, body } });
    const state = await partialState(bench.create(wanted));
    expect(state.id).toMatch(/^claim:/);
    bench.restart();
    await expect(bench.delete(state)).rejects.toThrow(older.id);
    expect(ids()).toEqual([older.id]);
  });

  test("by its name is taken over by `adopt`, where it is the only one of that name", async () => {
    const state = await claim();
    const desired = { ...wanted, adopt: { byName: true } };
    await bench.diff(state, desired);
    await bench.delete(state);
    expect((await bench.create(desired)).id).toBe(ids()[0]);
  });
});
