import dns from "node:dns";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { ClientCredentials } from "../../src/http/client-credentials.ts";
import { freePort } from "../../tools/free-port.ts";
import { authority, files, type KeyPair, serverCertificate } from "./certificates.ts";
import { connectionOf, refused, rezolve, send, serve, startProxy, type Texts } from "./support.ts";
import { startTokenServer } from "./token-server.ts";

const HOST = "api.example.test";

/** The same host without TLS. */
const PLAIN = { REZOLVE_BASE_URL: `http://${HOST}`, REZOLVE_ALLOW_INSECURE_HTTP: "true" };

let ca: KeyPair;
beforeAll(async () => {
  ca = await authority("Private CA");
});

/** A server that is called `api.example.test`, and settings that trust it. */
async function namedServer(): Promise<{ port: number; env: Texts }> {
  const { caFile } = files({ caFile: ca.cert });
  const baseUrl = await serve((_request, response) => response.end("{}"), await serverCertificate(ca, { host: HOST }));
  return { port: Number(new URL(baseUrl).port), env: { REZOLVE_CA_CERT_FILE: caFile } };
}

function connect(env: Texts) {
  return connectionOf(rezolve, {
    REZOLVE_BASE_URL: `https://${HOST}`,
    REZOLVE_TOKEN: "token-1",
    REZOLVE_RETRY_BUDGET_SECONDS: "0",
    ...env,
  });
}

async function proxyMessage(env: Texts): Promise<string> {
  const answer = await send(connect(env));
  expect(answer).toMatchObject({ kind: "transport", reason: "proxy", maybeCarriedOut: false, tries: 1 });
  return answer.kind === "transport" ? String(answer.message) : "";
}

describe("a proxy from the environment", () => {
  test.each(["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"])("is used when %s is set", async (variable) => {
    const { port, env } = await namedServer();
    const proxy = await startProxy(port);
    const connection = connect({ ...env, [variable]: `http://${proxy.host}` });
    for (let request = 0; request < 10; request += 1) expect(await send(connection)).toMatchObject({ status: 200 });
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${HOST}:443`]));
    // Tunnels are used again.
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
  });

  test("is used for plain http, too, and only with HTTP_PROXY", async () => {
    const proxy = await startProxy(0);
    const through = await send(connect({ ...PLAIN, HTTP_PROXY: `http://${proxy.host}` }));
    expect(through).toMatchObject({ status: 200, text: "{}" });
    expect(proxy.asked).toEqual([`GET http://${HOST}/things`]);
    const direct = await send(connect({ ...PLAIN, HTTPS_PROXY: `http://${proxy.host}` }));
    expect(direct).toMatchObject({ kind: "transport", reason: "dns" });
  });

  test.each(["127.0.0.1", "localhost"])("is never used for plain http to this computer (%s)", async (host) => {
    const proxy = await startProxy(0);
    const baseUrl = await serve((_request, response) => response.end('"direct"'));
    const env = { REZOLVE_BASE_URL: baseUrl.replace("127.0.0.1", host), HTTP_PROXY: `http://${proxy.host}` };
    const lookup = vi.spyOn(dns, "lookup");
    expect(await send(connect(env))).toMatchObject({ status: 200, text: '"direct"' });
    expect(proxy.asked).toEqual([]);
    // Nobody is asked where this computer is.
    expect(lookup.mock.calls.map(([name]) => String(name))).not.toContain("localhost");
  });

  test("names itself in an answer that it may have written, and in none of the vendor's", async () => {
    const proxy = await startProxy(0);
    const named = `the proxy ${proxy.host} (the environment variable HTTP_PROXY)`;
    const answer = await send(connect({ ...PLAIN, HTTP_PROXY: `http://${proxy.host}` }));
    expect(answer.kind === "response" && String(answer.via)).toBe(named);
  });

  test("gets the user name and password of its address, and nobody else does", async () => {
    const { port, env } = await namedServer();
    const proxy = await startProxy(port);
    const connection = connect({ ...env, HTTPS_PROXY: `http://user:pass%20word@${proxy.host}` });
    expect(await send(connection)).toMatchObject({ status: 200 });
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from("user:pass word").toString("base64")}`]);
    expect(connection.redactor.redact("pass word, pass%20word")).toBe("[redacted], [redacted]");
  });

  test.each(["127.0.0.1", "*", "other.example.test, 127.0.0.1", ".0.0.1"])(
    "is not used for hosts in NO_PROXY (%s)",
    async (list) => {
      const proxy = await startProxy(0);
      const { caFile } = files({ caFile: ca.cert });
      const baseUrl = await serve((_request, response) => response.end('"direct"'), await serverCertificate(ca));
      const trusted = { REZOLVE_BASE_URL: baseUrl, REZOLVE_CA_CERT_FILE: caFile };
      const env = { ...trusted, HTTPS_PROXY: `http://${proxy.host}`, NO_PROXY: list };
      expect(await send(connect(env))).toMatchObject({ status: 200, text: '"direct"' });
      expect(proxy.asked).toEqual([]);
    },
  );

  test("is decided for the API and the token endpoint each", async () => {
    const api = await startTokenServer();
    const proxy = await startProxy(0);
    const connection = connectionOf(rezolve, {
      ...PLAIN,
      REZOLVE_TOKEN_URL: api.tokenUrl,
      REZOLVE_AUTH_CLIENT_ID: "ci",
      REZOLVE_AUTH_CLIENT_SECRET: "s3cr3t",
      HTTP_PROXY: `http://${proxy.host}`,
    });
    expect(connection.http.credential).toBeInstanceOf(ClientCredentials);
    expect(await send(connection)).toMatchObject({ status: 200, text: "{}" });
    expect(proxy.asked).toEqual([`GET http://${HOST}/things`]);
    expect(api.tokenRequests).toHaveLength(1);
  });
});

describe("a proxy whose password is not percent-encoded", () => {
  const broken = { HTTPS_PROXY: "http://user:100%sure@proxy.example.test" };

  test("is a problem of connections that use it", () => {
    expect(refused(() => connect(broken))).toEqual([expect.stringContaining("environment variable HTTPS_PROXY has")]);
  });

  test("stops no connection that does not, and its password is kept out of messages all the same", () => {
    const { redactor } = connect({ ...broken, NO_PROXY: HOST });
    expect(redactor.redact("100%sure")).toBe("[redacted]");
  });
});

describe("a proxy that fails is a failure of its own, named without its password", () => {
  const named = (host: string) => `the proxy ${host} (the environment variable HTTPS_PROXY)`;

  test("when nobody listens there", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const message = await proxyMessage({ HTTPS_PROXY: `http://user:s3cr3t@${host}` });
    expect(message).toBe(`no connection to ${named(host)} (ECONNREFUSED)`);
  });

  test("when its name cannot be resolved", async () => {
    const message = await proxyMessage({ HTTPS_PROXY: "proxy.invalid:3128" });
    expect(message).toContain(`no connection to ${named("proxy.invalid:3128")} (E`);
  });

  test("when it wants a password, which no second try would change", async () => {
    const proxy = await startProxy(0, 407);
    const message = await proxyMessage({ HTTPS_PROXY: `http://${proxy.host}`, REZOLVE_RETRY_BUDGET_SECONDS: "60" });
    expect(message).toContain(`${named(proxy.host)} refused the way to https://${HOST} (HTTP 407)`);
    expect(message).toContain("user name and a password");
  });

  test("when it does not let us through", async () => {
    const proxy = await startProxy(0, 403);
    const message = await proxyMessage({ HTTPS_PROXY: `http://${proxy.host}`, REZOLVE_RETRY_BUDGET_SECONDS: "60" });
    expect(message).toContain(
      "refused the way to https://api.example.test (HTTP 403); allow it there, or list the host in NO_PROXY",
    );
  });

  test("when it does not reach the server either, which may pass", async () => {
    const proxy = await startProxy(0, 502);
    const env = { HTTPS_PROXY: `http://${proxy.host}`, REZOLVE_RETRY_BUDGET_SECONDS: "0.001" };
    const answer = await send(connect(env));
    expect(answer).toMatchObject({ kind: "transport", reason: "proxy", maybeCarriedOut: false });
    expect(proxy.asked.length).toBeGreaterThan(0);
  });

  test("when it says nothing: that is not the server's silence", async () => {
    const proxy = await startProxy(0, null);
    const env = { HTTPS_PROXY: `http://${proxy.host}`, REZOLVE_TIMEOUT_SECONDS: "0.3" };
    expect(await proxyMessage(env)).toContain(`${named(proxy.host)} opened no way to https://${HOST} within 0.3 s`);
  });

  test("when it wants a password for plain http", async () => {
    const proxy = await startProxy(0, 407);
    const env = { ...PLAIN, HTTP_PROXY: `http://${proxy.host}` };
    expect(await proxyMessage(env)).toContain("(HTTP 407)");
  });

  test("and a certificate behind it is the server's affair", async () => {
    const { port } = await namedServer();
    const proxy = await startProxy(port);
    const answer = await send(connect({ HTTPS_PROXY: `http://${proxy.host}` }));
    expect(answer).toMatchObject({ kind: "transport", reason: "tls", maybeCarriedOut: false });
    expect(answer.kind === "transport" && String(answer.message)).toContain("set caCertFile");
  });

  test.each(["socks5://s3cr3t@proxy.example.test", "http://", "http://s3cr3t:x@"])(
    "and an address that is none is a problem of the settings: %s",
    (address) => {
      const problems = refused(() => connect({ HTTPS_PROXY: address }));
      expect(problems).toEqual([
        expect.stringContaining("environment variable HTTPS_PROXY is not the address of a proxy"),
      ]);
      expect(problems.join()).not.toContain("s3cr3t");
    },
  );
});
