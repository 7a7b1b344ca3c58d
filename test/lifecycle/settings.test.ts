/**
 * A client's life at a vendor that behaves in any way that its contract leaves open: settings of the sandbox are drawn at
 * random, and after each step the state and the vendor agree, or an error says what may be left.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { parseReceipts } from "pulumi-oauth-clients/automation";
import type { Activity } from "pulumi-oauth-clients-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sameValue } from "../../src/core/diff.ts";
import { KINDS, type Life, lives } from "./lives.ts";
import { Bench, type State, type Values } from "./support.ts";

/** One life, at a vendor that behaves as usual but for what is given. */
function once({ own = {}, ...life }: Partial<Life> & { own?: Values }): [Life] {
  return [{ behaviour: { shared: {}, own }, declared: {}, others: 0, steps: [], end: "destroy", ...life }];
}

/** Lives that once went wrong: kept, so that they are tried again each time. */
const FAILED: Readonly<Record<string, [Life][]>> = {
  "rezolve:OAuthClient": [],
  "nexus:Client": [
    // The state had an owner whom the vendor had taken for two.
    once({ own: { ownersPacking: "comma" }, declared: { owners: ["Admins, EU"] } }),
    // The answer to the patch that named the owners said that there were more, and the state did not have them.
    once({
      own: { ownersPacking: "semicolon", patchArrays: "merge" },
      declared: { owners: ["Admins; EU", "u-2"] },
    }),
    // What the vendor did not clear was taken for filled in by itself, as it said so, or as it was read.
    once({
      declared: { mobile: { ios: { teamId: "T-1" } } },
      steps: [{ do: "update", change: { mobile: undefined } }],
    }),
    once({
      own: { patchStatus: 204, patchArrays: "merge" },
      declared: { owners: ["u-1"] },
      steps: [
        { do: "update", change: { owners: undefined } },
        { do: "refresh", change: {} },
      ],
    }),
  ],
};

/** What a program says. */
const keysOf = (program: Values) => Object.keys(program).filter((key) => program[key] !== undefined);

const NAME_TAKEN = "already has a client of this name";

describe.each(KINDS)("a life of a $kind", (one) => {
  let bench: Bench;
  let initial: { shared: Values; own: Values };
  let receiptsFile: string;
  beforeAll(async () => {
    receiptsFile = join(await mkdtemp(join(tmpdir(), "settings-")), "receipts.jsonl");
    bench = await Bench.start(one.kind);
    bench.settlesMs = 40;
    bench.env.OAUTH_CLIENTS_RECEIPTS_FILE = receiptsFile;
    const { rezolve: _rezolve, nexus: _nexus, ...rest } = bench.sandbox.settings;
    initial = structuredClone({ shared: rest, own: { ...bench.sandbox.settings[one.settings] } });
  });
  afterAll(async () => {
    await bench.sandbox.close();
    await rm(dirname(receiptsFile), { recursive: true });
  });

  const clients = () => bench.sandbox.clients;
  const named = () =>
    clients()
      .list()
      .filter(({ name }) => name === one.program.name);
  const living = () => named().filter(({ deletion }) => deletion === null);
  const vendorHas = (id: string): Values => {
    const client = clients().get(id);
    return client === undefined ? {} : one.atVendor(client);
  };
  /** The list shows none, however often it is asked. */
  const isListRefused = () => {
    const { topTooLarge, maxTop } = bench.sandbox.settings.nexus;
    return one.settings === "nexus" && topTooLarge === "refuse" && maxTop < 100;
  };

  /** Whatever came of it: a state, perhaps a partial one, or an error alone. */
  async function outcome<Before extends State | null>(
    attempt: Promise<State>,
    before: Before,
  ): Promise<{ state: State | Before; error: string }> {
    try {
      return { state: await attempt, error: "" };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { id, properties }: { id?: unknown; properties?: object } = Object(error);
      const partial = typeof id === "string" ? { id, outputs: { ...Object(properties) } } : null;
      return { state: partial ?? before, error: message };
    }
  }

  /** No client lives that neither the state nor the error leads to. */
  function nothingIsForgotten(state: State | null, error: string): void {
    const isClaim = state?.id.startsWith("claim:") === true;
    const forgotten = living().filter(({ id }) => !isClaim && id !== state?.id && !error.includes(id));
    expect(forgotten.map(({ id }) => id)).toEqual([]);
  }

  function same(what: string, field: string, value: unknown, expected: unknown): void {
    const differing = { what, field, value, expected };
    expect(sameValue("set", value, expected) ? null : differing).toBe(null);
  }

  /** What the vendor has, but what its list hides. */
  function shownBy(id: string): [string, unknown][] {
    const { nullFields }: { nullFields: readonly string[] } = bench.sandbox.settings.nexus;
    return Object.entries(vendorHas(id)).filter(([field]) => !nullFields.includes(field));
  }

  /** The state has what the vendor has. */
  function agree(state: State): void {
    expect(clients().get(state.id)?.deletion).toBe(null);
    for (const [field, value] of shownBy(state.id)) same("the state", field, state.outputs[field], value);
  }

  /**
   * After a create or an update, the state has what the vendor says. A vendor that is silent is taken to have done what it
   * was asked for: that it did something else is not known before a refresh.
   *
   * @param before what the vendor had, and the state
   * @returns whether the vendor said what it did
   */
  function agreeOnPatch(
    state: State,
    before: { vendor: Values; state: Values },
    program: Values,
    isDone: boolean,
  ): boolean {
    const { settings, requests } = bench.sandbox;
    const patch = requests.list({ method: "PATCH" }).findLast(({ status }) => status === 200 || status === 204);
    const asked = one.asked(Object(patch?.body));
    const isTold = patch?.status === 200;
    expect(clients().get(state.id)?.deletion).toBe(null);
    for (const [field, value] of shownBy(state.id)) {
      const isAsked = field in asked;
      const had = before.vendor[field];
      same("the vendor", field, value, isAsked ? one.patched(field, asked[field], had, settings) : had);
      const believed = isAsked ? asked[field] : before.state[field];
      same("the state", field, state.outputs[field], isTold ? value : believed);
      // All that differed was asked for.
      if (isDone && program[field] !== undefined) same("the request", field, believed, program[field]);
    }
    return isTold;
  }

  /** What the program has ever said, and is not so at the vendor, the next preview shows. */
  async function differencesShow(state: State, program: Values, said: ReadonlySet<string>): Promise<void> {
    const differing = shownBy(state.id).filter(
      ([field, value]) => said.has(field) && !sameValue("set", value, program[field]),
    );
    if (differing.length === 0) return;
    const { changes } = await bench.diff(state, program);
    expect({ differing, changes }).toEqual({ differing, changes: true });
  }

  /** Creates it, in a process of its own. */
  async function born(program: Values): Promise<{ state: State | null; error: string }> {
    const { settings, requests } = bench.sandbox;
    bench.restart();
    requests.clear();
    const { state, error } = await outcome(bench.create(program), null);
    nothingIsForgotten(state, error);
    if (error === "" && state !== null) {
      const made = one.made(program, settings);
      agreeOnPatch(state, { vendor: made, state: made }, program, true);
    }
    // A text for one owner is no JSON: no create can name owners there.
    const isRefused = one.settings === "nexus" && settings.nexus.ownersPacking === "json" && "owners" in program;
    expect(error.includes("client_metadata.owners")).toBe(isRefused && !error.includes("HTTP 429"));
    return { state, error };
  }

  async function live({ behaviour, declared, others, steps, end }: Life): Promise<void> {
    bench.reset();
    await rm(receiptsFile, { force: true });
    Object.assign(bench.sandbox.settings, structuredClone(initial.shared));
    Object.assign(bench.sandbox.settings[one.settings], structuredClone(initial.own));
    for (let index = 0; index < others; index += 1) await bench.create({ ...one.program, name: `Other ${index}` });
    Object.assign(bench.sandbox.settings, structuredClone(behaviour.shared));
    Object.assign(bench.sandbox.settings[one.settings], structuredClone(behaviour.own));

    const first = { ...one.program, ...declared };
    let program: Values = first;
    let { state, error } = await born(first);
    if (state === null) return;
    const said = new Set(keysOf(first));
    /** What it has that is still good, of all that it was given. */
    const left = { tokens: 0, sessions: 0 };

    for (const [index, step] of steps.entries()) {
      if (state === null || state.id.startsWith("claim:") || state.id === "") break;
      const before: State = state;
      bench.sandbox.requests.clear();
      switch (step.do) {
        case "restart":
          bench.restart();
          break;
        case "drift":
          if (living().length > 0) clients().edit(before.id, one.drift);
          break;
        case "vanish":
          if (living().length > 0) clients().remove(before.id);
          break;
        case "use": {
          const [client] = living();
          const { clientSecret } = before.outputs;
          if (client?.status !== "active" || typeof clientSecret !== "string") break;
          // The secret in the state is a good one.
          const used = await one.use(bench.sandbox, { clientId: client.clientId, clientSecret });
          const { accessTokenLifetime, refreshTokenLifetime } = client.tokenSettings;
          if (accessTokenLifetime > 1) left.tokens += used.accessTokens;
          if (refreshTokenLifetime > 1) left.tokens += used.refreshTokens;
          left.sessions += used.sessions;
          // They expire as the second ends.
          if (Math.min(accessTokenLifetime, refreshTokenLifetime) === 1) await sleep(1_005 - (Date.now() % 1_000));
          break;
        }
        case "refresh": {
          const isGone = living().length === 0;
          // A command is a process of its own; within one, a listing serves all reads of a moment.
          bench.restart();
          bench.logged.length = 0;
          const read = await outcome(bench.refresh(before), before);
          ({ state, error } = read);
          nothingIsForgotten(read.state, error);
          // What lives stays in the state.
          if (!isGone || isListRefused()) expect(read.state.id).toBe(before.id);
          if (isListRefused()) expect(error).toMatch(/top: it must not be more than|HTTP 429/);
          // A list that proves nothing, one client a page for example, changes nothing, and that is told.
          const wasRead = error === "" && !bench.logged.join("\n").includes("It stays in the state.");
          if (wasRead && !isGone) {
            agree(read.state);
            await differencesShow(read.state, program, said);
          }
          const lags = (behaviour.shared.listLag?.deletedMs ?? 0) > 0;
          if (wasRead && isGone && !lags) expect(read.state.id).toBe("");
          break;
        }
        case "wrong-tenant": {
          // What another tenant says proves nothing, in whatever words.
          const lost = { ...before, outputs: { ...before.outputs, tenantId: "6b5eac0f-0000-4000-8000-00000000ffff" } };
          bench.restart();
          expect((await outcome(bench.refresh(lost), lost)).state.id).toBe(before.id);
          expect(
            (
              await outcome(
                bench.delete(lost).then(() => lost),
                lost,
              )
            ).error,
          ).not.toBe("");
          bench.restart();
          break;
        }
        case "update":
        case "rotate": {
          const isRotation = step.do === "rotate" && one.settings === "rezolve";
          program = { ...first, ...(isRotation ? { rotateSecretWhen: index } : step.change) };
          const diff = await bench.diff(before, program);
          if (!diff.changes || (diff.replaces ?? []).length > 0) break;
          const isGone = living().length === 0;
          const had = vendorHas(before.id);
          const updated = await outcome(bench.update(before, program), before);
          ({ state, error } = updated);
          nothingIsForgotten(updated.state, error);
          if (isGone) break;
          const then = { vendor: had, state: before.outputs };
          const isTold = agreeOnPatch(updated.state, then, program, error === "");
          if (error !== "") break;
          for (const field of keysOf(program)) said.add(field);
          if (isTold) await differencesShow(updated.state, program, said);
          break;
        }
      }
    }
    if (state !== null && state.id !== "" && !(await ends(state, program, end, left))) return;
    await isBornAgain(first);
  }

  /** The end: it is gone and told, or an error leads to it. Whether it is gone. */
  async function ends(state: State, program: Values, end: Life["end"], left: Activity): Promise<boolean> {
    const { settings } = bench.sandbox;
    const [last] = living();
    if (last !== undefined) expect(clients().activity(last.id)).toEqual(left);
    const isTombstone = end === "tombstone" && !state.id.startsWith("claim:");
    const ended = await outcome(
      isTombstone ? bench.update(state, { ...program, status: "deleted" }) : bench.delete(state).then(() => state),
      state,
    );
    if (ended.error !== "") {
      if (living().length > 0) nothingIsForgotten(state, ended.error);
      return false;
    }
    expect(living()).toEqual([]);
    // That it was gone before, nobody could find out.
    if (isListRefused()) expect(last).toBeDefined();
    const { receipts } = parseReceipts(await readFile(receiptsFile, "utf8").catch(() => ""));
    if (last !== undefined) {
      const receipt = receipts.find(({ id }) => id === last.id);
      const isSoft = one.settings === "rezolve" && settings.rezolve.deletion === "soft";
      expect(receipt).toMatchObject({
        outcome: isSoft ? "soft-deleted" : "deleted",
        tokensRevoked: one.counts ? left.tokens : null,
        activeSessionsTerminated: one.counts && !isSoft ? left.sessions : null,
        previousStatus: isSoft ? last.status : null,
        retentionDays: isSoft ? settings.rezolve.retentionDays : null,
        permanentDeletionDate: clients().get(last.id)?.deletion?.permanentDeletionDate ?? null,
      });
      if (isTombstone) expect(receipt).toMatchObject(Object(ended.state.outputs.revocation));
    }
    if (isTombstone) {
      expect(ended.state.outputs).toMatchObject({ status: "deleted", clientSecret: null });
      bench.sandbox.requests.clear();
      await bench.delete(ended.state);
      expect(bench.sandbox.requests.length).toBe(0);
    }
    return true;
  }

  /** What is gone is made again, unless its name is not free. */
  async function isBornAgain(program: Values): Promise<void> {
    const { softDeletedHoldsName } = bench.sandbox.settings.rezolve;
    const isHeld = softDeletedHoldsName && named().length > 0;
    const { state, error } = await born(program);
    expect(error.includes(NAME_TAKEN)).toBe(isHeld && !error.includes("HTTP 429"));
    if (isHeld) expect(state).toBe(null);
  }

  test("agrees with the vendor at each step, however the vendor behaves", { timeout: 300_000 }, async () => {
    const numRuns = Number(process.env.OAUTH_CLIENTS_TEST_LIVES ?? 60);
    await fc.assert(fc.asyncProperty(lives(one), live), {
      numRuns,
      examples: FAILED[one.kind] ?? [],
      endOnFailure: false,
    });
  });
});
