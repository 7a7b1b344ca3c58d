/** Look-ups of clients from within a program, against the sandbox. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { LookUps } from "../../src/lookups/index.ts";
import { getOAuthClients } from "../../src/pulumi/rezolve.ts";
import { Bench, type Values } from "./support.ts";

const env: Record<string, string> = {};
let config: Record<string, string> = {};

const find = (vendor: string, filter: Values = {}, where: Values = {}) =>
  new LookUps({ env, config: (key) => config[key] }).find(vendor, { ...filter, ...where });

describe.each(["rezolve", "nexus"] as const)("of %s", (vendor) => {
  const kind = vendor === "rezolve" ? "rezolve:OAuthClient" : "nexus:Client";
  const program = (name: string): Values =>
    vendor === "rezolve"
      ? {
          name,
          clientType: "confidential",
          redirectUris: [],
          grantTypes: ["client_credentials"],
          scopes: ["users:read"],
        }
      : { name, appType: "regular_web", callbackUrls: ["https://a.example.test"] };
  let bench: Bench;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    bench = await Bench.start(kind);
    for (const name of ["partner-a", "partner-b", "portal", "Partner-c"]) {
      const { id } = await bench.create(program(name));
      ids[name] = id;
    }
    for (const name of Object.keys(env)) delete env[name];
    Object.assign(env, bench.env);
  });
  afterAll(() => bench.sandbox.close());
  afterEach(() => {
    bench.sandbox.faults.clear();
    bench.sandbox.requests.clear();
    config = {};
  });
  const names = (found: readonly Values[]) => found.map(({ name }) => name);

  test("finds every client, with all that is said of it and no secret", async () => {
    const found = await find(vendor);
    expect(names(found)).toEqual(["partner-a", "partner-b", "portal", "Partner-c"]);
    expect(found[0]).toMatchObject({ ...program("partner-a"), id: ids["partner-a"], status: "active" });
    expect(found[0]).toHaveProperty("tenantId", bench.sandbox.tenants[0].id);
    expect(JSON.stringify(found)).not.toContain("ecret");
  });

  test.each([
    [{ name: "portal" }, ["portal"]],
    [{ namePrefix: "partner-" }, ["partner-a", "partner-b"]],
    [{ namePrefix: "partner-", name: "partner-b" }, ["partner-b"]],
    [{ namePrefix: "partner-", name: "portal" }, []],
    [{ status: "active", namePrefix: "p" }, ["partner-a", "partner-b", "portal"]],
    [{ name: "nobody" }, []],
  ])("by %o", async (filter, expected) => {
    expect(names(await find(vendor, filter))).toEqual(expected);
  });

  test("a status that no client has is an error, and does not look like an answer", async () => {
    const known = vendor === "rezolve" ? '"active", "inactive", "revoked", "deleted"' : '"active"';
    await expect(find(vendor, { status: "activ" })).rejects.toThrow(`none that clients of`);
    await expect(find(vendor, { status: "activ" })).rejects.toThrow(known);
  });

  test("by its id, and by its id with what it is not", async () => {
    const id = ids.portal ?? "";
    expect(names(await find(vendor, { id }))).toEqual(["portal"]);
    if (vendor === "rezolve") expect(bench.sandbox.requests.count()).toBe(1);
    expect(await find(vendor, { id, name: "partner-a" })).toEqual([]);
    expect(await find(vendor, { id: "client-00000000-0000-4000-8000-00000000dead" })).toEqual([]);
  });

  test("by its OAuth client id", async () => {
    const clientId = bench.sandbox.clients.get(ids.portal ?? "")?.clientId;
    const found = await find(vendor, { clientId: vendor === "rezolve" ? clientId : ids.portal });
    expect(names(found)).toEqual(["portal"]);
  });

  test("in another tenant than the connection's", async () => {
    const token = await bench.sandbox.adminToken({ tenantId: bench.sandbox.tenants.map(({ id }) => id) });
    Object.assign(env, { [`${vendor.toUpperCase()}_TOKEN`]: token });
    expect(await find(vendor, {}, { tenantId: bench.sandbox.tenants[1]?.id })).toEqual([]);
    Object.assign(env, bench.env);
  });

  test("with a connection of the stack config", async () => {
    const { token, ...rest } = { token: env[`${vendor.toUpperCase()}_TOKEN`], baseUrl: bench.sandbox.url };
    const settings = { ...rest, token, tenantId: bench.sandbox.tenants[0].id };
    config = { [`${vendor}:connections`]: JSON.stringify({ eu: settings }) };
    if (vendor === "nexus") Object.assign(env, { NEXUS__EU__APPLICATION_TOKEN: env.NEXUS_APPLICATION_TOKEN });
    expect(names(await find(vendor, { name: "portal" }, { connection: "eu" }))).toEqual(["portal"]);
    delete env.NEXUS__EU__APPLICATION_TOKEN;
  });

  test("refuses a filter that there is not, and one that is empty: it would find every client", async () => {
    await expect(find(vendor, { namePrefx: "partner-" })).rejects.toThrow("There is no filter namePrefx.");
    await expect(find(vendor, { namePrefix: "" })).rejects.toThrow("The filter namePrefix must not be empty.");
    for (const name of [undefined, null]) {
      await expect(find(vendor, { name })).rejects.toThrow(
        "The filter name has no value. Leave it out to find clients",
      );
    }
    expect(await find(vendor, { limit: undefined })).toHaveLength(4);
    const noLimit = [Number.NaN, 0, 1.5, Number.POSITIVE_INFINITY, "all"];
    for (const limit of noLimit) await expect(find(vendor, { limit })).rejects.toThrow("The filter limit must be ");
  });

  test("finds no more than the limit", async () => {
    expect(await find(vendor, { namePrefix: "partner-", limit: 2 })).toHaveLength(2);
    await expect(find(vendor, { limit: 2 })).rejects.toThrow(
      "4 are found, and the limit is 2. Narrow what is looked for",
    );
  });

  test("shares a list among look-ups of a moment, and ends its connections", async () => {
    const lookUps = new LookUps({ env, config: () => undefined });
    const one = (name: string) => lookUps.find(vendor, { name });
    const found = await Promise.all(["portal", "partner-a"].map(one));
    expect(found.map(names)).toEqual([["portal"], ["partner-a"]]);
    expect(names(await one("partner-b"))).toEqual(["partner-b"]);
  });

  test("hands on nothing that a terminal or Pulumi would act on", async () => {
    const path = vendor === "rezolve" ? "/data/clients/0/description" : "/value/0/description";
    const set = { [path]: "<{%evil%}>\u001b[31m" };
    bench.sandbox.faults.add({ match: { method: "GET" }, times: 9, effect: { kind: "edit", set } });
    const found = JSON.stringify(await find(vendor));
    expect(found).not.toContain("<{%");
    expect(found).not.toContain("u001b");
  });

  test("says what failed as resources do, without a secret", async () => {
    bench.sandbox.faults.add({ match: { method: "GET" }, times: 9, effect: { kind: "respond", status: 403 } });
    const failed = find(vendor, {});
    await expect(failed).rejects.toThrow(
      /Cannot look up OAuth clients in tenant .*the credentials lack a permission \(HTTP 403/,
    );
    const secret = env[`${vendor.toUpperCase()}_TOKEN`] ?? "";
    await expect(failed).rejects.not.toThrow(secret);
    Object.assign(env, { [`${vendor.toUpperCase()}_BASE_URL`]: "ftp://x" });
    await expect(find(vendor, {})).rejects.toThrow("must be an http(s) address");
    Object.assign(env, bench.env);
  });

  test("does not pass for whole where the list leaves open whether one is missing", async () => {
    const entry = vendor === "rezolve" ? "/data/clients/3/id" : "/value/3/id";
    const set = { [entry]: undefined };
    bench.sandbox.faults.add({ match: { method: "GET" }, times: 99, effect: { kind: "edit", set } });
    await expect(find(vendor, {})).rejects.toThrow(/the list has (entries|an entry) without an id/);
    // By an id it is no answer either: at Rezolve it has a request of its own.
    if (vendor === "nexus") {
      await expect(find(vendor, { id: "nobody" })).rejects.toThrow("the list leaves open whether it has this one");
    }
    // One of another name may be without.
    expect(names(await find(vendor, { name: "portal" }))).toEqual(["portal"]);
  });
});

test("a program's look-ups use its own settings, not those of one before it in the same process", async () => {
  const bench = await Bench.start("rezolve:OAuthClient");
  const [first, second] = bench.sandbox.tenants.map(({ id }) => id);
  await bench.create({
    name: "portal",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  });
  vi.stubEnv("REZOLVE_BASE_URL", bench.sandbox.url);
  vi.stubEnv("REZOLVE_TOKEN", await bench.sandbox.adminToken({ tenantId: [first ?? "", second ?? ""] }));
  const found: number[] = [];
  for (const tenant of [first, second, first]) {
    vi.stubEnv("REZOLVE_TENANT_ID", tenant);
    found.push((await getOAuthClients()).length);
  }
  expect(found).toEqual([1, 0, 1]);
  vi.unstubAllEnvs();
  await bench.sandbox.close();
});
