import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Sandbox, sandboxPassword } from "../src/index.ts";
import {
  api,
  clientsPath,
  createClient,
  get,
  rawApi,
  refusal,
  remove,
  type Storage,
  sandboxFor,
  startTestSandbox,
  storages,
} from "./support.ts";

const tokens = z.object({ access_token: z.string(), expires_in: z.number(), refresh_token: z.string().optional() });

async function token(sandbox: Sandbox, form: Record<string, string>) {
  const response = await fetch(sandbox.tokenUrl, { method: "POST", body: new URLSearchParams(form) });
  const body: unknown = await response.json();
  return { status: response.status, body };
}

describe.each(storages)("Clients' tokens, kept in %s", (storage: Storage) => {
  it("are opaque, carry the asked scope and live as long as the client says", async () => {
    const sandbox = await sandboxFor(storage, { settings: { tokenSettings: { accessTokenLifetime: 120 } } });
    const client = await createClient(sandbox);

    const issued = await sandbox.issueToken(client, "ticketing:read");

    expect(issued).not.toContain(".");
    const about = await sandbox.introspect(issued);
    expect(about).toMatchObject({ active: true, client_id: client.clientId, scope: "ticketing:read" });
    expect((about.exp ?? 0) - Date.now() / 1000).toBeGreaterThan(110);
    expect((about.exp ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(120);
  });

  it("are refused with a wrong secret, without one, and for a scope that the client lacks", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);

    const wrong = await refusal(sandbox.issueToken({ clientId: client.clientId, clientSecret: "wrong" }));
    const none = await refusal(sandbox.issueToken({ clientId: client.clientId }));
    const scope = await refusal(sandbox.issueToken(client, "users:write"));

    expect(wrong).toStrictEqual({ code: "oauth-refused", status: 401, oauthError: "invalid_client" });
    expect(none).toStrictEqual({ code: "oauth-refused", status: 401, oauthError: "invalid_client" });
    expect(scope).toMatchObject({ code: "oauth-refused", status: 400, oauthError: "invalid_scope" });
  });

  it("count as use of the client, refused requests too", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const start = Date.now();
    await sandbox.issueToken(client);
    await sandbox.issueToken(client);
    await refusal(sandbox.issueToken({ ...client, clientSecret: "wrong" }));

    const { data } = await get(sandbox, client.id);
    const { data: list } = await api(sandbox, "GET", clientsPath);

    expect(data.usage).toMatchObject({
      totalTokenRequests: 3,
      successfulTokenRequests: 2,
      failedTokenRequests: 1,
      activeTokenCount: 2,
      lastUsedFromIp: "127.0.0.1",
      averageRequestsPerDay: 3,
    });
    const usage = z.object({ firstUsedAt: z.string(), lastUsedAt: z.string() }).parse(data.usage);
    expect(Date.parse(usage.firstUsedAt)).toBeGreaterThanOrEqual(start);
    expect(Date.parse(usage.lastUsedAt)).toBeGreaterThanOrEqual(Date.parse(usage.firstUsedAt));
    expect(list.clients).toMatchObject([{ usageCount: 3, lastUsedAt: usage.lastUsedAt }]);
  });

  it("are refused to an inactive client, which keeps those it has and gets new ones when it is active again", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const person = await sandbox.signIn(client);
    sandbox.clients.edit(client.id, { status: "inactive" });

    const denied = await refusal(sandbox.issueToken(client));
    const refresh = await refusal(sandbox.refreshToken(client, person.refreshToken ?? ""));
    const signIn = await refusal(sandbox.signIn(client));

    expect(denied).toMatchObject({ status: 401, oauthError: "invalid_client" });
    expect(refresh).toMatchObject({ status: 401, oauthError: "invalid_client" });
    expect(signIn).toMatchObject({ code: "oauth-refused" });
    expect(await sandbox.introspect(person.accessToken)).toMatchObject({ active: true });
    sandbox.clients.edit(client.id, { status: "active" });
    await expect(sandbox.issueToken(client)).resolves.toEqual(expect.any(String));
  });

  it("are refused to a revoked client", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    sandbox.clients.edit(client.id, { status: "revoked" });

    expect(await refusal(sandbox.issueToken(client))).toMatchObject({ oauthError: "invalid_client" });
  });

  it("follow a change of scopes and grants for new tokens, and stay as they are themselves", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const before = await sandbox.issueToken(client, "ticketing:read");
    await api(sandbox, "PATCH", `${clientsPath}/${client.id}`, { body: { scopes: ["ticketing:write"] } });

    expect(await sandbox.introspect(before)).toMatchObject({ active: true, scope: "ticketing:read" });
    expect(await refusal(sandbox.issueToken(client, "ticketing:read"))).toMatchObject({ oauthError: "invalid_scope" });

    const grantTypes = ["authorization_code"];
    await api(sandbox, "PATCH", `${clientsPath}/${client.id}`, { body: { grantTypes } });
    expect(await refusal(sandbox.issueToken(client))).toMatchObject({ status: 400 });
  });

  it("are never given to a public client by client credentials, whatever its record says", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox, { clientType: "public", grantTypes: ["authorization_code"] });
    sandbox.clients.edit(client.id, { grantTypes: ["client_credentials", "authorization_code"] });

    expect(await refusal(sandbox.issueToken(client))).toMatchObject({ code: "oauth-refused", status: 400 });
  });

  it("need no secret for a user of a public client, but PKCE", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox, {
      clientType: "public",
      grantTypes: ["authorization_code", "refresh_token"],
      redirectUris: ["myapp://back"],
    });

    const person = await sandbox.signIn(client, "pub@example.test");
    const query = new URLSearchParams({
      response_type: "code",
      client_id: client.clientId,
      redirect_uri: "myapp://back",
      scope: "openid",
    });
    const withoutPkce = await fetch(`${sandbox.authorizationUrl}?${query}`, { redirect: "manual" });

    expect(await sandbox.introspect(person.accessToken)).toMatchObject({ active: true, sub: "pub@example.test" });
    expect(withoutPkce.headers.get("location")).toContain("error=invalid_request");
  });

  it("include a refresh token only for clients that may refresh, and no client without scopes is left out", async () => {
    const sandbox = await sandboxFor(storage);
    const with_ = await createClient(sandbox, { name: "With" });
    const without = await createClient(sandbox, { name: "Without", grantTypes: ["authorization_code"], scopes: [] });

    expect((await sandbox.signIn(with_)).refreshToken).toEqual(expect.any(String));
    const { accessToken, refreshToken } = await sandbox.signIn(without);
    expect(refreshToken).toBeUndefined();
    expect(await sandbox.introspect(accessToken)).toMatchObject({ active: true });
  });

  it("come for a user's password too, counted like others", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox, { grantTypes: ["password", "refresh_token"] });
    const form = {
      grant_type: "password",
      client_id: client.clientId,
      client_secret: client.clientSecret ?? "",
      username: "legacy@example.test",
      scope: "openid ticketing:read",
    };

    const wrong = await token(sandbox, { ...form, password: "wrong" });
    const right = await token(sandbox, { ...form, password: sandboxPassword });

    expect(wrong).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const { access_token, refresh_token = "" } = tokens.parse(right.body);
    expect(await sandbox.introspect(access_token)).toMatchObject({ active: true, sub: "legacy@example.test" });
    await sandbox.refreshToken(client, refresh_token);
    expect((await remove(sandbox, client.id)).data).toMatchObject({ tokensRevoked: 3, activeSessionsTerminated: 0 });
    expect(await sandbox.introspect(access_token)).toStrictEqual({ active: false });
  });

  it("come straight from the sign-in for a client of the implicit grant, counted like others", async () => {
    const sandbox = await sandboxFor(storage);
    const redirectUri = "https://spa.example.test/";
    const client = await createClient(sandbox, { grantTypes: ["implicit"], redirectUris: [redirectUri] });
    const query = new URLSearchParams({
      response_type: "id_token token",
      client_id: client.clientId,
      redirect_uri: redirectUri,
      scope: "openid",
      nonce: "n-1",
    });

    const response = await fetch(`${sandbox.authorizationUrl}?${query}`, { redirect: "manual" });

    const fragment = new URLSearchParams(new URL(response.headers.get("location") ?? "").hash.slice(1));
    expect(await sandbox.introspect(fragment.get("access_token") ?? "")).toMatchObject({ active: true });
    expect((await remove(sandbox, client.id)).data).toMatchObject({ tokensRevoked: 1, activeSessionsTerminated: 1 });
  });

  it("are open to scripts from the client's allowed origins only", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox, { allowedOrigins: ["https://app.example.test"] });
    const form = {
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: client.clientSecret ?? "",
    };
    const ask = async (origin: string) => {
      const body = new URLSearchParams(form);
      const { headers, status } = await fetch(sandbox.tokenUrl, { method: "POST", headers: { origin }, body });
      return { status, allowed: headers.get("access-control-allow-origin") };
    };

    expect(await ask("https://app.example.test")).toStrictEqual({ status: 200, allowed: "https://app.example.test" });
    expect(await ask("https://evil.example.test")).toStrictEqual({ status: 400, allowed: null });
  });

  it("end when the client revokes them itself", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const issued = await sandbox.issueToken(client);

    const form = { token: issued, client_id: client.clientId, client_secret: client.clientSecret ?? "" };
    const response = await fetch(`${sandbox.issuer}/revoke`, { method: "POST", body: new URLSearchParams(form) });

    expect(response.status).toBe(200);
    expect(await sandbox.introspect(issued)).toStrictEqual({ active: false });
    expect((await remove(sandbox, client.id)).data.tokensRevoked).toBe(0);
  });
});

describe("Introspection", () => {
  it("says that garbage is not active, and does not answer strangers", async () => {
    const sandbox = await startTestSandbox();
    const own = await createClient(sandbox, { name: "Own" });
    const other = await createClient(sandbox, { name: "Other" });
    const issued = await sandbox.issueToken(own);
    const ask = async (client: { clientId: string; clientSecret?: string | undefined }) => {
      const form = { token: issued, client_id: client.clientId, client_secret: client.clientSecret ?? "x" };
      const response = await fetch(sandbox.introspectionUrl, { method: "POST", body: new URLSearchParams(form) });
      return { status: response.status, body: await response.json() };
    };

    expect(await sandbox.introspect("garbage")).toStrictEqual({ active: false });
    expect(await ask(own)).toMatchObject({ status: 200, body: { active: true } });
    expect(await ask(other)).toStrictEqual({ status: 200, body: { active: false } });
    expect(await ask({ clientId: "nobody" })).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect(await ask(sandbox.introspectionClient)).toMatchObject({ status: 200, body: { active: true } });
  });
});

describe("Admin tokens from the token endpoint", () => {
  const adminClients = [
    { clientId: "ci", clientSecret: "ci-secret" },
    { clientId: "reader", clientSecret: "reader-secret", roles: ["agent"] },
    { clientId: "brief", clientSecret: "brief-secret", tokenLifetimeSeconds: 1 },
  ];
  const credentials = (clientId: string) => ({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: `${clientId}-secret`,
  });

  it.each([
    ["ci", 200, undefined],
    ["reader", 403, "FORBIDDEN"],
  ])("carry the roles of the machine client %s", async (clientId, status, code) => {
    const sandbox = await startTestSandbox({ adminClients });

    const { access_token } = tokens.parse((await token(sandbox, credentials(clientId))).body);
    const answer = await api(sandbox, "GET", clientsPath, { headers: { authorization: `Bearer ${access_token}` } });

    expect(answer.status).toBe(status);
    expect(answer.error.code).toBe(code);
  });

  it("work with HTTP Basic too, for all tenants, and name the machine as the one who did it", async () => {
    const sandbox = await startTestSandbox({ adminClients });
    const response = await fetch(sandbox.tokenUrl, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from("ci:ci-secret").toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token } = tokens.parse(await response.json());

    for (const tenant of sandbox.tenants) {
      const body = { name: "Made by CI", clientType: "public", redirectUris: [], grantTypes: [], scopes: [] };
      const headers = { authorization: `Bearer ${access_token}`, "x-tenantid": tenant.id };
      const { data, status } = await api(sandbox, "POST", clientsPath, { body, headers });
      expect(status).toBe(200);
      expect(data).toMatchObject({ createdBy: { id: "ci" }, tenant: { id: tenant.id } });
    }
  });

  it("expire when they say", async () => {
    const sandbox = await startTestSandbox({ adminClients });
    const { access_token, expires_in } = tokens.parse((await token(sandbox, credentials("brief"))).body);
    expect(expires_in).toBe(1);
    await sleep(2100);

    const headers = { authorization: `Bearer ${access_token}` };
    expect(await api(sandbox, "GET", clientsPath, { headers })).toMatchObject({
      status: 401,
      error: { code: "TOKEN_EXPIRED" },
    });
  });

  it("are refused with a wrong secret", async () => {
    const sandbox = await startTestSandbox({ adminClients });

    expect(await token(sandbox, { ...credentials("ci"), client_secret: "wrong" })).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
  });

  it("are the only ones that the API takes: a client's own token is refused, and so is another sandbox's", async () => {
    const sandbox = await startTestSandbox();
    const other = await startTestSandbox();
    const client = await createClient(sandbox);
    const wrong = [await sandbox.issueToken(client), await other.adminToken()];
    const { idToken = "" } = await sandbox.signIn(client);

    for (const bearer of [...wrong, idToken]) {
      const response = await rawApi(sandbox, "GET", clientsPath, { headers: { authorization: `Bearer ${bearer}` } });
      expect(response.status).toBe(401);
    }
  });
});

describe("The sandbox prints nothing", () => {
  it("whatever the OAuth server is asked", async () => {
    const written: string[] = [];
    const { vi } = await import("vitest");
    for (const method of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, method).mockImplementation((...parts: unknown[]) => void written.push(parts.join(" ")));
    }
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, "write").mockImplementation((chunk) => {
        written.push(String(chunk));
        return true;
      });
    }
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown) => warnings.push(warning);
    process.on("warning", onWarning);

    try {
      const sandbox = await startTestSandbox({ adminClients: [{ clientId: "ci", clientSecret: "s" }] });
      const client = await createClient(sandbox, {
        grantTypes: ["authorization_code", "client_credentials", "refresh_token", "implicit"],
      });
      const person = await sandbox.signIn(client);
      await sandbox.refreshToken(client, person.refreshToken ?? "");
      await sandbox.issueToken(client);
      await token(sandbox, { grant_type: "client_credentials", client_id: "ci", client_secret: "s" });
      for (const path of ["/authorize", "/nowhere", "/.well-known/openid-configuration", "/jwks", "/userinfo"]) {
        const headers = { accept: "text/html", origin: "https://app.example.test" };
        await fetch(`${sandbox.issuer}${path}`, { headers });
      }
      await fetch(`${sandbox.issuer}/userinfo`, { headers: { authorization: `Bearer ${person.accessToken}` } });
      await remove(sandbox, client.id);
      await sandbox.introspect(person.accessToken);
      await sandbox.close();
    } finally {
      vi.restoreAllMocks();
      process.off("warning", onWarning);
    }

    expect(written).toStrictEqual([]);
    expect(warnings).toStrictEqual([]);
  });
});
