import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  api,
  clientsPath,
  createClient,
  fullClient,
  get,
  isoTime,
  rawApi,
  refusal,
  remove,
  type Storage,
  sandboxFor,
  startTestSandbox,
  storages,
} from "./support.ts";

describe("The request log", () => {
  it("keeps what was asked, who asked and what was answered, without token and secrets", async () => {
    const sandbox = await startTestSandbox();
    const body = { ...fullClient, clientSecret: "sbx_mine", nested: [{ apiToken: "t0k", plain: 1 }] };
    const bearer = await sandbox.adminToken({ user: { id: "u-9" } });
    const headers = { authorization: `Bearer ${bearer}`, "x-api-key": "k3y", cookie: "c00kie=1" };

    await api(sandbox, "POST", `${clientsPath}?x=1`, { body, headers });

    const [entry, ...others] = sandbox.requests;
    expect(others).toStrictEqual([]);
    expect(entry).toStrictEqual({
      method: "POST",
      path: `${clientsPath}?x=1`,
      vendor: "rezolve",
      timestamp: expect.stringMatching(isoTime),
      headers: expect.objectContaining({
        accept: "application/json",
        authorization: "Bearer",
        "content-type": "application/json",
        "x-tenantid": sandbox.tenants[0].id,
        "x-api-key": "[redacted]",
        cookie: "[redacted]",
      }),
      caller: "u-9",
      body: { ...fullClient, clientSecret: "[redacted]", nested: [{ apiToken: "[redacted]", plain: 1 }] },
      status: 200,
      fault: null,
    });
    const everything = JSON.stringify(sandbox.requests.list());
    for (const secret of [bearer, "sbx_mine", "t0k", "k3y", "c00kie"]) expect(everything).not.toContain(secret);
  });

  it("names nobody when the token is not good, and has a body only where there was one", async () => {
    const sandbox = await startTestSandbox();

    await api(sandbox, "GET", clientsPath, { headers: { authorization: "Bearer x" } });

    expect(sandbox.requests.list()).toMatchObject([{ caller: null, body: undefined, status: 401 }]);
  });

  it("counts by method, path, vendor and status, and can be cleared", async () => {
    const sandbox = await startTestSandbox();
    const { id } = await createClient(sandbox);
    await get(sandbox, id);
    await get(sandbox, "client-1");
    await fetch(`${sandbox.issuer}/jwks`);
    await fetch(`${sandbox.url}/elsewhere`);
    const { requests } = sandbox;

    expect(requests.count()).toBe(5);
    expect(requests.length).toBe(5);
    expect(requests.count({ method: "GET" })).toBe(4);
    expect(requests.count({ path: clientsPath })).toBe(1);
    expect(requests.count({ path: "oauth-clients/" })).toBe(2);
    expect(requests.count({ path: /client-[\w-]+$/ })).toBe(2);
    expect(requests.count({ vendor: "rezolve" })).toBe(3);
    expect(requests.count({ vendor: "oauth", status: 200 })).toBe(1);
    expect(requests.count({ vendor: "none", status: 404 })).toBe(1);
    expect(requests.count({ status: 400, method: "GET" })).toBe(1);
    requests.clear();
    expect([...requests]).toStrictEqual([]);
  });

  it("leaves the sandbox's own helpers out", async () => {
    const sandbox = await startTestSandbox();
    const client = await createClient(sandbox);
    sandbox.requests.clear();

    await sandbox.introspect(await sandbox.issueToken(client));
    await sandbox.signIn(client);

    expect(sandbox.requests.list()).toStrictEqual([]);
  });

  it("stays bounded, dropping the oldest", async () => {
    const sandbox = await startTestSandbox({ requestLogLength: 20 });
    for (let i = 0; i < 60; i++) await fetch(`${sandbox.url}/health?${i}`);

    expect(sandbox.requests.length).toBeLessThanOrEqual(22);
    expect(sandbox.requests.length).toBeGreaterThanOrEqual(20);
    expect(sandbox.requests.list().at(-1)?.path).toBe("/health?59");
  });

  it("gives copies that later requests do not change", async () => {
    const sandbox = await startTestSandbox();
    await api(sandbox, "GET", clientsPath);
    const before = sandbox.requests.list();
    await api(sandbox, "GET", clientsPath);

    expect(before).toHaveLength(1);
    expect(Object.isFrozen(before[0])).toBe(true);
  });
});

describe("The log option", () => {
  it("gets one line per request, without secrets", async () => {
    const lines: string[] = [];
    const sandbox = await startTestSandbox({ log: (line) => lines.push(line) });
    const bearer = await sandbox.adminToken();
    const headers = { authorization: `Bearer ${bearer}` };

    const { data } = await api(sandbox, "POST", clientsPath, { body: fullClient, headers });
    sandbox.faults.add({ effect: { kind: "drop-before" } });
    await expect(rawApi(sandbox, "GET", clientsPath, { headers })).rejects.toThrow();

    expect(lines).toStrictEqual([
      expect.stringMatching(/^\S+Z rezolve POST \/api\/v1\/oauth-clients 200 \d+ms caller=\S+$/),
      expect.stringMatching(/^\S+Z rezolve GET \/api\/v1\/oauth-clients dropped \d+ms fault=drop-before$/),
    ]);
    expect(lines.join()).not.toContain(bearer);
    expect(lines.join()).not.toContain(String(data.clientSecret));
  });
});

describe("The rate limit", () => {
  it("lets so many through, answers 429 with the documented headers, and starts over", async () => {
    const sandbox = await startTestSandbox({ settings: { rateLimit: { limit: 2, windowSeconds: 0.5 } } });

    const answers = [
      await api(sandbox, "GET", clientsPath),
      await api(sandbox, "GET", clientsPath),
      await api(sandbox, "GET", clientsPath),
    ];

    expect(answers.map(({ status }) => status)).toStrictEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get("x-ratelimit-limit"))).toStrictEqual(["2", "2", "2"]);
    expect(answers.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toStrictEqual(["1", "0", "0"]);
    expect(answers[2]).toMatchObject({ success: false, error: { code: "RATE_LIMIT_EXCEEDED" } });
    expect(answers[2]?.headers.get("retry-after")).toBeNull();
    await sleep(600);
    expect((await api(sandbox, "GET", clientsPath)).status).toBe(200);
  });

  it("does not carry out what it refuses, and leaves health and the OAuth server alone", async () => {
    const sandbox = await startTestSandbox({ settings: { rateLimit: { limit: 1, windowSeconds: 60 } } });
    const client = await createClient(sandbox);

    expect((await api(sandbox, "DELETE", `${clientsPath}/${client.id}`)).status).toBe(429);

    expect(sandbox.clients.count()).toBe(1);
    expect((await fetch(`${sandbox.url}/health`)).status).toBe(200);
    expect((await fetch(`${sandbox.issuer}/jwks`)).status).toBe(200);
    sandbox.settings.rateLimit = null;
    const free = await api(sandbox, "DELETE", `${clientsPath}/${client.id}`);
    expect(free.status).toBe(200);
    expect(free.headers.get("x-ratelimit-limit")).toBeNull();
  });

  it.each([
    ["epoch-seconds", (value: number, now: number) => value - now / 1000],
    ["epoch-milliseconds", (value: number, now: number) => (value - now) / 1000],
    ["delta-seconds", (value: number) => value],
  ] as const)("gives its reset as %s", async (rateLimitReset, secondsFrom) => {
    const rateLimit = { limit: 1, windowSeconds: 30 };
    const sandbox = await startTestSandbox({ settings: { rateLimit, rateLimitReset } });
    const now = Date.now();

    const { headers } = await api(sandbox, "GET", clientsPath);

    const seconds = secondsFrom(Number(headers.get("x-ratelimit-reset")), now);
    expect(seconds).toBeGreaterThan(28);
    expect(seconds).toBeLessThan(33);
  });

  it.each([
    ["seconds", (value: string) => Number(value)],
    ["date", (value: string, now: number) => (Date.parse(value) - now) / 1000],
  ] as const)("gives Retry-After in %s", async (retryAfter, secondsFrom) => {
    const rateLimit = { limit: 1, windowSeconds: 30 };
    const sandbox = await startTestSandbox({ settings: { rateLimit, retryAfter } });
    const first = await api(sandbox, "GET", clientsPath);
    const now = Date.now();

    const { headers } = await api(sandbox, "GET", clientsPath);

    expect(first.headers.get("retry-after")).toBeNull();
    const seconds = secondsFrom(headers.get("retry-after") ?? "", now);
    expect(seconds).toBeGreaterThan(28);
    expect(seconds).toBeLessThan(33);
  });
});

describe("The latency", () => {
  it("holds up API requests, not the OAuth server", async () => {
    const sandbox = await startTestSandbox({ settings: { latencyMs: 120 } });
    const timed = async (request: Promise<unknown>) => {
      const start = performance.now();
      await request;
      return performance.now() - start;
    };
    await fetch(`${sandbox.issuer}/jwks`);

    expect(await timed(api(sandbox, "GET", clientsPath))).toBeGreaterThan(115);
    expect(await timed(fetch(`${sandbox.issuer}/jwks`))).toBeLessThan(100);
  });
});

describe.each(storages)("Clients behind Pulumi's back, kept in %s", (storage: Storage) => {
  it("can be listed, found, counted and looked at, without secrets", async () => {
    const sandbox = await sandboxFor(storage);
    const a = await createClient(sandbox, { name: "a" });
    const b = await createClient(sandbox, { name: "b" });
    await sandbox.issueToken(a);
    const [first, second] = sandbox.tenants;
    const { clients } = sandbox;

    expect(clients.list().map(({ id }) => id)).toStrictEqual([a.id, b.id]);
    expect(clients.list({ tenantId: second?.id })).toStrictEqual([]);
    expect(clients.list({ vendor: "nexus" })).toStrictEqual([]);
    expect(clients.list({ vendor: "rezolve", tenantId: first.id })).toHaveLength(2);
    expect(clients.get(a.id)).toMatchObject({ name: "a", clientId: a.clientId, usage: { totalTokenRequests: 1 } });
    expect(clients.get(a.id)).not.toHaveProperty("secrets");
    expect(clients.get("client-unknown")).toBeUndefined();
    expect(clients.find("b")?.id).toBe(b.id);
    expect(clients.find("b", second?.id)).toBeUndefined();
    expect(clients.find("c")).toBeUndefined();
    expect([clients.count(), clients.count("a"), clients.count("c")]).toStrictEqual([2, 1, 0]);
    expect(clients.activity(a.id)).toStrictEqual({ tokens: 1, sessions: 0 });
  });

  it("can be edited, which shows in the API and in new tokens but not as an update", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);

    const edited = sandbox.clients.edit(client.id, { name: "Renamed", scopes: ["openid"] });

    expect(edited).toMatchObject({ name: "Renamed", scopes: ["openid"], updatedAt: null });
    const { data } = await get(sandbox, client.id);
    expect(data).toMatchObject({ name: "Renamed", scopes: ["openid"], audit: { updatedAt: null } });
    expect([sandbox.clients.count(fullClient.name), sandbox.clients.count("Renamed")]).toStrictEqual([0, 1]);
    expect(await refusal(sandbox.issueToken(client, "ticketing:read"))).toMatchObject({ oauthError: "invalid_scope" });
  });

  it.each(["CI <{%boom%}> bot", "\u001b]0;title\u0007", "two\nlines\u2028", "\u009b31m", ""])(
    "can be given any name, such as %j",
    async (name) => {
      const sandbox = await sandboxFor(storage);
      const client = await createClient(sandbox);

      sandbox.clients.edit(client.id, { name });

      expect((await get(sandbox, client.id)).data.name).toBe(name);
      expect((await api(sandbox, "GET", clientsPath)).data).toMatchObject({ clients: [{ name }] });
      await expect(sandbox.issueToken(client)).resolves.toEqual(expect.any(String));
      expect((await remove(sandbox, client.id)).data).toMatchObject({ name, tokensRevoked: 1 });
    },
  );

  it("can be removed, hard or soft, with their tokens, unseen by the request log", async () => {
    const sandbox = await sandboxFor(storage);
    const hard = await createClient(sandbox, { name: "hard" });
    const soft = await createClient(sandbox, { name: "soft" });
    const token = await sandbox.issueToken(hard);
    await sandbox.signIn(soft);
    sandbox.requests.clear();

    expect(sandbox.clients.remove(hard.id)).toStrictEqual({ tokens: 1, sessions: 0 });
    expect(sandbox.clients.remove(soft.id, "soft")).toStrictEqual({ tokens: 2, sessions: 1 });

    expect(sandbox.requests.length).toBe(0);
    expect(sandbox.clients.list().map(({ id, status }) => [id, status])).toStrictEqual([[soft.id, "deleted"]]);
    expect([sandbox.clients.count(), sandbox.clients.find("soft")]).toStrictEqual([0, undefined]);
    expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
    const edit = () => sandbox.clients.edit(soft.id, { status: "active" });
    expect(edit).toThrow(expect.objectContaining({ code: "client-missing" }));
    sandbox.clients.remove(soft.id);
    expect(sandbox.clients.list()).toStrictEqual([]);
  });

  it("must exist to be changed", async () => {
    const sandbox = await sandboxFor(storage);
    const code = "client-missing";

    expect(() => sandbox.clients.remove("client-x")).toThrow(expect.objectContaining({ code }));
    expect(() => sandbox.clients.edit("client-x", {})).toThrow(expect.objectContaining({ code }));
    expect(() => sandbox.clients.activity("client-x")).toThrow(expect.objectContaining({ code }));
  });
});
