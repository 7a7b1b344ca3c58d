import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, type Values } from "./support.ts";

const VENDORS = {
  rezolve: {
    kind: "rezolve:OAuthClient",
    args: {
      name: "CI bot",
      clientType: "confidential",
      redirectUris: [],
      grantTypes: ["client_credentials"],
      scopes: ["users:read"],
    },
    change: { scopes: ["users:read", "users:write"], description: "changed" },
    changes: 'description (none) → "changed"; scopes ["users:read"] → ["users:read", "users:write"]',
  },
  nexus: {
    kind: "nexus:Client",
    args: { name: "Portal", appType: "regular_web", productName: "by hand" },
    change: { callbackUrls: ["https://a.example.test/cb"], productName: "portal" },
    changes: 'callbackUrls (none) → ["https://a.example.test/cb"]; productName "by hand" → "portal"',
  },
} as const;

describe.each(["rezolve", "nexus"] as const)("an adoption at %s", (vendor) => {
  const { kind, change, changes } = VENDORS[vendor];
  const args: Values = VENDORS[vendor].args;
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start(kind);
  });
  afterAll(() => bench.sandbox.close());
  afterEach(() => {
    Object.assign(bench.sandbox.settings.listLag, { createdMs: 0, deletedMs: 0 });
    bench.reset();
  });

  /** A client that this process knows nothing of. */
  async function existing(): Promise<string> {
    const { id } = await bench.create(args);
    bench.restart();
    bench.logged.length = 0;
    bench.sandbox.requests.clear();
    return id;
  }
  const patches = () => bench.sandbox.requests.count({ method: "PATCH" });

  test("says which client it takes over before it does, and then each field that it changed, old and new", async () => {
    const id = await existing();
    const desired = { ...args, ...change, adopt: { id } };
    await bench.check(desired);
    expect(bench.logged).toContainEqual(expect.stringContaining(`Takes over OAuth client ${id}.`));
    await bench.create(desired);
    expect(bench.logged).toContain(`OAuth client "${String(args.name)}" (${id}) was adopted: ${changes}.`);
    expect(patches()).toBe(1);
  });

  test("that changes nothing says so", async () => {
    const id = await existing();
    await bench.create({ ...args, adopt: { id } });
    expect(bench.logged).toContainEqual(expect.stringContaining("was adopted: nothing was changed."));
    expect(patches()).toBe(0);
  });

  test.each(["id", "byName"] as const)(
    "with mustMatch (%s) changes nothing, and fails with all differences",
    async (by) => {
      const id = await existing();
      const adopt = { ...(by === "id" ? { id } : { byName: true }), mustMatch: true };
      const before = bench.sandbox.clients.get(id);
      await expect(bench.create({ ...args, ...change, adopt })).rejects.toThrow(`the client differs: ${changes}.`);
      expect(bench.sandbox.clients.get(id)).toEqual(before);
      expect(patches()).toBe(0);
      // As it is, it may be taken over.
      expect(await bench.create({ ...args, adopt })).toMatchObject({ id });
    },
  );

  test("is announced for a new resource only, and for no tombstone", async () => {
    const desired = { ...args, adopt: { byName: true } };
    await bench.check(desired, desired);
    await bench.check({ ...desired, status: "deleted" });
    expect(bench.logged).toEqual([]);
    bench.restart();
    await bench.check(desired);
    expect(bench.logged).toContainEqual(
      expect.stringContaining(`Takes over the OAuth client named "${String(args.name)}", if there is one`),
    );
  });

  test("that the program adds, changes or takes out again is no change of the resource", async () => {
    const state = await bench.create(args);
    for (const adopt of [{ id: state.id }, { byName: true }, { byName: true, mustMatch: true }, undefined]) {
      const desired = adopt === undefined ? args : { ...args, adopt };
      expect(await bench.diff(state, desired)).toMatchObject({ changes: false, replaces: [] });
      expect(
        await bench.diff({ ...state, outputs: { ...state.outputs, adopt: { id: "other" } } }, desired),
      ).toMatchObject({
        changes: false,
      });
    }
  });

  test("by name never takes over what this run deleted a moment ago, though a list still shows it", async () => {
    const state = await bench.create(args);
    await bench.refresh(state);
    bench.sandbox.settings.listLag.deletedMs = 3_600_000;
    await bench.delete(state);
    const successor = await bench.create({ ...args, adopt: { byName: true } });
    expect(successor.id).not.toBe(state.id);
    expect(bench.sandbox.clients.get(successor.id)).toBeDefined();
  });

  test.each(["id", "byName"] as const)(
    "(%s) is read at creation only: a tombstone that is to live again becomes a new client, with the counts of the old one",
    async (by) => {
      const id = await existing();
      const desired = { ...args, adopt: by === "id" ? { id } : { byName: true } };
      const adopted = await bench.create(desired);
      bench.restart();
      const tombstone = await bench.update(adopted, { ...desired, status: "deleted" });
      for (const isDeletedFirst of [true, false]) {
        bench.restart();
        // Pulumi asks for no difference where it was told to replace the resource.
        if (isDeletedFirst) await bench.delete(tombstone);
        else
          expect(await bench.diff(tombstone, desired)).toMatchObject({ replaces: expect.arrayContaining(["status"]) });
        bench.sandbox.requests.clear();
        const successor = await bench.create(desired);
        expect(successor.id).not.toBe(id);
        expect(successor.outputs.previousRevocation).toEqual(isDeletedFirst ? tombstone.outputs.revocation : null);
        await bench.delete(successor);
      }
    },
  );

  test("of a client that another resource has deleted fails, and says so", async () => {
    const id = await existing();
    bench.urn = "urn:gone";
    const tombstone = await bench.update(await bench.create({ ...args, adopt: { id } }), {
      ...args,
      status: "deleted",
    });
    bench.restart();
    await bench.delete(tombstone);
    bench.urn = "urn:test";
    await expect(bench.create({ ...args, adopt: { id } })).rejects.toThrow(`Cannot adopt OAuth client (${id})`);
  });

  test("of what another resource of this run has is refused before anything is sent", async () => {
    const id = await existing();
    bench.urn = "urn:first";
    await bench.create({ ...args, adopt: { id } });
    bench.sandbox.requests.clear();
    bench.urn = "urn:second";
    for (const adopt of [{ id }, { byName: true }]) {
      await expect(bench.create({ ...args, ...change, adopt })).rejects.toThrow("this run takes it over as urn:first");
    }
    expect(patches()).toBe(0);
    // Where nobody knows which resource asks, it is as it was.
    bench.urn = null;
    expect(await bench.create({ ...args, adopt: { id } })).toMatchObject({ id });
  });
});

test("a name that is taken at Nexus is answered with an alias first, then adoption", async () => {
  const bench = await Bench.start("nexus:Client");
  bench.sandbox.settings.nexus.duplicateNames = false;
  await bench.create(VENDORS.nexus.args);
  await expect(bench.create(VENDORS.nexus.args)).rejects.toThrow(
    /already has a client of this name.*aliases: \[\{ name: "old-name" \}\].*adopt: \{ byName: true \}/,
  );
  await bench.sandbox.close();
});
