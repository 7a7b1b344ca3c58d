import fc from "fast-check";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { vendors } from "../../vendors/registry.ts";
import { REDACTOR } from "../redactor.ts";
import { type AdoptedResource, programOf, resourcesFor } from "./program.ts";

const drivers = vendors.map((vendor) => vendor.driver());
const [first] = drivers;
if (first === undefined) throw new Error("there is no vendor");
const driver = first;

const VALUES = {
  name: "CI bot",
  description: "",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
  allowedOrigins: [],
  ipWhitelist: null,
  status: "active",
};

const PLAIN = { where: {}, isProtected: true };

test("a client becomes a resource that says what the vendor says, and leaves out what is empty and may be", () => {
  const { resources, left } = resourcesFor(driver, [{ id: "client-1", values: VALUES }], PLAIN);
  expect(left).toEqual([]);
  expect(programOf(driver, resources, PLAIN)).toBe(`import { rezolve } from "pulumi-oauth-clients";

export const ciBot = new rezolve.OAuthClient("ci-bot", {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
  adopt: { id: "client-1", mustMatch: true },
}, { protect: true });
`);
});

test("a status other than active is said, and so is a place that is not the connection's default", () => {
  const clients = [{ id: "client-1", values: { ...VALUES, status: "inactive" } }];
  const options = { where: { tenantId: "t-2", connection: "eu" }, isProtected: false };
  const program = programOf(driver, resourcesFor(driver, clients, options).resources, options);
  expect(program).toContain('  status: "inactive",\n  tenantId: "t-2",\n  connection: "eu",\n');
  expect(program).toMatch(/\}\);\n$/);
});

REDACTOR.add("a-secret-of-ours");

test.each([
  ["out of whose status no client comes back", { status: "revoked" }, "revoked"],
  ["of which the vendor does not say what a resource needs", { clientType: null }, "clientType"],
  [
    "in whose text a secret of the connection stands",
    { description: "by a-secret-of-ours" },
    "description has a secret of this connection in it",
  ],
  [
    "in whose text something like a secret stands",
    { scopes: ["Bearer abcdefghijklmnop1234"] },
    "scopes.0 has what looks like a secret in it",
  ],
  ["whose name no program could give it", { name: "a\ufffdb" }, "name"],
])("a client %s is left, and named", (_what, change, expected) => {
  const { resources, left } = resourcesFor(driver, [{ id: "client-1", values: { ...VALUES, ...change } }], PLAIN);
  expect(resources).toEqual([]);
  expect(left.map(({ id, because }) => [id, String(because)])).toEqual([
    ["client-1", expect.stringContaining(expected)],
  ]);
});

describe("names", () => {
  const named = (...names: string[]) =>
    resourcesFor(
      driver,
      names.map((name, at) => ({ id: `client-${at}`, values: { ...VALUES, name } })),
      PLAIN,
    ).resources;
  const brief = (resources: readonly AdoptedResource[]) =>
    resources.map(({ variable, resource }) => [variable, resource]);

  test("are told apart, and are no words of the language", () => {
    expect(brief(named("CI bot", "ci-bot", "CI Bot!", "delete", "rezolve", "3rd party", "Büro Süd", "🤖"))).toEqual([
      ["ciBot", "ci-bot"],
      ["ciBot2", "ci-bot-2"],
      ["ciBot3", "ci-bot-3"],
      ["delete2", "delete"],
      ["rezolve2", "rezolve"],
      ["client3rdParty", "3rd-party"],
      ["buroSud", "buro-sud"],
      ["client", "client"],
    ]);
  });

  test("of any clients make a program that parses, with each variable and resource once", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), { maxLength: 8 }), (names) => {
        const resources = named(...names);
        expect(new Set(resources.map(({ variable }) => variable)).size).toBe(resources.length);
        expect(new Set(resources.map(({ resource }) => resource)).size).toBe(resources.length);
        const program = programOf(driver, resources, PLAIN);
        const { diagnostics = [] } = ts.transpileModule(program, { reportDiagnostics: true });
        expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
      }),
    );
  });
});
