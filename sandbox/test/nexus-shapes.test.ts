import { describe, expect, it } from "vitest";
import {
  clientsPath,
  createNexusClient,
  fullBody,
  listed,
  listPage,
  type NexusRequest,
  nexus,
} from "./nexus-support.ts";
import { type Storage, sandboxFor, startTestSandbox, storages } from "./support.ts";

const id = expect.stringMatching(/^[A-Za-z0-9]{32}$/);

/** {@link fullBody} in the read model (vendor-apis 4.2): every field, no other. */
const fullModel = {
  id,
  name: "Portal",
  type: "regular_web",
  mobile: fullBody.mobile,
  owners: ["u-1", "role-2"],
  secret: null,
  logoUrl: "https://portal.example.test/logo.svg",
  grantTypes: ["authorization_code", "client_credentials", "refresh_token"],
  productName: "portal",
  callbackUrls: ["https://portal.example.test/callback"],
  client_upn_key: "email",
  applicationName: "Customer portal",
  clientAuthMethod: "client_secret_post",
  allowedLogoutUrls: ["https://portal.example.test/bye"],
  allowedWebOrigins: ["https://web.example.test"],
  allowedCorsOrigins: ["https://portal.example.test"],
  idTokenExpiration: 3600,
  refreshTokenReuseInterval: 0,
  refreshTokenAbsoluteLifetime: 86_400,
  refreshTokenInactivityLifetime: 86_400,
  isRefreshTokenRotationEnabled: true,
  isRefreshTokenAbsoluteExpirationEnabled: true,
  isRefreshTokenInactivityLifetimeEnabled: false,
  allowCrossOriginAuthentication: false,
  manuallyCreated: true,
};

const emptyModel = {
  ...fullModel,
  name: "Bare",
  mobile: null,
  owners: [],
  logoUrl: null,
  productName: null,
  client_upn_key: null,
  applicationName: null,
  callbackUrls: [],
  allowedLogoutUrls: [],
  allowedWebOrigins: [],
  allowedCorsOrigins: [],
  manuallyCreated: false,
};

describe.each(storages)("A creation, kept in %s", (storage: Storage) => {
  it("answers 201 with the client in the read model and its secret, and keeps every field", async () => {
    const sandbox = await sandboxFor(storage);

    const answer = await nexus(sandbox, "POST", clientsPath(sandbox), { body: fullBody });

    expect(answer.status).toBe(201);
    expect(answer.body).toStrictEqual({ ...fullModel, secret: expect.stringMatching(/^sbx_/) });
    expect((await listPage(sandbox)).value).toStrictEqual([fullModel]);
    expect(sandbox.clients.list()).toMatchObject([
      {
        vendor: "nexus",
        description: "Where customers look things up",
        attributes: { initiate_login_uri: "https://portal.example.test/login" },
      },
    ]);
  });

  it.each(["left out", "null"])("does with a name and a type, all else being %s", async (absence) => {
    const sandbox = await sandboxFor(storage);
    const others = Object.keys(fullBody).filter((field) => field !== "name" && field !== "app_type");
    const nulls = absence === "null" ? Object.fromEntries(others.map((field) => [field, null])) : {};

    const { status, body } = await nexus(sandbox, "POST", clientsPath(sandbox), {
      body: { ...nulls, name: "Bare", app_type: "something_else" },
    });

    expect(status).toBe(201);
    expect(body).toStrictEqual({
      ...emptyModel,
      type: "something_else",
      grantTypes: [],
      secret: expect.any(String),
    });
  });
});

describe("A creation", () => {
  it.each([
    ["regular_web", ["authorization_code", "refresh_token"], "client_secret_post"],
    ["spa", ["authorization_code", "refresh_token"], "none"],
    ["native", ["authorization_code", "refresh_token"], "none"],
    ["non_interactive", ["client_credentials"], "client_secret_post"],
    ["resource_server", [], "client_secret_post"],
  ])("of a %s without grants gives it %j and the method %s", async (app_type, grantTypes, clientAuthMethod) => {
    const sandbox = await startTestSandbox();

    const { body } = await nexus(sandbox, "POST", clientsPath(sandbox), { body: { name: "App", app_type } });

    const secret = clientAuthMethod === "none" ? null : expect.any(String);
    expect(body).toMatchObject({ type: app_type, grantTypes, clientAuthMethod, secret });
  });

  it("takes grants as they are, an empty list and unknown ones too", async () => {
    const sandbox = await startTestSandbox();
    const grants = ["http://auth0.com/oauth/grant-type/password-realm", "client_credentials"];
    const some = await createNexusClient(sandbox, { grant_types: grants });
    const none = await createNexusClient(sandbox, { grant_types: [], app_type: "non_interactive" });

    expect(await listed(sandbox, some.id)).toMatchObject({ grantTypes: grants });
    expect(await listed(sandbox, none.id)).toMatchObject({ grantTypes: [] });
  });

  it("makes the id itself, and ignores names that are not the contract's", async () => {
    const sandbox = await startTestSandbox();
    const mine = {
      id: "mine",
      callbackUrls: ["https://x.example.test"],
      owners: ["u-1"],
      name: "App",
      app_type: "spa",
    };

    const { body } = await nexus(sandbox, "POST", clientsPath(sandbox), { body: mine });

    expect(body).toMatchObject({ id, callbackUrls: [], owners: [] });
  });

  it.each([
    ["ios", { ios: { team_id: "T" } }, { ios: { team_id: "T", app_bundle_identifier: null }, android: null }],
    [
      "android",
      { ios: null, android: { app_package_name: "p" } },
      { ios: null, android: { keystore_hash: null, app_package_name: "p" } },
    ],
    ["nothing", {}, null],
  ])("takes %s alone for mobile", async (_title, mobile, shown) => {
    const sandbox = await startTestSandbox();
    const { id } = await createNexusClient(sandbox, { mobile });

    expect(await listed(sandbox, id)).toMatchObject({ mobile: shown });
  });

  it("gives no Location by default", async () => {
    const sandbox = await startTestSandbox();

    const { headers } = await nexus(sandbox, "POST", clientsPath(sandbox), { body: fullBody });

    expect(headers.get("location")).toBeNull();
  });
});

/** Field by field, what is sent and what is then read. */
const nineFields: [field: string, value: unknown][] = [
  ["callbackUrls", ["https://new.example.test/cb"]],
  ["allowedLogoutUrls", ["https://new.example.test/bye"]],
  ["allowedWebOrigins", ["https://new.example.test"]],
  ["allowedCorsOrigins", []],
  ["applicationName", "New"],
  ["client_upn_key", ""],
  ["productName", "shop"],
  ["owners", ["role-9"]],
  ["mobile", { ios: null, android: { keystore_hash: "FF", app_package_name: null } }],
];

describe.each(storages)("A patch, kept in %s", (storage: Storage) => {
  it.each(nineFields)("of %s changes that field alone", async (field, value) => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);

    const answer = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: { [field]: value } });

    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual({ ...fullModel, [field]: value });
    expect(await listed(sandbox, client.id)).toStrictEqual({ ...fullModel, [field]: value });
    expect(sandbox.clients.get(client.id)).toMatchObject({
      description: fullBody.description,
      attributes: { initiate_login_uri: fullBody.initiate_login_uri },
    });
  });

  it("of all nine fields changes them all, and of none of them nothing", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);
    const body = Object.fromEntries(nineFields);

    await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body });
    const again = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: {} });

    expect(again).toMatchObject({ status: 200 });
    expect(again.body).toStrictEqual({ ...fullModel, ...body });
  });
});

describe("A patch", () => {
  it("with an empty object for mobile takes it away", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox);

    const { body } = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: { mobile: {} } });

    expect(body).toMatchObject({ mobile: null });
  });
});

const unpatchable = [
  "name",
  "type",
  "app_type",
  "grantTypes",
  "grant_types",
  "description",
  "logoUrl",
  "initiate_login_uri",
  "manuallyCreated",
  "idTokenExpiration",
  "clientAuthMethod",
  "secret",
  "callbacks",
];

describe("Nexus refuses", () => {
  it.each(unpatchable)("a patch of %s, naming it, and changes nothing", async (field) => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox);
    const body = { applicationName: "New", [field]: "x" };

    const answer = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body });

    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining(`"${field}"`) } });
    expect(await listed(sandbox, client.id)).toStrictEqual(fullModel);
  });

  const create: [title: string, request: NexusRequest, status: number, detail: RegExp][] = [
    ["without a name", { body: { app_type: "spa" } }, 400, /name: /],
    ["with an empty name", { body: { name: "", app_type: "spa" } }, 400, /name: /],
    ["with a null name", { body: { name: null, app_type: "spa" } }, 400, /name: /],
    ["without a type", { body: { name: "App" } }, 400, /app_type: /],
    ["with an empty type", { body: { name: "App", app_type: "" } }, 400, /app_type: /],
    ["with neither", { body: {} }, 400, /name: .*; app_type: /],
    ["with callbacks in one text", { body: { ...fullBody, callbacks: "a,b" } }, 400, /callbacks: /],
    ["with a list of numbers", { body: { ...fullBody, grant_types: [1] } }, 400, /grant_types\.0: /],
    [
      "with owners in a list",
      { body: { ...fullBody, client_metadata: { owners: ["u-1"] } } },
      400,
      /client_metadata\.owners: /,
    ],
    ["with a list for a body", { body: [fullBody] }, 400, /body: /],
    ["without a body", { headers: { "content-type": "application/json" } }, 400, /empty/],
    ["with half a body", { text: '{"name":' }, 400, /not valid JSON/],
    ["without a content type", { body: fullBody, headers: { "content-type": null } }, 415, /application\/json/],
    [
      "of another content type",
      { body: fullBody, headers: { "content-type": "text/plain" } },
      415,
      /application\/json/,
    ],
  ];

  it.each(create)("a creation %s", async (_title, request, status, detail) => {
    const sandbox = await startTestSandbox();

    const answer = await nexus(sandbox, "POST", clientsPath(sandbox), request);

    expect(answer).toMatchObject({
      status,
      body: { status, detail: expect.stringMatching(detail), instance: clientsPath(sandbox) },
    });
    expect(sandbox.clients.count()).toBe(0);
  });

  it.each([
    ["callbackUrls", "https://a.example.test,https://b.example.test"],
    ["owners", "u-1"],
    ["productName", 7],
    ["mobile", { ios: "x" }],
  ])("a patch with a wrong %s", async (field, value) => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox);

    const answer = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: { [field]: value } });

    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining(field) } });
  });

  it.each(["PATCH", "DELETE"])("a %s of an unknown client with 404, whatever its id looks like", async (method) => {
    const sandbox = await startTestSandbox();
    const request = method === "PATCH" ? { body: {} } : {};

    for (const unknown of ["abc", "a%2Fb", "client-550e8400-e29b-41d4-a716-446655440099"]) {
      const answer = await nexus(sandbox, method, clientsPath(sandbox, unknown), request);
      const detail = `Client ${decodeURIComponent(unknown)} was not found in tenant ${sandbox.tenants[0].id}.`;
      expect(answer).toMatchObject({ status: 404, body: { title: "Not Found", status: 404, detail } });
    }
  });

  it.each([
    ["GET", "/v1/elsewhere", 404],
    ["PUT", "/v1/tenants/t/clients/x", 404],
    ["GET", "/v1/%zz", 400],
  ])("%s %s with %i in its own words", async (method, path, status) => {
    const sandbox = await startTestSandbox();

    const answer = await nexus(sandbox, method, path);

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(answer.body).toMatchObject({ type: "about:blank", status, instance: path });
  });

  it("a failure of its own with 500 and nothing about the cause", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox);
    sandbox.clients.edit(client.id, { attributes: { owners: "no list" } });

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox));

    expect(answer.status).toBe(500);
    expect(answer.body).toStrictEqual({
      type: "about:blank",
      title: "Internal Server Error",
      status: 500,
      detail: null,
      instance: clientsPath(sandbox),
    });
  });
});

describe.each(storages)("A deletion, kept in %s", (storage: Storage) => {
  it("answers 204 with nothing, once", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);
    const path = clientsPath(sandbox, client.id);

    const first = await nexus(sandbox, "DELETE", path);
    const second = await nexus(sandbox, "DELETE", path);

    expect(first).toMatchObject({ status: 204, body: undefined });
    expect(first.headers.get("content-type")).toBeNull();
    expect(second).toMatchObject({ status: 404, body: { status: 404 } });
    expect((await listPage(sandbox)).count).toBe(0);
    expect(sandbox.clients.list()).toStrictEqual([]);
  });

  it("is for good, whatever Rezolve's setting says", async () => {
    const sandbox = await sandboxFor(storage, { settings: { rezolve: { deletion: "soft" } } });
    const [a, b] = [await createNexusClient(sandbox), await createNexusClient(sandbox)];

    await nexus(sandbox, "DELETE", clientsPath(sandbox, a.id));
    sandbox.clients.remove(b.id);

    expect(sandbox.clients.list()).toStrictEqual([]);
  });

  it("of one client at the same moment succeeds once", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => nexus(sandbox, "DELETE", clientsPath(sandbox, client.id))),
    );

    expect(answers.map(({ status }) => status).toSorted()).toStrictEqual([204, ...Array(7).fill(404)]);
  });
});
