import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HttpAnswer } from "../../src/http/client.ts";
import { CredentialUnavailable } from "../../src/http/credential.ts";
import type { Connection } from "../../src/lifecycle/connection.ts";
import { authority, files, serverCertificate } from "./certificates.ts";
import { connectionOf, DELETE, rezolve, send, type Texts } from "./support.ts";
import { delay, sendJson, startTokenServer } from "./token-server.ts";

const SECRET = "s3cr3t-of-the-client";

function connect(server: { baseUrl: string; tokenUrl: string }, env: Texts = {}, stopping?: AbortSignal) {
  return connectionOf(
    rezolve,
    {
      REZOLVE_BASE_URL: server.baseUrl,
      REZOLVE_TOKEN_URL: server.tokenUrl,
      REZOLVE_AUTH_CLIENT_ID: "ci:client",
      REZOLVE_AUTH_CLIENT_SECRET: SECRET,
      REZOLVE_RETRY_BUDGET_SECONDS: "20",
      ...env,
    },
    stopping === undefined ? {} : { stopping },
  );
}

/** Statuses of so many requests at the same time. */
async function sendMany(connection: Connection, count: number): Promise<(number | string)[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => send(connection, DELETE)));
  return answers.map(statusOf);
}

const statusOf = (answer: HttpAnswer) => (answer.kind === "response" ? answer.status : String(answer.message));

const all = (count: number) => Array.from({ length: count }, () => 200);

describe("a token by client credentials", () => {
  test("is fetched at the first request, once, and shared by all", async () => {
    const server = await startTokenServer({ tokenDelayMs: 50 });
    const connection = connect(server, { REZOLVE_AUTH_SCOPE: "clients:write clients:read" });
    await connection.http.credential.check();
    expect(server.tokenRequests).toHaveLength(0);
    expect(await sendMany(connection, 50)).toEqual(all(50));
    expect(await sendMany(connection, 5)).toEqual(all(5));
    expect(server.tokenRequests).toHaveLength(1);
    expect(new Set(server.apiRequests)).toEqual(new Set(["Bearer token-1"]));
    const [request] = server.tokenRequests;
    // RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
    expect(request?.authorization).toBe(`Basic ${Buffer.from(`ci%3Aclient:${encoded(SECRET)}`).toString("base64")}`);
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: "client_credentials",
      scope: "clients:write clients:read",
    });
  });

  test("that was refused in the middle of 50 deletes is replaced once for all, and nothing fails", async () => {
    const server = await startTokenServer({ apiDelayMs: 20, tokenDelayMs: 30 });
    const connection = connect(server);
    expect(await sendMany(connection, 1)).toEqual([200]);
    const deletes = sendMany(connection, 50);
    await delay(10);
    server.revokeAll();
    expect(await deletes).toEqual(all(50));
    expect(server.tokenRequests).toHaveLength(2);
    // Who still waited in the queue went with the new one at once: little more than what was under way was refused.
    expect(server.apiRequests.filter((header) => header === "Bearer token-1").length).toBeLessThan(25);
  });

  test("is renewed before it expires, without anybody waiting or being refused", async () => {
    // Good for certain for 4 s, renewed in the last half second of them.
    const server = await startTokenServer({ expiresIn: 5, tokenDelayMs: 100 });
    const connection = connect(server);
    const began = performance.now();
    await send(connection);
    await delay(3_600 - (performance.now() - began));
    expect(await sendMany(connection, 10)).toEqual(all(10));
    expect(server.apiRequests.slice(1)).toEqual(Array.from({ length: 10 }, () => "Bearer token-1"));
    await delay(150);
    expect(server.tokenRequests).toHaveLength(2);
    expect(await send(connection)).toMatchObject({ status: 200 });
    expect(server.apiRequests.at(-1)).toBe("Bearer token-2");
  });

  test("that may have expired is not sent", async () => {
    const server = await startTokenServer({ expiresIn: 1 });
    const connection = connect(server);
    await send(connection);
    await delay(550);
    expect(await sendMany(connection, 10)).toEqual(all(10));
    expect(server.tokenRequests).toHaveLength(2);
    expect(server.apiRequests.slice(1).every((header) => header === "Bearer token-2")).toBe(true);
  });

  test("that is refused for another reason than its age is not fetched over and over", async () => {
    const server = await startTokenServer();
    server.revokeAll();
    const refusing = await startTokenServer({
      answer: (response, _request, number) =>
        sendJson(response, 200, { access_token: `elsewhere-${number}`, token_type: "bearer" }),
    });
    const connection = connect({ ...server, tokenUrl: refusing.tokenUrl });
    expect(await sendMany(connection, 30)).toEqual(Array.from({ length: 30 }, () => 401));
    expect(refusing.tokenRequests.length).toBe(2);
  });

  test.each([
    [3, 200, 4],
    [Number.POSITIVE_INFINITY, 401, 6],
  ])(
    "of a second, which may be over when the request arrives, is replaced again, though not for ever: %s are refused",
    async (refused, status, asked) => {
      const server = await startTokenServer({
        expiresIn: 1,
        answer: (response, _request, number) => {
          const token = number <= refused ? `over-${number}` : server.issued();
          sendJson(response, 200, { access_token: token, token_type: "bearer", expires_in: 1 });
        },
      });
      expect(statusOf(await send(connect(server)))).toBe(status);
      expect(server.tokenRequests).toHaveLength(asked);
    },
  );

  test("that the endpoint gives again although it was refused is final", async () => {
    const server = await startTokenServer({
      answer: (response) => sendJson(response, 200, { access_token: "always-the-same", token_type: "bearer" }),
    });
    expect(await send(connect(server))).toMatchObject({ status: 401, tries: 1 });
    expect(server.tokenRequests).toHaveLength(2);
  });

  test("is kept out of messages, as is the secret", async () => {
    const server = await startTokenServer();
    const { http, redactor } = connect(server);
    const { authorization } = await http.credential.headers();
    expect(authorization).toBe("Bearer token-1");
    expect(redactor.redact(`token-1 ${SECRET}`)).toBe("[redacted] [redacted]");
    const [, basic = ""] = server.tokenRequests[0]?.authorization?.split(" ") ?? [];
    expect(redactor.redact(basic)).toBe("[redacted]");
    expect(String(http.credential.source)).toBe(
      `a token from ${server.tokenUrl} for the client secret from the environment variable REZOLVE_AUTH_CLIENT_SECRET`,
    );
  });

  test("comes over the connection's TLS", async () => {
    const ca = await authority("Private CA");
    const { caFile } = files({ caFile: ca.cert });
    const server = await startTokenServer({ tls: await serverCertificate(ca) });
    expect(await send(connect(server, { REZOLVE_CA_CERT_FILE: caFile }))).toMatchObject({ status: 200 });
    const without = await send(connect(server));
    expect(without).toMatchObject({ kind: "transport", reason: "tls" });
    expect(without.kind === "transport" && String(without.message)).toMatch(
      /^the token endpoint .* \(tokenUrl \(the environment variable REZOLVE_TOKEN_URL\)\) gave no token: .*set caCertFile/,
    );
  });
});

describe("a token endpoint", () => {
  test("that takes the secret only in the body gets it there, and from then on first", async () => {
    const server = await startTokenServer({
      expiresIn: 1,
      answer: (response, { authorization, form }) => {
        if (authorization !== undefined) sendJson(response, 401, { error: "invalid_client" });
        else
          sendJson(response, 200, {
            access_token: `for-${form.get("client_id")}`.replace(":", "-"),
            token_type: "bearer",
          });
      },
    });
    const connection = connect(server);
    expect(await connection.http.credential.headers()).toEqual({ authorization: "Bearer for-ci-client" });
    expect(server.tokenRequests[1]?.form.get("client_secret")).toBe(SECRET);
    await connection.http.credential.refresh(await connection.http.credential.headers());
    expect(server.tokenRequests).toHaveLength(3);
  });

  test.each([
    [401, { error: "invalid_client", error_description: "No such client" }, /authClientId .* and authClientSecret/],
    [
      400,
      { error: "unauthorized_client" },
      /issues no token .* does not know the client, or .* authClientId .*, and what it may do; authClientSecret /,
    ],
    [400, { error: "invalid_scope" }, /accepted the client credentials, .* Check authScope/],
    [403, { error: "access_denied" }, /issues no token .* Check authClientId/],
  ])(
    "that refuses (%i %j) ends it for the whole run, naming settings and no secret",
    async (status, body, settings) => {
      const server = await startTokenServer({ answer: (response) => sendJson(response, status, body) });
      const connection = connect(server, { REZOLVE_AUTH_SCOPE: "clients:write" });
      const error = await send(connection).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "credentials-rejected" });
      const text = String(error);
      expect(text).toContain(`HTTP ${status}, ${body.error}`);
      expect(text).toMatch(settings);
      expect(text).toContain("the environment variable REZOLVE_AUTH_");
      expect(text).not.toContain(SECRET);
      const before = server.tokenRequests.length;
      await Promise.allSettled(Array.from({ length: 20 }, () => send(connection)));
      expect(server.tokenRequests).toHaveLength(before);
      expect(server.apiRequests).toEqual([]);
    },
  );

  test("that challenges is believed to reject the credentials only where its body says so", async () => {
    let body = '{"error":"invalid_client","error_description":"Bad secret"}';
    const server = await startTokenServer({
      answer: (response) => {
        response.writeHead(401, { "www-authenticate": "Basic realm=corp", "content-type": "application/json" });
        response.end(body);
      },
    });
    await expect(send(connect(server))).rejects.toThrow(
      /rejected the client credentials \(HTTP 401, invalid_client: "Bad secret"\)/,
    );
    body = "Log in to the proxy";
    const error = await send(connect(server)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "credentials-rejected", credentials: "unclear", isByEndpoint: false });
    expect(String(error)).toContain("or something on the way to it, wants other credentials (HTTP 401");
  });

  test("that fails is tried again within the budget", async () => {
    const server = await startTokenServer({
      answer: (response, _request, number) =>
        number < 3
          ? sendJson(response, 503, {})
          : sendJson(response, 200, { access_token: "a-token", token_type: "bearer" }),
    });
    expect(await connect(server).http.credential.headers()).toEqual({ authorization: "Bearer a-token" });
  });

  test("that keeps failing is to requests a connection that failed, for all at the same time", async () => {
    const server = await startTokenServer({ answer: (response) => sendJson(response, 503, {}) });
    const connection = connect(server, { REZOLVE_RETRY_BUDGET_SECONDS: "0" });
    const answer = await send(connection, DELETE);
    expect(answer).toMatchObject({ kind: "transport", reason: "connect", maybeCarriedOut: false });
    expect(answer.kind === "transport" && String(answer.message)).toContain(`${server.tokenUrl} (tokenUrl`);
    await expect(connection.http.credential.headers()).rejects.toBeInstanceOf(CredentialUnavailable);
    const before = server.tokenRequests.length;
    await sendMany(connection, 40);
    expect(server.tokenRequests.length - before).toBe(1);
    expect(server.apiRequests).toEqual([]);
  });

  test("that is not one is said so", async () => {
    const server = await startTokenServer({
      answer: (response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.end("<html>Log in</html>");
      },
    });
    const error = await send(connect(server)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "response-invalid" });
    expect(String(error)).toMatch(
      /\(HTTP 200\) is not one of .*: "response" content-type must be application\/json\. Check tokenUrl \(the environment/,
    );
  });

  test("is not asked any more after an interrupt", async () => {
    const stop = new AbortController();
    const server = await startTokenServer({ answer: (response) => sendJson(response, 503, {}) });
    const sent = send(connect(server, {}, stop.signal));
    await delay(30);
    stop.abort();
    await expect(sent).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("against the sandbox's token endpoint", () => {
  async function start(tokenLifetimeSeconds: number): Promise<Sandbox> {
    const sandbox = await startSandbox({
      adminClients: [{ clientId: "ci:client", clientSecret: SECRET, tokenLifetimeSeconds }],
    });
    onTestFinished(() => sandbox.close());
    return sandbox;
  }

  const list = (tenantId: string) =>
    ({
      method: "GET",
      path: "/api/v1/oauth-clients",
      headers: { accept: "application/json", "x-tenantid": tenantId },
    }) as const;

  test("short tokens last through a long run", async () => {
    const sandbox = await start(2);
    sandbox.settings.latencyMs = 100;
    const connection = connect({ baseUrl: sandbox.url, tokenUrl: sandbox.tokenUrl }, { REZOLVE_MAX_CONCURRENCY: "2" });
    const request = list(sandbox.tenants[0].id);
    const answers = await Promise.all(Array.from({ length: 70 }, () => send(connection, request)));
    expect(answers.map(statusOf)).toEqual(all(70));
    // 3.5 s of requests, with tokens that are good for one second for certain.
    expect(sandbox.requests.count({ vendor: "oauth" })).toBeLessThan(10);
    expect(sandbox.requests.count({ status: 401 })).toBe(0);
  });

  test("short tokens that are refused all the time are replaced a few times, and not for each request anew", async () => {
    const server = await startTokenServer({ expiresIn: 1, lifeMs: 0 });
    const connection = connect(server);
    const answers: HttpAnswer[] = [];
    for (let request = 0; request < 10; request += 1) answers.push(await send(connection));
    expect(answers.map(statusOf)).toEqual(Array.from(answers, () => 401));
    // The first one brings five; each of the others may find that its token is over, and have it replaced once.
    expect(server.tokenRequests.length).toBeLessThanOrEqual(6 + 9);
    expect(server.apiRequests.length).toBeLessThanOrEqual(6 + 2 * 9);
  });

  test("a token that ends earlier than it says is replaced once for all", async () => {
    const sandbox = await start(60);
    const expired = await sandbox.adminToken({ expiresInSeconds: 0 });
    sandbox.faults.add({
      match: { vendor: "oauth" },
      effect: { kind: "respond", status: 200, body: { access_token: expired, token_type: "Bearer", expires_in: 3600 } },
    });
    const connection = connect({ baseUrl: sandbox.url, tokenUrl: sandbox.tokenUrl });
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(connection, list(sandbox.tenants[0].id))));
    expect(answers.map(statusOf)).toEqual(all(50));
    expect(sandbox.requests.count({ vendor: "oauth" })).toBe(2);
    expect(sandbox.requests.count({ status: 401 })).toBeLessThan(25);
  });
});

/** `application/x-www-form-urlencoded`, of one value. */
function encoded(text: string): string {
  return new URLSearchParams({ text }).toString().slice("text=".length).replaceAll("-", "%2D");
}
