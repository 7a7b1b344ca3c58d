import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { doubtAbout, type Entry, entriesOf, type Page, type Step, Walk, type Walked } from "./walk.ts";

interface Client {
  id: string;
}

const client = (id: string): Entry<Client> => ({ client: { id } });
const odd = (key: string, name: string | null = null): Entry<Client> => ({ client: null, name, key });

/** Reads a list that may be another one at each request; `asked` notes what each request skips. */
function read(
  list: (request: number) => readonly Entry<Client>[],
  { top = 3, count = () => null, gone = () => 0, skips = true }: Partial<Server> = {},
): { walked: Walked<Client>; asked: number[] } {
  const walk = new Walk<Client>();
  const asked: number[] = [];
  for (let step: Step = { do: "ask", skip: 0 }; step.do === "ask"; ) {
    asked.push(step.skip);
    const entries = list(asked.length);
    const from = skips ? step.skip : 0;
    const page: Page<Client> = { entries: entries.slice(from, from + top), count: count(entries.length) };
    step = walk.take(page, gone(asked.length));
  }
  return { walked: walk.walked, asked };
}

interface Server {
  top: number;
  count(there: number): number | null;
  gone(request: number): number;
  skips: boolean;
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `client-${index}`);

describe("a list that nobody changes", () => {
  test.each([0, 1, 2, 3, 4, 5, 99, 100, 101, 300])(
    "of %i clients is read whole, with one more request than it has pages",
    (size) => {
      const { walked, asked } = read(() => ids(size).map(client), { top: 100 });
      expect(walked.doubt).toBeNull();
      expect([...walked.clients.keys()]).toEqual(ids(size));
      expect(asked.length).toBeLessThanOrEqual(Math.ceil(size / 99) + 1);
    },
  );

  test.each<[string, (there: number) => number | null]>([
    ["0", () => 0],
    ["that of the page", () => 100],
    ["none", () => null],
    ["true", (there) => there],
  ])("is read to its end whatever count it has: %s", (_, count) => {
    const { walked } = read(() => ids(150).map(client), { top: 100, count });
    expect(walked.doubt).toBeNull();
    expect(walked.clients.size).toBe(150);
  });

  test("is doubted when it says that it has more than it shows", () => {
    const { walked } = read(() => ids(5).map(client), { count: () => 7 });
    expect(walked.doubt).toBe("says that it has 7 clients and shows 5");
  });

  test("is given up, and doubted, when it gives the first page again and again", () => {
    const { walked, asked } = read(() => ids(150).map(client), { top: 100, skips: false });
    expect(walked.doubt).toContain("same page");
    expect(asked.length).toBeLessThan(6);
  });

  test("is given up, and doubted, when it has no end", () => {
    let made = 0;
    const walk = new Walk<Client>();
    let step: Step = { do: "ask", skip: 0 };
    let pages = 0;
    let last = "client-0";
    while (step.do === "ask") {
      pages += 1;
      const fresh = Array.from({ length: 50 }, () => `client-${++made}`);
      step = walk.take({ entries: [last, ...fresh].map(client), count: null });
      last = fresh.at(-1) ?? "";
    }
    expect(pages).toBe(1_000);
    expect(walk.walked.doubt).toBe("has more than 1000 pages");
  });
});

describe("an entry without an id", () => {
  test("costs nothing but itself, wherever it stands", () => {
    for (const [top, size] of [3, 100].flatMap((pages) => [1, 2, 7].map((clients) => [pages, clients] as const))) {
      for (let at = 0; at <= size; at += 1) {
        const entries = ids(size).map(client);
        entries.splice(at, 0, odd("x", "Portal"));
        const { walked } = read(() => entries, { top, count: (there) => there });
        expect([...walked.clients.keys()]).toEqual(ids(size));
        expect({ top, at, doubt: walked.doubt }).toEqual({ top, at, doubt: null });
        expect([...walked.odd]).toEqual(["Portal"]);
      }
    }
  });

  test("is what cannot be read as a client, with its name where it has one", () => {
    const schema = z.object({ id: z.string().min(1) });
    const items = [{ id: "a" }, { name: "Portal" }, { id: "", name: "" }, { id: 5, name: 5 }, null, "text", [1]];
    expect(entriesOf(schema, items).map((entry) => entry.client?.id ?? ("name" in entry ? [entry.name] : []))).toEqual([
      "a",
      ["Portal"],
      [null],
      [null],
      [null],
      [null],
      [null],
    ]);
  });
});

describe("a client that a list does not have", () => {
  const whole = { doubt: null, odd: new Set<string | null>() };
  test.each<[string, Parameters<typeof doubtAbout>[0], string | null, boolean]>([
    ["is absent from a whole list", whole, "Portal", false],
    ["may be missing from one that is not", { ...whole, doubt: "kept changing while it was read" }, "Portal", true],
    ["may be an entry of its name that has no id", { ...whole, odd: new Set(["Portal"]) }, "Portal", true],
    ["may be an entry without a name", { ...whole, odd: new Set([null]) }, "Portal", true],
    ["may be any entry where its name is not known", { ...whole, odd: new Set(["Other"]) }, null, true],
    ["is no entry of another name", { ...whole, odd: new Set(["Other"]) }, "Portal", false],
  ])("%s", (_, list, name, doubted) => {
    expect(doubtAbout(list, name) !== null).toBe(doubted);
  });
});

describe("a list that changes while it is read", () => {
  test("goes back to where it joins, after deletions that nobody told of", () => {
    const before = ids(250);
    const after = before.slice(40);
    const { walked, asked } = read((request) => (request === 1 ? before : after).map(client), { top: 100 });
    expect(walked.doubt).toBeNull();
    expect(after.every((id) => walked.clients.has(id))).toBe(true);
    expect(asked.length).toBeLessThan(12);
  });

  test("takes no request more for deletions that are known", () => {
    const all = ids(270);
    const { walked, asked } = read((request) => all.slice(8 * request).map(client), { top: 100, gone: () => 16 });
    expect(walked.doubt).toBeNull();
    expect(all.slice(8 * asked.length).every((id) => walked.clients.has(id))).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  /** What others do between two requests, by positions in a list whose length nobody knows before. */
  const between = fc.record({
    deleted: fc.array(fc.nat(), { maxLength: 6 }),
    inserted: fc.array(fc.nat(), { maxLength: 2 }),
    known: fc.boolean(),
    count: fc.oneof(fc.nat(80), fc.constant(null)),
  });

  test("never passes for whole while a client that lived all the time is missing", () => {
    fc.assert(
      fc.property(
        fc.record({
          size: fc.nat(60),
          top: fc.integer({ min: 2, max: 20 }),
          skips: fc.boolean(),
          odd: fc.array(fc.nat(60), { maxLength: 3 }),
          changes: fc.array(between, { minLength: 1, maxLength: 40 }),
        }),
        ({ size, top, skips, odd: oddAt, changes }) => {
          const list = ids(size).map(client);
          for (const [nth, at] of oddAt.entries())
            list.splice(at, 0, odd(`odd-${nth}`, nth === 0 ? null : `Odd ${nth}`));
          let made = 0;
          let deleted = 0;
          let count: number | null = null;
          const gone = new Set<string>();
          const { walked } = read(
            (request) => {
              const change = changes[request - 2];
              deleted = 0;
              count = change?.count ?? null;
              for (const at of change?.deleted ?? []) {
                const [taken] = list.splice(at % Math.max(1, list.length), 1);
                if (taken?.client) gone.add(taken.client.id);
                deleted += 1;
              }
              for (const at of change?.inserted ?? []) list.splice(at % (list.length + 1), 0, client(`new-${++made}`));
              if (!change?.known) deleted = 0;
              return list;
            },
            { top, skips, count: () => count, gone: () => deleted },
          );
          if (walked.doubt !== null) return;
          for (const id of ids(size)) expect(gone.has(id) || walked.clients.has(id)).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
