import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectionTo, operationWith } from "../../test/unit/operation.ts";
import { ConfigurationInvalid } from "../core/errors.ts";
import { say } from "../core/text.ts";
import { UNKNOWN } from "../core/unknown.ts";
import { tokenFile } from "../http/credential.ts";
import { clientInputs } from "../vendors/rezolve/inputs.ts";
import { WORDS } from "../vendors/rezolve/words.ts";
import { checkInputs } from "./check.ts";
import type { Connection } from "./connection.ts";
import type { Properties } from "./properties.ts";
import { staysDeleted } from "./tombstone.ts";

const BOT = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};
const OLD = { ...BOT, status: "active", tenantId: "tenant-1" };

type Place = Connection["place"];

/** What a check finds, with its problems as people read them. */
async function found(request: Parameters<typeof checkInputs>[0]) {
  const { inputs, problems } = await checkInputs(request);
  return { inputs, problems: problems.map(String) };
}

function check(news: Properties, olds: Properties = {}, place: Place = { tenantId: "tenant-1" }) {
  return found({
    schema: clientInputs,
    words: WORDS,
    defaults: { status: "active" },
    olds,
    news,
    settled: staysDeleted(olds, news),
    operation: operationWith((name) => ({ ...connectionTo("https://api.example.test", { place }), name })),
  });
}

describe("what a refresh brought and the program keeps (ignoreChanges)", () => {
  test.each<[string, Properties]>([
    ["a status that no program may ask for", { status: "revoked" }],
    ["a list with an empty text", { scopes: ["users:read", ""] }],
    ["a type of the vendor's", { clientType: "web" }],
    ["an empty name", { name: "" }],
    ["what does not go together", { clientType: "public" }],
  ])("may be %s, and only for as long as it is that", async (_what, change) => {
    const news = { ...BOT, ...change };
    const olds = { ...OLD, ...change };
    expect(await check(news, olds)).toMatchObject({ problems: [], inputs: news });
    for (const others of [{}, OLD]) expect((await check(news, others)).problems).toHaveLength(1);
  });

  test("excuses no other input, and nothing that depends on one that changes", async () => {
    const olds = { ...OLD, status: "revoked", clientType: "public" };
    const { problems } = await check({ ...BOT, status: "revoked", clientType: "public", scopes: [""] }, olds);
    expect(problems).toEqual(["scopes[0]: must not be empty."]);
    expect((await check({ ...BOT, clientType: "public" }, { ...OLD, clientType: "other" })).problems).toEqual([
      "grantTypes: must not contain client_credentials for a public client.",
    ]);
  });
});

describe("good inputs", () => {
  test("come back with the connection's defaults", async () => {
    expect(await check(BOT, {}, { tenantId: "tenant-1", realmName: "acme" })).toEqual({
      problems: [],
      inputs: { ...BOT, status: "active", tenantId: "tenant-1", realmName: "acme" },
    });
  });

  test("keep what the program says, whatever the connection's defaults are", async () => {
    const news = { ...BOT, status: "inactive", tenantId: "tenant-2", realmName: "other" };
    expect(await check(news, {}, { tenantId: "tenant-1", realmName: "acme" })).toEqual({ problems: [], inputs: news });
  });

  test("keep what the resource class added", async () => {
    const own = { __provider: "code", __kind: "rezolve:OAuthClient", protected: true };
    expect(await check({ ...BOT, ...own })).toMatchObject({ problems: [], inputs: own });
  });

  test("may be unknown, each and all of them, and what is inside", async () => {
    const keys = [
      "name",
      "clientType",
      "redirectUris",
      "grantTypes",
      "scopes",
      "tenantId",
      "realmName",
      "status",
      "deletion",
      "connection",
      "description",
    ] as const;
    for (const key of keys) expect((await check({ ...BOT, [key]: UNKNOWN })).problems).toEqual([]);
    expect((await check({ ...BOT, redirectUris: [UNKNOWN], deletion: { alreadyGone: UNKNOWN } })).problems).toEqual([]);
    expect((await check(Object.fromEntries(keys.map((key) => [key, UNKNOWN])))).problems).toEqual([]);
  });

  test("do not hide a problem of the others when one is unknown", async () => {
    const { problems } = await check({ ...BOT, name: UNKNOWN, clientType: "secret" });
    expect(problems).toEqual(['clientType: must be "confidential" or "public".']);
  });
});

describe("problems", () => {
  test("are all told at once, each with its path", async () => {
    const { problems } = await check({
      clientType: "secret",
      redirectUris: "https://a.example.test",
      grantTypes: ["client_credentials", ""],
      scopes: [1],
      deletion: { alreadyGone: "maybe", disableFrist: true },
      nmae: "CI bot",
    });
    expect(problems.map((problem) => problem.split(":")[0]).sort()).toEqual(
      [
        "name",
        "nmae",
        "clientType",
        "redirectUris",
        "grantTypes[1]",
        "scopes[0]",
        "deletion.alreadyGone",
        "disableFrist",
      ].sort(),
    );
    expect(problems.find((problem) => problem.startsWith("name"))).toBe("name: is missing.");
    expect(problems.find((problem) => problem.startsWith("nmae"))).toContain("no such input");
    expect(problems.find((problem) => problem.startsWith("disableFrist"))).toContain("in deletion");
  });

  test("name what cannot be a tenant, a realm or an id, although the text is one", async () => {
    const { problems } = await check({ ...BOT, tenantId: "tenant-1\n", realmName: "..", adopt: { id: " client-1" } });
    expect(problems).toEqual([
      "tenantId: must not begin or end with white space.",
      'realmName: must not be "." or "..".',
      "adopt.id: must not begin or end with white space.",
    ]);
    const { problems: byDefault } = await check(BOT, {}, { tenantId: "." });
    expect(byDefault).toEqual(['tenantId: must not be "." or "..".']);
  });

  test("never quote a value", async () => {
    const marker = "s3cr3t-value";
    const keys = Object.keys(clientInputs.shape).filter((key) => key !== "connection");
    const anyBad = fc.oneof(
      fc.constant(marker),
      fc.constant([marker, 5, [marker]]),
      fc.constant({ [`a${marker.length}`]: marker }),
      fc.constant({ alreadyGone: marker }),
      fc.constant({ alreadyGone: { deep: marker } }),
    );
    await fc.assert(
      fc.asyncProperty(fc.subarray(keys, { minLength: 1 }), anyBad, async (bad, value) => {
        const { problems } = await check({ ...BOT, ...Object.fromEntries(bad.map((key) => [key, value])) });
        expect(problems.join(" ")).not.toContain(marker);
      }),
      { numRuns: 50 },
    );
  });

  test("of the connection stand beside those of the inputs", async () => {
    const { problems } = await found({
      schema: clientInputs,
      words: WORDS,
      defaults: { status: "active" },
      olds: {},
      news: { ...BOT, clientType: "secret" },
      settled: false,
      operation: operationWith(() => {
        throw new ConfigurationInvalid([say`No base URL.`, say`No credentials.`]);
      }),
    });
    expect(problems).toEqual(["No base URL.", "No credentials.", 'clientType: must be "confidential" or "public".']);
  });

  test("of a token file are told before any request", async () => {
    const credential = tokenFile("/nowhere/token", say`the environment variable REZOLVE_TOKEN_FILE`, () => {});
    const operation = operationWith(() =>
      connectionTo("https://api.example.test", { place: { tenantId: "tenant-1" }, credential }),
    );
    const request = { schema: clientInputs, words: WORDS, defaults: {}, olds: {}, settled: false, operation };
    const { problems } = await found({ ...request, news: { ...BOT, status: "active" } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("/nowhere/token");
  });

  test("that are no settings' are no problem of the user's", async () => {
    const operation = operationWith(() => {
      throw new TypeError("a defect");
    });
    const request = { schema: clientInputs, words: WORDS, defaults: {}, olds: {}, settled: false, operation };
    await expect(checkInputs({ ...request, news: BOT })).rejects.toThrow("a defect");
  });
});

describe("the place of a client", () => {
  test("must be known: without a tenant, one problem says where to set it", async () => {
    for (const tenantId of [undefined, null, ""]) {
      const { problems } = await check({ ...BOT, tenantId }, {}, {});
      expect(problems).toHaveLength(1);
    }
    const { problems } = await check(BOT, {}, {});
    for (const part of ["REZOLVE_TENANT_ID", "REZOLVE_TENANT_ID"]) expect(problems[0]).toContain(part);
  });

  const table: [
    what: string,
    news: Properties,
    olds: Properties,
    place: Place,
    moved: string | null,
    kept: Properties,
  ][] = [
    ["stays where there is no default any more", BOT, OLD, {}, null, { tenantId: "tenant-1" }],
    ["stays where the default is the same", BOT, OLD, { tenantId: "tenant-1" }, null, { tenantId: "tenant-1" }],
    ["is not moved by another default tenant", BOT, OLD, { tenantId: "tenant-2" }, "tenantId", {}],
    [
      "is moved by the program",
      { ...BOT, tenantId: "tenant-2" },
      OLD,
      { tenantId: "tenant-3" },
      null,
      { tenantId: "tenant-2" },
    ],
    [
      "is kept by the program",
      { ...BOT, tenantId: "tenant-1" },
      OLD,
      { tenantId: "tenant-2" },
      null,
      { tenantId: "tenant-1" },
    ],
    [
      "is not moved by another default realm",
      BOT,
      { ...OLD, realmName: "acme" },
      { tenantId: "tenant-1", realmName: "other" },
      "realmName",
      {},
    ],
    [
      "is not moved into a default realm from none",
      BOT,
      OLD,
      { tenantId: "tenant-1", realmName: "other" },
      "realmName",
      {},
    ],
    [
      "is kept in no realm by the program",
      { ...BOT, realmName: "" },
      OLD,
      { tenantId: "tenant-1", realmName: "other" },
      null,
      { realmName: "" },
    ],
    [
      "is taken out of its realm by the program",
      { ...BOT, realmName: "" },
      { ...OLD, realmName: "acme" },
      { tenantId: "tenant-1", realmName: "acme" },
      null,
      { realmName: "" },
    ],
    [
      "stays in its realm where there is no default any more",
      BOT,
      { ...OLD, realmName: "acme" },
      { tenantId: "tenant-1" },
      null,
      { realmName: "acme" },
    ],
    [
      "does not matter to a tombstone",
      { ...BOT, status: "deleted" },
      { ...OLD, status: "deleted" },
      { tenantId: "tenant-2", realmName: "other" },
      null,
      { tenantId: "tenant-1" },
    ],
  ];
  test.each(table)("%s", async (_what, news, olds, place, moved, kept) => {
    const { problems, inputs } = await check(news, olds, place);
    if (moved === null) {
      expect(problems).toEqual([]);
      expect(inputs).toMatchObject(kept);
    } else {
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`The program names no ${moved}, and the default has changed`);
    }
  });

  test("that a default would move is told with both values and both ways out", async () => {
    const { problems } = await check(BOT, OLD, { tenantId: "tenant-2" });
    for (const part of ['lives in "tenant-1"', '"tenant-2"', '"tenant-1" keeps', '"tenant-2" deletes']) {
      expect(problems[0]).toContain(part);
    }
  });

  test("of a client in no realm is not written into its inputs", async () => {
    expect((await check(BOT, OLD)).inputs).not.toHaveProperty("realmName");
  });
});

describe("a protected resource", () => {
  const deleted = { ...BOT, status: "deleted", protected: true };
  test.each([
    ["is not deleted by its status", deleted, OLD, 1],
    ["may have an inactive client that is not deleted either", deleted, { ...OLD, status: "inactive" }, 1],
    ["may be a tombstone that stays one", deleted, { ...OLD, status: "deleted" }, 0],
    ["may be created as a tombstone, which deletes nothing", deleted, {}, 0],
    ["is deleted when it is protected no more", { ...deleted, protected: undefined }, OLD, 0],
    ["may change otherwise", { ...BOT, protected: true }, OLD, 0],
  ])("%s", async (_what, news, olds, count) => {
    const { problems } = await check(news, olds);
    expect(problems).toHaveLength(count);
    for (const problem of problems) expect(problem).toMatch(/protected.*Take `protect` off/);
  });
});

describe("an input that acts on whoever shows it", () => {
  test.each([
    ["name", { name: "CI <{%boom%}>" }],
    ["description", { description: "a\u001b[2J" }],
    ["scopes[1]", { scopes: ["users:read", "a\rb"] }],
    ["rotateSecretWhen.inside", { rotateSecretWhen: { inside: "\u202egnp" } }],
    ["rotateSecretWhen", { rotateSecretWhen: { "\u0000": 1 } }],
  ])("is refused by its path: %s", async (path, change) => {
    const { problems } = await check({ ...BOT, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${path.replace(/[[\].]/g, "\\$&")}: must not contain control characters`));
    expect(problems[0]).not.toContain("<{%");
  });

  test("is none for its line breaks and tabs", async () => {
    expect((await check({ ...BOT, description: "one\n\ttwo\r\nthree" })).problems).toEqual([]);
  });
});
