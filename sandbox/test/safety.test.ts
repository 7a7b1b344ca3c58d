import { request } from "node:http";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../src/index.ts";
import { basic, nexus, clientsPath as nexusClients } from "./nexus-support.ts";
import { api, clientsPath, fullClient, startTestSandbox } from "./support.ts";

/** A request as a web page makes it, whose name leads to the sandbox. */
function ask(sandbox: Sandbox, host: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; body: unknown }>((answered, failed) => {
    const asked = request(`${sandbox.url}${path}`, { headers: { ...headers, host } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => answered({ status: response.statusCode, body: JSON.parse(text) }));
    });
    asked.on("error", failed).end();
  });
}

const list = async (sandbox: Sandbox, host: string) => {
  const { password, username } = sandbox.nexus.basicUser;
  return ask(sandbox, host, nexusClients(sandbox), { authorization: basic(username, password) });
};

describe("A request by another name", () => {
  it("is refused with 421 in each API's own words, also with good credentials", async () => {
    const sandbox = await startTestSandbox();
    const host = "evil.example.test:4010";
    const why = expect.stringContaining("does not answer as evil.example.test");

    expect(await list(sandbox, host)).toMatchObject({
      status: 421,
      body: { title: "Misdirected Request", status: 421, detail: why },
    });
    expect(await ask(sandbox, host, clientsPath)).toMatchObject({
      status: 421,
      body: { success: false, error: { code: "MISDIRECTED_REQUEST", details: why } },
    });
    expect(await ask(sandbox, host, "/oauth/.well-known/openid-configuration")).toMatchObject({
      status: 421,
      body: { error: "invalid_request", error_description: why },
    });
    expect(sandbox.requests.count({ status: 421 })).toBe(3);
  });

  it("is let in where the options say so", async () => {
    const sandbox = await startTestSandbox({ allowedHosts: ["Sandbox.example.test"] });

    expect(await list(sandbox, "sandbox.example.test:80")).toMatchObject({
      status: 200,
      body: { "@odata.context": expect.stringContaining("http://sandbox.example.test/v1/") },
    });
    expect((await list(sandbox, "localhost")).status).toBe(200);
    expect((await list(sandbox, "other.example.test")).status).toBe(421);
  });

  it.each(["a b", "[", "%", "x:99999999"])("is refused with 400 when it is %j", async (host) => {
    const sandbox = await startTestSandbox();

    expect(await list(sandbox, host)).toMatchObject({ status: 400, body: { detail: "The Host header is not valid." } });
  });
});

describe("A body nested 200,000 levels deep", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;

  it("is refused with 400 by both APIs, and not without credentials", async () => {
    const sandbox = await startTestSandbox();
    const rezolve = { text: JSON.stringify(fullClient).replace("{", `{"more":${deep},`) };

    expect(await api(sandbox, "POST", clientsPath, rezolve)).toMatchObject({
      status: 400,
      error: { code: "VALIDATION_ERROR", details: { body: expect.stringContaining("nested") } },
    });
    expect(await nexus(sandbox, "POST", nexusClients(sandbox), { text: deep })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("nested") },
    });
    const anonymous = { ...rezolve, headers: { authorization: null } };
    expect((await api(sandbox, "POST", clientsPath, anonymous)).status).toBe(401);
    expect(sandbox.clients.count()).toBe(0);
  });
});

describe("The log", () => {
  it("has no secret of a query, which a rule for faults still sees", async () => {
    const lines: string[] = [];
    const sandbox = await startTestSandbox({ log: (line) => lines.push(line) });
    const token = await sandbox.adminToken();
    const secrets = { access_token: "t0k", client_secret: "s3c", "api%5Fkey": "k3y", code: "c0d", q: token };
    const query = Object.entries(secrets).map(([name, value]) => `${name}=${value}`);
    const fault = sandbox.faults.add({ match: { path: "t0k" }, effect: { kind: "respond", status: 500 } });

    await fetch(`${sandbox.url}${clientsPath}?limit=1&${query.join("&")}&search=ab%20c`);

    expect(fault.hits).toBe(1);
    expect(sandbox.requests.list()[0]?.path).toBe(
      `${clientsPath}?limit=1&access_token=[redacted]&client_secret=[redacted]&api%5Fkey=[redacted]&code=[redacted]&q=[redacted]&search=ab%20c`,
    );
    const everything = JSON.stringify([lines, sandbox.requests.list()]);
    for (const secret of Object.values(secrets)) expect(everything).not.toContain(secret);
  });

  it("has a line for a request, whatever its caller is called", async () => {
    const lines: string[] = [];
    const sandbox = await startTestSandbox({ log: (line) => lines.push(line) });
    const id = "u-1\n2026 forged\u001b]0;title\u0007\u009b\u2028";

    await api(sandbox, "GET", clientsPath, { token: { user: { id } } });

    const escaped = "u-1\\u{a}2026 forged\\u{1b}]0;title\\u{7}\\u{9b}\\u{2028}";
    expect(lines).toStrictEqual([expect.stringMatching(/ GET .*caller=/)]);
    expect(lines[0]).toContain(escaped);
  });
});
