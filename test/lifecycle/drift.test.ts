import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, type State, type Values } from "./support.ts";

const UNCHANGED = { changes: false, replaces: [], deleteBeforeReplace: true };

let bench: Bench;
let settings: Record<string, unknown>;

function around(kind: string): void {
  beforeAll(async () => {
    bench = await Bench.start(kind);
    settings = { ...bench.sandbox.settings.nexus };
  });
  afterAll(() => bench.sandbox.close());
  afterEach(() => {
    Object.assign(bench.sandbox.settings.nexus, settings);
    bench.reset();
  });
}

/** What a refresh brings: the state, and the inputs with which a program would describe the client as it is. */
async function read(state: State): Promise<{ state: State; inputs: Values | undefined }> {
  const { id, props, inputs } = await bench.provider.read(state.id, state.outputs);
  const own = { __kind: state.outputs.__kind, __provider: state.outputs.__provider };
  return { state: { id: id ?? "", outputs: { ...props, ...own } }, inputs };
}

const BOT: Values = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: ["https://a.example.test/cb"],
  grantTypes: ["client_credentials", "authorization_code"],
  scopes: ["users:read", "openid"],
};

describe("the inputs of a Rezolve client as it was read", () => {
  around("rezolve:OAuthClient");

  const programs: [what: string, program: Values][] = [
    ["with the least", BOT],
    [
      "with everything",
      {
        ...BOT,
        description: "ours",
        allowedOrigins: [],
        ipWhitelist: ["192.0.2.1"],
        status: "inactive",
        rotateSecretWhen: { quarter: "2026-Q4" },
        deletion: { alreadyGone: "verify" },
        connection: "default",
        protected: true,
      },
    ],
  ];
  test.each(programs)("are those of the program, %s, where nobody changed it", async (_what, program) => {
    const made = await bench.create(program);
    const { inputs } = await read(made);
    expect(inputs).toEqual({
      status: "active",
      tenantId: bench.sandbox.tenants[0].id,
      ...program,
      __kind: "rezolve:OAuthClient",
    });
  });

  test.each(programs)("describe it, %s, whatever somebody made of it", async (_what, program) => {
    const made = await bench.create(program);
    const changes: Parameters<Bench["sandbox"]["clients"]["edit"]>[1][] = [
      { scopes: ["openid"], description: "theirs" },
      { redirectUris: [], allowedOrigins: ["https://b.example.test"] },
      { ipWhitelist: [], description: "", status: "active" },
    ];
    for (const change of changes) {
      bench.sandbox.clients.edit(made.id, change);
      const { state, inputs } = await read(made);
      const declared = await bench.check(inputs ?? {}, inputs);
      expect(await bench.provider.diff(state.id, state.outputs, declared)).toEqual(UNCHANGED);
      expect(await bench.diff(state, program)).toMatchObject({ changes: true });
    }
  });
});

describe("a Rezolve client with a value that no program may declare", () => {
  around("rezolve:OAuthClient");

  test.each<[string, Values]>([
    ["status", { "/data/status": "revoked" }],
    ["scopes", { "/data/scopes": ["openid", ""] }],
    ["clientType", { "/data/clientType": "web" }],
  ])("keeps its %s where the program ignores changes of it, and blocks no update", async (field, set) => {
    const made = await bench.create(BOT);
    bench.sandbox.faults.add({ match: { method: "GET" }, effect: { kind: "edit", set } });
    const { state, inputs } = await read(made);
    // The engine puts what the refresh brought in the place of what the program says.
    const ignoring = { ...BOT, [field]: inputs?.[field] };
    expect(await bench.provider.diff(state.id, state.outputs, await bench.check(ignoring, inputs))).toEqual(UNCHANGED);
    expect(await bench.provider.diff(state.id, state.outputs, await bench.check(BOT, inputs))).toMatchObject({
      changes: true,
    });
  });
});

describe("a Nexus client with a value that no program may declare", () => {
  around("nexus:Client");

  test("keeps it where the program ignores changes of it, and blocks no update", async () => {
    const program = { name: "Portal", appType: "regular_web", owners: ["ada"] };
    const made = await bench.create(program);
    bench.restart();
    const set = { "/value/0/owners": ["eve", ""] };
    bench.sandbox.faults.add({ match: { method: "GET" }, effect: { kind: "edit", set } });
    const { state, inputs } = await read(made);
    const ignoring = { ...program, owners: inputs?.owners };
    expect(inputs).toMatchObject({ owners: ["eve", ""] });
    expect(await bench.provider.diff(state.id, state.outputs, await bench.check(ignoring, inputs))).toEqual(UNCHANGED);
  });
});

describe.each<[string, Values, string]>([
  ["rezolve:OAuthClient", BOT, "description"],
  ["nexus:Client", { name: "Portal", appType: "regular_web" }, "productName"],
])("a refresh of a %s", (kind, program, field) => {
  around(kind);

  const edit = (id: string, value: string): void => {
    bench.sandbox.clients.edit(id, kind === "nexus:Client" ? { attributes: { [field]: value } } : { [field]: value });
  };
  const refreshed = async (state: State) => {
    // One listing serves all reads of a moment.
    bench.restart();
    bench.logged.length = 0;
    return (await read(state)).state;
  };

  test("tells of a change once, also where a state cannot hold the value as it is", async () => {
    const made = await refreshed(await bench.create(program));
    edit(made.id, "bell\u0007 and <{%red%}>");
    const once = await refreshed(made);
    expect(bench.logged.join("\n")).toContain(`was changed outside of Pulumi: ${field}.`);
    const twice = await refreshed(once);
    expect(bench.logged).toEqual([]);
    expect(twice).toEqual(once);
  });

  test("at another address warns once that the state has that now, and not of clients that are there already", async () => {
    const states = [await bench.create(program), await bench.create({ ...program, name: "Other" })];
    const before = "https://before.example.test";
    bench.logged.length = 0;
    for (const { id, outputs } of states) {
      const { state } = await read({ id, outputs: { ...outputs, baseUrl: before } });
      expect(state.outputs.baseUrl).toBe(bench.sandbox.url);
    }
    expect(bench.logged).toEqual([
      `Connection "default" leads to ${bench.sandbox.url}, which shows clients that were recorded at ${before}: the state has the new address now.`,
    ]);
    for (const state of states) await refreshed(state);
    expect(bench.logged).toEqual([]);
  });

  test("says nothing untrue of a client that is only read", async () => {
    const { id, outputs } = await bench.create(program);
    const own = { __kind: outputs.__kind, __provider: outputs.__provider };
    const got = await refreshed({ id, outputs: own });
    edit(id, "theirs");
    const changed = await refreshed(got);
    expect(changed.outputs).toMatchObject({ [field]: "theirs" });
    expect(bench.logged).toEqual([]);
    bench.sandbox.clients.remove(id, "hard");
    expect((await refreshed(changed)).id).toBe("");
    const said = bench.logged.join("\n");
    expect(said).toContain("no longer exists: it was deleted.");
    expect(said).toContain("the next `pulumi up` fails if the program still reads it");
    expect(said).not.toMatch(/creates it again|somebody deleted/);
  });
});

describe("what only a new client can change, changed outside,", () => {
  describe("at Nexus", () => {
    around("nexus:Client");
    const PORTAL = { name: "Portal", appType: "regular_web" };

    async function changed(program: Values): Promise<{ state: State; inputs: Values | undefined }> {
      const made = await read(await bench.create(program));
      bench.restart();
      bench.logged.length = 0;
      const set = { "/value/0/grantTypes": ["password"], "/value/0/logoUrl": "https://logo.example.test" };
      bench.sandbox.faults.add({
        match: { method: "GET" },
        times: Number.POSITIVE_INFINITY,
        effect: { kind: "edit", set },
      });
      return read(made.state);
    }

    test("stays as it is where the program leaves it out, and is told of once", async () => {
      const { state, inputs } = await changed(PORTAL);
      expect(bench.logged).toEqual([
        expect.stringMatching(/was changed outside of Pulumi: grantTypes, logoUrl\.$/),
        expect.stringContaining("(grantTypes, logoUrl), stays as it was changed"),
      ]);
      expect(inputs).not.toHaveProperty("grantTypes");
      expect(state.outputs).toMatchObject({ grantTypes: ["password"], logoUrl: "https://logo.example.test" });
      expect(await bench.diff(state, PORTAL)).toEqual(UNCHANGED);
      bench.restart();
      bench.logged.length = 0;
      expect([(await read(state)).state, bench.logged]).toEqual([state, []]);
      // The answer to the update shows other grant types once more.
      const updated = await bench.update(state, { ...PORTAL, productName: "ours" });
      expect(updated.outputs.grantTypes).not.toEqual(state.outputs.grantTypes);
      expect(await bench.diff(updated, { ...PORTAL, productName: "ours" })).toEqual(UNCHANGED);
    });

    test("is said to cost the client where the program names it", async () => {
      const program = { ...PORTAL, grantTypes: ["client_credentials"], logoUrl: "https://ours.example.test" };
      const { state } = await changed(program);
      expect(bench.logged).toEqual([
        expect.stringMatching(/only a new client can change: grantTypes, logoUrl\. .* DELETES it and creates another/),
      ]);
      expect(await bench.diff(state, program)).toMatchObject({ replaces: ["grantTypes", "logoUrl"] });
    });

    test("stays as it is also where the vendor then has nothing there", async () => {
      const { state } = await changed(PORTAL);
      bench.restart();
      bench.sandbox.faults.clear();
      const set = { "/value/0/grantTypes": [] };
      bench.sandbox.faults.add({ match: { method: "GET" }, effect: { kind: "edit", set } });
      expect(await bench.diff((await read(state)).state, PORTAL)).toEqual(UNCHANGED);
    });
  });

  describe("at Rezolve", () => {
    around("rezolve:OAuthClient");

    test("is the status of a revoked client", async () => {
      const made = await bench.create(BOT);
      bench.sandbox.clients.edit(made.id, { status: "revoked", description: "theirs" });
      bench.logged.length = 0;
      const { state } = await read(made);
      expect(bench.logged).toEqual([
        expect.stringMatching(/was changed outside of Pulumi: description\.$/),
        expect.stringContaining("sets back to what the program says"),
        expect.stringMatching(/only a new client can change: status\. .* DELETES it and creates another/),
      ]);
      expect(await bench.diff(state, BOT)).toMatchObject({ replaces: ["status"] });
    });
  });
});

describe("the inputs of a Nexus client as it was read", () => {
  around("nexus:Client");

  test.each(["full", "id-only"])(
    "leave out what the vendor filled in, after a create with the body %s",
    async (body) => {
      Object.assign(bench.sandbox.settings.nexus, { createBody: body });
      const program = { name: "Portal", appType: "regular_web", productName: "ours" };
      const { inputs } = await read(await bench.create(program));
      expect(inputs).toEqual({
        ...program,
        status: "active",
        tenantId: bench.sandbox.tenants[0].id,
        __kind: "nexus:Client",
      });
    },
  );

  test("describe it, whatever somebody made of it", async () => {
    const program = {
      name: "Portal",
      appType: "regular_web",
      owners: ["ada", "bob"],
      callbackUrls: ["https://a.example.test"],
    };
    let { state } = await read(await bench.create(program));
    for (const attributes of [{ productName: "theirs" }, { owners: ["eve"] }, {}]) {
      bench.sandbox.clients.edit(state.id, { attributes, redirectUris: ["https://b.example.test"] });
      // One listing serves all reads of a moment.
      bench.restart();
      const again = await read(state);
      state = again.state;
      const declared = await bench.check(again.inputs ?? {}, again.inputs);
      expect(await bench.provider.diff(state.id, state.outputs, declared)).toEqual(UNCHANGED);
      expect(await bench.diff(state, program)).toMatchObject({ changes: true });
    }
  });

  test("are not given for a tombstone", async () => {
    const program = { name: "Portal", appType: "regular_web" };
    const gone = await bench.update(await bench.create(program), { ...program, status: "deleted" });
    expect((await read(gone)).inputs).toBeUndefined();
  });
});

describe("a client that is only read", () => {
  around("rezolve:OAuthClient");

  test("is looked for in the default realm, has no inputs, and stays where it was found", async () => {
    const [{ realmName }] = bench.sandbox.tenants;
    const { id, outputs } = await bench.create({ ...BOT, realmName });
    const own = { __kind: outputs.__kind, __provider: outputs.__provider };
    bench.env.REZOLVE_REALM_NAME = realmName ?? "";
    bench.restart();
    const got = await read({ id, outputs: own });
    expect(got.state.outputs).toMatchObject({ realmName, name: "CI bot" });
    delete bench.env.REZOLVE_REALM_NAME;
    bench.restart();
    bench.sandbox.requests.clear();
    const again = await read(got.state);
    expect([got.inputs, again.inputs]).toEqual([undefined, undefined]);
    expect(bench.sandbox.requests.list()).toMatchObject([{ headers: { realmname: realmName } }]);
    const elsewhere = await read({ id, outputs: { ...own, realmName: "" } });
    expect(elsewhere.state.outputs.realmName).toBe("");
  });
});

describe("what Nexus filled in and the program declares later", () => {
  around("nexus:Client");

  test("is the program's from then on: a refresh that finds it changed warns of the replacement", async () => {
    const app: Values = { name: "Portal", appType: "regular_web" };
    const { state } = await read(await bench.create(app));
    const program = { ...app, grantTypes: state.outputs.grantTypes };
    expect(await bench.diff(state, program)).toMatchObject({ changes: true, replaces: [] });
    bench.sandbox.requests.clear();
    const declared = await bench.update(state, program);
    expect(bench.sandbox.requests.count()).toBe(0);
    expect(await bench.diff(declared, program)).toEqual(UNCHANGED);
    bench.sandbox.faults.add({
      match: { method: "GET" },
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "edit", set: { "/value/0/grantTypes": ["password"] } },
    });
    bench.restart();
    const { state: drifted, inputs } = await read(declared);
    expect(bench.logged.join("\n")).toContain(
      "grantTypes. Unless the program says the same, the next `pulumi up` DELETES",
    );
    expect(inputs).toMatchObject({ grantTypes: ["password"] });
    expect(await bench.diff(drifted, program)).toMatchObject({ replaces: ["grantTypes"] });
  });
});
