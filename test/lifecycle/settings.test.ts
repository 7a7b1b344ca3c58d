/**
 * A client's life at a vendor that behaves in any way that its contract leaves open: settings of the sandbox are drawn at
 * random, and after each step the state and the vendor agree, or an error says what may be left.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { parseReceipts } from "pulumi-oauth-clients/automation";
import type { SandboxSettings } from "pulumi-oauth-clients-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sameValue } from "../../src/core/diff.ts";
import { Bench, type State, type Values } from "./support.ts";

/** How the vendor behaves. */
interface Behaviour {
  shared: Partial<Omit<SandboxSettings, "rezolve" | "nexus" | "tokenSettings">>;
  own: Values;
}

/** What happens to the client, beside its creation and its end. */
type Step = "refresh" | "update" | "drift" | "rotate" | "restart" | "vanish" | "wrong-tenant";

const STEPS: readonly Step[] = ["refresh", "update", "drift", "rotate", "restart", "vanish", "wrong-tenant"];

interface Life {
  behaviour: Behaviour;
  others: number;
  steps: readonly Step[];
}

interface Kind {
  kind: string;
  settings: "rezolve" | "nexus";
  program: Values;
  /** Programs that the client can be changed to in place. */
  changes: readonly Values[];
  own: fc.Arbitrary<Values>;
  /** What the vendor has, by the names of inputs. */
  atVendor(client: NonNullable<ReturnType<Bench["sandbox"]["clients"]["get"]>>): Values;
  drift: Parameters<Bench["sandbox"]["clients"]["edit"]>[1];
  counts: boolean;
}

const pages = fc.record({
  maxLimit: fc.constantFrom(1, 2, 3, 100),
  hasMore: fc.constantFrom("actual", "always", "never"),
  ignoresOffset: fc.constant(false),
});

const kinds: readonly Kind[] = [
  {
    kind: "rezolve:OAuthClient",
    settings: "rezolve",
    program: {
      name: "CI bot",
      clientType: "confidential",
      redirectUris: [],
      grantTypes: ["client_credentials"],
      scopes: ["users:read"],
    },
    changes: [{ description: "changed" }, { scopes: ["users:read", "users:write"] }, { allowedOrigins: [] }, {}],
    own: fc.record({
      deletion: fc.constantFrom("hard", "soft"),
      softDeletedGet: fc.constantFrom("404", "deleted"),
      softDeletedHoldsName: fc.constant(false),
      patchStatus: fc.constantFrom(200, 204),
      createSecret: fc.boolean(),
      pages,
      tenantUnknown: fc.constantFrom(404, 403, 400),
      rotation: fc.record({
        field: fc.constantFrom("clientSecret", "newClientSecret", "new-beside-null"),
        graceSeconds: fc.constantFrom(0, 60),
      }),
    }),
    atVendor: ({ name, description, scopes, redirectUris, allowedOrigins }) => {
      return { name, description, scopes, redirectUris, allowedOrigins };
    },
    drift: { description: "by somebody else", scopes: ["openid"] },
    counts: true,
  },
  {
    kind: "nexus:Client",
    settings: "nexus",
    program: { name: "Portal", appType: "non_interactive", owners: ["u-1", "u-2"] },
    changes: [{ productName: "changed" }, { callbackUrls: ["https://a.example.test"] }, { callbackUrls: [] }, {}],
    own: fc.record({
      createStatus: fc.constantFrom(200, 201),
      createBody: fc.constantFrom("full", "id-only", "without-id", "empty"),
      createLocation: fc.boolean(),
      secret: fc.constantFrom("populated", "masked", "null"),
      secretMask: fc.constantFrom("********", "[redacted]", "abcd…wxyz"),
      nullFields: fc.subarray(["owners", "logoUrl", "grantTypes", "type", "client_upn_key"]),
      ignoresQuery: fc.boolean(),
      search: fc.constantFrom("contains", "misses"),
      count: fc.constantFrom("all", "page", "zero", "null", "absent"),
      maxTop: fc.constantFrom(1, 2, 3, 100),
      patchStatus: fc.constantFrom(200, 204),
      errorContentType: fc.constantFrom("application/problem+json", "application/json"),
      singleGet: fc.constantFrom(404, 405),
      invisible: fc.constantFrom("403", "404"),
      tenantUnknown: fc.constantFrom(404, 403, 400),
    }),
    atVendor: ({ name, redirectUris, attributes }) => {
      return { name, callbackUrls: redirectUris, productName: attributes.productName };
    },
    drift: { redirectUris: ["https://else.example.test"], attributes: { productName: "by somebody else" } },
    counts: false,
  },
];

const shared: fc.Arbitrary<Behaviour["shared"]> = fc.record(
  {
    listLag: fc.record({ createdMs: fc.constantFrom(0, 20), deletedMs: fc.constantFrom(0, 20) }),
    retryAfter: fc.constantFrom("none", "seconds", "date"),
    rateLimitReset: fc.constantFrom("epoch-seconds", "epoch-milliseconds", "delta-seconds"),
    rateLimit: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.constant({ limit: 3, windowSeconds: 0.2 })),
  },
  { requiredKeys: [] },
);

const lives = ({ own }: Kind): fc.Arbitrary<Life> =>
  fc.record({
    behaviour: fc.record({ shared, own }),
    others: fc.constantFrom(0, 3),
    steps: fc.array(fc.constantFrom(...STEPS), { maxLength: 5 }),
  });

/** Lives that once went wrong: kept, so that they are tried again each time. */
const FAILED: Readonly<Record<string, [Life][]>> = { "rezolve:OAuthClient": [], "nexus:Client": [] };

describe.each(kinds)("a life of a $kind", (one) => {
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
  const living = () =>
    clients()
      .list()
      .filter(({ deletion, name }) => deletion === null && name === one.program.name);

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

  /** What the state says of the client the vendor has. */
  function agree(state: State, program: Values): void {
    const client = clients().get(state.id);
    expect(client?.deletion).toBe(null);
    if (client === undefined) return;
    const { nullFields = [] }: { nullFields?: readonly string[] } = Object(bench.sandbox.settings[one.settings]);
    for (const [field, value] of Object.entries(one.atVendor(client))) {
      if (nullFields.includes(field)) continue;
      expect({ field, same: sameValue("set", state.outputs[field], value) }).toEqual({ field, same: true });
      if (program[field] === undefined) continue;
      expect({ field, done: sameValue("set", program[field], value) }).toEqual({ field, done: true });
    }
  }

  async function live({ behaviour, others, steps }: Life): Promise<void> {
    bench.reset();
    await rm(receiptsFile, { force: true });
    Object.assign(bench.sandbox.settings, structuredClone(initial.shared));
    Object.assign(bench.sandbox.settings[one.settings], structuredClone(initial.own));
    for (let index = 0; index < others; index += 1) await bench.create({ ...one.program, name: `Other ${index}` });
    Object.assign(bench.sandbox.settings, structuredClone(behaviour.shared));
    Object.assign(bench.sandbox.settings[one.settings], structuredClone(behaviour.own));
    bench.restart();

    let program = { ...one.program };
    let { state, error }: { state: State | null; error: string } = await outcome(bench.create(program), null);
    nothingIsForgotten(state, error);
    if (error === "" && state !== null) agree(state, program);

    // What somebody changed is not known before a refresh.
    let isKnown = true;
    for (const [index, step] of steps.entries()) {
      if (state === null || state.id.startsWith("claim:") || state.id === "") break;
      const before: State = state;
      switch (step) {
        case "restart":
          bench.restart();
          break;
        case "drift":
          if (living().length > 0) clients().edit(before.id, one.drift);
          isKnown = false;
          break;
        case "vanish":
          if (living().length > 0) clients().remove(before.id);
          break;
        case "refresh": {
          const isGone = living().length === 0;
          // A command is a process of its own; within one, a listing serves all reads of a moment.
          bench.restart();
          bench.logged.length = 0;
          const read = await outcome(bench.refresh(before), before);
          ({ state, error } = read);
          nothingIsForgotten(read.state, error);
          // What lives stays in the state.
          if (!isGone) expect(read.state.id).toBe(before.id);
          // A list that proves nothing, one client a page for example, changes nothing, and that is told.
          const wasRead = error === "" && !bench.logged.join("\n").includes("It stays in the state.");
          if (wasRead && !isGone) agree(read.state, {});
          isKnown ||= wasRead;
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
          const change = one.changes[index % one.changes.length] ?? {};
          const more = step === "rotate" && one.settings === "rezolve" ? { rotateSecretWhen: index } : change;
          program = { ...one.program, ...more };
          const diff = await bench.diff(before, program);
          if (!diff.changes || (diff.replaces ?? []).length > 0) break;
          const isGone = living().length === 0;
          const updated = await outcome(bench.update(before, program), before);
          ({ state, error } = updated);
          nothingIsForgotten(updated.state, error);
          if (error === "" && !isGone && isKnown) agree(updated.state, program);
          break;
        }
      }
    }
    if (state === null || state.id === "") return;

    // The end: it is gone and told, or an error leads to it.
    const [last] = living();
    const activity = last === undefined ? null : clients().activity(last.id);
    const final = state;
    const ended = await outcome(
      bench.delete(final).then(() => final),
      final,
    );
    if (ended.error !== "") {
      if (living().length > 0) nothingIsForgotten(final, ended.error);
      return;
    }
    expect(living()).toEqual([]);
    const { receipts } = parseReceipts(await readFile(receiptsFile, "utf8").catch(() => ""));
    const [receipt] = receipts.filter(({ id }) => id === last?.id && last !== undefined);
    if (last === undefined || receipt === undefined) return;
    expect(receipt.outcome).toMatch(/deleted$/);
    expect(receipt.tokensRevoked).toBe(one.counts ? activity?.tokens : null);
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
