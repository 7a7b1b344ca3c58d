import { describe, expect, test } from "vitest";
import { ConfigurationInvalid } from "../core/errors.ts";
import { environmentName } from "../lifecycle/words.ts";
import { nexus } from "../vendors/nexus/index.ts";
import { rezolve } from "../vendors/rezolve/index.ts";
import { environmentPrefix, type ResolvedSettings, resolveSettings } from "./settings.ts";

const URL_1 = "https://api.example.test";
const URL_2 = "https://other.example.test";

type Texts = Record<string, string>;

function resolve(env: Texts, config: Texts = {}, connection = "default", vendor = rezolve): ResolvedSettings {
  return resolveSettings(vendor, connection, { env, config: (key) => config[key] });
}

function problems(env: Texts, config: Texts = {}, connection = "default", vendor = rezolve): readonly string[] {
  try {
    resolve(env, config, connection, vendor);
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.problems.map(String);
    throw error;
  }
  return [];
}

const GOOD = { REZOLVE_BASE_URL: URL_1, REZOLVE_TOKEN: "token-from-env" };

describe("a setting", () => {
  test("comes from the environment before stack config, which is only of the last up", () => {
    const { values, sources } = resolve(GOOD, { "rezolve:baseUrl": URL_2, "rezolve:tenantId": "tenant-c" });
    expect(values).toMatchObject({ baseUrl: URL_1, tenantId: "tenant-c" });
    expect(sources).toMatchObject({
      baseUrl: "the environment variable REZOLVE_BASE_URL",
      tenantId: "the stack config rezolve:tenantId",
    });
  });

  test("that is empty is none, in the environment and in stack config", () => {
    const { values } = resolve({ ...GOOD, REZOLVE_BASE_URL: "" }, { "rezolve:baseUrl": URL_2, "rezolve:tenantId": "" });
    expect(values.baseUrl).toBe(URL_2);
    expect(values.tenantId).toBeUndefined();
  });

  test("that nobody gave has its default", () => {
    expect(resolve(GOOD).values).toMatchObject({
      timeoutSeconds: 30,
      retryBudgetSeconds: 120,
      maxConcurrency: 16,
      allowInsecureHttp: false,
    });
  });

  test("is a number where it means one", () => {
    const env = {
      ...GOOD,
      REZOLVE_TIMEOUT_SECONDS: "2.5",
      REZOLVE_RETRY_BUDGET_SECONDS: "0",
      REZOLVE_MAX_CONCURRENCY: "4",
    };
    expect(resolve(env).values).toMatchObject({ timeoutSeconds: 2.5, retryBudgetSeconds: 0, maxConcurrency: 4 });
  });

  test.each([
    [`${URL_1}/`, URL_1],
    [`${URL_1}///`, URL_1],
    ["https://API.Example.test:443", URL_1],
    [`${URL_1}/gateway/`, `${URL_1}/gateway`],
  ])("of an address has one form: %s", (given, kept) => {
    expect(resolve({ ...GOOD, REZOLVE_BASE_URL: given }).values.baseUrl).toBe(kept);
  });

  test.each([
    ["baseUrl", "BASE_URL"],
    ["retryBudgetSeconds", "RETRY_BUDGET_SECONDS"],
    ["eu", "EU"],
    ["eu-west.1", "EU_WEST_1"],
  ])("named %s is %s in the environment", (key, name) => {
    expect(environmentName(key)).toBe(name);
  });

  test("of a named connection has a prefix with double underscores", () => {
    expect(environmentPrefix(rezolve, "default")).toBe("REZOLVE_");
    expect(environmentPrefix(rezolve, "eu-west")).toBe("REZOLVE__EU_WEST__");
  });
});

describe("the credential", () => {
  test("of the environment wins whole, whichever kind stack config has", () => {
    const fromFile = resolve(
      { REZOLVE_BASE_URL: URL_1, REZOLVE_TOKEN_FILE: "/run/token" },
      { "rezolve:token": "token-from-config" },
    );
    expect(fromFile.values).toMatchObject({ tokenFile: "/run/token" });
    expect(fromFile.values.token).toBeUndefined();
    const fromValue = resolve(GOOD, { "rezolve:tokenFile": "/run/token" });
    expect(fromValue.values).toMatchObject({ token: "token-from-env" });
    expect(fromValue.values.tokenFile).toBeUndefined();
  });

  test("may come from stack config", () => {
    const { values, sources } = resolve({ REZOLVE_BASE_URL: URL_1 }, { "rezolve:token": "token-from-config" });
    expect(values.token).toBe("token-from-config");
    expect(sources.token).toBe("the stack config rezolve:token");
  });

  test("that is given twice by one source is a problem that names both", () => {
    const [problem, ...more] = problems({ ...GOOD, REZOLVE_TOKEN_FILE: "/run/token" });
    expect(problem).toContain("token (the environment variable REZOLVE_TOKEN)");
    expect(problem).toContain("tokenFile (the environment variable REZOLVE_TOKEN_FILE)");
    expect(problem).not.toContain("token-from-env");
    expect(more).toEqual([]);
    expect(problems({ REZOLVE_BASE_URL: URL_1 }, { "rezolve:token": "a", "rezolve:tokenFile": "b" })).toHaveLength(1);
  });

  test("that is missing is a problem that says where to put it", () => {
    const [problem] = problems({ REZOLVE_BASE_URL: URL_1 });
    for (const part of ["REZOLVE_TOKEN", "rezolve:token", "tokenFile"]) expect(problem).toContain(part);
  });
});

describe("a named connection", () => {
  const config = {
    "rezolve:baseUrl": URL_2,
    "rezolve:tenantId": "tenant-default",
    "rezolve:connections": JSON.stringify({ eu: { baseUrl: URL_1, token: "token-eu", timeoutSeconds: 5 }, us: {} }),
  };

  test("is in structured config, and takes nothing from the default one", () => {
    const { values, sources } = resolve({ REZOLVE_TOKEN: "token-default" }, config, "eu");
    expect(values).toMatchObject({ baseUrl: URL_1, token: "token-eu", timeoutSeconds: 5 });
    expect(values.tenantId).toBeUndefined();
    expect(sources.token).toBe("the stack config rezolve:connections.eu.token");
  });

  test("is in the environment, which wins", () => {
    const env = { REZOLVE__EU__TOKEN: "token-env", REZOLVE__ONLY_ENV__BASE_URL: URL_2, REZOLVE__ONLY_ENV__TOKEN: "t" };
    expect(resolve(env, config, "eu").values).toMatchObject({ baseUrl: URL_1, token: "token-env" });
    expect(resolve(env, config, "only-env").values).toMatchObject({ baseUrl: URL_2, token: "t" });
  });

  test("that nobody knows is a problem that lists those that are known", () => {
    const [problem, ...more] = problems({ REZOLVE__ASIA__TOKEN: "t" }, config, "mars");
    for (const part of [
      '"mars"',
      "default, eu, us, asia",
      "REZOLVE__MARS__BASE_URL",
      "rezolve:connections.mars.baseUrl",
    ]) {
      expect(problem).toContain(part);
    }
    expect(more).toEqual([]);
  });

  test("that is known and says nothing is not unknown, but lacks what it needs", () => {
    const text = problems({}, config, "us").join(" ");
    expect(text).toContain("has no baseUrl");
    expect(text).toContain("has no credentials");
  });

  test("with a key that means nothing is a problem that names it", () => {
    const text = JSON.stringify({ eu: { baseUrl: URL_1, token: "t", tennantId: "s3cr3t-value" } });
    const [problem, ...more] = problems({}, { "rezolve:connections": text }, "eu");
    expect(problem).toContain('a key "tennantId" that means nothing');
    expect(problem).toContain("tenantId");
    expect(problem).not.toContain("s3cr3t-value");
    expect(more).toEqual([]);
  });

  test("with a key that is null does not have it", () => {
    const text = JSON.stringify({ eu: { baseUrl: URL_1, token: "t", tenantId: null } });
    expect(resolve({}, { "rezolve:connections": text }, "eu").values.tenantId).toBeUndefined();
  });

  test.each(["not json", "[]", '"eu"', "5", '{"eu":"https://api.example.test"}', '{"eu":["s3cr3t"]}'])(
    "in config that is no object of objects is a problem: %s",
    (text) => {
      const [problem, ...more] = problems(GOOD, { "rezolve:connections": text });
      expect(problem).toContain("rezolve:connections must be an object of connections");
      expect(problem).not.toContain("s3cr3t");
      expect(more).toEqual([]);
    },
  );
});

describe("a setting that cannot be is one sentence with its key and source, without its value", () => {
  const marker = "s3cr3t-value";
  test.each([
    ["baseUrl", "REZOLVE_BASE_URL", marker],
    ["baseUrl", "REZOLVE_BASE_URL", `ftp://${marker}.example.test`],
    ["baseUrl", "REZOLVE_BASE_URL", `http://${marker}.example.test`],
    ["baseUrl", "REZOLVE_BASE_URL", `https://user:${marker}@api.example.test`],
    ["baseUrl", "REZOLVE_BASE_URL", `https://${marker}@api.example.test`],
    ["baseUrl", "REZOLVE_BASE_URL", `https://api.example.test/?key=${marker}`],
    ["baseUrl", "REZOLVE_BASE_URL", `https://api.example.test/#${marker}`],
    ["timeoutSeconds", "REZOLVE_TIMEOUT_SECONDS", marker],
    ["timeoutSeconds", "REZOLVE_TIMEOUT_SECONDS", "0"],
    ["timeoutSeconds", "REZOLVE_TIMEOUT_SECONDS", "-77123"],
    ["timeoutSeconds", "REZOLVE_TIMEOUT_SECONDS", "77123"],
    ["retryBudgetSeconds", "REZOLVE_RETRY_BUDGET_SECONDS", "Infinity"],
    ["retryBudgetSeconds", "REZOLVE_RETRY_BUDGET_SECONDS", "-0.77123"],
    ["maxConcurrency", "REZOLVE_MAX_CONCURRENCY", "0.77123"],
    ["maxConcurrency", "REZOLVE_MAX_CONCURRENCY", "77123"],
    ["allowInsecureHttp", "REZOLVE_ALLOW_INSECURE_HTTP", marker],
  ])("%s in %s: %s", (key, variable, value) => {
    const found = problems({ ...GOOD, [variable]: value });
    expect(found).toHaveLength(1);
    const [problem = ""] = found;
    expect(problem).toMatch(/^Connection "default": .*\.$/);
    expect(problem).toContain(`${key} (the environment variable ${variable})`);
    for (const secret of [marker, "77123"]) expect(problem).not.toContain(secret);
  });

  test("and all of them at once", () => {
    const env = {
      REZOLVE_BASE_URL: "https://user:pass@api.example.test",
      REZOLVE_TIMEOUT_SECONDS: "soon",
      REZOLVE_MAX_CONCURRENCY: "none",
    };
    const found = problems(env);
    expect(found).toHaveLength(4);
    for (const part of ["baseUrl", "timeoutSeconds", "maxConcurrency", "no credentials"]) {
      expect(found.filter((problem) => problem.includes(part))).toHaveLength(1);
    }
  });

  test("and a missing base URL says how to set it", () => {
    const [problem] = problems({ REZOLVE_TOKEN: "t" });
    expect(problem).toContain("REZOLVE_BASE_URL");
    expect(problem).toContain("rezolve:baseUrl");
  });
});

describe("a base URL with the path of the API's version, which requests add", () => {
  test.each([
    ["https://api.example.test/api/v1", "https://api.example.test"],
    ["https://api.example.test/api/v1/", "https://api.example.test"],
    ["https://api.example.test/api/v1/oauth-clients", "https://api.example.test"],
    ["https://gateway.example.test:8443/rezolve/api/v1", "https://gateway.example.test:8443/rezolve"],
    ["https://user:s3cr3t@api.example.test/api/v1", "https://api.example.test"],
  ])("is told mended: %s", (url, mended) => {
    const [problem, ...more] = problems({ ...GOOD, REZOLVE_BASE_URL: url });
    expect(problem).toBe(
      `Connection "default": baseUrl (the environment variable REZOLVE_BASE_URL) must end before /api/v1, which requests add: ${mended}.`,
    );
    expect(more).toEqual([]);
  });

  test("is told for each vendor by its own path", () => {
    const env = { NEXUS_TOKEN: "t", NEXUS_APPLICATION_TOKEN: "a" };
    const told = (url: string) => problems({ ...env, NEXUS_BASE_URL: url }, {}, "default", nexus);
    expect(told("https://api.example.test/v1")).toEqual([expect.stringContaining("/v1, which requests add")]);
    expect(told("https://api.example.test/v1/tenants/tenant-1")).toHaveLength(1);
    expect(told("https://gateway.example.test/v1/nexus")).toEqual([]);
    expect(problems({ ...GOOD, REZOLVE_BASE_URL: "https://gateway.example.test/v1" })).toEqual([]);
  });
});

describe("plain http", () => {
  test.each([
    "http://localhost:4010",
    "http://LOCALHOST",
    "http://127.0.0.1:4010",
    "http://127.8.9.1",
    "http://[::1]:4010",
  ])("is allowed to this machine: %s", (url) => {
    expect(problems({ ...GOOD, REZOLVE_BASE_URL: url })).toEqual([]);
  });

  test.each([
    "http://api.example.test",
    "http://localhost.evil.example.test",
    "http://127.0.0.1.evil.example.test",
    "http://evillocalhost",
    "http://api.localhost:80",
    "http://localhost@evil.example.test",
    "http://192.0.2.1",
    "http://[2001:db8::1]",
    "http://0.0.0.0",
  ])("is refused to any other: %s", (url) => {
    expect(problems({ ...GOOD, REZOLVE_BASE_URL: url })).toHaveLength(1);
  });

  test("is allowed where the settings say so, and credentials in the address are not", () => {
    const env = { ...GOOD, REZOLVE_ALLOW_INSECURE_HTTP: "true" };
    expect(problems({ ...env, REZOLVE_BASE_URL: "http://api.example.test" })).toEqual([]);
    expect(problems({ ...env, REZOLVE_BASE_URL: "http://a:b@api.example.test" })).toHaveLength(1);
  });
});
