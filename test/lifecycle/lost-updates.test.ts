/** Updates whose answer was lost: whatever the program says next, the client becomes that. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, partialState, type Values } from "./support.ts";

const [OLD, NEW] = ["https://old.example.test/cb", "https://new.example.test/cb"];
const ALWAYS = Number.POSITIVE_INFINITY;

describe.each([
  {
    kind: "rezolve:OAuthClient",
    field: "redirectUris",
    rest: { name: "Portal", clientType: "confidential", grantTypes: ["authorization_code"], scopes: ["users:read"] },
  },
  { kind: "nexus:Client", field: "callbackUrls", rest: { name: "Portal", appType: "regular_web" } },
] as const)("an update of a $kind", ({ kind, field, rest }) => {
  const vendor = kind === "nexus:Client" ? "nexus" : "rezolve";
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start(kind);
  });
  afterAll(() => bench.sandbox.close());
  afterEach(() => {
    bench.sandbox.settings.latencyMs = 0;
    bench.sandbox.settings[vendor].patchStatus = 200;
    bench.reset();
  });

  const before: Values = { ...rest, [field]: [OLD] };
  const after: Values = { ...rest, [field]: [NEW] };
  const there = (id: string) => bench.sandbox.clients.get(id)?.redirectUris;
  const patches = () => bench.sandbox.requests.count({ method: "PATCH" });

  /** An update that was carried out, or was not, and nobody was told. */
  async function lost(effect: "drop-after" | "drop-before") {
    const { id, outputs } = await bench.create(before);
    bench.sandbox.faults.add({ match: { method: "PATCH" }, times: ALWAYS, effect: { kind: effect } });
    const left = await partialState(bench.update({ id, outputs }, after));
    bench.sandbox.faults.clear();
    bench.restart();
    expect(left.reason).toContain(
      "The change may have been made all the same; the next `pulumi up` makes certain of it.",
    );
    expect(left.outputs).toMatchObject({ ...outputs, [field]: [OLD] });
    return left;
  }

  test.each(["drop-after", "drop-before"] as const)(
    "whose answer was lost (%s) is sent again, also where the program was taken back to what the state has",
    async (effect) => {
      const left = await lost(effect);
      const difference = await bench.diff(left, before);
      expect(difference).toMatchObject({ changes: true, replaces: [] });
      expect(bench.logged.join("\n")).toContain(`may have changed it or not (${field}): this one sends that again`);
      const { id, outputs } = await bench.update(left, before);
      expect(there(id)).toEqual([OLD]);
      expect(outputs).not.toHaveProperty("__inDoubt");
      expect(await bench.diff({ id, outputs }, before)).toMatchObject({ changes: false });
    },
  );

  test("whose answer was lost sends everything in doubt with the next one, in one request", async () => {
    const left = await lost("drop-after");
    bench.sandbox.requests.clear();
    const text = kind === "nexus:Client" ? "productName" : "description";
    const { id } = await bench.update(left, { ...before, [text]: "other" });
    expect(patches()).toBe(1);
    expect(there(id)).toEqual([OLD]);
  });

  test("whose answer was lost is seen by a refresh, which says whose it may be, and settles it", async () => {
    const left = await lost("drop-after");
    const read = await bench.refresh(left);
    expect(bench.logged.join("\n")).toContain(`by an update whose response was lost, or outside of Pulumi: ${field}.`);
    expect(read.outputs).toMatchObject({ [field]: [NEW] });
    expect(read.outputs).not.toHaveProperty("__inDoubt");
    expect(await bench.diff(read, after)).toMatchObject({ changes: false });
    expect((await bench.diff(read, before)).changes).toBe(true);
  });

  test("whose answer was lost may come late: what a refresh sees unchanged is sent again all the same", async () => {
    const read = await bench.refresh(await lost("drop-before"));
    expect(bench.logged.join("\n")).not.toContain("was changed");
    expect(read.outputs).toMatchObject({ [field]: [OLD], __inDoubt: [field] });
    expect(await bench.diff(read, before)).toMatchObject({ changes: true });
  });

  test("whose answer was lost fills nothing in: what the program never had is not the vendor's", async () => {
    const bare = kind === "nexus:Client" ? rest : { ...rest, redirectUris: [] };
    const text = kind === "nexus:Client" ? "productName" : "description";
    const state = await bench.create(bare);
    bench.sandbox.faults.add({ match: { method: "PATCH" }, times: ALWAYS, effect: { kind: "drop-after" } });
    const left = await partialState(bench.update(state, { ...bare, [field]: [NEW], [text]: "new" }));
    bench.sandbox.faults.clear();
    bench.restart();
    const read = await bench.refresh(left);
    expect(bench.logged.join("\n")).toContain(`or outside of Pulumi: `);
    expect(await bench.diff(read, bare)).toMatchObject({ changes: true, replaces: [] });
    const { id } = await bench.update(read, bare);
    expect(there(id)).toEqual([]);
  });

  test("of a creation, its last step, is in doubt, too", async () => {
    const step = kind === "nexus:Client" ? { owners: ["a", "b"] } : { status: "inactive" };
    const back = kind === "nexus:Client" ? { owners: ["a"] } : { status: "active" };
    bench.sandbox.faults.add({ match: { method: "PATCH" }, times: ALWAYS, effect: { kind: "drop-after" } });
    const left = await partialState(bench.create({ ...before, ...step }));
    bench.sandbox.faults.clear();
    bench.restart();
    expect(left.outputs).toMatchObject({ __inDoubt: Object.keys(step), clientSecret: expect.any(String) });
    expect(await bench.diff(left, { ...before, ...back })).toMatchObject({ changes: true, replaces: [] });
    const { id } = await bench.update(left, { ...before, ...back });
    const client = bench.sandbox.clients.get(id);
    expect(kind === "nexus:Client" ? client?.attributes : client).toMatchObject(back);
  });

  test("that another address carries out, and does not say so, is in doubt", async () => {
    bench.sandbox.settings[vendor].patchStatus = 204;
    const state = await bench.create(before);
    const elsewhere = { ...state, outputs: { ...state.outputs, baseUrl: "https://before.example.test" } };
    const left = await partialState(bench.update(elsewhere, after));
    expect(left.reason).toContain("https://before.example.test");
    expect(left.outputs).toMatchObject({ __inDoubt: [field] });
  });

  test("that another version has left in doubt is passed over where this one cannot send the input", async () => {
    const { id, outputs } = await bench.create(before);
    // Nexus' PATCH takes no name, and it has no status.
    const unsent = vendor === "nexus" ? ["name", "status", "grantTypes"] : ["tenantId", "rotateSecretWhen"];
    const state = { id, outputs: { ...outputs, __inDoubt: ["ofAnotherVersion", "connection", ...unsent] } };
    expect(await bench.diff(state, before)).toMatchObject({ changes: false });
    expect((await bench.update(state, { ...before, [field]: [NEW] })).outputs).not.toHaveProperty("__inDoubt");
    expect(bench.sandbox.requests.list({ method: "PATCH" }).map(({ body }) => Object.keys(Object(body)))).toEqual([
      [field],
    ]);
    expect(there(id)).toEqual([NEW]);
  });

  test("whose answer was lost gives way to a replacement: what it may have changed is deleted", async () => {
    const left = await lost("drop-after");
    bench.sandbox.requests.clear();
    const other = vendor === "nexus" ? { appType: "spa" } : { realmName: bench.sandbox.tenants[0]?.realmName };
    const difference = await bench.diff(left, { ...before, ...other });
    expect(difference).toMatchObject({ changes: true, replaces: Object.keys(other), deleteBeforeReplace: true });
    expect(bench.logged.join("\n")).not.toContain("this one sends that again");
    await bench.delete(left);
    const { id, outputs } = await bench.create({ ...before, ...other });
    expect(patches()).toBe(0);
    expect(outputs).not.toHaveProperty("__inDoubt");
    expect(bench.sandbox.clients.list().map((one) => one.id)).toEqual([id]);
  });

  test.runIf(vendor === "rezolve")(
    "whose answer was lost before its rotation rotates once, with the next one",
    async () => {
      const state = await bench.create(before);
      const wanted = { ...after, rotateSecretWhen: { quarter: 1 } };
      bench.sandbox.faults.add({ match: { method: "PATCH" }, times: ALWAYS, effect: { kind: "drop-after" } });
      const left = await partialState(bench.update(state, wanted));
      bench.sandbox.faults.clear();
      bench.restart();
      expect(left.outputs.rotateSecretWhen).toBeUndefined();
      const now = await bench.update(left, wanted);
      expect(now.outputs.clientSecret).not.toBe(state.outputs.clientSecret);
      expect(
        bench.sandbox.requests.list({ method: "POST" }).filter(({ path }) => path.endsWith("/rotate-secret")),
      ).toHaveLength(1);
      expect(await bench.diff(now, wanted)).toMatchObject({ changes: false });
    },
  );

  test("whose answer was lost holds up no deletion, and no tombstone", async () => {
    const left = await lost("drop-after");
    const tombstone = await bench.update(left, { ...before, status: "deleted" });
    expect(tombstone.outputs).not.toHaveProperty("__inDoubt");
    expect(await bench.diff(tombstone, { ...before, status: "deleted" })).toMatchObject({ changes: false });
    expect(bench.sandbox.clients.count()).toBe(0);
  });

  test("that was refused leaves nothing in doubt", async () => {
    const state = await bench.create(before);
    bench.sandbox.faults.add({ match: { method: "PATCH" }, times: 1, effect: { kind: "respond", status: 403 } });
    const error: unknown = await bench.update(state, after).catch((thrown: unknown) => thrown);
    expect(error).not.toHaveProperty("id");
  });

  test("that is on its way when the process is told to stop is in doubt", async () => {
    const state = await bench.create(before);
    bench.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "respond-after", status: 502 } });
    bench.sandbox.settings.latencyMs = 200;
    const left = partialState(bench.update(state, after));
    await expect.poll(patches).toBe(1);
    bench.interrupt.arrived();
    expect((await left).outputs).toMatchObject({ __inDoubt: [field] });
  });
});
