import { describe, expect, test } from "vitest";
import { UNKNOWN } from "../../core/unknown.ts";
import { documentIn } from "../stack/state.ts";
import { plannedIn } from "./hits.ts";

/** What stands for what a preview does not know, or must not say. */
const HIDDEN: readonly [what: string, value: unknown][] = [
  ["not known", UNKNOWN],
  ["masked", "[secret]"],
  ["encrypted", { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:…" }],
];

const CLIENT = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
const urn = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;

function resource(name: string, rest: Record<string, unknown> = {}) {
  const { type = CLIENT, ...more } = rest;
  return {
    urn: urn(String(type), name),
    type,
    id: `id-${name}`,
    inputs: {},
    outputs: { name, tenantId: "t-1", status: "active" },
    ...more,
  };
}

const exported = (...resources: object[]) => plannedIn(documentIn({ version: 3, deployment: { resources } }, "it"));
const previewed = (...steps: object[]) => plannedIn(documentIn({ steps }, "it"));
const brief = ({ hits }: ReturnType<typeof plannedIn>) => hits.map(({ how, id }) => [how, id]);

/** A step of a preview. */
function step(op: string, oldState: object | null, newState: object | null = null) {
  const state = Object(oldState ?? newState);
  return { op, urn: state.urn, ...(oldState ? { oldState } : {}), ...(newState ? { newState } : {}) };
}

describe("of a stack export, what a destroy would delete", () => {
  test("is every client that lives as far as the state knows", () => {
    const planned = exported(
      { urn: urn("pulumi:pulumi:Stack", "shop-dev"), type: "pulumi:pulumi:Stack" },
      resource("bot"),
      resource("gone", { outputs: { status: "deleted" } }),
      resource("read", { external: true }),
      resource("bucket", { type: "aws:s3/bucket:Bucket" }),
      resource("deletion", { type: "pulumi-nodejs:dynamic/rezolve:OAuthClientDeletion" }),
      resource("purge", { type: "pulumi-nodejs:dynamic/rezolve:OAuthClientPurge" }),
      resource("app", { type: "pulumi-nodejs:dynamic/nexus:Client" }),
    );
    expect(planned.isDestroy).toBe(true);
    expect(brief(planned)).toEqual([
      ["destroy", "id-bot"],
      ["destroy", "id-app"],
    ]);
  });

  test("leaves out what Pulumi itself leaves alone, and says so", () => {
    const stack = resource("tenant", { type: "acme:index:Tenant" });
    const { hits, spared } = exported(
      stack,
      resource("kept", { retainOnDelete: true }),
      resource("with", { deletedWith: stack.urn }),
      resource("with another", { deletedWith: urn("acme:index:Tenant", "elsewhere") }),
    );
    expect(hits.map(({ id }) => id)).toEqual(["id-with another"]);
    expect(spared.map(({ why }) => why)).toEqual(["retainOnDelete", `deletedWith ${stack.urn}`]);
  });

  test("knows protected resources, and claims, which are settled", () => {
    const { hits } = exported(resource("bot", { protect: true }), resource("lost", { id: "claim:1" }));
    expect(hits.map(({ how, id, refused }) => [how, id, refused && String(refused)])).toEqual([
      ["destroy", "id-bot", "Pulumi refuses it: the resource is protected."],
      ["settled claim", null, null],
    ]);
  });
});

describe("of a preview", () => {
  test.each(["same", "create", "refresh", "read", "import", "discard"])(
    "the step %s of a client deletes nothing",
    (op) => {
      expect(previewed(step(op, resource("bot"), resource("bot"))).hits).toEqual([]);
    },
  );

  test("a removal and a replacement delete; a preview of nothing but deletions is one of a destroy", () => {
    const replaced = step("replace", resource("moved"), resource("moved"));
    const removal = previewed(step("delete", resource("bot")), replaced);
    expect(removal.isDestroy).toBe(false);
    expect(brief(removal)).toEqual([
      ["removal", "id-bot"],
      ["replacement", "id-moved"],
    ]);
    const stack = { urn: urn("pulumi:pulumi:Stack", "shop-dev"), type: "pulumi:pulumi:Stack" };
    expect(brief(previewed(step("same", stack, stack), step("delete-replaced", resource("moved"))))).toEqual([
      ["replacement", "id-moved"],
    ]);
    const destroy = previewed(step("delete", resource("bot")), step("delete", stack));
    expect(destroy.isDestroy).toBe(true);
    expect(brief(destroy)).toEqual([["destroy", "id-bot"]]);
  });

  test("an update to the status deleted deletes; of what is a tombstone already, nothing does", () => {
    const dead = { inputs: { status: "deleted" } };
    expect(brief(previewed(step("update", resource("bot"), resource("bot", dead))))).toEqual([
      ["status: deleted", "id-bot"],
    ]);
    const tombstone = resource("bot", { outputs: { status: "deleted" } });
    expect(previewed(step("update", tombstone, resource("bot", dead))).hits).toEqual([]);
    expect(previewed(step("delete", tombstone)).hits).toEqual([]);
  });

  test("creating a deletion or a purge deletes, removing one does not", () => {
    const type = "pulumi-nodejs:dynamic/nexus:ClientDeletion";
    const purge = "pulumi-nodejs:dynamic/rezolve:OAuthClientPurge";
    const planned = previewed(
      step("create", null, resource("gone", { type, inputs: { targetId: "client-1", tenantId: "t-1" } })),
      step("create-replacement", null, resource("gone2", { type, inputs: { targetId: UNKNOWN } })),
      step("create", null, resource("many", { type: purge, inputs: { targetIds: ["a", "b", "a"] } })),
      step("create", null, resource("dry", { type: purge, inputs: { targetIds: ["c"], dryRun: true } })),
      step("create", null, resource("some", { type: purge, inputs: { select: { namePrefix: "pr-" } } })),
      step("delete", resource("old", { type })),
    );
    expect(brief(planned)).toEqual([
      ["deletion resource", "client-1"],
      ["deletion resource", null],
      ["purge", "a"],
      ["purge", "b"],
      ["purge", null],
    ]);
  });

  test("an unfinished purge goes on with the rest", () => {
    const type = "pulumi-nodejs:dynamic/rezolve:OAuthClientPurge";
    const old = resource("many", { type, outputs: { __open: ["x", "y"] } });
    expect(brief(previewed(step("update", old, resource("many", { type }))))).toEqual([
      ["purge", "x"],
      ["purge", "y"],
    ]);
  });

  test("what is secret or not known yet is nowhere in what is looked at", () => {
    const marked = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:…" };
    const outputs = { name: "bot", clientSecret: marked, clientId: "[secret]", tenantId: UNKNOWN };
    const [hit] = previewed(step("delete", resource("bot", { outputs }))).hits;
    expect(hit?.properties).toEqual({ name: "bot" });
  });
});

const PURGE = "pulumi-nodejs:dynamic/rezolve:OAuthClientPurge";

test("a purge whose selection is hidden is known to be one, and nothing else", () => {
  for (const hidden of ["[secret]", UNKNOWN]) {
    const inputs = { select: { namePrefix: hidden } };
    const { hits } = previewed(step("create", null, resource("some", { type: PURGE, inputs })));
    expect(hits).toMatchObject([{ how: "purge", id: null }]);
    expect(String(hits[0]?.unsure)).toContain("select is secret, or not known");
  }
});

describe("a purge of what it names", () => {
  const refusals = (inputs: object, outputs: object | null = null) => {
    const made = resource("many", { type: PURGE, inputs });
    const before = outputs && resource("many", { type: PURGE, outputs });
    const { hits } = previewed(before === null ? step("create", null, made) : step("update", before, made));
    return hits.map(({ id, refused }) => [id, refused && String(refused)]);
  };

  test("leaves out what is excluded by its id", () => {
    const inputs = { targetIds: ["a", "b", "c"], exclude: { ids: ["b"] }, limit: 2 };
    expect(refusals(inputs)).toEqual([
      ["a", null],
      ["c", null],
    ]);
  });

  test("is refused as a whole above its limit, also when it goes on", () => {
    const refusal = expect.stringContaining("3 clients would be deleted, more than the limit of 2");
    const targetIds = ["a", "b", "c"];
    const all = targetIds.map((id) => [id, refusal]);
    expect(refusals({ targetIds, limit: 2 })).toEqual(all);
    expect(refusals({ targetIds, limit: 2 }, { __open: targetIds })).toEqual(all);
  });
});

describe("a client that another resource has", () => {
  const refusalsIn = (...steps: object[]) => previewed(...steps).hits.map(({ refused }) => refused && String(refused));
  const stack = { urn: urn("pulumi:pulumi:Stack", "shop-dev"), type: "pulumi:pulumi:Stack" };
  const begin = step("same", stack, stack);
  const old = resource("bot");
  const adopting = (adopt: unknown, inputs: object = {}, rest: object = {}) =>
    resource("new", { id: null, inputs: { name: "bot", tenantId: "t-1", adopt, ...inputs }, ...rest });
  const TAKEN = expect.stringContaining("::new takes it over");

  test.each<[string, object, unknown]>([
    ["taken over by its id", adopting({ id: "id-bot" }), TAKEN],
    ["taken over by its id, somewhere else", adopting({ id: "id-bot" }, { tenantId: "t-2", name: "other" }), TAKEN],
    ["taken over by its name", adopting({ byName: true }), TAKEN],
    ["of another id", adopting({ id: "id-other" }), null],
    ["of another name", adopting({ byName: true }, { name: "other" }), null],
    ["of another tenant", adopting({ byName: true }, { tenantId: "t-2" }), null],
    ["of another connection", adopting({ byName: true }, { connection: "eu" }), null],
    ["of a name that is not known yet", adopting({ byName: true }, { name: UNKNOWN }), null],
    ["that is created", adopting(undefined), null],
    ["that is over before it begins", adopting({ id: "id-bot" }, { status: "deleted" }), null],
    ["of another vendor", adopting({ id: "id-bot" }, {}, { type: "pulumi-nodejs:dynamic/nexus:Client" }), null],
  ])("%s", (_what, made, expected) => {
    expect(refusalsIn(begin, step("delete", old), step("create", null, made))).toEqual([expected]);
    const [replaced] = refusalsIn(begin, step("create", null, made), step("replace", old, old));
    expect(replaced).toEqual(expected);
    if (replaced) expect(replaced).toContain("and where that comes first");
  });

  const doubtIn = (made: object, leaving: object = old) => {
    const [hit] = previewed(begin, step("delete", leaving), step("create", null, made)).hits;
    return { refused: hit?.refused ?? null, doubt: hit?.unsure ? String(hit.unsure) : null };
  };
  const MAY = expect.stringMatching(/::new may take it over: (adopt|name) is secret, or not known/);
  const PLACE = expect.stringMatching(/::new may take it over: (tenantId|connection) is secret, or not known/);
  const ELSEWHERE = { tenantId: "t-2" };

  test.each(HIDDEN)("is unknown where a new one may take it over: %s", (_what, hidden) => {
    const cases: [what: string, made: object, expected: unknown][] = [
      ["whole adoption", adopting(hidden), MAY],
      ["id", adopting({ id: hidden }), MAY],
      ["id, by another connection", adopting({ id: hidden }, { connection: "eu" }), MAY],
      ["id, of a place that is hidden, too", adopting({ id: hidden }, { tenantId: hidden }), MAY],
      ["id, elsewhere", adopting({ id: hidden }, ELSEWHERE), null],
      ["name", adopting({ byName: true }, { name: hidden }), MAY],
      ["place of its name", adopting({ byName: true }, { tenantId: hidden }), PLACE],
      ["connection of its name", adopting({ byName: true }, { connection: hidden }), PLACE],
      ["place of another name", adopting({ byName: true }, { tenantId: hidden, name: "other" }), null],
      ["name, elsewhere", adopting({ byName: true }, { name: hidden, ...ELSEWHERE }), null],
      ["name, by another connection", adopting({ byName: true }, { name: hidden, connection: "eu" }), null],
      ["name beside another id", adopting({ id: "id-other" }, { name: hidden }), null],
      ["name that is created", adopting(undefined, { name: hidden }), null],
      ["id, of another vendor", adopting({ id: hidden }, {}, { type: "pulumi-nodejs:dynamic/nexus:Client" }), null],
    ];
    const found = cases.map(([what, made]) => [what, doubtIn(made)]);
    expect(found).toEqual(cases.map(([what, , doubt]) => [what, { refused: null, doubt }]));
    const nameless = resource("bot", { outputs: { name: hidden, tenantId: "t-1", status: "active" } });
    expect(doubtIn(adopting({ byName: true }), nameless).doubt).toContain("the name of the client is secret");
  });

  test("is refused, and nothing is open, where that is known", () => {
    expect(doubtIn(adopting({ id: "id-bot" }))).toEqual({ refused: expect.anything(), doubt: null });
  });

  test("and keeps", () => {
    const keeper = resource("keeper", { id: "id-bot" });
    for (const op of ["same", "update"]) {
      expect(refusalsIn(begin, step("delete", old), step(op, keeper, keeper))).toEqual([
        expect.stringContaining("::keeper has it, too"),
      ]);
    }
    const over = resource("keeper", { id: "id-bot", inputs: { status: "deleted" } });
    expect(refusalsIn(begin, step("delete", old), step("update", keeper, over))).toEqual([null, null]);
    expect(refusalsIn(begin, step("delete", old), step("delete", keeper))).toEqual([null, null]);
  });

  test("is no other one where it is itself", () => {
    const replaced = { ...old, inputs: { name: "bot", tenantId: "t-1", adopt: { byName: true } } };
    expect(refusalsIn(begin, step("replace", old, replaced))).toEqual([null]);
  });

  test("in a destroy is deleted once", () => {
    expect(refusalsIn(step("delete", old), step("delete", resource("keeper", { id: "id-bot" })))).toEqual([null, null]);
  });
});

test("a status that is not known yet may delete", () => {
  const { hits } = previewed(step("update", resource("bot"), resource("bot", { inputs: { status: UNKNOWN } })));
  expect(hits).toMatchObject([{ how: "status: deleted", id: "id-bot" }]);
  expect(String(hits[0]?.unsure)).toContain("whether it is deleted");
});

test("the stack is known by whatever is said of it", () => {
  expect(previewed(step("create", null, resource("bot"))).stack).toBe("shop/dev");
  const diagnostics = [{ severity: "error", message: "it threw", urn: urn(CLIENT, "bot") }];
  expect(plannedIn(documentIn({ steps: [], diagnostics }, "it")).stack).toBe("shop/dev");
  expect(previewed().stack).toBe("");
});

test("a preview that failed says so, unless it is Pulumi's own refusal of a protected resource", () => {
  const failed = (...diagnostics: object[]) =>
    plannedIn(documentIn({ steps: [step("delete", resource("bot", { protect: true }))], diagnostics }, "it")).errors;
  const last = { severity: "error", message: "error: preview failed\n" };
  const at = urn(CLIENT, "bot");
  const refusals = [
    `error: Preview failed: resource "${at}" cannot be deleted\nbecause it is protected. To unprotect the resource, …`,
    `error: unable to replace resource "${at}"\nas it is currently marked for protection. To unprotect …`,
    `unable to replace resource "${at}" as part of replacing "${at}" as it is currently marked for protection. To …`,
  ];
  for (const message of refusals) expect(failed(last, { severity: "error", urn: at, message })).toEqual([]);
  for (const message of ["error: something else entirely broke here", "error: the resource is protected by a lock"]) {
    expect(failed(last, { severity: "error", urn: at, message })).toEqual([message]);
  }
  const elsewhere = urn(CLIENT, "other");
  for (const message of refusals) expect(failed({ severity: "error", urn: elsewhere, message })).toEqual([message]);
  expect(failed(last, { severity: "error", message: "error: the program threw" })).toEqual([
    "error: the program threw",
  ]);
  expect(failed({ severity: "warning", message: "careful" })).toEqual([]);
});

test.each([[{}], [[]], [{ deployment: null }], [{ steps: [{}] }], [undefined], ["text"]])(
  "%j is no stack document",
  (data) => {
    expect(() => documentIn(data, "plan.json")).toThrow("plan.json is neither a stack export nor a preview.");
  },
);
