import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../src/index.ts";
import { api, clientsPath, createClient, get, remove, startTestSandbox, temporaryDirectory } from "./support.ts";

const portOf = (sandbox: Sandbox) => Number(new URL(sandbox.url).port);

describe("Starting", () => {
  it("listens on a free port of the loopback interface, and says where everything is", async () => {
    const sandbox = await startTestSandbox();

    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${sandbox.issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: sandbox.issuer,
      token_endpoint: sandbox.tokenUrl,
      introspection_endpoint: sandbox.introspectionUrl,
      authorization_endpoint: sandbox.authorizationUrl,
    });
  });

  it("gives two sandboxes two ports and nothing in common", async () => {
    const [one, two] = [await startTestSandbox(), await startTestSandbox()];
    await createClient(one);

    expect(one.url).not.toBe(two.url);
    expect([one.clients.count(), two.clients.count()]).toStrictEqual([1, 0]);
  });

  it("says so when the port is taken", async () => {
    const first = await startTestSandbox();

    await expect(startSandbox({ port: portOf(first) })).rejects.toMatchObject({
      name: "SandboxError",
      code: "port-in-use",
      message: `Port ${portOf(first)} on 127.0.0.1 is in use; choose another port, or 0 for any free one.`,
    });
  });

  it("lets go of its file when the port is taken", async () => {
    const first = await startTestSandbox();
    const file = join(temporaryDirectory(), "sandbox.sqlite");
    await expect(startSandbox({ port: portOf(first), file })).rejects.toMatchObject({ code: "port-in-use" });

    await startTestSandbox({ file });
  });

  it.each([
    ["port", { port: 70_000 }],
    ["tenants", { tenants: [] }],
    ["deletion", { settings: { rezolve: { deletion: "maybe" } } }],
    ["softDeletion", { settings: { rezolve: { softDeletion: true } } }],
    ["hots", { hots: "127.0.0.1" }],
    ["scopes", { scopes: ["two words"] }],
    ["nowhere", { adminClients: [{ clientId: "a", clientSecret: "b", tenantId: "nowhere" }] }],
  ])("refuses a bad %s and names it", async (name, options) => {
    const unchecked: object = options;

    await expect(startSandbox(unchecked satisfies SandboxOptions)).rejects.toMatchObject({
      code: "options-invalid",
      message: expect.stringContaining(name),
    });
  });

  it("takes other tenants", async () => {
    const sandbox = await startTestSandbox({ tenants: [{ id: "t-1", name: "Only", realmName: "only" }] });

    const own = await api(sandbox, "GET", clientsPath, { headers: { realmname: "only" } });

    expect(own.status).toBe(200);
    expect(sandbox.tenants).toStrictEqual([{ id: "t-1", name: "Only", realmName: "only" }]);
  });

  it("refuses a realm of a tenant that has none", async () => {
    const sandbox = await startTestSandbox({ tenants: [{ id: "t-1", name: "Only" }] });

    const answer = await api(sandbox, "GET", clientsPath, { headers: { realmname: "any" } });

    expect(answer.error.code).toBe("REALM_NOT_FOUND");
  });

  it("throws at a setting that does not exist", async () => {
    const sandbox = await startTestSandbox();

    const { nexus, rezolve } = sandbox.settings;
    for (const settings of [sandbox.settings, rezolve, nexus]) {
      expect(() => Object.assign(settings, { delation: "soft" })).toThrow(TypeError);
    }
  });
});

describe("Closing", () => {
  it("releases the port, also with idle connections and hanging requests", async () => {
    const sandbox = await startSandbox();
    const client = await createClient(sandbox);
    await sandbox.signIn(client);
    sandbox.faults.add({ effect: { kind: "hang" } });
    const hanging = fetch(`${sandbox.url}/health`).catch(() => "cut");
    while (sandbox.requests.count({ path: "/health" }) === 0) await new Promise(setImmediate);

    await sandbox.close();

    expect(await hanging).toBe("cut");
    const port = portOf(sandbox);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it("can be done twice", async () => {
    const sandbox = await startSandbox();

    await Promise.all([sandbox.close(), sandbox.close()]);
    await sandbox.close();
  });

  it("does not wait for a delayed request, and survives its end", async () => {
    const file = join(temporaryDirectory(), "sandbox.sqlite");
    const sandbox = await startSandbox({ file });
    const fault = sandbox.faults.add({ effect: { kind: "delay", ms: 300 } });
    const delayed = api(sandbox, "GET", clientsPath).catch(() => "cut");
    while (fault.hits === 0) await new Promise(setImmediate);

    const start = performance.now();
    await sandbox.close();
    expect(performance.now() - start).toBeLessThan(250);
    expect(await delayed).toBe("cut");
    await new Promise((resolve) => setTimeout(resolve, 400));
  });

  it("leaves no handle, so that a process ends by itself, even with a request in delay", async () => {
    const { spawn } = await import("node:child_process");
    const source = new URL("../src/index.ts", import.meta.url).href;
    const script = `
      const { startSandbox } = await import(${JSON.stringify(source)});
      const sandbox = await startSandbox({ settings: { latencyMs: 1 } });
      sandbox.faults.add({ effect: { kind: "delay", ms: 60000 } });
      fetch(sandbox.url + "/health").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      await sandbox.close();
      console.log("closed");
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "pipe" });
    const killer = setTimeout(() => child.kill(), 20_000);
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    child.stderr.on("data", (chunk) => (output += String(chunk)));

    const code = await new Promise((resolve) => child.once("close", resolve));
    clearTimeout(killer);

    expect(output).toBe("closed\n");
    expect(code).toBe(0);
  });
});

describe("A sandbox in a file", () => {
  it("has everything again after a restart: clients, deleted ones, tokens, sessions, keys", async () => {
    const file = join(temporaryDirectory(), "sandbox.sqlite");
    const first = await startSandbox({ file, settings: { rezolve: { deletion: "soft" } } });
    const client = await createClient(first, { name: "Kept" });
    const gone = await createClient(first, { name: "Gone" });
    const machine = await first.issueToken(client);
    const person = await first.signIn(client);
    const goneToken = await first.issueToken(gone);
    const { data } = await remove(first, gone.id);
    const port = portOf(first);
    const bearer = await first.adminToken();
    await first.close();

    const second = await startTestSandbox({ file, port, settings: { rezolve: { deletion: "soft" } } });

    const headers = { authorization: `Bearer ${bearer}` };
    const kept = await api(second, "GET", `${clientsPath}/${client.id}`, { headers });
    expect(kept).toMatchObject({
      status: 200,
      data: { name: "Kept", usage: { successfulTokenRequests: 2, activeTokenCount: 3 } },
    });
    expect(await second.introspect(machine)).toMatchObject({ active: true });
    expect(await second.introspect(person.accessToken)).toMatchObject({ active: true, sub: person.user });
    expect(await second.introspect(goneToken)).toStrictEqual({ active: false });
    await expect(second.issueToken(client)).resolves.toEqual(expect.any(String));
    await second.refreshToken(client, person.refreshToken ?? "");
    const again = await remove(second, gone.id);
    expect(again.status).toBe(409);
    expect(again.error.details).toContain(String(data.deletedAt));
    second.settings.rezolve.deletion = "hard";
    // Two by client credentials, two access tokens of the person and one unused refresh token.
    expect((await remove(second, client.id)).data).toMatchObject({ tokensRevoked: 5, activeSessionsTerminated: 1 });
    expect((await get(second, client.id)).status).toBe(404);
  });

  it("keeps no secret and no token of its own in plain text, but what it must look up", async () => {
    const file = join(temporaryDirectory(), "sandbox.sqlite");
    const sandbox = await startSandbox({ file });
    const client = await createClient(sandbox);
    await sandbox.close();

    const database = new DatabaseSync(file);
    const rows = JSON.stringify(database.prepare("SELECT body FROM value").all());
    database.close();

    expect(rows).toContain(client.clientId);
    expect(rows).not.toContain(client.clientSecret);
  });

  it.each([
    ["is no database", (file: string) => writeFileSync(file, "hello, this is certainly not a database ".repeat(50))],
    [
      "is another program's database",
      (file: string) => {
        const database = new DatabaseSync(file);
        database.exec("CREATE TABLE other (x)");
        database.close();
      },
    ],
    [
      "has another format",
      (file: string) => {
        const database = new DatabaseSync(file);
        database.exec("CREATE TABLE value (x); PRAGMA user_version = 99");
        database.close();
      },
    ],
  ])("is refused when the file %s", async (_title, prepare) => {
    const file = join(temporaryDirectory(), "sandbox.sqlite");
    prepare(file);

    await expect(startSandbox({ file })).rejects.toMatchObject({
      code: "file-unusable",
      message: expect.stringContaining(file),
    });
  });

  it("is refused in a directory that does not exist", async () => {
    const file = join(temporaryDirectory(), "missing", "sandbox.sqlite");

    await expect(startSandbox({ file })).rejects.toMatchObject({ code: "file-unusable" });
    expect(existsSync(file)).toBe(false);
  });

  it("belongs to one sandbox at a time", async () => {
    const file = join(temporaryDirectory(), "sandbox.sqlite");
    await startTestSandbox({ file });

    await expect(startSandbox({ file })).rejects.toMatchObject({ code: "file-unusable" });
  });
});
