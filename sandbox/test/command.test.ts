import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { Command, execute, plainEnvironment, REPOSITORY } from "../../test/cli/command.ts";

/** The command as it is shipped; the build comes before the tests. */
const CLI = join(REPOSITORY, "sandbox", "dist", "cli.js");

let folder: string;
let running: Command[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-command-"));
  running = [];
});
afterEach(async () => {
  for (const command of running) await command.kill();
  await rm(folder, { recursive: true, force: true });
});

const execution = (...args: string[]) =>
  execute(process.execPath, [CLI, ...args], { cwd: folder, env: plainEnvironment() });

function sandbox(...args: string[]): Command {
  const command = new Command(process.execPath, [CLI, "--port", "0", ...args], {
    cwd: folder,
    env: plainEnvironment(),
  });
  running.push(command);
  return command;
}

const facts = z.strictObject({
  url: z.string(),
  tokenUrl: z.string(),
  introspectionUrl: z.string(),
  tenantId: z.string(),
  tokenFile: z.string(),
  introspectionClient: z.strictObject({ clientId: z.string(), clientSecret: z.string() }),
  nexusApplicationToken: z.string().min(1),
  nexusBasicUser: z.strictObject({ username: z.string().min(1), password: z.string().min(1) }),
});

async function started(...args: string[]) {
  const command = sandbox("--json", ...args);
  const line = (await command.printed(/\n/)).split("\n")[0] ?? "";
  return { command, ...facts.parse(JSON.parse(line)) };
}

const list = (url: string, token: string, tenantId: string) =>
  fetch(`${url}/api/v1/oauth-clients`, {
    headers: { accept: "application/json", authorization: `Bearer ${token}`, "x-tenantid": tenantId },
  });

test("says its version, and what it can do", async () => {
  const manifest = await readFile(join(REPOSITORY, "sandbox", "package.json"), "utf8");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
  expect(await execution("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  const help = await execution("--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("Usage: oauth-clients-sandbox [options]");
});

test("says in words where it listens and what to type next, with an address that answers", async () => {
  const text = await sandbox().printed("Ctrl-C ends it.");
  const variable = (name: string) => new RegExp(`export ${name}=(\\S+)`).exec(text)?.[1] ?? "";
  const url = variable("REZOLVE_BASE_URL");
  expect(text).toContain(`The sandbox listens on ${url}`);
  const token = (await readFile(variable("REZOLVE_TOKEN_FILE"), "utf8")).trim();
  expect((await list(url, token, variable("REZOLVE_TENANT_ID"))).status).toBe(200);
  expect(text).not.toContain(token);
});

test("says how to get into Nexus, by tokens or by a password", async () => {
  const text = await sandbox().printed("Ctrl-C ends it.");
  const variable = (name: string) => new RegExp(`export ${name}=(\\S+)`).exec(text)?.[1] ?? "";
  const clients = `${variable("NEXUS_BASE_URL")}/v1/tenants/${variable("NEXUS_TENANT_ID")}/clients`;
  const token = (await readFile(variable("NEXUS_TOKEN_FILE"), "utf8")).trim();
  const password = Buffer.from(`${variable("NEXUS_USERNAME")}:${variable("NEXUS_PASSWORD")}`).toString("base64");
  const byTokens = { authorization: `Bearer ${token}`, ApplicationToken: variable("NEXUS_APPLICATION_TOKEN") };
  expect((await fetch(clients, { headers: byTokens })).status).toBe(200);
  expect((await fetch(clients, { headers: { authorization: `Basic ${password}` } })).status).toBe(200);
});

test("answers to no other name than those that it is given", async () => {
  const { url } = await started("--allow-host", "one.example.test", "two.example.test");
  const status = (host: string) =>
    new Promise((answered, failed) => {
      get(`${url}/health`, { headers: { host } }, (response) => answered(response.resume().statusCode)).on(
        "error",
        failed,
      );
    });
  expect(await status("one.example.test")).toBe(200);
  expect(await status("two.example.test:80")).toBe(200);
  expect(await status("three.example.test")).toBe(421);
});

test("writes an admin token that only its owner can read, into the folder where it is started", async () => {
  const { tokenFile, url, tenantId } = await started();
  expect(tokenFile).toBe(join(folder, ".sandbox", "token"));
  expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
  const token = (await readFile(tokenFile, "utf8")).trim();
  expect((await list(url, token, tenantId)).status).toBe(200);
  expect((await list(url, `${token}x`, tenantId)).status).toBe(401);
});

test("with --json prints one line with everything a script needs, and nothing per request", async () => {
  const { command, url, tenantId, tokenFile, introspectionUrl, introspectionClient } = await started();
  const token = (await readFile(tokenFile, "utf8")).trim();
  await list(url, token, tenantId);
  const { clientId, clientSecret } = introspectionClient;
  const asked = await fetch(introspectionUrl, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
    body: new URLSearchParams({ token: "nothing" }),
  });
  expect(await asked.json()).toEqual({ active: false });
  expect(command.stdout.trimEnd().split("\n")).toHaveLength(1);
  expect(command.stdout).not.toContain(token);
});

test("prints a line for each request, without the token, unless it is quiet", async () => {
  const loud = sandbox();
  const quiet = sandbox("--quiet", "--token-file", join(folder, "quiet"));
  for (const command of [loud, quiet]) {
    const text = await command.printed("Ctrl-C ends it.");
    const url = /listens on (\S+)/.exec(text)?.[1] ?? "";
    await list(url, "no-such-token", "t-1");
  }
  await loud.printed(/GET \/api\/v1\/oauth-clients 401/);
  expect(loud.stdout).not.toContain("no-such-token");
  expect(quiet.stdout).not.toContain("GET /api/v1/oauth-clients");
});

test("a token file that was readable for others is not left so", async () => {
  const file = join(folder, "token");
  await writeFile(file, "an old one", { mode: 0o644 });
  const { tokenFile } = await started("--token-file", file);
  expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
  expect(await readFile(tokenFile, "utf8")).not.toContain("an old one");
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends it with exit code 0 and removes the token file", async (signal) => {
  const { command, tokenFile, url, tenantId } = await started();
  // An open keep-alive connection must not hold it up.
  await list(url, "none", tenantId);
  const since = Date.now();
  command.child.kill(signal);
  expect((await command.ended()).code).toBe(0);
  expect(Date.now() - since).toBeLessThan(10_000);
  expect(existsSync(tokenFile)).toBe(false);
  await expect(fetch(url)).rejects.toThrow();
});

test.each([
  ["SIGTERM to npm", "SIGTERM", 1],
  ["Ctrl-C in npm's terminal, which npm and its shell get too", "SIGINT", -1],
] as const)("%s ends it where npm runs it as a script", async (_title, signal, receiver) => {
  const tokenFile = join(folder, "token");
  const args = ["run", "--silent", "sandbox", "--", "--port", "0", "--json", "--token-file", tokenFile];
  const npm = new Command("npm", args, { cwd: REPOSITORY, env: plainEnvironment(), detached: true });
  const { pid = Number.NaN } = npm.child;
  onTestFinished(() => {
    // Whatever is left of npm's process group.
    if (existsSync(tokenFile)) process.kill(-pid, "SIGKILL");
  });
  const { url } = facts.parse(JSON.parse(await npm.printed(/\n/)));
  process.kill(receiver * pid, signal);
  await npm.ended();
  await expect.poll(() => fetch(url).catch(() => "closed"), { timeout: 10_000 }).toBe("closed");
  await expect.poll(() => existsSync(tokenFile)).toBe(false);
});

test("a port that is taken is a clear error, and leaves no token file", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => taken.once("listening", listening));
  const { port } = z.object({ port: z.number() }).parse(taken.address());
  const { code, stdout, stderr } = await execution("--port", String(port));
  await new Promise((closed) => taken.close(closed));
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`oauth-clients-sandbox [port-in-use]: Port ${port} on 127.0.0.1 is in use`);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(existsSync(join(folder, ".sandbox"))).toBe(false);
});

test.each([
  ["many", "It must be a whole number."],
  ["70000", "✖ Too big: expected number to be <=65535\n  → at port\n"],
])("the port %s makes no sense, and is refused with what it must be", async (port, reason) => {
  const { code, stderr } = await execution("--port", port);
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
});

test("what its options say is what it does: a soft delete, a rate limit, a file that outlives it", async () => {
  const file = join(folder, "sandbox.sqlite");
  const first = await started("--soft-delete", "--file", file);
  const token = (await readFile(first.tokenFile, "utf8")).trim();
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    authorization: `Bearer ${token}`,
    "x-tenantid": first.tenantId,
  };
  const body = JSON.stringify({
    name: "Kept",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  });
  const created = await fetch(`${first.url}/api/v1/oauth-clients`, { method: "POST", headers, body });
  const { data } = z.object({ data: z.object({ id: z.string() }) }).parse(await created.json());
  first.command.child.kill("SIGINT");
  await first.command.ended();

  const second = await started("--soft-delete", "--file", file, "--rate-limit", "2");
  const again = { ...headers, authorization: `Bearer ${(await readFile(second.tokenFile, "utf8")).trim()}` };
  const client = `${second.url}/api/v1/oauth-clients/${data.id}`;
  expect((await fetch(client, { method: "DELETE", headers: again })).status).toBe(200);
  expect((await fetch(client, { method: "DELETE", headers: again })).status).toBe(409);
  const more = await Promise.all([1, 2, 3, 4].map(() => fetch(client, { headers: again })));
  expect(more.map(({ status }) => status)).toContain(429);
});
