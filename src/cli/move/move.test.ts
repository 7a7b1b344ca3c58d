import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SHELL } from "../../core/shell.ts";
import { KIND_NAMES } from "../stack/state.ts";
import { type Moved, moved, type Way } from "./move.ts";

const to = (way: Way, exported: unknown): Moved => moved(exported, { to: way, kinds: KIND_NAMES, shell: SHELL });

const STACK = "urn:pulumi:dev::shop";
const ROOT = { urn: `${STACK}::pulumi:pulumi:Stack::shop-dev`, type: "pulumi:pulumi:Stack", custom: false };
const DYNAMIC = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
const PACKAGED = "oauth-clients:rezolve:OAuthClient";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };

type Resource = Record<string, unknown> & { urn: string; type: string };

const urnOf = (type: string, name: string, parent = "") => `${STACK}::${parent}${type}::${name}`;

function provider(plugin: string, name = "default", id = `id-of-${plugin}`): Resource {
  const type = `pulumi:providers:${plugin}`;
  return { urn: urnOf(type, name), type, custom: true, id };
}
const refTo = ({ urn, id }: Resource) => `${urn}::${String(id)}`;
const NODE = provider("pulumi-nodejs");

function client(name: string, more: Record<string, unknown> = {}): Resource {
  return {
    urn: urnOf(DYNAMIC, name),
    type: DYNAMIC,
    custom: true,
    id: `client-${name}`,
    inputs: { name, __kind: "rezolve:OAuthClient", __provider: SHELL },
    outputs: { name, clientSecret: SECRET, __kind: "rezolve:OAuthClient", __provider: SHELL },
    parent: ROOT.urn,
    provider: refTo(NODE),
    ...more,
  };
}

const exportOf = <One>(resources: One[], more: object = {}) => ({
  version: 3,
  deployment: { manifest: { magic: "m" }, resources, ...more },
});

const deploymentIn = ({ document }: Pick<Moved, "document">): { resources: Resource[] } => Object(document).deployment;
const resourcesIn = (done: Pick<Moved, "document">) => deploymentIn(done).resources;
const named = (all: readonly Resource[], name: string) => all.find(({ urn }) => urn.endsWith(`::${name}`));

describe("a move", () => {
  test("changes type, URN, provider and what only dynamic states hold, and keeps secrets as they are encrypted", () => {
    const { urns, document } = to("packaged", exportOf([ROOT, NODE, client("bot")]));
    expect(urns).toEqual([urnOf(PACKAGED, "bot")]);
    const [, , added, bot] = resourcesIn({ document });
    expect(added).toMatchObject({ type: "pulumi:providers:oauth-clients", custom: true });
    expect(bot).toEqual({
      urn: urnOf(PACKAGED, "bot"),
      type: PACKAGED,
      custom: true,
      id: "client-bot",
      inputs: { name: "bot" },
      outputs: { name: "bot", clientSecret: SECRET },
      parent: ROOT.urn,
      provider: refTo(added ?? NODE),
    });
  });

  test("follows URNs wherever they stand", () => {
    const bot = urnOf(DYNAMIC, "bot");
    const child = {
      urn: urnOf("random:index:Pet", "pet", `${DYNAMIC}$`),
      type: "random:index:Pet",
      parent: bot,
      dependencies: [bot],
      propertyDependencies: { keepers: [bot], length: [] },
      deletedWith: bot,
      replaceWith: [bot],
      aliases: [urnOf("random:index:Pet", "cat", `${DYNAMIC}$`)],
    };
    const exported = exportOf([{ ...ROOT, outputs: { which: bot } }, NODE, client("bot"), child], {
      pending_operations: [{ type: "deleting", resource: client("bot") }],
    });
    const { document } = to("packaged", exported);
    const now = urnOf(PACKAGED, "bot");
    expect(named(Object(document).deployment.resources, "pet")).toMatchObject({
      urn: urnOf("random:index:Pet", "pet", `${PACKAGED}$`),
      type: "random:index:Pet",
      parent: now,
      dependencies: [now],
      propertyDependencies: { keepers: [now], length: [] },
      deletedWith: now,
      replaceWith: [now],
    });
    const [{ resource }] = Object(document).deployment.pending_operations;
    expect(resource).toMatchObject({ urn: now, type: PACKAGED, inputs: { name: "bot" } });
    expect(JSON.stringify(document)).not.toContain(`${bot}"`);
  });

  test("uses the provider that is there already, in front of what it provides", () => {
    const versioned = provider("oauth-clients", "default_0_1_0");
    const other = { ...client("other"), urn: urnOf(PACKAGED, "other"), type: PACKAGED, provider: refTo(versioned) };
    const all = resourcesIn(to("packaged", exportOf([ROOT, NODE, client("bot"), versioned, other])));
    expect(all.map(({ urn }) => urn.split("::").at(-1))).toEqual([
      "shop-dev",
      "default",
      "default_0_1_0",
      "bot",
      "other",
    ]);
    expect(named(all, "bot")?.provider).toBe(refTo(versioned));
    expect(named(all, "other")).toEqual(other);
  });

  test("leaves everything else alone, and knows when there is nothing to move", () => {
    const foreign = { urn: urnOf("pulumi-nodejs:dynamic:Resource", "x"), type: "pulumi-nodejs:dynamic:Resource" };
    for (const exported of [exportOf([ROOT, NODE, foreign]), exportOf([]), { deployment: { manifest: {} } }]) {
      expect(to("packaged", exported)).toEqual({ document: exported, urns: [] });
    }
    const once = to("packaged", exportOf([ROOT, NODE, client("bot")]));
    expect(to("packaged", once.document)).toEqual({ document: once.document, urns: [] });
  });

  test.each([
    ["what is no export", [], "no stack export"],
    ["a state file of a backend", { version: 3, checkpoint: { latest: {} } }, "no stack export"],
    ["nothing at all", undefined, "no stack export"],
    [
      "secrets in clear, of whatever resource",
      exportOf([ROOT, { ...ROOT, outputs: { deep: [{ ...SECRET, plaintext: '"s3cr3t"' }] } }]),
      "without --show-secrets",
    ],
    [
      "a provider of its own",
      exportOf([ROOT, NODE, client("bot", { provider: refTo(provider("pulumi-nodejs", "eu")) })]),
      "has a provider of its own",
    ],
    [
      "a URN that is taken",
      exportOf([ROOT, NODE, client("bot"), { ...client("bot"), urn: urnOf(PACKAGED, "bot"), type: PACKAGED }]),
      "which the stack has already",
    ],
  ])("refuses %s", (_what, exported, words) => {
    expect(() => to("packaged", exported)).toThrow(words);
  });

  test("moves what waits for its deletion with what replaced it", () => {
    const old = client("bot", { id: "client-old", delete: true });
    const { urns } = to("packaged", exportOf([ROOT, NODE, client("bot"), old]));
    expect(urns).toEqual([urnOf(PACKAGED, "bot"), urnOf(PACKAGED, "bot")]);
  });
});

const names = fc.stringMatching(/^[a-z][a-z0-9:$ -]{0,8}$/);
const values = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(SECRET));
const properties = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.oneof(values, fc.array(values, { maxLength: 3 })),
  { maxKeys: 4 },
);

/** A state as the engine writes it: what depends on something stands after it. */
const states = fc
  .uniqueArray(
    fc.record({
      name: names,
      kind: fc.constantFrom(...KIND_NAMES, "acme:Other"),
      inputs: properties,
      outputs: properties,
      upon: fc.array(fc.nat(), { maxLength: 3 }),
      protect: fc.boolean(),
    }),
    { selector: ({ name }) => name, maxLength: 12 },
  )
  .map((drawn) => {
    const resources: Resource[] = [{ ...ROOT }, { ...NODE }];
    for (const { name, kind, inputs, outputs, upon, protect } of drawn) {
      const own = { __kind: kind, __provider: SHELL };
      const before = resources.slice(2).map(({ urn }) => urn);
      const chosen = before.length === 0 ? [] : upon.map((at) => before[at % before.length]);
      const [parent] = chosen;
      const type = `pulumi-nodejs:dynamic/${kind}`;
      const chain = parent === undefined ? "" : `${parent.split("::")[2] ?? ""}$`;
      resources.push({
        urn: urnOf(type, name, chain),
        type,
        custom: true,
        id: `id-${name}`,
        inputs: { ...inputs, ...own },
        outputs: { ...outputs, ...own },
        parent: parent ?? ROOT.urn,
        dependencies: chosen,
        propertyDependencies: { one: chosen },
        provider: refTo(NODE),
        protect,
        ...(parent === undefined ? {} : { deletedWith: parent }),
      });
    }
    return exportOf(resources);
  });

const isDynamic = ({ type }: Resource) => KIND_NAMES.some((kind) => type === `pulumi-nodejs:dynamic/${kind}`);

test("there and back is as it was, but for the provider that was added", () => {
  fc.assert(
    fc.property(states, (exported) => {
      const there = to("packaged", exported);
      const count = exported.deployment.resources.filter(isDynamic).length;
      expect(there.urns).toHaveLength(count);
      expect(resourcesIn(there).filter(isDynamic)).toEqual([]);
      const back = to("dynamic", there.document);
      expect(back.urns).toHaveLength(count);
      const left = resourcesIn(back).filter(({ type }) => type !== "pulumi:providers:oauth-clients");
      expect({ ...Object(back.document), deployment: { ...deploymentIn(back), resources: left } }).toEqual(exported);
    }),
  );
});

test("in a state that was moved, everything comes after what it needs", () => {
  fc.assert(
    fc.property(states, (exported) => {
      const seen = new Set<string>();
      for (const { urn, id, provider: of, parent, dependencies } of resourcesIn(to("packaged", exported))) {
        for (const needed of [of, parent, ...(Array.isArray(dependencies) ? dependencies : [])])
          if (needed !== undefined) expect(seen).toContain(needed);
        seen.add(urn).add(`${urn}::${String(id)}`);
      }
    }),
  );
});
