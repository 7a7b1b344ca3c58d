import { describe, expect, it } from "vitest";
import { basic, clientsPath, createNexusClient, fullBody, listed, nexus, rawNexus } from "./nexus-support.ts";
import { type Storage, sandboxFor, startTestSandbox, storages } from "./support.ts";

describe("The request log of the Nexus API", () => {
  it("keeps who asked, in either way, and no credentials", async () => {
    const sandbox = await startTestSandbox({
      nexus: { applicationTokenHeader: "X-App", applicationTokens: ["app-1"] },
    });
    const { password, username } = sandbox.nexus.basicUser;
    const bearer = await sandbox.adminToken({ user: { id: "u-7" } });

    await nexus(sandbox, "POST", clientsPath(sandbox), {
      body: fullBody,
      headers: { authorization: `Bearer ${bearer}` },
    });
    await nexus(sandbox, "GET", `${clientsPath(sandbox)}?top=1`, {
      headers: { authorization: basic(username, password), "x-app": null },
    });
    await nexus(sandbox, "DELETE", clientsPath(sandbox, "x"), { headers: { authorization: "Bearer nobody" } });

    expect(sandbox.requests.list()).toMatchObject([
      {
        vendor: "nexus",
        method: "POST",
        caller: "u-7",
        status: 201,
        body: fullBody,
        headers: { authorization: "Bearer", "x-app": "[redacted]" },
      },
      {
        vendor: "nexus",
        method: "GET",
        path: `${clientsPath(sandbox)}?top=1`,
        caller: "nexus-admin",
        status: 200,
        body: undefined,
        headers: { authorization: "Basic" },
      },
      { vendor: "nexus", method: "DELETE", caller: null, status: 401 },
    ]);
    const everything = JSON.stringify(sandbox.requests.list());
    const encoded = basic(username, password).slice("Basic ".length);
    for (const secret of [bearer, "app-1", password, encoded, "nobody"]) expect(everything).not.toContain(secret);
  });

  it("can be filtered by vendor, wherever the path leads", async () => {
    const sandbox = await startTestSandbox();
    await nexus(sandbox, "GET", clientsPath(sandbox));
    await nexus(sandbox, "GET", "/v1/elsewhere");
    await nexus(sandbox, "GET", "/v1");
    await nexus(sandbox, "GET", "/v10");
    await nexus(sandbox, "GET", "/api/v1/oauth-clients");

    expect(sandbox.requests.list().map(({ vendor }) => vendor)).toStrictEqual([
      "nexus",
      "nexus",
      "nexus",
      "none",
      "rezolve",
    ]);
  });
});

describe("A fault in the Nexus API", () => {
  it.each([
    [400, "Bad Request"],
    [401, "Unauthorized"],
    [403, "Forbidden"],
    [404, "Not Found"],
    [409, "Conflict"],
    [429, "Too Many Requests"],
    [500, "Internal Server Error"],
    [503, "Service Unavailable"],
  ])("without a body answers %i with problem details", async (status, title) => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ match: { vendor: "nexus" }, effect: { kind: "respond", status } });

    const answer = await nexus(sandbox, "GET", `${clientsPath(sandbox)}?top=1`);

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(answer.body).toStrictEqual({
      type: "about:blank",
      title,
      status,
      detail: [400, 404, 429, 503].includes(status) ? expect.any(String) : null,
      instance: clientsPath(sandbox),
    });
  });

  it("keeps a body and a content type of its own", async () => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ effect: { kind: "respond", status: 404, body: { status: null } } });
    sandbox.faults.add({ effect: { kind: "respond", status: 404, contentType: "text/plain" } });

    const own = await nexus(sandbox, "GET", clientsPath(sandbox));
    const typed = await nexus(sandbox, "GET", clientsPath(sandbox));

    expect(own.body).toStrictEqual({ status: null });
    expect(own.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(typed.body).toMatchObject({ status: 404 });
    expect(typed.headers.get("content-type")).toBe("text/plain");
  });

  it.each(["drop-after", "respond-after"] as const)("of kind %s comes after a deletion", async (kind) => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox);
    const token = await sandbox.issueToken(client);
    sandbox.faults.add({ match: { method: "DELETE", vendor: "nexus" }, effect: { kind, status: 500 } });

    const answer = await rawNexus(sandbox, "DELETE", clientsPath(sandbox, client.id)).catch(() => undefined);

    expect(answer?.status).toBe(kind === "respond-after" ? 500 : undefined);
    expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
    expect((await nexus(sandbox, "DELETE", clientsPath(sandbox, client.id))).status).toBe(404);
  });

  it("cuts a creation's answer in half, the client having been made", async () => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "truncate" } });

    const response = await rawNexus(sandbox, "POST", clientsPath(sandbox), { body: fullBody });

    expect(response.status).toBe(201);
    await expect(response.text()).rejects.toThrow();
    expect(sandbox.clients.count()).toBe(1);
  });

  it("leaves the other vendor alone", async () => {
    const sandbox = await startTestSandbox();
    const fault = sandbox.faults.add({ match: { vendor: "rezolve" }, effect: { kind: "respond", status: 500 } });

    expect((await nexus(sandbox, "GET", clientsPath(sandbox))).status).toBe(200);
    expect(fault.hits).toBe(0);
  });
});

describe("The common settings for the Nexus API", () => {
  it("limit its rate with problem details, and the refused request is not carried out", async () => {
    const sandbox = await startTestSandbox({
      settings: { rateLimit: { limit: 1, windowSeconds: 60 }, retryAfter: "seconds" },
    });
    const client = await createNexusClient(sandbox);

    const answer = await nexus(sandbox, "DELETE", clientsPath(sandbox, client.id));

    expect(answer).toMatchObject({ status: 429, body: { title: "Too Many Requests", status: 429 } });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(55);
    expect(answer.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(sandbox.clients.count()).toBe(1);
  });

  it("slow it down", async () => {
    const sandbox = await startTestSandbox({ settings: { latencyMs: 120 } });
    const start = performance.now();

    await nexus(sandbox, "GET", clientsPath(sandbox));

    expect(performance.now() - start).toBeGreaterThan(115);
  });
});

describe.each(storages)("Nexus clients behind Pulumi's back, kept in %s", (storage: Storage) => {
  it("can be edited, which shows in the list", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);
    const before = await listed(sandbox, client.id);

    sandbox.clients.edit(client.id, { name: "Renamed", redirectUris: ["https://other.example.test/"] });
    sandbox.clients.edit(client.id, { attributes: { owners: ["u-2"], productName: null } });

    expect(await listed(sandbox, client.id)).toStrictEqual({
      ...before,
      name: "Renamed",
      callbackUrls: ["https://other.example.test/"],
      owners: ["u-2"],
      productName: null,
    });
  });

  it("can be removed, with their tokens", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);
    const token = await sandbox.issueToken(client);

    expect(sandbox.clients.remove(client.id)).toStrictEqual({ tokens: 1, sessions: 0 });

    expect(await listed(sandbox, client.id)).toBeUndefined();
    expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
  });

  it("are as good as gone in the API when they are softly removed", async () => {
    const sandbox = await sandboxFor(storage, { settings: { nexus: { duplicateNames: false } } });
    const client = await createNexusClient(sandbox);
    sandbox.clients.remove(client.id, "soft");

    expect(await listed(sandbox, client.id)).toBeUndefined();
    expect((await nexus(sandbox, "DELETE", clientsPath(sandbox, client.id))).status).toBe(404);
    await expect(createNexusClient(sandbox)).resolves.toMatchObject({ id: expect.any(String) });
  });
});
