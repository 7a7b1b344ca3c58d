import { describe, expect, it } from "vitest";
import {
  api,
  clientsPath,
  createClient,
  fullClient,
  get,
  isoTime,
  type Storage,
  sandboxFor,
  storages,
  uuid,
} from "./support.ts";

const actor = { id: expect.any(String), name: expect.any(String), email: expect.stringMatching(/\.test$/) };
const time = expect.stringMatching(isoTime);
const resourceId = expect.stringMatching(new RegExp(`^client-${uuid}$`));

describe.each(storages)("The shapes of Rezolve's answers, kept in %s", (storage: Storage) => {
  it("create returns the whole client with its secret, three token settings and the tenant", async () => {
    const sandbox = await sandboxFor(storage);

    const answer = await api(sandbox, "POST", clientsPath, { body: fullClient });

    expect(answer.status).toBe(200);
    expect(answer.message).toBe("OAuth client created successfully");
    expect(answer.timestamp).toMatch(isoTime);
    expect(answer.data).toStrictEqual({
      ...fullClient,
      id: resourceId,
      clientId: expect.stringMatching(/^servicenow_integration_[0-9a-f]{12}$/),
      clientSecret: expect.stringMatching(/^sbx_[\w-]{43}$/),
      status: "active",
      tokenSettings: { accessTokenLifetime: 3600, refreshTokenLifetime: 86_400, idTokenLifetime: 3600 },
      pkceRequired: false,
      createdAt: time,
      createdBy: actor,
      tenant: { id: sandbox.tenants[0].id, name: sandbox.tenants[0].name },
    });
  });

  it("create fills in what may be left out, and gives a public client no secret", async () => {
    const sandbox = await sandboxFor(storage);
    const body = { name: "App", clientType: "public", redirectUris: ["myapp://back"], grantTypes: [], scopes: [] };

    const { data, status } = await api(sandbox, "POST", clientsPath, { body });

    expect(status).toBe(200);
    expect(data).toMatchObject({ ...body, description: "", allowedOrigins: [], ipWhitelist: [], pkceRequired: true });
    expect(data).not.toHaveProperty("clientSecret");
  });

  it("get returns settings, usage and audit, nulls before any use, and never the secret", async () => {
    const sandbox = await sandboxFor(storage);
    const { id, clientId } = await createClient(sandbox);

    const answer = await get(sandbox, id);

    expect(answer.status).toBe(200);
    expect(answer.message).toBe("OAuth client retrieved successfully");
    expect(answer.data).toStrictEqual({
      ...fullClient,
      id,
      clientId,
      status: "active",
      tokenSettings: {
        accessTokenLifetime: 3600,
        refreshTokenLifetime: 86_400,
        idTokenLifetime: 3600,
        tokenFormat: "opaque",
        refreshTokenRotation: true,
        reuseInterval: 0,
      },
      pkceSettings: { required: false, allowPlainChallenge: false, supportedMethods: ["S256"] },
      consent: { requireConsent: true, skipConsentForFirstParty: true, consentLifetime: 2_592_000 },
      security: {
        requireClientAuthentication: true,
        allowedAuthMethods: ["client_secret_post", "client_secret_basic"],
        enforceHttps: true,
        validateRedirectUri: true,
      },
      usage: {
        totalTokenRequests: 0,
        successfulTokenRequests: 0,
        failedTokenRequests: 0,
        activeTokenCount: 0,
        lastUsedAt: null,
        lastUsedFromIp: null,
        firstUsedAt: null,
        averageRequestsPerDay: 0,
      },
      audit: {
        createdAt: time,
        createdBy: actor,
        updatedAt: null,
        updatedBy: null,
        lastSecretRotatedAt: null,
        secretRotationCount: 0,
      },
      tenant: { id: sandbox.tenants[0].id, name: sandbox.tenants[0].name },
    });
  });

  it("list returns items without settings, tenant and secret", async () => {
    const sandbox = await sandboxFor(storage);
    const { id, clientId } = await createClient(sandbox);

    const { data, status } = await api(sandbox, "GET", clientsPath);

    expect(status).toBe(200);
    expect(data).toStrictEqual({
      clients: [
        {
          ...fullClient,
          id,
          clientId,
          status: "active",
          pkceRequired: false,
          lastUsedAt: null,
          usageCount: 0,
          createdAt: time,
          createdBy: actor,
        },
      ],
      pagination: { total: 1, limit: 50, offset: 0, hasMore: false },
    });
  });

  it("update returns the client without created fields, and says what changed", async () => {
    const sandbox = await sandboxFor(storage);
    const { id, clientId } = await createClient(sandbox);

    const body = { description: "", scopes: ["openid", "users:read"], redirectUris: fullClient.redirectUris };
    const answer = await api(sandbox, "PATCH", `${clientsPath}/${id}`, { body });

    expect(answer.status).toBe(200);
    expect(answer.message).toBe("OAuth client updated successfully");
    expect(answer.data).toStrictEqual({
      ...fullClient,
      ...body,
      id,
      clientId,
      status: "active",
      updatedAt: time,
      updatedBy: actor,
      changes: {
        description: { from: fullClient.description, to: "" },
        scopes: { added: ["users:read"], removed: ["ticketing:read", "ticketing:write"] },
      },
    });
    const { data } = await get(sandbox, id);
    expect(data).toMatchObject({ ...fullClient, ...body });
    expect(data.audit).toMatchObject({ updatedAt: answer.data.updatedAt, updatedBy: answer.data.updatedBy });
  });

  it("update without any field changes nothing and says so", async () => {
    const sandbox = await sandboxFor(storage);
    const { id } = await createClient(sandbox);

    const { data, status } = await api(sandbox, "PATCH", `${clientsPath}/${id}`, { body: {} });

    expect(status).toBe(200);
    expect(data).toMatchObject({ ...fullClient, changes: {} });
  });

  it("names the person behind the token as the one who did it", async () => {
    const sandbox = await sandboxFor(storage);
    const user = { id: "u-1", name: "Grace Example", email: "grace@example.test" };

    const created = await api(sandbox, "POST", clientsPath, { body: fullClient, token: { user } });
    const path = `${clientsPath}/${String(created.data.id)}`;
    const updated = await api(sandbox, "PATCH", path, { body: { name: "Other" }, token: { user } });
    const deleted = await api(sandbox, "DELETE", path, { token: { user } });

    expect(created.data.createdBy).toStrictEqual(user);
    expect(updated.data.updatedBy).toStrictEqual(user);
    expect(deleted.data.deletedBy).toStrictEqual(user);
  });

  it("every answer has a Date header and a timestamp with milliseconds", async () => {
    const sandbox = await sandboxFor(storage);
    const before = Date.now();

    const answers = [
      await api(sandbox, "GET", clientsPath),
      await api(sandbox, "GET", clientsPath, { headers: { authorization: null } }),
    ];

    for (const { headers, timestamp } of answers) {
      expect(timestamp).toMatch(isoTime);
      expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before);
      expect(Math.abs(Date.parse(headers.get("date") ?? "") - before)).toBeLessThan(5000);
    }
  });
});

describe("Health", () => {
  it.each(["/health", "/api/v1/health"])("%s needs no token and has no envelope", async (path) => {
    const sandbox = await sandboxFor("memory");

    const answer = await fetch(`${sandbox.url}${path}`);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toStrictEqual({
      status: "healthy",
      version: expect.any(String),
      timestamp: expect.stringMatching(isoTime),
    });
  });
});
