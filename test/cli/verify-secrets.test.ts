import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { Tenant, VENDORS, type VendorName } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const SECRET = "4dabf18193072939515e22adb298388d";
const marked = (rest: object) => ({ [SECRET]: "1b47061264138c4ac30d75fd1eb44270", ...rest });

/** A client, and its state with the secret shown. */
async function stateOf(name: string, secret?: unknown) {
  const data = await tenant.made("rezolve", { name });
  const type = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
  const plaintext = marked({ plaintext: JSON.stringify(data.clientSecret) });
  return {
    secret: data.clientSecret,
    resource: {
      urn: `urn:pulumi:prod::shop::${type}::${name}`,
      type,
      id: data.id,
      outputs: {
        name,
        clientId: data.clientId,
        clientSecret: secret === undefined ? plaintext : secret,
        status: "active",
      },
    },
  };
}

async function verified(resources: readonly object[], ...args: string[]) {
  const file = tenant.file("export.json");
  await writeFile(file, JSON.stringify({ version: 3, deployment: { resources } }));
  const ended = await tenant.run(["verify-secrets", file, "--json", "--token-url", tenant.sandbox.tokenUrl, ...args]);
  return { ...ended, results: ended.stdout === "" ? null : JSON.parse(ended.stdout).secrets };
}

const brief = (results: { name: string; result: string }[]) => results.map(({ name, result }) => [name, result]);

test("asks for one token with each secret, and says which of them work", async () => {
  const [good, rotated, none, hidden] = [
    await stateOf("good"),
    await stateOf("rotated", marked({ plaintext: JSON.stringify("an-old-secret-of-the-client") })),
    await stateOf("none", null),
    await stateOf("hidden", marked({ ciphertext: "v1:abc" })),
  ];
  tenant.sandbox.requests.clear();
  const { code, stdout, stderr, results } = await verified(
    [good, rotated, none, hidden].map(({ resource }) => resource),
  );
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(brief(results)).toEqual([
    ["good", "works"],
    ["rotated", "rejected"],
    ["none", "no secret"],
    ["hidden", "unknown"],
  ]);
  for (const secret of [good.secret, rotated.secret, "an-old-secret-of-the-client"])
    expect(stdout).not.toContain(secret);
  expect(tenant.sandbox.requests.list({ path: "/api/v1/oauth-clients" })).toEqual([]);
  expect(await verified([good.resource])).toMatchObject({ code: 0 });
});

test("a client without a secret is shown in every format, and counts for nothing", async () => {
  const [good, none] = [await stateOf("good"), await stateOf("none", null)];
  for (const format of ["table", "csv", "markdown", "junit"]) {
    const file = tenant.file("export.json");
    const deployment = { resources: [good.resource, none.resource] };
    await writeFile(file, JSON.stringify({ version: 3, deployment }));
    const args = ["--format", format, "--token-url", tenant.sandbox.tokenUrl];
    const { code, stdout } = await tenant.run(["verify-secrets", file, ...args]);
    expect(code).toBe(0);
    expect(stdout).toContain("no secret");
    if (format === "junit") expect(stdout).toContain('tests="2" failures="0" errors="0" skipped="1"');
    else if (format !== "csv") expect(stdout).toContain("1 of 1 secrets work; 1 client has none in the state.");
  }
});

test("a token endpoint that does not answer says nothing about a secret", async () => {
  const { resource } = await stateOf("good");
  const { code, results } = await verified([resource], "--token-url", "http://127.0.0.1:9/token");
  expect(code).toBe(1);
  expect(brief(results)).toEqual([["good", "unknown"]]);
});

test("without a token endpoint, or with a preview, it says what is missing", async () => {
  const { resource } = await stateOf("good");
  const file = tenant.file("export.json");
  await writeFile(file, JSON.stringify({ version: 3, deployment: { resources: [resource] } }));
  const unnamed = await tenant.run(["verify-secrets", file, "--json"]);
  expect(JSON.parse(unnamed.stdout).secrets[0].message).toContain("has no tokenUrl: name the token endpoint");
  await writeFile(file, JSON.stringify({ steps: [] }));
  expect((await tenant.run(["verify-secrets", file])).stderr).toContain("A preview has no secrets");
  expect((await tenant.run(["verify-secrets"])).code).toBe(2);
});

test("a secret that is no JSON is in no error, and none is sent to another installation than its own", async () => {
  const odd = await stateOf("odd", marked({ plaintext: "topSecretValue42" }));
  const { resource } = await stateOf("elsewhere");
  const elsewhere = { ...resource, outputs: { ...resource.outputs, baseUrl: "https://prod.example.test" } };
  const file = tenant.file("export.json");
  await writeFile(file, JSON.stringify({ version: 3, deployment: { resources: [odd.resource, elsewhere] } }));
  tenant.sandbox.requests.clear();
  const env = { REZOLVE_TOKEN_URL: tenant.sandbox.tokenUrl };
  const own = {
    ...env,
    REZOLVE_TOKEN: "",
    REZOLVE_AUTH_CLIENT_ID: "a",
    REZOLVE_AUTH_CLIENT_SECRET: "a-secret-of-the-pipeline",
  };
  const { code, stdout, stderr } = await tenant.run(["verify-secrets", file, "--json"], { env: own });
  expect(code, stderr).toBe(1);
  expect(stdout + stderr).not.toContain("topSecretValue42");
  expect(brief(JSON.parse(stdout).secrets)).toEqual([
    ["odd", "no secret"],
    ["elsewhere", "unknown"],
  ]);
  expect(stdout).toContain("the secret was not sent");
  expect(tenant.sandbox.requests.count()).toBe(0);
});

const TYPES: Record<VendorName, string> = { rezolve: "rezolve:OAuthClient", nexus: "nexus:Client" };

/** A client as a state has it, whose secret is `<id>-secret`. */
function stated(vendor: VendorName, id: string, more: Record<string, unknown> = {}) {
  const type = `pulumi-nodejs:dynamic/${TYPES[vendor]}`;
  const outputs = { name: id, clientId: id, connection: "default", baseUrl: tenant.sandbox.url, ...more };
  return {
    urn: `urn:pulumi:prod::shop::${type}::${id}`,
    type,
    id,
    outputs: { ...outputs, clientSecret: `${id}-secret` },
  };
}

/** A token endpoint that answers so, and whom it was asked for. */
async function endpoint(status: number, body: string, headers: Record<string, string> = {}) {
  const asked = new Set<string>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    let form = "";
    request.on("data", (part) => {
      form += part;
    });
    request.on("end", () => {
      const basic = Buffer.from((request.headers.authorization ?? "").slice("Basic ".length), "base64").toString();
      const [id = ""] = basic === "" ? [new URLSearchParams(form).get("client_id") ?? ""] : basic.split(":");
      asked.add(decodeURIComponent(id));
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    });
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/token`, asked };
}

const oauthError = (error: string) => JSON.stringify({ error });
/** As Microsoft Entra says it of an application that it does not know. */
const UNKNOWN_APPLICATION = JSON.stringify({
  error: "unauthorized_client",
  error_description: "AADSTS700016: Application not found in the directory",
});
const CHALLENGE = { "www-authenticate": "Basic realm=corp-proxy" };

describe.each(VENDORS)("of %s, a secret", (vendor) => {
  beforeEach(() => tenant.only(vendor));

  test.each<[string, string, number, string, Record<string, string>]>([
    ["rejected", "invalid_client", 401, oauthError("invalid_client"), {}],
    ["rejected", "HTTP 401, invalid_client", 401, oauthError("invalid_client"), CHALLENGE],
    ["unknown", "does not know the client, or the client may not use the grant", 400, UNKNOWN_APPLICATION, {}],
    ["works", "accepted the client credentials", 400, oauthError("invalid_scope"), {}],
    ["unknown", "unsupported_grant_type", 400, oauthError("unsupported_grant_type"), {}],
    ["unknown", "HTTP 403, access_denied", 403, oauthError("access_denied"), {}],
    ["unknown", "something on the way to it", 401, "<html>", { ...CHALLENGE, "content-type": "text/html" }],
    ["unknown", "(HTTP 403) is not one of an OAuth 2.0 token endpoint", 403, "no", { "content-type": "text/html" }],
    ["unknown", "is not one of an OAuth 2.0 token endpoint", 200, "{}", {}],
    ["unknown", "(HTTP 307) is not one of an OAuth 2.0 token endpoint", 307, "", { location: "http://127.0.0.1:9/" }],
  ])("is %s where the endpoint says: %s", async (result, expected, status, body, headers) => {
    const { url } = await endpoint(status, body, headers);
    const { code, results, stdout } = await verified([stated(vendor, "bot")], "--token-url", url);
    expect(brief(results)).toEqual([["bot", result]]);
    expect(results[0].message).toContain(expected);
    if (body === UNKNOWN_APPLICATION) expect(results[0].message).toContain("AADSTS700016: Application not found");
    expect(stdout).not.toMatch(/not an error|bot-secret/);
    expect(code).toBe(result === "works" ? 0 : 1);
  });

  test("is asked for also where the endpoint said nothing certain of others", async () => {
    const { url, asked } = await endpoint(403, oauthError("access_denied"));
    const ids = ["one", "two", "three", "four", "five"];
    await verified(
      ids.map((id) => stated(vendor, id)),
      "--token-url",
      url,
    );
    expect([...asked]).toEqual(ids);
    const silent = await endpoint(401, "", CHALLENGE);
    await verified(
      ids.map((id) => stated(vendor, id)),
      "--token-url",
      silent.url,
    );
    expect([...silent.asked]).toEqual(ids.slice(0, 3));
  });

  test("is asked for also where nothing was sent for others, or another connection's endpoint is silent", async () => {
    const { url } = await endpoint(400, oauthError("invalid_scope"));
    const silent = await endpoint(401, "", CHALLENGE);
    const login = { TOKEN: "", TOKEN_URL: url, AUTH_CLIENT_ID: "a", AUTH_CLIENT_SECRET: "a-secret-of-the-pipeline" };
    const prefix = vendor.toUpperCase();
    const own = Object.fromEntries(Object.entries(login).map(([name, value]) => [`${prefix}_${name}`, value]));
    for (const [name, value] of Object.entries({ ...tenant.settingsOf(vendor), ...own })) {
      tenant.env[name] = value;
      tenant.env[name.replace("_", "__EU__")] = name.endsWith("_TOKEN_URL") ? silent.url : value;
    }
    for (const connection of ["unset", "eu"]) {
      const dead = ["one", "two", "three", "four"].map((id) => stated(vendor, id, { connection }));
      const alive = ["five", "six"].map((id) => stated(vendor, id));
      const file = tenant.file("export.json");
      await writeFile(file, JSON.stringify({ version: 3, deployment: { resources: [...dead, ...alive] } }));
      const { secrets } = JSON.parse((await tenant.run(["verify-secrets", file, "--json"])).stdout);
      const results = secrets.map(({ result, message }: { result: string; message: string }) =>
        result === "unknown" && message.startsWith("Not asked") ? "not asked" : result,
      );
      const last = connection === "unset" ? "unknown" : "not asked";
      expect(results).toEqual(["unknown", "unknown", "unknown", last, "works", "works"]);
    }
  });
});

describe("an endpoint that is named", () => {
  const EU = { connection: "eu" };
  const ELSEWHERE = { baseUrl: "https://other.example.test" };

  beforeEach(() => {
    const settings = { ...tenant.settingsOf("rezolve"), ...tenant.settingsOf("nexus") };
    const eu = Object.entries(tenant.settingsOf("nexus")).map(([name, value]) => [name.replace("_", "__EU__"), value]);
    Object.assign(tenant.env, settings, Object.fromEntries(eu));
  });

  const stack = () => [
    stated("rezolve", "rez-1"),
    stated("nexus", "nex-1"),
    stated("nexus", "nex-2", ELSEWHERE),
    stated("nexus", "nex-3", EU),
  ];

  test.each([
    ["vendors", () => [stated("rezolve", "rez-1"), stated("nexus", "nex-1")]],
    ["connections", () => [stated("nexus", "nex-1"), stated("nexus", "nex-3", EU)]],
    ["addresses", () => [stated("nexus", "nex-1"), stated("nexus", "nex-2", ELSEWHERE)]],
  ])("gets no secret at all where they belong to several %s", async (_what, resources) => {
    const { url, asked } = await endpoint(401, oauthError("invalid_client"));
    const { code, stdout, stderr } = await verified(resources(), "--token-url", url);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("[configuration-invalid]: The secrets belong to several: ");
    expect(stderr).toContain("none was. Say whose endpoint it is: --vendor, --connection, --base-url.");
    expect([...asked]).toEqual([]);
  });

  test.each([
    ["vendor", ["--vendor", "rezolve"], ["rez-1"]],
    ["connection", ["--connection", "eu"], ["nex-3"]],
    ["address", ["--base-url", "https://other.example.test/"], ["nex-2"]],
  ])("gets those of the %s that is meant", async (_what, args, expected) => {
    const { url, asked } = await endpoint(401, oauthError("invalid_client"));
    const { code, stderr, results } = await verified(stack(), "--token-url", url, ...args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(results.map(({ name }: { name: string }) => name)).toEqual(expected);
    expect([...asked]).toEqual(expected);
  });

  test("of what the stack has none of, nobody is told that all is well", async () => {
    const { code, stderr } = await verified([stated("nexus", "nex-1")], "--vendor", "rezolve", "--connection", "eu");
    expect(code).toBe(2);
    expect(stderr).toContain('The stack has no client of vendor rezolve, connection "eu".');
  });
});

test("a secret connection or address is not taken for the default one", async () => {
  const { resource, secret } = await stateOf("hidden");
  for (const key of ["connection", "baseUrl"]) {
    const hidden = { ...resource, outputs: { ...resource.outputs, [key]: marked({ plaintext: '"elsewhere"' }) } };
    tenant.sandbox.requests.clear();
    const { code, stdout, results } = await verified([hidden]);
    expect(code).toBe(1);
    expect(brief(results)).toEqual([["hidden", "unknown"]]);
    expect(results[0].message).toContain(`${key} is secret`);
    expect(stdout).not.toContain(secret);
    expect(tenant.sandbox.requests.count()).toBe(0);
  }
});
