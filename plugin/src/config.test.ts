import { describe, expect, test } from "vitest";
import { resolveSettings } from "../../src/connections/settings.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { vendors } from "../../src/vendors/registry.ts";
import { configProblems, sourcesOf } from "./config.ts";

const [rezolve] = vendors.filter(({ name }) => name === "rezolve");

function valuesOf(
  env: Record<string, string>,
  config: Record<string, unknown>,
  isExplicit: boolean,
  connection = "default",
) {
  if (rezolve === undefined) throw new Error("there is no Rezolve");
  const sources = sourcesOf(
    env,
    () => config,
    () => isExplicit,
  );
  return resolveSettings(rezolve, connection, sources).values;
}

const EU = { baseUrl: "https://eu.example.test", tenantId: "tenant-eu", token: "token-eu" };
const ENVIRONMENT = {
  REZOLVE_BASE_URL: "https://env.example.test",
  REZOLVE_TENANT_ID: "tenant-env",
  REZOLVE_TOKEN: "token-env",
};

test.each([
  ["as objects", { rezolve: EU }],
  ["as JSON, as SDKs send what is nested", { rezolve: JSON.stringify(EU) }],
])("settings come out of a provider's configuration, %s", (_form, config) => {
  expect(valuesOf({}, config, true)).toMatchObject(EU);
});

test("a provider that the program made has settings of its own, and the environment completes them", () => {
  const { tenantId: _, ...rest } = EU;
  expect(valuesOf(ENVIRONMENT, { rezolve: rest }, true)).toMatchObject({ ...rest, tenantId: "tenant-env" });
});

test("for the default provider the environment wins, as for dynamic resources", () => {
  expect(valuesOf(ENVIRONMENT, { rezolve: EU }, false)).toMatchObject({ tenantId: "tenant-env", token: "token-env" });
});

test("another kind of credential in the environment does not get beside that of the provider", () => {
  const env = { REZOLVE_TOKEN_FILE: "/nowhere/token" };
  expect(valuesOf(env, { rezolve: EU }, true)).toMatchObject({ token: "token-eu" });
});

test("connections by their names, and settings that are no texts", () => {
  const config = { rezolve: { connections: { us: { ...EU, maxConcurrency: 4, allowInsecureHttp: true } } } };
  expect(valuesOf({}, config, true, "us")).toMatchObject({ ...EU, maxConcurrency: 4, allowInsecureHttp: true });
});

test("what means nothing is named, with what is known", () => {
  expect(configProblems({ rezolve: EU, receiptsFile: "r.jsonl", version: "0.1.0" })).toEqual([]);
  expect(configProblems({ rezolve: JSON.stringify({ ...EU, connections: {} }) })).toEqual([]);
  expect(configProblems({ rezolve: { baseURL: "x" }, nexus: "text", receiptFile: "x", "nexus.baseUrl": "x" })).toEqual([
    { property: "rezolve.baseURL", reason: expect.stringMatching(/no setting "baseURL".*baseUrl/) },
    { property: "nexus", reason: expect.stringContaining("object") },
    { property: "receiptFile", reason: expect.stringMatching(/Known: rezolve, nexus, receiptsFile/) },
    { property: "nexus.baseUrl", reason: expect.stringContaining("config set --path 'oauth-clients:nexus.baseUrl'") },
  ]);
});

describe("messages call a setting as it can be set", () => {
  const problemsOf = (config: Record<string, unknown>, isExplicit: boolean, connection?: string) => {
    try {
      valuesOf({}, config, isExplicit, connection);
    } catch (error) {
      return String(error);
    }
    return "";
  };

  test("for the default provider", () => {
    const nothing = problemsOf({}, false);
    expect(nothing).toContain(
      "REZOLVE_BASE_URL in the environment or oauth-clients:rezolve.baseUrl in the stack config",
    );
    expect(nothing).not.toContain("rezolve:");
    const wrong = { rezolve: { connections: { eu: { ...EU, baseUrl: "nowhere", odd: "1" } } } };
    const malformed = problemsOf(wrong, false, "eu");
    expect(malformed).toContain("the stack config oauth-clients:rezolve.connections.eu.baseUrl");
    expect(malformed).toContain('the stack config oauth-clients:rezolve.connections.eu has a key "odd"');
    const noObject = problemsOf({ rezolve: { connections: "all" } }, false, "eu");
    expect(noObject).toContain("pulumi config set --path oauth-clients:rezolve.connections.<name>.<key> <value>");
  });

  test("for a provider that the program made", () => {
    expect(problemsOf({}, true)).toContain("rezolve.baseUrl in the provider's arguments");
    expect(problemsOf({ rezolve: { ...EU, baseUrl: "nowhere" } }, true)).toContain(
      "the provider's argument rezolve.baseUrl",
    );
    expect(problemsOf({ rezolve: { connections: "all" } }, true, "eu")).not.toContain("pulumi config set");
  });

  test("and say how to replace one that is refused", () => {
    const replacing = (isExplicit: boolean) => {
      if (rezolve === undefined) throw new Error("there is no Rezolve");
      const sources = sourcesOf(
        {},
        () => ({ rezolve: EU }),
        () => isExplicit,
      );
      return new Redactor().show(resolveSettings(rezolve, "default", sources).replacing("token"));
    };
    expect(replacing(false)).toContain("REZOLVE_TOKEN: it wins over stack config");
    expect(replacing(true)).toContain("Put a valid token into the provider's argument rezolve.token");
    expect(replacing(true)).not.toContain("REZOLVE_TOKEN");
  });
});
