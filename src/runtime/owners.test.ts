import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Owners } from "./owners.ts";

const [BOT, ROBOT, GONE] = ["urn:bot", "urn:robot", "urn:gone"];
const CLIENT = "client-1";

/** What an engine does with a resource of the program that has a client already. */
function kept(owners: Owners, urn: string, client = CLIENT) {
  owners.checked(urn, false);
  return owners.seenBy(urn).claim(client, "managed");
}

/** What it does before a new client takes the place of the old one. */
function replaced(owners: Owners, urn: string) {
  kept(owners, urn);
  owners.checked(urn, true);
}

const EVIDENCE = { outcome: "deleted" } as const;
const gone = async () => EVIDENCE;

describe("a client that another resource of the program", () => {
  test.each<[does: string, act: (owners: Owners) => void, how: string]>([
    ["has had before", (owners) => kept(owners, ROBOT), "managed"],
    ["is to take over", (owners) => owners.seenBy(ROBOT).claim(CLIENT, "adopting"), "adopting"],
    ["has taken over", (owners) => owners.seenBy(ROBOT).claim(CLIENT, "adopted"), "adopted"],
    ["has created", (owners) => owners.seenBy(ROBOT).claim(CLIENT, "created"), "created"],
  ])("%s is neither deleted nor taken over", (_does, act, how) => {
    const owners = new Owners();
    act(owners);
    const other = { urn: ROBOT, how };
    expect(owners.seenBy(BOT).ownerOf(CLIENT)).toEqual(other);
    for (const claimed of ["created", "adopted", "deletes"] as const) {
      expect(owners.seenBy(BOT).claim(CLIENT, claimed)).toEqual(other);
    }
    expect(kept(owners, BOT)).toEqual(other);
    expect(owners.seenBy(ROBOT).ownerOf(CLIENT)).toBeNull();
  });

  test("is to delete is not taken over, but may be deleted by the resource that had it", () => {
    const owners = new Owners();
    owners.seenBy(GONE).claim(CLIENT, "deletes");
    expect(owners.seenBy("urn:gone-too").claim(CLIENT, "deletes")).toBeNull();
    expect(owners.seenBy(BOT).ownerOf(CLIENT)).toBeNull();
    expect(owners.seenBy(ROBOT).claim(CLIENT, "adopted")).toEqual({ urn: GONE, how: "deletes" });
    expect(kept(owners, BOT)).toEqual({ urn: GONE, how: "deletes" });
  });

  test("is to delete is told from one that it has deleted", async () => {
    const owners = new Owners();
    // The first check of a process, of which no URN is known.
    expect(owners.seenBy(null).claim(CLIENT, "deletes")).toBeNull();
    expect(kept(owners, BOT)).toEqual({ urn: null, how: "deletes" });
    owners.seenBy(GONE).claim(CLIENT, "deletes");
    expect(kept(owners, BOT)).toEqual({ urn: GONE, how: "deletes" });
    await owners.seenBy(GONE).deleting(CLIENT, gone);
    expect(kept(owners, BOT)).toEqual({ urn: GONE, how: "deleted" });
  });

  test("is about to replace may be deleted under any URN: after a rename, Pulumi does so under the old one", () => {
    const owners = new Owners();
    replaced(owners, ROBOT);
    expect(owners.seenBy(BOT).ownerOf(CLIENT)).toBeNull();
    expect(owners.seenBy(ROBOT).isPredecessor(CLIENT)).toBe(true);
    expect(owners.seenBy(BOT).isPredecessor(CLIENT)).toBe(false);
  });

  test("has created in this run stays its own, also when it is checked as a new one again", () => {
    const owners = new Owners();
    owners.seenBy(ROBOT).claim(CLIENT, "adopted");
    owners.checked(ROBOT, true);
    expect(owners.seenBy(BOT).ownerOf(CLIENT)).toEqual({ urn: ROBOT, how: "adopted" });
    expect(owners.seenBy(ROBOT).hasAdopted(CLIENT)).toBe(true);
    kept(owners, ROBOT);
    expect(owners.seenBy(ROBOT).hasAdopted(CLIENT)).toBe(true);
  });
});

describe("what the program was not seen to have", () => {
  test("holds nothing up: a refresh asks for differences without a check, and a destroy for neither", () => {
    const owners = new Owners();
    for (const urn of [BOT, ROBOT]) expect(owners.seenBy(urn).claim(CLIENT, "managed")).toBeNull();
    for (const urn of [BOT, ROBOT]) expect(owners.seenBy(urn).ownerOf(CLIENT)).toBeNull();
  });

  test("is known to have been there before, which owns nothing, but is no other resource's lost attempt", () => {
    const owners = new Owners();
    owners.seenBy(ROBOT).hadBefore(CLIENT);
    expect(owners.seenBy(BOT).holderOf(CLIENT)).toEqual({ urn: ROBOT, how: "had" });
    expect(owners.seenBy(ROBOT).holderOf(CLIENT)).toBeNull();
    expect(owners.seenBy(BOT).ownerOf(CLIENT)).toBeNull();
    expect(owners.seenBy(BOT).claim(CLIENT, "adopted")).toBeNull();
    expect(owners.seenBy(ROBOT).holderOf(CLIENT)).toEqual({ urn: BOT, how: "adopted" });
  });

  test("is managed as soon as the program is seen to have it", () => {
    const owners = new Owners();
    owners.seenBy(ROBOT).hadBefore(CLIENT);
    kept(owners, ROBOT);
    owners.seenBy(ROBOT).hadBefore(CLIENT);
    expect(owners.seenBy(BOT).ownerOf(CLIENT)).toEqual({ urn: ROBOT, how: "managed" });
  });

  test("is known by the difference that follows it, where the URN of the first check was not", () => {
    const owners = new Owners();
    owners.checked(null, false);
    expect(owners.seenBy(ROBOT).claim(CLIENT, "managed")).toBeNull();
    expect(owners.seenBy("urn:dependent").claim("client-2", "managed")).toBeNull();
    expect(owners.seenBy(BOT).ownerOf(CLIENT)).toEqual({ urn: ROBOT, how: "managed" });
    expect(owners.seenBy(BOT).ownerOf("client-2")).toBeNull();
  });

  test("is not known at all without a URN", () => {
    const owners = new Owners();
    kept(owners, ROBOT);
    const unnamed = owners.seenBy(null);
    for (const how of ["managed", "created", "adopted", "deletes"] as const) {
      expect(unnamed.claim(CLIENT, how)).toBeNull();
    }
    expect(unnamed.ownerOf(CLIENT)).toBeNull();
  });
});

describe("a deletion", () => {
  test("is done once for several resources, also at the same time", async () => {
    const owners = new Owners();
    let done = 0;
    const task = async () => {
      await Promise.resolve();
      done += 1;
      return EVIDENCE;
    };
    const both = [BOT, ROBOT].map((urn) => owners.seenBy(urn).deletingOnce(CLIENT, task));
    expect(await Promise.all(both)).toEqual([{ by: null, result: EVIDENCE }, { by: BOT }]);
    expect(await owners.seenBy(GONE).deletingOnce(CLIENT, task)).toEqual({ by: BOT });
    expect(done).toBe(1);
    expect(owners.seenBy(null).isDeleted(CLIENT)).toBe(true);
  });

  test("that fails is tried by the next resource", async () => {
    const owners = new Owners();
    const fails = owners.seenBy(BOT).deletingOnce(CLIENT, () => Promise.reject(new Error("HTTP 500")));
    const next = owners.seenBy(ROBOT).deletingOnce(CLIENT, gone);
    await expect(fails).rejects.toThrow("HTTP 500");
    expect(await next).toEqual({ by: null, result: EVIDENCE });
  });

  test("that was given up for good is none", async () => {
    const owners = new Owners();
    const abandoned = { outcome: "abandoned" } as const;
    await owners.seenBy(BOT).deletingOnce(CLIENT, async () => abandoned);
    expect(owners.seenBy(ROBOT).isDeleted(CLIENT)).toBe(false);
    expect(await owners.seenBy(ROBOT).deletingOnce(CLIENT, gone)).toEqual({ by: null, result: EVIDENCE });
  });

  test("of the same resource, or of an unknown one, is asked of the vendor again", async () => {
    for (const [first, second] of [
      [BOT, BOT],
      [BOT, null],
      [null, BOT],
    ] as const) {
      const owners = new Owners();
      await owners.seenBy(first).deleting(CLIENT, gone);
      expect(await owners.seenBy(second).deletingOnce(CLIENT, gone)).toMatchObject({ by: null });
    }
  });

  test("leaves nothing that another resource could have", async () => {
    const owners = new Owners();
    replaced(owners, BOT);
    const deleting = owners.seenBy(BOT).deleting(CLIENT, gone);
    expect(kept(owners, ROBOT)).toEqual({ urn: BOT, how: "deleted" });
    await deleting;
    expect(kept(owners, ROBOT)).toEqual({ urn: BOT, how: "deleted" });
    expect(owners.seenBy(ROBOT).claim(CLIENT, "adopted")).toEqual({ urn: BOT, how: "deleted" });
    expect(owners.seenBy(ROBOT).claim(CLIENT, "deletes")).toBeNull();
  });
});

test("whatever happens, no client has two owners, and an owner keeps it from all others", () => {
  const urns = [BOT, ROBOT, GONE];
  const clients = ["client-1", "client-2"];
  const [urn, client] = [fc.constantFrom(...urns), fc.constantFrom(...clients)];
  const step = fc.oneof(
    fc.record({ urn, isNew: fc.boolean() }),
    fc.record({ urn, client, how: fc.constantFrom("managed" as const, "created" as const, "adopted" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const owners = new Owners();
      for (const made of steps) {
        if ("isNew" in made) owners.checked(made.urn, made.isNew);
        else owners.seenBy(made.urn).claim(made.client, made.how);
        for (const held of clients) {
          const seen = urns.map((from) => owners.seenBy(from).ownerOf(held)?.urn ?? from);
          const owner = seen.find((found, at) => found !== urns[at]);
          // All see the same owner, and it sees nobody else.
          if (owner !== undefined) expect(seen).toEqual(urns.map(() => owner));
        }
      }
    }),
  );
});
