import { describe, expect, it } from "vitest";
import { defaultTenants, type Sandbox } from "../src/index.ts";
import {
  type ApiRequest,
  api,
  clientsPath,
  createClient,
  fullClient,
  get,
  isoTime,
  rawApi,
  remove,
  startTestSandbox,
} from "./support.ts";

const [first, second] = defaultTenants;
const strangerPath = `${clientsPath}/client-550e8400-e29b-41d4-a716-446655440099`;

type Case = [title: string, method: string, path: string, request: ApiRequest, status: number, error: object];

const unauthorized = { code: "UNAUTHORIZED", message: "Authentication failed", details: expect.any(String) };
const forbidden = { code: "FORBIDDEN", message: "Insufficient permissions", details: expect.any(String) };
const invalidParameter = { code: "INVALID_PARAMETER", message: expect.any(String), details: expect.any(String) };
const invalidBody = (details: unknown) => ({ code: "VALIDATION_ERROR", message: "Invalid request body", details });

const access: Case[] = [
  ["no token", "GET", clientsPath, { headers: { authorization: null } }, 401, unauthorized],
  ["no bearer token", "GET", clientsPath, { headers: { authorization: "Basic eDp5" } }, 401, unauthorized],
  ["a garbage token", "GET", clientsPath, { headers: { authorization: "Bearer garbage" } }, 401, unauthorized],
  [
    "an expired token",
    "GET",
    clientsPath,
    { token: { expiresInSeconds: -1 } },
    401,
    { ...unauthorized, code: "TOKEN_EXPIRED" },
  ],
  ["a token without the role", "GET", clientsPath, { token: { roles: ["agent"] } }, 403, forbidden],
  ["a token without any role", "DELETE", strangerPath, { token: { roles: [] } }, 403, forbidden],
  ["another tenant's token", "GET", clientsPath, { token: { tenantId: second.id } }, 403, forbidden],
  ["another tenant", "GET", clientsPath, { headers: { "x-tenantid": second.id } }, 403, forbidden],
  ["no tenant", "GET", clientsPath, { headers: { "x-tenantid": null } }, 400, invalidParameter],
  [
    "an unknown tenant",
    "GET",
    clientsPath,
    { headers: { "x-tenantid": "5a4dbc0e-0000-4000-8000-0000000000ff" } },
    404,
    { code: "TENANT_NOT_FOUND", message: "Tenant not found", details: expect.stringContaining("0000000000ff") },
  ],
  [
    "another tenant's realm",
    "GET",
    clientsPath,
    { headers: { realmname: second.realmName } },
    404,
    { code: "REALM_NOT_FOUND", message: "Realm not found", details: expect.stringContaining(second.realmName) },
  ],
];

const headers: Case[] = [
  [
    "an accept header that excludes JSON",
    "GET",
    clientsPath,
    { headers: { accept: "text/html" } },
    400,
    invalidParameter,
  ],
  [
    "no content type",
    "POST",
    clientsPath,
    { body: fullClient, headers: { "content-type": null } },
    400,
    invalidParameter,
  ],
  [
    "another content type",
    "POST",
    clientsPath,
    { body: fullClient, headers: { "content-type": "text/plain" } },
    400,
    invalidParameter,
  ],
];

const bodies: Case[] = [
  ["a body that is not JSON", "POST", clientsPath, { text: "{" }, 400, invalidBody({ body: expect.any(String) })],
  ["a body that is no object", "POST", clientsPath, { body: [] }, 400, invalidBody({ body: expect.any(String) })],
  [
    "no body",
    "POST",
    clientsPath,
    { headers: { "content-type": "application/json" } },
    400,
    invalidBody({ body: expect.any(String) }),
  ],
  [
    "missing fields, all named at once",
    "POST",
    clientsPath,
    { body: {} },
    400,
    invalidBody({
      name: expect.any(String),
      clientType: expect.any(String),
      redirectUris: expect.any(String),
      grantTypes: expect.any(String),
      scopes: expect.any(String),
    }),
  ],
  [
    "a field of another type",
    "POST",
    clientsPath,
    { body: { ...fullClient, scopes: "openid" } },
    400,
    invalidBody({ scopes: expect.any(String) }),
  ],
  [
    "an unknown client type",
    "POST",
    clientsPath,
    { body: { ...fullClient, clientType: "secret" } },
    400,
    invalidBody({ clientType: expect.any(String) }),
  ],
];

const values: [field: string, value: unknown, more?: object][] = [
  ["name", "  "],
  ["redirectUris", ["http://app.example.test/cb"]],
  ["redirectUris", ["https://app.example.test/cb#part"]],
  ["redirectUris", ["javascript:alert(1)"]],
  ["redirectUris", ["no uri"]],
  // The OAuth server's own rule for the implicit grant.
  ["redirectUris", ["http://localhost/cb"], { grantTypes: ["implicit"] }],
  ["grantTypes", ["device_code"]],
  ["grantTypes", ["client_credentials"], { clientType: "public" }],
  ["scopes", ["ticketing:everything"]],
  ["allowedOrigins", ["https://app.example.test/path"]],
  ["ipWhitelist", ["203.0.113.0/33"]],
  ["ipWhitelist", ["nowhere"]],
];

const parameters: Case[] = [
  ...["0", "101", "-1", "ten", "1.5", ""].map(
    (limit): Case => [
      `limit=${limit}`,
      "GET",
      `${clientsPath}?limit=${limit}`,
      {},
      400,
      { ...invalidParameter, details: expect.stringContaining("limit") },
    ],
  ),
  ...["-1", "x", ""].map(
    (offset): Case => [
      `offset=${offset}`,
      "GET",
      `${clientsPath}?offset=${offset}`,
      {},
      400,
      { ...invalidParameter, details: expect.stringContaining("offset") },
    ],
  ),
  ...["GET", "PATCH", "DELETE"].map(
    (method): Case => [
      `${method} of an id that is no UUID`,
      method,
      `${clientsPath}/client-123`,
      method === "PATCH" ? { body: {} } : {},
      400,
      invalidParameter,
    ],
  ),
  ["rotating an id that is no UUID", "POST", `${clientsPath}/client-123/rotate-secret`, {}, 400, invalidParameter],
  [
    "a path that cannot be decoded",
    "GET",
    `${clientsPath}/%zz`,
    {},
    400,
    { code: "INVALID_PARAMETER", message: expect.any(String) },
  ],
];

const notFound = {
  code: "OAUTH_CLIENT_NOT_FOUND",
  message: "OAuth client not found",
  details: "No OAuth client exists with ID: client-550e8400-e29b-41d4-a716-446655440099",
};
const missing: Case[] = [
  ["get of an unknown client", "GET", strangerPath, {}, 404, notFound],
  ["patch of an unknown client", "PATCH", strangerPath, { body: { name: "x" } }, 404, notFound],
  ["delete of an unknown client", "DELETE", strangerPath, {}, 404, notFound],
  ["rotation of an unknown client", "POST", `${strangerPath}/rotate-secret`, {}, 404, notFound],
  [
    "PUT, which the contract does not define",
    "PUT",
    strangerPath,
    { body: {} },
    404,
    { code: "NOT_FOUND", message: expect.any(String) },
  ],
];

async function expectError(sandbox: Sandbox, [, method, path, request, status, error]: Case) {
  const answer = await api(sandbox, method, path, request);
  expect(answer.status).toBe(status);
  expect(answer.success).toBe(false);
  expect(answer.error).toStrictEqual(error);
  expect(answer.timestamp).toMatch(isoTime);
}

describe("Rezolve refuses", () => {
  it.each([...access, ...headers, ...bodies, ...parameters, ...missing])("%s", async (...row) => {
    const sandbox = await startTestSandbox();

    await expectError(sandbox, row);
  });

  it("a missing accept header", async () => {
    const sandbox = await startTestSandbox();
    const { request } = await import("undici");

    const { statusCode, body } = await request(`${sandbox.url}${clientsPath}`, {
      headers: { authorization: `Bearer ${await sandbox.adminToken()}`, "x-tenantid": first.id },
    });

    expect(statusCode).toBe(400);
    expect(await body.json()).toMatchObject({
      error: { code: "INVALID_PARAMETER", details: expect.stringContaining("accept") },
    });
  });

  it.each(values)("the %s %j, on create and on update", async (field, value, more = {}) => {
    const sandbox = await startTestSandbox();
    const { id } = await createClient(sandbox, { name: "Existing" });
    const body = { ...fullClient, ...more, [field]: value };
    const error = invalidBody({ [field]: expect.any(String) });

    await expectError(sandbox, ["", "POST", clientsPath, { body }, 422, error]);
    await expectError(sandbox, [
      "",
      "PATCH",
      `${clientsPath}/${id}`,
      { body: { ...more, [field]: value } },
      422,
      error,
    ]);

    expect(sandbox.clients.count()).toBe(1);
    expect(sandbox.clients.get(id)).toMatchObject({ ...fullClient, name: "Existing" });
  });

  it("a patch that leaves a public client with client_credentials", async () => {
    const sandbox = await startTestSandbox();
    const { id } = await createClient(sandbox);

    const answer = await api(sandbox, "PATCH", `${clientsPath}/${id}`, { body: { clientType: "public" } });

    expect(answer.status).toBe(422);
    expect(answer.error.details).toStrictEqual({ grantTypes: expect.stringContaining("client_credentials") });
  });

  it.each(["clientId", "clientSecret"])("a patch of %s", async (field) => {
    const sandbox = await startTestSandbox();
    const { id, clientId } = await createClient(sandbox);

    const answer = await api(sandbox, "PATCH", `${clientsPath}/${id}`, { body: { name: "New", [field]: "mine" } });

    expect(answer.status).toBe(400);
    expect(answer.error).toMatchObject({ code: "VALIDATION_ERROR", details: { [field]: expect.any(String) } });
    expect(sandbox.clients.get(id)).toMatchObject({ name: fullClient.name, clientId });
  });

  it("a name that is taken in the tenant, on create and on update, but not in another tenant", async () => {
    const sandbox = await startTestSandbox();
    await createClient(sandbox, { name: "Taken" });
    const other = await createClient(sandbox, { name: "Other" });
    const conflict = {
      code: "OAUTH_CLIENT_ALREADY_EXISTS",
      message: expect.any(String),
      details: expect.stringContaining("Taken"),
    };

    const body = { ...fullClient, name: "Taken" };
    await expectError(sandbox, ["", "POST", clientsPath, { body }, 409, conflict]);
    await expectError(sandbox, ["", "PATCH", `${clientsPath}/${other.id}`, { body: { name: "Taken" } }, 409, conflict]);
    const elsewhere = await api(sandbox, "POST", clientsPath, {
      body,
      headers: { "x-tenantid": second.id },
      token: { tenantId: second.id },
    });

    expect(elsewhere.status).toBe(200);
    expect(sandbox.clients.count("Taken")).toBe(2);
  });

  it("one of two creations with the same name at the same moment", async () => {
    const sandbox = await startTestSandbox();

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api(sandbox, "POST", clientsPath, { body: fullClient })),
    );

    expect(answers.map(({ status }) => status).sort()).toStrictEqual([200, 409, 409, 409, 409, 409, 409, 409]);
    expect(sandbox.clients.count(fullClient.name)).toBe(1);
  });

  it("another tenant's client as if it did not exist", async () => {
    const sandbox = await startTestSandbox();
    const { id } = await createClient(sandbox);
    const stranger = { headers: { "x-tenantid": second.id }, token: { tenantId: second.id } };

    const answer = await api(sandbox, "DELETE", `${clientsPath}/${id}`, stranger);

    expect(answer.error.code).toBe("OAUTH_CLIENT_NOT_FOUND");
    expect(sandbox.clients.count()).toBe(1);
  });

  it("a failure of its own with 500 and nothing about the cause", async () => {
    const sandbox = await startTestSandbox();
    const { id } = await createClient(sandbox);
    // There is no day to end the retention on.
    Object.assign(sandbox.settings.rezolve, { deletion: "soft", retentionDays: Number.NaN });

    const response = await rawApi(sandbox, "DELETE", `${clientsPath}/${id}`);
    const text = await response.text();

    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ success: false, error: { code: "INTERNAL_ERROR" } });
    expect(text).not.toMatch(/invalid time/i);
    expect(sandbox.clients.get(id)?.status).toBe("active");
  });
});

describe("The order of Rezolve's checks", () => {
  // Each request has all the faults of those below it, so only the order decides what is reported.
  const wrongRole = { token: { roles: [] } };
  const body = { text: "{" };
  const order: [what: string, status: number, request: ApiRequest][] = [
    ["token", 401, { ...body, headers: { authorization: "Bearer x", "x-tenantid": "nowhere", realmname: "no-realm" } }],
    [
      "tenant",
      404,
      { ...body, ...wrongRole, headers: { "x-tenantid": "nowhere", realmname: "no-realm", accept: "text/html" } },
    ],
    ["realm", 404, { ...body, ...wrongRole, headers: { realmname: "no-realm", accept: "text/html" } }],
    ["role", 403, { ...body, ...wrongRole, headers: { accept: "text/html" } }],
    ["parameters", 400, body],
  ];

  it.each(order)("%s comes before what is below it", async (what, status, request) => {
    const sandbox = await startTestSandbox();

    const answer = await api(sandbox, "PATCH", `${clientsPath}/client-123`, request);

    expect(answer.status).toBe(status);
    const codes: Record<string, string> = {
      token: "UNAUTHORIZED",
      tenant: "TENANT_NOT_FOUND",
      realm: "REALM_NOT_FOUND",
      role: "FORBIDDEN",
      parameters: "VALIDATION_ERROR",
    };
    expect(answer.error.code).toBe(codes[what]);
  });
});

describe("Rezolve accepts", () => {
  it.each(["tenant_admin", "oauth_admin"])("the role %s", async (role) => {
    const sandbox = await startTestSandbox();

    expect((await api(sandbox, "GET", clientsPath, { token: { roles: ["agent", role] } })).status).toBe(200);
  });

  it("the tenant's own realm", async () => {
    const sandbox = await startTestSandbox();

    expect((await api(sandbox, "GET", clientsPath, { headers: { realmname: first.realmName } })).status).toBe(200);
  });

  it("an id without its prefix as well-formed, so that an unknown one is 404", async () => {
    const sandbox = await startTestSandbox();

    expect((await get(sandbox, "550e8400-e29b-41d4-a716-446655440099")).status).toBe(404);
    expect((await remove(sandbox, "550e8400-e29b-41d4-a716-446655440099")).status).toBe(404);
  });

  it.each([
    ["http://localhost:8080/cb"],
    ["http://127.0.0.1/cb"],
    ["myapp://callback"],
    ["https://a.example.test/cb?x=1"],
  ])("the redirect URI %s", async (uri) => {
    const sandbox = await startTestSandbox();

    const { id } = await createClient(sandbox, { redirectUris: [uri] });

    expect(sandbox.clients.get(id)?.redirectUris).toStrictEqual([uri]);
  });

  it("a scope that the options add", async () => {
    const sandbox = await startTestSandbox({ scopes: ["assets:read"] });

    const client = await createClient(sandbox, { scopes: ["assets:read"] });
    const token = await sandbox.issueToken({ ...client }, "assets:read");

    expect(await sandbox.introspect(token)).toMatchObject({ active: true, scope: "assets:read" });
  });

  it("its own name again in a patch", async () => {
    const sandbox = await startTestSandbox();
    const { id } = await createClient(sandbox);

    expect((await api(sandbox, "PATCH", `${clientsPath}/${id}`, { body: { name: fullClient.name } })).status).toBe(200);
  });
});

describe("The settings for what the contract leaves open", () => {
  it.each([400, 403, 404] as const)("answer %i for an unknown tenant", async (status) => {
    const sandbox = await startTestSandbox({ settings: { rezolve: { tenantUnknown: status } } });

    const answer = await api(sandbox, "GET", clientsPath, { headers: { "x-tenantid": "nowhere" } });

    expect(answer).toMatchObject({ status, error: { code: "TENANT_NOT_FOUND" } });
  });

  it.each([
    ["accept", 200, "inactive"],
    ["ignore", 200, "active"],
    ["refuse", 422, "active"],
  ] as const)("%s a status in a patch", async (statusPatch, status, after) => {
    const sandbox = await startTestSandbox();
    sandbox.settings.rezolve.statusPatch = statusPatch;
    const { id } = await createClient(sandbox);

    const answer = await api(sandbox, "PATCH", `${clientsPath}/${id}`, { body: { status: "inactive" } });

    expect(answer.status).toBe(status);
    expect(sandbox.clients.get(id)?.status).toBe(after);
    if (status === 200) expect(answer.data.status).toBe(after);
    else expect(answer.error).toMatchObject({ code: "VALIDATION_ERROR", details: { status: expect.any(String) } });
  });

  it("answer a patch with 204 and no body", async () => {
    const sandbox = await startTestSandbox({ settings: { rezolve: { patchStatus: 204 } } });
    const { id } = await createClient(sandbox);

    const answer = await rawApi(sandbox, "PATCH", `${clientsPath}/${id}`, { body: { name: "New" } });

    expect([answer.status, await answer.text()]).toStrictEqual([204, ""]);
    expect(sandbox.clients.get(id)?.name).toBe("New");
  });

  it("keep the secret of a new client back, which has one", async () => {
    const sandbox = await startTestSandbox({ settings: { rezolve: { createSecret: false } } });
    const client = await createClient(sandbox);

    const rotated = await api(sandbox, "POST", `${clientsPath}/${client.id}/rotate-secret`);

    expect(client.clientSecret).toBeUndefined();
    expect(rotated.data.clientSecret).toMatch(/^sbx_/);
  });
});
