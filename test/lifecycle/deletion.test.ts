import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { totalReceipts } from "../../src/core/receipt.ts";
import { parseReceipts } from "../../src/core/receipts-file.ts";
import type { Revocation } from "../../src/core/revocation.ts";
import { Bench, type State, type Values } from "./support.ts";

const DECLARED = {
  rezolve: {
    name: "CI bot",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  },
  nexus: { name: "Portal", appType: "regular_web" },
} as const;
type VendorName = keyof typeof DECLARED;

const ALWAYS = Number.POSITIVE_INFINITY;

describe.each<VendorName>(["rezolve", "nexus"])("a deletion at %s", (vendor) => {
  let bench: Bench;
  let env: Record<string, string>;
  let settings: Record<string, unknown>;
  const declared = { ...DECLARED[vendor] };
  beforeAll(async () => {
    bench = await Bench.start(vendor === "rezolve" ? "rezolve:OAuthClient" : "nexus:Client");
    env = { ...bench.env };
    settings = structuredClone({ ...bench.sandbox.settings });
  });
  afterAll(() => bench.sandbox.close());
  afterEach(() => {
    for (const key of Object.keys(bench.env)) delete bench.env[key];
    Object.assign(bench.env, env);
    Object.assign(bench.sandbox.settings, structuredClone(settings));
    bench.reset();
  });

  const trusting = { ...declared, deletion: { alreadyGone: "trust" } };
  const alive = () => bench.sandbox.clients.count();

  function answering(status: number, body: unknown, contentType?: string): void {
    bench.sandbox.faults.add({
      match: { method: "DELETE" },
      times: ALWAYS,
      effect: { kind: "respond", status, body, contentType },
    });
  }

  /** Deletes as an update does, which shows the evidence in the state. */
  async function revocationOf(state: State, inputs: Values = declared): Promise<Revocation> {
    const { outputs } = await bench.update(state, { ...inputs, status: "deleted" });
    return Object(outputs.revocation);
  }

  describe("through another address than the one recorded with the client", () => {
    async function moved(inputs: Values = declared): Promise<State> {
      const { id, outputs } = await bench.create(inputs);
      return { id, outputs: { ...outputs, baseUrl: "https://before.example.test" } };
    }
    const GOES_BACK =
      /was created at https:\/\/before\.example\.test.*Set connection "default" back to.*pulumi refresh/s;

    test("is not believed where a 404 answers, and asks no more of that host", async () => {
      const state = await moved();
      bench.sandbox.clients.remove(state.id, "hard");
      bench.sandbox.requests.clear();
      await expect(bench.delete(state)).rejects.toThrow(GOES_BACK);
      expect(bench.sandbox.requests.list().map(({ method }) => method)).toEqual(["DELETE"]);
    });

    test.each([
      ["a web page", "<html>For sale</html>", "text/html"],
      ["somebody's JSON", {}, "application/json"],
      ["nothing", "", "text/plain"],
    ])(
      "is not believed where a 200 with %s answers, and the client that is not listed there stays",
      async (_, body, type) => {
        for (const inputs of [declared, trusting]) {
          const state = await moved(inputs);
          bench.sandbox.clients.remove(state.id, "hard");
          answering(200, body, type);
          bench.sandbox.requests.clear();
          await expect(bench.delete(state)).rejects.toThrow(GOES_BACK);
          expect(bench.sandbox.requests.count({ method: "GET" })).toBe(0);
          bench.sandbox.faults.clear();
        }
      },
    );

    test("is not believed where the client is in conflict with something", async () => {
      const state = await moved(trusting);
      bench.sandbox.clients.remove(state.id, "hard");
      answering(409, undefined);
      await expect(bench.delete(state)).rejects.toThrow(GOES_BACK);
    });

    test("goes on after a refresh that found the client at the new address", async () => {
      const state = await bench.refresh(await moved());
      await bench.delete(state);
      expect(alive()).toBe(0);
    });

    if (vendor === "rezolve") {
      test("is believed where the vendor's own answer names this very client", async () => {
        await bench.delete(await moved());
        expect(alive()).toBe(0);
        expect(bench.logged.at(-1)).toMatch(/^deleted /);
      });

      test("is not believed where the vendor's own answer names another client", async () => {
        answering(200, { success: true, data: { id: "client-other", tokensRevoked: 3 } });
        await expect(bench.delete(await moved())).rejects.toThrow(GOES_BACK);
      });

      test("leaves a client in the state that a refresh finds deleted there", async () => {
        Object.assign(bench.sandbox.settings.rezolve, { deletion: "soft", softDeletedGet: "deleted" });
        const state = await moved();
        bench.sandbox.clients.remove(state.id, "soft");
        await expect(bench.refresh(state)).rejects.toThrow(GOES_BACK);
        const here = { id: state.id, outputs: { ...state.outputs, baseUrl: bench.sandbox.url } };
        expect(await bench.refresh(here)).toMatchObject({ id: "" });
      });
    } else {
      test("is not believed where the success could be anybody's", async () => {
        await expect(bench.delete(await moved())).rejects.toThrow(GOES_BACK);
      });
    }
  });

  test("after an update that another address only pretended to carry out is one at the recorded address", async () => {
    const { id, outputs } = await bench.create(declared);
    const state = { id, outputs: { ...outputs, baseUrl: "https://before.example.test" } };
    const body = vendor === "rezolve" ? { success: true, data: {} } : {};
    bench.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "respond", status: 200, body } });
    const change = vendor === "rezolve" ? { description: "changed" } : { productName: "changed" };
    await expect(bench.update(state, { ...declared, ...change })).rejects.toThrow(/was created at .*does not name it/);
    // An answer that shows the client moves it there.
    expect((await bench.update(state, { ...declared, ...change })).outputs.baseUrl).toBe(bench.sandbox.url);
  });

  test("of a client that this run made is not verified by a look from before", async () => {
    const vanished = await bench.create({ ...declared, name: "Vanished" });
    bench.sandbox.clients.remove(vanished.id, "hard");
    bench.restart();
    await bench.delete(vanished);
    const state = await bench.create(declared);
    answering(404, undefined);
    await expect(bench.delete(state)).rejects.toThrow("a second look finds it");
    expect(alive()).toBe(1);
  });

  test("by an answer that is none of the vendor's is looked into afresh, also where this run has looked before", async () => {
    const [vanished, bot] = [await bench.create({ ...declared, name: "Vanished" }), await bench.create(declared)];
    bench.sandbox.clients.remove(vanished.id, "hard");
    bench.restart();
    // From here on the run remembers a look at which the other client lived.
    await bench.delete(vanished);
    const answer = { status: 200, body: ["done"] };
    bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond", ...answer } });
    await expect(bench.delete(bot)).rejects.toThrow(/A DELETE was sent and may have been carried out/);
    expect(alive()).toBe(1);
    bench.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "respond-after", ...answer } });
    await expect(bench.delete(bot)).resolves.toBeUndefined();
    expect(alive()).toBe(0);
  });

  test("by a …Deletion that comes before the resource which has its target is refused by a preview, and only there", async () => {
    const state = await bench.create(declared);
    bench.restart();
    const __kind = vendor === "rezolve" ? "rezolve:OAuthClientDeletion" : "nexus:ClientDeletion";
    const portal = () => {
      bench.urn = "urn:portal";
      return bench.diff(state, declared);
    };
    for (const isPreview of [true, false]) {
      bench.restart();
      bench.urn = "urn:gone";
      const { inputs } = await bench.provider.check({}, { targetId: state.id, __kind });
      if (isPreview) {
        await expect(portal()).rejects.toThrow("this stack deletes it with urn:gone");
      } else {
        // Nothing has shown the provider that the program has more.
        await bench.provider.create({ ...inputs, __kind });
        await expect(portal()).rejects.toThrow(/this run has deleted it, as urn:gone.*pulumi refresh/);
      }
      expect(alive()).toBe(isPreview ? 1 : 0);
    }
  });

  test("that is given up for good is none: the next resource that has the client asks the vendor itself", async () => {
    const state = await bench.create(declared);
    bench.restart();
    bench.env.OAUTH_CLIENTS_ABANDON = vendor;
    answering(503, "<html>", "text/html");
    for (const urn of ["urn:a", "urn:b"]) {
      bench.urn = urn;
      bench.logged.length = 0;
      await bench.delete(state);
      expect(bench.logged.at(-1)).toMatch(/^ABANDONED /);
    }
    bench.sandbox.faults.clear();
    bench.urn = "urn:c";
    expect(await bench.create({ ...declared, adopt: { id: state.id } })).toMatchObject({ id: state.id });
    await expect(bench.delete(state)).resolves.toBeUndefined();
    expect(bench.logged.at(-1)).toContain("this run took it over again");
  });

  test("with a conflict that does not say that the client is gone is looked into, also in mode trust", async () => {
    for (const inputs of [declared, trusting]) {
      const state = await bench.create(inputs);
      answering(409, undefined);
      await expect(bench.delete(state)).rejects.toThrow(/HTTP 409/);
      expect(alive()).toBe(1);
      bench.sandbox.clients.remove(state.id, "hard");
      expect(await revocationOf(state, inputs)).toMatchObject({ outcome: "already-gone", verified: true });
      bench.reset();
    }
  });

  test.each<[string, unknown, string?]>([
    ["an envelope without success", { success: false }],
    ["an error text", { success: false, error: "in use" }],
    ["an error", { success: false, error: { code: "IN_USE", message: "in use" } }],
    ["problem details", { title: "Conflict", status: 409, detail: "in use" }, "application/problem+json"],
    ["a failure below data", { success: true, data: { success: false } }],
  ])("whose 200 says that it failed by %s is looked into", async (_what, body, contentType) => {
    for (const inputs of [declared, trusting]) {
      const state = await bench.create(inputs);
      answering(200, body, contentType);
      await expect(bench.delete(state)).rejects.toThrow(/says that it failed \(HTTP 200/);
      expect(alive()).toBe(1);
      bench.sandbox.clients.remove(state.id, "hard");
      // Whether it was this request that deleted it, nobody knows.
      expect(await revocationOf(state, inputs)).toMatchObject({ outcome: "already-gone", responseLost: true });
      bench.reset();
    }
  });

  test.each<["drop-after" | "respond-after", string]>([
    ["drop-after", "a reset"],
    ["respond-after", "a 502"],
  ])("whose answer was lost after the work (%s: %s) is gone, and tells of the lost response", async (kind) => {
    const state = await bench.create(declared);
    const effect =
      kind === "drop-after" ? { kind, reset: true } : { kind, status: 502, body: "<html>Bad gateway</html>" };
    bench.sandbox.faults.add({ match: { method: "DELETE" }, effect });
    expect(await revocationOf(state)).toMatchObject({ outcome: "already-gone", verified: true, responseLost: true });
  });

  if (vendor === "nexus") {
    describe.each([
      [
        "Basic",
        async () => {
          const { username, password } = bench.sandbox.nexus.basicUser;
          delete bench.env.NEXUS_TOKEN;
          delete bench.env.NEXUS_APPLICATION_TOKEN;
          Object.assign(bench.env, { NEXUS_USERNAME: username, NEXUS_PASSWORD: password });
        },
      ],
      [
        "a token without client.read.all",
        async () => {
          bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({ permissions: ["client.read", "client.write.all"] });
        },
      ],
      [
        "a token that may not list clients",
        async () => {
          bench.env.NEXUS_TOKEN = await bench.sandbox.adminToken({ permissions: ["client.write.all"] });
        },
      ],
    ])("with %s", (_what, logIn) => {
      test("is already gone after a 404, not verified and with a warning that is given once", async () => {
        const states = [await bench.create(declared), await bench.create({ ...declared, name: "Other" })];
        for (const { id } of states) bench.sandbox.clients.remove(id);
        await logIn();
        bench.restart();
        bench.logged.length = 0;
        for (const state of states) await bench.delete(state);
        expect(bench.logged).toHaveLength(3);
        const [, ...deletions] = bench.logged;
        expect(bench.logged[0]).toMatch(/^"Not verified" means that Nexus .* client\.read\.all|permission to list/);
        for (const line of deletions) expect(line).toMatch(/^already gone: .*\(HTTP 404, not verified\)$/);
      });

      test.each<["drop-after" | "respond-after"]>([["drop-after"], ["respond-after"]])(
        "is gone after a lost answer (%s), and says that an earlier DELETE may have done it",
        async (kind) => {
          const state = await bench.create(declared);
          await logIn();
          bench.restart();
          const effect = kind === "drop-after" ? { kind, reset: true } : { kind, status: 502 };
          bench.sandbox.faults.add({ match: { method: "DELETE" }, effect });
          expect(await revocationOf(state)).toMatchObject({
            outcome: "already-gone",
            verified: false,
            responseLost: true,
          });
          expect(bench.logged.at(-1)).toMatch(/not verified\); an earlier DELETE, whose response was lost, may have/);
          expect(alive()).toBe(0);
        },
      );

      test("is a stricter question for a refresh: the client stays in the state", async () => {
        const state = await bench.create(declared);
        bench.sandbox.clients.remove(state.id);
        await logIn();
        bench.restart();
        // A refresh that fails leaves the resource where it is, too.
        const kept = await bench.refresh(state).then(
          ({ id }) => id,
          () => state.id,
        );
        expect(kept).toBe(state.id);
      });
    });
  }

  describe("of which no answer comes until the budget ends", () => {
    let file: string;
    beforeEach(async () => {
      file = join(await mkdtemp(join(tmpdir(), "deletion-test-")), "receipts.jsonl");
      bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = file;
      bench.restart();
    });
    afterEach(() => rm(dirname(file), { recursive: true, force: true }));

    const receipts = async () => parseReceipts(await readFile(file, "utf8").catch(() => "")).receipts;

    /** Fails to delete a client that is deleted all the same. */
    async function deleteInVain(): Promise<State> {
      const state = await bench.create(declared);
      bench.sandbox.faults.add({
        match: { method: "DELETE" },
        times: ALWAYS,
        effect: { kind: "drop-after", reset: true },
      });
      await expect(bench.delete(state)).rejects.toThrow("A DELETE was sent and may have been carried out");
      bench.sandbox.faults.clear();
      expect(alive()).toBe(0);
      return state;
    }

    test("says so at once, and the run that finds it gone tells of the lost response, and totals count it once", async () => {
      const state = await deleteInVain();
      const open = { outcome: "unconfirmed", id: state.id, httpStatus: 0, responseLost: true, tokensRevoked: null };
      expect(await receipts()).toMatchObject([open]);
      bench.restart();
      bench.logged.length = 0;
      await bench.delete(state);
      expect(bench.logged.join()).toMatch(
        /already gone: .*an earlier DELETE, whose response was lost, may have deleted it/,
      );
      expect(await receipts()).toMatchObject([open, { outcome: "already-gone", verified: true, responseLost: true }]);
      expect(totalReceipts(await receipts())).toMatchObject({
        clients: 1,
        outcomes: { "already-gone": 1, unconfirmed: 0 },
        unknownTokenCounts: 1,
      });
    });

    test("is told of in the state, too, where the next run records a tombstone", async () => {
      const state = await deleteInVain();
      bench.restart();
      expect(await revocationOf(state)).toMatchObject({ outcome: "already-gone", responseLost: true });
    });

    test("is somebody's, as far as anybody knows, where no receipts are kept", async () => {
      delete bench.env.OAUTH_CLIENTS_RECEIPTS_FILE;
      bench.restart();
      const state = await deleteInVain();
      bench.restart();
      expect(await revocationOf(state)).toMatchObject({ outcome: "already-gone", responseLost: false });
    });

    test("is settled by a later DELETE that succeeds", async () => {
      const state = await bench.create(declared);
      const fault = bench.sandbox.faults.add({
        match: { method: "DELETE" },
        times: ALWAYS,
        effect: { kind: "respond", status: 502 },
      });
      await expect(bench.delete(state)).rejects.toThrow("may have been carried out");
      fault.remove();
      bench.restart();
      await bench.delete(state);
      expect(await receipts()).toMatchObject([{ outcome: "unconfirmed" }, { outcome: "deleted", responseLost: false }]);
      expect(totalReceipts(await receipts()).outcomes).toMatchObject({ deleted: 1, unconfirmed: 0 });
    });

    test("is no deed of somebody else's to a refresh either, which settles it", async () => {
      const state = await deleteInVain();
      bench.restart();
      expect(await bench.refresh(state)).toMatchObject({ id: "" });
      expect(bench.logged.at(-1)).toMatch(/no longer exists: a DELETE of this project, whose response was lost, may/);
      expect(await receipts()).toMatchObject([
        { outcome: "unconfirmed" },
        { outcome: "already-gone", id: state.id, name: declared.name, verified: true, responseLost: true },
      ]);
    });

    test("is somebody else's to a refresh only where no receipt speaks of it", async () => {
      const [gone, deleted] = [await bench.create(declared), await bench.create({ ...declared, name: "Other" })];
      bench.sandbox.clients.remove(gone.id, "hard");
      await bench.delete(deleted);
      bench.restart();
      expect(await bench.refresh(gone)).toMatchObject({ id: "" });
      expect(bench.logged.at(-1)).toContain("no longer exists: somebody deleted it outside of Pulumi");
      expect(await bench.refresh(deleted)).toMatchObject({ id: "" });
      expect(bench.logged.at(-1)).toMatch(
        /no longer exists: this project deleted it before, see the receipt of \d{4}-/,
      );
      expect(await receipts()).toMatchObject([{ outcome: "deleted" }]);
    });

    test("is not called living where the emergency switch then forgets it", async () => {
      const state = await deleteInVain();
      bench.env.OAUTH_CLIENTS_ABANDON = vendor;
      bench.sandbox.faults.add({
        times: ALWAYS,
        effect: { kind: "respond", status: 404, body: "<html>For sale</html>", contentType: "text/html" },
      });
      bench.restart();
      await bench.delete(state);
      expect(bench.logged.at(-1)).toMatch(/^ABANDONED .*whether it is deleted is NOT known/);
      expect(await receipts()).toMatchObject([
        { outcome: "unconfirmed" },
        { outcome: "abandoned", responseLost: true },
      ]);
    });

    test("is not called living either where its deletion was done and only not recorded", async () => {
      const state = await bench.create(declared);
      await bench.delete(state);
      bench.env.OAUTH_CLIENTS_ABANDON = vendor;
      bench.sandbox.faults.add({
        times: ALWAYS,
        effect: { kind: "respond", status: 404, body: "<html>For sale</html>", contentType: "text/html" },
      });
      bench.restart();
      await bench.delete(state);
      expect(bench.logged.at(-1)).toMatch(/^ABANDONED .*it was deleted before, see the receipt of \d{4}-.*; only now/);
    });

    test("is told from one that was done and only not recorded: its receipt is named", async () => {
      const state = await bench.create(declared);
      await bench.delete(state);
      bench.restart();
      await bench.delete(state);
      expect(bench.logged.at(-1)).toMatch(/already gone: .*it was deleted before, see the receipt of \d{4}-/);
      expect(await receipts()).toMatchObject([
        { outcome: "deleted" },
        { outcome: "already-gone", responseLost: false },
      ]);
    });
  });

  if (vendor === "rezolve") {
    test("keeps no secret and no flood that the vendor says back, neither in the state nor in a receipt", async () => {
      const token = env.REZOLVE_TOKEN ?? "";
      const file = join(await mkdtemp(join(tmpdir(), "deletion-test-")), "receipts.jsonl");
      bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = file;
      bench.restart();
      const words = `Bearer ${token}\n<{%boom%}>\u001b]0;x\u0007 ${"more ".repeat(20_000)}`;
      const data = {
        tokensRevoked: 1,
        deletedAt: words,
        deletedBy: { id: words, name: words, email: words },
        previousStatus: words,
        permanentDeletionDate: words,
      };
      const state = await bench.create(declared);
      answering(200, { success: true, data });
      const { outputs } = await bench.update(state, { ...declared, status: "deleted" });
      expect(outputs.revocation).toMatchObject({ outcome: "soft-deleted", tokensRevoked: 1 });
      const written = await readFile(file, "utf8");
      await rm(dirname(file), { recursive: true, force: true });
      for (const text of [JSON.stringify(outputs), written, bench.logged.join("\n")]) {
        expect(text.length).toBeLessThan(5_000);
        expect(text).not.toContain(token.slice(0, 24));
        expect(text).not.toMatch(/<\{%|\\u001b|\\u0007/);
      }
    });

    test("hands on no secret that an older version left in a tombstone", async () => {
      const token = env.REZOLVE_TOKEN ?? "";
      const state = await bench.create(declared);
      const tombstone = await bench.update(state, { ...declared, status: "deleted" });
      const revocation = { ...Object(tombstone.outputs.revocation), deletedAt: `Bearer ${token}`, verified: false };
      await bench.delete({ ...tombstone, outputs: { ...tombstone.outputs, revocation } });
      const { outputs } = await bench.create(declared);
      expect(outputs.previousRevocation).toMatchObject({ outcome: "deleted" });
      expect(JSON.stringify(outputs)).not.toContain(token.slice(0, 24));
    });
  }

  describe("with the emergency switch", () => {
    const page = (status: number, headers?: Record<string, string>) => ({
      kind: "respond" as const,
      status,
      body: "<html>For sale</html>",
      contentType: "text/html",
      headers,
    });

    test.each([
      ["a page of success", page(200)],
      [
        "a redirect",
        { ...page(302, { location: "https://parking.example.test/" }), body: "", contentType: "text/plain" },
      ],
      ["a page that redirects", page(301, { location: "https://parking.example.test/" })],
      ["a page not found", page(404)],
    ])("is forgotten where everything is %s", async (_what, effect) => {
      const state = await bench.create(declared);
      bench.env.OAUTH_CLIENTS_ABANDON = vendor;
      bench.sandbox.faults.add({ times: ALWAYS, effect });
      await bench.delete(state);
      expect(bench.logged.at(-1)).toMatch(/^ABANDONED /);
    });

    test("stays where a page answers, but the vendor itself still shows the client", async () => {
      const state = await bench.create(declared);
      bench.env.OAUTH_CLIENTS_ABANDON = vendor;
      bench.sandbox.faults.add({ match: { method: "DELETE" }, times: ALWAYS, effect: page(200) });
      await expect(bench.delete(state)).rejects.toThrow("somebody else's page");
      expect(bench.logged.join("\n")).toContain("OAUTH_CLIENTS_ABANDON is set but does not count");
    });

    test("stays where only the address is another one than the recorded one", async () => {
      const { id, outputs } = await bench.create(declared);
      bench.env.OAUTH_CLIENTS_ABANDON = vendor;
      bench.sandbox.faults.add({ times: ALWAYS, effect: page(404) });
      const state = { id, outputs: { ...outputs, baseUrl: "https://before.example.test" } };
      await expect(bench.delete(state)).rejects.toThrow("was created at https://before.example.test");
    });
  });
});
