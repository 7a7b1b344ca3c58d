import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { memoryStore } from "../src/store/memory.ts";
import { sqliteStore } from "../src/store/sqlite.ts";
import type { CollectionDefinition, Store } from "../src/store/store.ts";
import { type Storage, storages, temporaryDirectory } from "./support.ts";

const thing = z.object({ tags: z.array(z.string()), expiresAt: z.number().optional(), text: z.string() });
type Thing = z.infer<typeof thing>;

const things = (name = "thing"): CollectionDefinition<Thing> => ({
  name,
  parse: (stored) => thing.parse(stored),
  tags: (value) => value.tags,
  expiresAt: (value) => value.expiresAt,
});

const make = (text: string, tags: string[] = [], expiresAt?: number): Thing => ({
  text,
  tags,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

async function open(storage: Storage): Promise<Store> {
  const store = storage === "memory" ? memoryStore() : await sqliteStore(join(temporaryDirectory(), "store.sqlite"));
  onTestFinished(() => store.close());
  return store;
}

describe.each(storages)("A store in %s", (storage: Storage) => {
  it("gives back what was put, by key", async () => {
    const values = (await open(storage)).collection(things());
    values.put("a", make("first"));
    values.put("a", make("second"));

    expect(values.get("a")).toStrictEqual(make("second"));
    expect(values.get("b")).toBeUndefined();
  });

  it("finds by the tags of the last put, in the order of the first", async () => {
    const values = (await open(storage)).collection(things());
    values.put("a", make("a", ["x", "x"]));
    values.put("b", make("b", ["x"]));
    values.put("c", make("c", ["y"]));
    values.put("c", make("c", ["x"]));
    values.put("a", make("a", ["y"]));
    values.put("a", make("a", ["x"]));

    expect(values.tagged("x").map(({ text }) => text)).toStrictEqual(["a", "b", "c"]);
    expect(values.tagged("y")).toStrictEqual([]);
    expect(values.all().map(({ text }) => text)).toStrictEqual(["a", "b", "c"]);
  });

  it("forgets what is deleted, tags included, and says whether there was anything", async () => {
    const values = (await open(storage)).collection(things());
    values.put("a", make("a", ["x"]));

    expect([values.delete("a"), values.delete("a")]).toStrictEqual([true, false]);
    expect([values.get("a"), values.tagged("x"), values.all()]).toStrictEqual([undefined, [], []]);
    values.put("a", make("again"));
    expect(values.tagged("x")).toStrictEqual([]);
  });

  it("keeps collections apart", async () => {
    const store = await open(storage);
    const [one, two] = [store.collection(things("one")), store.collection(things("two"))];
    one.put("a", make("one", ["x"]));
    two.put("a", make("two", ["x"]));
    one.delete("a");

    expect(two.get("a")?.text).toBe("two");
    expect(one.tagged("x")).toStrictEqual([]);
    expect(two.tagged("x")).toHaveLength(1);
  });

  it("sweeps what has expired, and only that", async () => {
    const store = await open(storage);
    const values = store.collection(things());
    values.put("old", make("old", ["x"], 999));
    values.put("now", make("now", ["x"], 1000));
    values.put("later", make("later", ["x"], 1001));
    values.put("never", make("never", ["x"]));
    values.put("renewed", make("renewed", ["x"], 5));
    values.put("renewed", make("renewed", ["x"], 5000));

    expect(store.sweep(1000)).toBe(2);
    expect(values.tagged("x").map(({ text }) => text)).toStrictEqual(["later", "never", "renewed"]);
    expect(store.sweep(1000)).toBe(0);
  });

  it("hands on the result and the error of an atomic step, nested ones too", async () => {
    const store = await open(storage);
    const values = store.collection(things());

    expect(store.atomically(() => store.atomically(() => 7))).toBe(7);
    const failing = () =>
      store.atomically(() => {
        throw new Error("no");
      });
    expect(failing).toThrow("no");
    values.put("a", make("after"));
    expect(values.get("a")?.text).toBe("after");
  });
});

describe("The two stores", () => {
  it("agree after any sequence of steps", async () => {
    const key = fc.constantFrom("a", "b", "c");
    const tags = fc.array(fc.constantFrom("x", "y", "z"), { maxLength: 3 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant("put" as const), key, tags, expiresAt: fc.option(fc.nat(10), { nil: undefined }) }),
      fc.record({ kind: fc.constant("delete" as const), key }),
      fc.record({ kind: fc.constant("sweep" as const), now: fc.nat(10) }),
    );
    const memory = memoryStore();
    const file = await sqliteStore(":memory:");
    let round = 0;

    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        round += 1;
        const collections = [memory, file].map((store) => store.collection(things(`round-${round}`)));
        for (const [index, action] of steps.entries()) {
          for (const [at, store] of [memory, file].entries()) {
            const values = collections[at];
            if (action.kind === "put") values?.put(action.key, make(String(index), action.tags, action.expiresAt));
            if (action.kind === "delete") values?.delete(action.key);
            if (action.kind === "sweep") store.sweep(action.now);
          }
        }
        const [left, right] = collections.map((values) => ({
          all: values.all(),
          tagged: ["x", "y", "z"].map((tag) => values.tagged(tag)),
          byKey: ["a", "b", "c"].map((name) => values.get(name)),
        }));
        expect(left).toStrictEqual(right);
      }),
      { numRuns: 200 },
    );
    file.close();
  });
});

describe("A store in a file", () => {
  it("undoes an atomic step that fails", async () => {
    const store = await open("file");
    const values = store.collection(things());
    values.put("a", make("before", ["x"]));

    const failing = () =>
      store.atomically(() => {
        values.delete("a");
        values.put("b", make("b"));
        throw new Error("no");
      });

    expect(failing).toThrow("no");
    expect(values.all()).toStrictEqual([make("before", ["x"])]);
    expect(values.tagged("x")).toHaveLength(1);
  });

  const rights = (file: string) =>
    ["", "-wal", "-shm"]
      .map((suffix) => `${file}${suffix}`)
      .filter(existsSync)
      .map((path) => statSync(path).mode & 0o777);

  it("can be read by its owner alone, with what SQLite keeps beside it", async () => {
    const file = join(temporaryDirectory(), "store.sqlite");
    const store = await sqliteStore(file);
    store.collection(things()).put("a", make("a"));

    expect(rights(file)).toStrictEqual([0o600, 0o600]);
    store.close();
  });

  it("is taken from everybody else when it was there before", async () => {
    const file = join(temporaryDirectory(), "store.sqlite");
    (await sqliteStore(file)).close();
    chmodSync(file, 0o644);
    writeFileSync(`${file}-wal`, "", { mode: 0o644 });

    const store = await sqliteStore(file);
    store.collection(things()).put("a", make("a"));

    expect(rights(file)).toStrictEqual([0o600, 0o600]);
    store.close();
  });

  it("is left alone when it is somebody else's", async () => {
    const file = join(temporaryDirectory(), "other.sqlite");
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE mine (id)");
    other.close();
    chmodSync(file, 0o644);

    await expect(sqliteStore(file)).rejects.toMatchObject({ code: "file-unusable" });

    expect(rights(file)).toStrictEqual([0o644]);
  });

  it("belongs to one at a time", async () => {
    const file = join(temporaryDirectory(), "store.sqlite");
    const store = await sqliteStore(file);

    await expect(sqliteStore(file)).rejects.toMatchObject({
      code: "file-unusable",
      message: expect.stringContaining(file),
    });
    store.close();
    (await sqliteStore(file)).close();
  });
});
