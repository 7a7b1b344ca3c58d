import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { response } from "../../test/unit/facts.ts";
import { json, serve, serveSockets } from "../../test/unit/server.ts";
import { freePort } from "../../tools/free-port.ts";
import { describeError, OAuthClientsError } from "../core/errors.ts";
import { type History, planRetry } from "../core/retry.ts";
import { say } from "../core/text.ts";
import {
  type ExchangeStep,
  type Http,
  type HttpAnswer,
  HttpClient,
  type HttpClientOptions,
  type HttpRequest,
} from "./client.ts";
import { type Credential, fixedToken, tokenFile } from "./credential.ts";
import { Hosts } from "./throttle.ts";

const GET: HttpRequest = { method: "GET", path: "/things", headers: { accept: "application/json" } };
const DELETE: HttpRequest = { ...GET, method: "DELETE" };
const POST: HttpRequest = { ...GET, method: "POST", body: { name: "CI bot" } };

interface Final {
  answer: HttpAnswer;
  history: History;
}

function clientOf(baseUrl: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = new HttpClient({
    baseUrl,
    credential: fixedToken("token-1", say`the token from somewhere`),
    timeoutMs: 20_000,
    retryBudgetMs: 30_000,
    maxConcurrency: 16,
    hosts: new Hosts(),
    stopping: new AbortController().signal,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** Sends as the vendors' APIs do, without pauses of its own. */
function send(client: HttpClient, request: HttpRequest): Promise<Final> {
  return client.exchange(request, (answer, history): ExchangeStep<Final> => {
    const read = answer.kind === "transport" ? answer : response(answer.status, { waitMs: answer.waitMs });
    const step = planRetry(read, request.method === "POST" ? "create" : "idempotent", history, {
      budgetMs: client.retryBudgetMs,
      canRefreshCredentials: client.credential.canRefresh,
      random: 0,
    });
    return step.do === "stop" ? { do: "done", result: { answer, history } } : step;
  });
}

/** Takes whatever comes first. */
const once = (client: HttpClient, request: HttpRequest): Promise<HttpAnswer> =>
  client.exchange(request, (answer) => ({ do: "done", result: answer }));

describe("on the good path", () => {
  test("each exchange is one request, and they share connections", async () => {
    const server = await serve((answer) => json(answer, 200, { ok: true }));
    const client = clientOf(server.baseUrl);
    const requests = [GET, POST, DELETE, GET, GET, DELETE, DELETE, POST];
    for (const request of requests) await send(client, request);
    expect(server.requests.map(({ method }) => method)).toEqual(requests.map(({ method }) => method));
    // The pool opens a second one where a request follows so closely that the first still looks busy.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test("a request is what was asked for, below the base URL's path, with the credential", async () => {
    const server = await serve((answer) => json(answer, 200, {}));
    const client = clientOf(`${server.baseUrl}/gateway/`);
    await send(client, { ...POST, path: "/things/a%2Fb?limit=1", headers: { "x-tenantid": "tenant-1" } });
    expect(server.requests).toMatchObject([
      {
        method: "POST",
        path: "/gateway/things/a%2Fb?limit=1",
        headers: { authorization: "Bearer token-1", "x-tenantid": "tenant-1", "content-type": "application/json" },
        body: '{"name":"CI bot"}',
      },
    ]);
  });

  test("a request without a body has no content type", async () => {
    const server = await serve((answer) => json(answer, 200, {}));
    await send(clientOf(server.baseUrl), DELETE);
    expect(server.requests[0]?.headers).not.toHaveProperty("content-type");
    expect(server.requests[0]?.body).toBe("");
  });

  test("a response is status, headers, text, the server's clock and the wait that it asks for", async () => {
    const date = "Wed, 21 Oct 2026 07:28:00 GMT";
    const server = await serve((answer) =>
      json(answer, 422, { a: "é" }, { date, "Retry-After": "Wed, 21 Oct 2026 07:28:09 GMT", "X-Twice": "1" }),
    );
    expect(await once(clientOf(server.baseUrl), GET)).toMatchObject({
      kind: "response",
      status: 422,
      headers: { "content-type": "application/json", "x-twice": "1" },
      text: '{"a":"é"}',
      complete: true,
      clock: Date.parse(date),
      // By the server's clock, however wrong it is.
      waitMs: 9_000,
    });
  });

  test("no more requests are under way than the connection allows", async () => {
    let underWay = 0;
    let most = 0;
    const server = await serve((answer) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        json(answer, 200, {});
      }, 10);
    });
    const client = clientOf(server.baseUrl, { maxConcurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, () => send(client, GET)));
    expect(server.requests).toHaveLength(12);
    expect(most).toBe(3);
  });
});

describe("what passes is tried again", () => {
  test("a GET after a 500 and after a reset, remembering that it may have been carried out", async () => {
    const server = await serve((answer, _request, number) => {
      if (number === 1) json(answer, 500, {});
      else if (number === 2) answer.socket?.destroy();
      else json(answer, 200, {});
    });
    const { answer, history } = await send(clientOf(server.baseUrl), GET);
    expect(answer).toMatchObject({ kind: "response", status: 200 });
    expect(history).toMatchObject({ attempt: 3, maybeCarriedOut: true });
    expect(server.requests).toHaveLength(3);
  });

  test("a DELETE after a 429, which was certainly not carried out", async () => {
    const server = await serve((answer, _request, number) => json(answer, number === 1 ? 429 : 200, {}));
    const { answer, history } = await send(clientOf(server.baseUrl), DELETE);
    expect(answer).toMatchObject({ status: 200 });
    expect(history).toMatchObject({ attempt: 2, maybeCarriedOut: false });
  });

  test("a POST after a refused connection, and it is carried out once", async () => {
    const port = await freePort();
    const client = clientOf(`http://127.0.0.1:${port}`);
    const first = await once(client, POST);
    expect(first).toMatchObject({ kind: "transport", reason: "connect", maybeCarriedOut: false });
    const sent = send(client, POST);
    const server = await serve((answer) => json(answer, 201, {}), port);
    const { answer, history } = await sent;
    expect(answer).toMatchObject({ kind: "response", status: 201 });
    expect(history.maybeCarriedOut).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  test("never a POST after a reset or a 500", async () => {
    const server = await serve((answer, _request, number) => {
      if (number === 1) answer.socket?.destroy();
      else json(answer, 500, {});
    });
    const client = clientOf(server.baseUrl);
    expect((await send(client, POST)).answer).toMatchObject({
      kind: "transport",
      reason: "reset",
      maybeCarriedOut: true,
    });
    expect((await send(client, POST)).answer).toMatchObject({ kind: "response", status: 500 });
    expect(server.requests).toHaveLength(2);
  });

  test("until the budget is spent", async () => {
    const server = await serve((answer) => json(answer, 503, {}));
    const { answer, history } = await send(clientOf(server.baseUrl, { retryBudgetMs: 200 }), GET);
    expect(answer).toMatchObject({ kind: "response", status: 503 });
    expect(history.attempt).toBeGreaterThan(1);
    expect(history.elapsedMs).toBeGreaterThan(200);
    expect(server.requests).toHaveLength(history.attempt);
  });

  test("not at all where the budget does not cover the pause", async () => {
    const server = await serve((answer) => json(answer, 503, {}, { "retry-after": "0" }));
    const { answer, history } = await send(clientOf(server.baseUrl, { retryBudgetMs: 900 }), GET);
    expect(answer).toMatchObject({ kind: "response", status: 503 });
    expect(history.attempt).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test("never after a redirect, which is not followed", async () => {
    const server = await serve((answer) => {
      answer.writeHead(302, { location: "/elsewhere" });
      answer.end();
    });
    expect((await send(clientOf(server.baseUrl), DELETE)).answer).toMatchObject({ status: 302 });
    expect(server.requests.map(({ path }) => path)).toEqual(["/things"]);
  });
});

describe("what is no proper response", () => {
  test("is a time-out when there is none, and the request may have been carried out", async () => {
    const server = await serve(() => {});
    const client = clientOf(server.baseUrl, { timeoutMs: 150, retryBudgetMs: 0 });
    const { answer } = await send(client, DELETE);
    expect(answer).toMatchObject({ kind: "transport", reason: "timeout", maybeCarriedOut: true });
    expect(answer.kind === "transport" && String(answer.message)).toContain(
      `${server.baseUrl} did not answer within 0.15 s`,
    );
  });

  test("is a response all the same when only its body is cut", async () => {
    const server = await serve((answer) => {
      answer.writeHead(200, { "content-type": "application/json", "content-length": "500" });
      answer.write('{"data":{"tokensRevoked":24');
      setTimeout(() => answer.socket?.destroy(), 50);
    });
    expect(await once(clientOf(server.baseUrl), DELETE)).toMatchObject({
      kind: "response",
      status: 200,
      complete: false,
      text: '{"data":{"tokensRevoked":24',
    });
    expect(server.requests).toHaveLength(1);
  });

  test("is a response all the same when its body does not end in time", async () => {
    const server = await serve((answer) => {
      answer.writeHead(200, { "content-type": "application/json" });
      answer.write("{");
    });
    const answer = await once(clientOf(server.baseUrl, { timeoutMs: 200 }), DELETE);
    expect(answer).toMatchObject({ kind: "response", status: 200, complete: false, text: "{" });
  });

  test("is cut where it would never end", async () => {
    const part = Buffer.alloc(256 * 1024, "a");
    const server = await serve((answer) => {
      answer.writeHead(200);
      const more = () => {
        while (!answer.destroyed && answer.write(part));
        if (!answer.destroyed) answer.once("drain", more);
      };
      more();
    });
    const answer = await once(clientOf(server.baseUrl), GET);
    expect(answer).toMatchObject({ kind: "response", status: 200, complete: false });
    const length = answer.kind === "response" ? answer.text.length : 0;
    expect(length).toBeGreaterThan(8 * 1024 * 1024);
    expect(length).toBeLessThan(9 * 1024 * 1024);
  });

  test("is a time-out when interim responses go on for ever", async () => {
    const server = await serveSockets((socket) => {
      const hints = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), 50);
      socket.on("close", () => clearInterval(hints));
    });
    const answer = await once(clientOf(server.baseUrl, { timeoutMs: 300 }), DELETE);
    expect(answer).toMatchObject({ kind: "transport", reason: "timeout", maybeCarriedOut: true });
    expect(answer.kind === "transport" && String(answer.message)).toContain("did not end its answer within 2.9 s");
  });

  test("is cut where its body trickles for ever", async () => {
    const server = await serve((answer) => {
      answer.writeHead(200, { "content-type": "application/json" });
      const trickle = setInterval(() => answer.write("["), 50);
      answer.on("close", () => clearInterval(trickle));
    });
    const answer = await once(clientOf(server.baseUrl, { timeoutMs: 300 }), DELETE);
    expect(answer).toMatchObject({ kind: "response", status: 200, complete: false });
    expect(answer.kind === "response" && answer.text).toMatch(/^\[+$/);
  });

  test("is a page of somebody else's, left to the vendor's eyes", async () => {
    const server = await serve((answer) => {
      answer.writeHead(404, { "content-type": "text/html; charset=utf-8" });
      answer.end("<html>Not found</html>");
    });
    expect(await once(clientOf(server.baseUrl), GET)).toMatchObject({
      status: 404,
      text: "<html>Not found</html>",
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  });

  test("is a failure of the connection when it is not HTTP", async () => {
    const server = await serveSockets((socket) => socket.on("data", () => socket.end("SSH-2.0-example\r\n")));
    const answer = await once(clientOf(server.baseUrl), GET);
    expect(answer).toMatchObject({ kind: "transport", reason: "reset", maybeCarriedOut: true });
  });

  test("is a failure of TLS when the server speaks none, which no second try repairs", async () => {
    const server = await serve((answer) => json(answer, 200, {}));
    const client = clientOf(server.baseUrl.replace("http:", "https:"));
    const { answer, history } = await send(client, GET);
    expect(answer).toMatchObject({ kind: "transport", reason: "tls", maybeCarriedOut: false });
    expect(history.attempt).toBe(1);
  });
});

describe("a request that cannot be sent", () => {
  test.each(["tenant-1\n", "tenant\r\nx-evil: 1", "tenant-Ω"])(
    "because of a header (%j) fails at once, without its value",
    async (tenant) => {
      const server = await serve((answer) => json(answer, 200, {}));
      const client = clientOf(server.baseUrl);
      const error = await send(client, { ...GET, headers: { "x-tenantid": tenant } }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: "configuration-invalid" });
      expect(String(describeError(error))).toContain("x-tenantid");
      expect(String(describeError(error))).not.toContain("tenant-1");
      expect(server.requests).toEqual([]);
    },
    20_000,
  );
});

describe("a 429", () => {
  const HOLD_MS = 300;
  /** Timers may fire a moment early. */
  const AT_LEAST_MS = HOLD_MS - 20;

  /** Sends, and holds the host after the first answer. */
  function hold(client: HttpClient, ms: number, holdHost = true): { held: Promise<void>; done: Promise<HttpAnswer> } {
    const held = Promise.withResolvers<void>();
    const done = client.exchange(GET, (answer, { attempt }): ExchangeStep<HttpAnswer> => {
      if (attempt > 1) return { do: "done", result: answer };
      // Only after the exchange has taken the step.
      setImmediate(held.resolve);
      return { do: "retry", afterMs: ms, holdHost };
    });
    return { held: held.promise, done };
  }

  test("holds back all requests to the host together, of every client, and none to another host", async () => {
    const limited = await serve((answer) => json(answer, 200, {}));
    const other = await serve((answer) => json(answer, 200, {}));
    const hosts = new Hosts();
    const client = clientOf(limited.baseUrl, { hosts });
    const { held, done } = hold(client, HOLD_MS);
    await held;
    const began = limited.requests[0]?.at ?? Number.NaN;
    const more = [client, client, clientOf(limited.baseUrl, { hosts })].map((one) => send(one, DELETE));
    await send(clientOf(other.baseUrl, { hosts }), GET);
    expect(limited.requests).toHaveLength(1);
    await Promise.all([done, ...more]);
    expect(limited.requests).toHaveLength(5);
    for (const { at } of limited.requests.slice(1)) expect(at - began).toBeGreaterThan(AT_LEAST_MS);
  });

  test("of another kind of pause holds back nobody else", async () => {
    const server = await serve((answer) => json(answer, 200, {}));
    const hosts = new Hosts();
    const client = clientOf(server.baseUrl, { hosts });
    const stop = new AbortController();
    const { held, done } = hold(clientOf(server.baseUrl, { hosts, stopping: stop.signal }), 60_000, false);
    await held;
    await send(client, GET);
    expect(server.requests).toHaveLength(2);
    stop.abort();
    await expect(done).rejects.toMatchObject({ code: "interrupted" });
  });

  test("that is to be waited for longer than the budget fails at once, without a request, and says how long", async () => {
    const server = await serve((answer) => json(answer, 200, {}));
    const hosts = new Hosts();
    const stop = new AbortController();
    const { held, done } = hold(clientOf(server.baseUrl, { hosts, stopping: stop.signal }), 60_000);
    await held;
    const answer = await once(clientOf(server.baseUrl, { hosts, retryBudgetMs: 5_000 }), DELETE);
    expect(answer).toMatchObject({ kind: "response", status: 429 });
    const waitMs = answer.kind === "response" ? (answer.waitMs ?? 0) : 0;
    expect(waitMs).toBeGreaterThan(5_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    expect(server.requests).toHaveLength(1);
    stop.abort();
    await expect(done).rejects.toMatchObject({ code: "interrupted" });
  });

  test("whose wait the budget does not cover is final after one request", async () => {
    const server = await serve((answer) => json(answer, 429, {}, { "retry-after": "3600" }));
    const { answer, history } = await send(clientOf(server.baseUrl), GET);
    expect(answer).toMatchObject({ status: 429, waitMs: 3_600_000 });
    expect(history.attempt).toBe(1);
    expect(server.requests).toHaveLength(1);
  });
});

describe("a 401 with a token in a file", () => {
  function tokenInFile(): { credential: Credential; replaceUnnoticed(token: string): void } {
    const directory = mkdtempSync(join(tmpdir(), "client-test-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const path = join(directory, "token");
    writeFileSync(path, "old-token");
    const { atime, mtime } = statSync(path);
    utimesSync(path, atime, mtime);
    return {
      credential: tokenFile(path, say`the environment variable REZOLVE_TOKEN_FILE`, () => {}),
      replaceUnnoticed(token) {
        writeFileSync(path, token);
        utimesSync(path, atime, mtime);
      },
    };
  }

  test("sends the new token, where there is one", async () => {
    const { credential, replaceUnnoticed } = tokenInFile();
    const server = await serve((answer, request) => {
      replaceUnnoticed("new-token");
      json(answer, request.headers.authorization === "Bearer new-token" ? 200 : 401, {});
    });
    const { answer, history } = await send(clientOf(server.baseUrl, { credential }), POST);
    expect(answer).toMatchObject({ status: 200 });
    expect(history).toMatchObject({ attempt: 2, credentialsRefreshed: true, maybeCarriedOut: false });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer old-token",
      "Bearer new-token",
    ]);
  });

  test("sends no second request, where there is none", async () => {
    const { credential } = tokenInFile();
    const server = await serve((answer) => json(answer, 401, {}));
    const { answer } = await send(clientOf(server.baseUrl, { credential }), GET);
    expect(answer).toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(1);
  });

  test("sends a new token once, however many there are", async () => {
    const { credential, replaceUnnoticed } = tokenInFile();
    const server = await serve((answer, _request, number) => {
      replaceUnnoticed(`token-${number}`);
      json(answer, 401, {});
    });
    const { answer } = await send(clientOf(server.baseUrl, { credential }), GET);
    expect(answer).toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(2);
  });

  test("lets every request that was under way go on with the new token", async () => {
    const { credential, replaceUnnoticed } = tokenInFile();
    const waiting: (() => void)[] = [];
    const server = await serve((answer, request) => {
      if (request.headers.authorization === "Bearer new-token") return json(answer, 200, {});
      waiting.push(() => json(answer, 401, {}));
      if (waiting.length < 5) return;
      replaceUnnoticed("new-token");
      for (const [index, refuse] of waiting.entries()) setTimeout(refuse, index * 10);
    });
    const client = clientOf(server.baseUrl, { credential });
    const all = await Promise.all(Array.from({ length: 5 }, () => send(client, DELETE)));
    expect(all.map(({ answer }) => answer.kind === "response" && answer.status)).toEqual([200, 200, 200, 200, 200]);
    expect(server.requests).toHaveLength(10);
  });
});

describe("when the process is told to stop", () => {
  test("a pause ends at once, and nothing more is sent", async () => {
    const stop = new AbortController();
    const server = await serve((answer) => json(answer, 500, {}));
    const client = clientOf(server.baseUrl, { stopping: stop.signal });
    const exchange = client.exchange(DELETE, (): ExchangeStep<never> => {
      setImmediate(() => stop.abort());
      return { do: "retry", afterMs: 600_000, holdHost: false };
    });
    const error = await exchange.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "interrupted" });
    // It was sent, and may have been carried out.
    expect(String(describeError(error))).not.toContain("before the request was sent");
    expect(server.requests).toHaveLength(1);
  }, 20_000);

  test("a wait for the host ends at once too", async () => {
    const stop = new AbortController();
    const server = await serve((answer) => json(answer, 200, {}));
    const client = clientOf(server.baseUrl, { stopping: stop.signal, retryBudgetMs: 700_000 });
    const held = client.exchange(DELETE, (): ExchangeStep<never> => {
      setTimeout(() => stop.abort(), 50);
      return { do: "retry", afterMs: 600_000, holdHost: true };
    });
    const waits = send(client, GET);
    await expect(held).rejects.toMatchObject({ code: "interrupted" });
    await waits.catch((error: unknown) => expect(error).toMatchObject({ code: "interrupted" }));
  }, 20_000);

  test("nothing is started", async () => {
    const server = await serve((answer) => json(answer, 200, {}));
    const client = clientOf(server.baseUrl, { stopping: AbortSignal.abort() });
    await expect(send(client, GET)).rejects.toMatchObject({ code: "interrupted" });
    expect(server.requests).toEqual([]);
  });

  test("what is under way goes on to its end", async () => {
    const stop = new AbortController();
    const server = await serve((answer) => {
      stop.abort();
      setTimeout(() => json(answer, 200, { done: true }), 50);
    });
    const { answer } = await send(clientOf(server.baseUrl, { stopping: stop.signal }), DELETE);
    expect(answer).toMatchObject({ status: 200, text: '{"done":true}' });
  });
});

describe("work that has to end before the process", () => {
  const TIME_IS_UP = new OAuthClientsError("operation-timeout", say`Gave up.`);

  /** A client for one operation, and the two ends of its time. */
  function limited(client: HttpClient) {
    const sending = new AbortController();
    const answers = new AbortController();
    return {
      http: client.within({ sending: sending.signal, answers: answers.signal }),
      giveUp: () => sending.abort(TIME_IS_UP),
      waitNoLonger: () => answers.abort(TIME_IS_UP),
    };
  }
  const get = (http: Http) =>
    http.exchange(GET, (answer): ExchangeStep<HttpAnswer> => ({ do: "done", result: answer }));

  /** What stands before a request, and how it comes to stand there; resolves when it does. */
  const obstacles: [
    what: string,
    Partial<HttpClientOptions>,
    (client: HttpClient, asked: Promise<void>) => Promise<unknown>,
  ][] = [
    [
      "a place",
      { maxConcurrency: 1 },
      (client, asked) => {
        get(client).catch(() => {});
        return asked;
      },
    ],
    [
      "the pace",
      { maxRequestsPerSecond: 0.001 },
      (client, asked) => {
        get(client).catch(() => {});
        return asked;
      },
    ],
    [
      "the host",
      { retryBudgetMs: 700_000 },
      (client) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const hold = (): ExchangeStep<never> => {
          setImmediate(resolve);
          return { do: "retry", afterMs: 600_000, holdHost: true };
        };
        client.exchange(DELETE, hold).catch(() => {});
        return promise;
      },
    ],
    [
      "a credential",
      { credential: { ...fixedToken("token-1", say`somewhere`), headers: () => new Promise(() => {}) } },
      async () => {},
    ],
  ];
  test.each(obstacles)("sends nothing more where it waits for %s", async (_what, options, stand) => {
    const asked = Promise.withResolvers<void>();
    const stop = new AbortController();
    const server = await serve((answer, { method }) => {
      asked.resolve();
      if (method === "DELETE") json(answer, 429, {});
    });
    const client = clientOf(server.baseUrl, { ...options, stopping: stop.signal });
    await stand(client, asked.promise);
    const before = server.requests.length;
    const { http, giveUp } = limited(client);
    const waits = get(http);
    setTimeout(giveUp, 20);
    await expect(waits).rejects.toBe(TIME_IS_UP);
    await expect(get(http)).rejects.toBe(TIME_IS_UP);
    stop.abort();
    expect(server.requests).toHaveLength(before);
  });

  test("sends nothing more where it pauses between tries", async () => {
    const server = await serve((answer) => json(answer, 500, {}));
    const { http, giveUp } = limited(clientOf(server.baseUrl));
    const exchange = http.exchange(DELETE, (): ExchangeStep<never> => {
      setImmediate(giveUp);
      return { do: "retry", afterMs: 600_000, holdHost: false };
    });
    await expect(exchange).rejects.toBe(TIME_IS_UP);
    expect(server.requests).toHaveLength(1);
  });

  test("gets the answer of what is on its way", async () => {
    const server = await serve((answer) => {
      giveUp();
      setTimeout(() => json(answer, 201, { id: "client-1" }), 50);
    });
    const { http, giveUp } = limited(clientOf(server.baseUrl));
    expect(await get(http)).toMatchObject({ kind: "response", status: 201 });
  });

  test("gets no answer that nobody waits for any more, and knows that the request may have been carried out", async () => {
    const server = await serve(() => {
      giveUp();
      waitNoLonger();
    });
    const { http, giveUp, waitNoLonger } = limited(clientOf(server.baseUrl));
    const answer = await get(http);
    expect(answer).toMatchObject({ kind: "transport", reason: "aborted", maybeCarriedOut: true });
    expect(answer.kind === "transport" && String(answer.message)).toContain("may have been carried out");
  });

  test("ends no work that others wait for, too, but what nobody waits for", async () => {
    const server = await serve((answer, _request, number) => {
      if (number === 1) first.giveUp();
      if (number === 2) second.giveUp();
      json(answer, 200, {});
    });
    const client = clientOf(server.baseUrl);
    const [first, second, third] = [limited(client), limited(client), limited(client)];
    const endless = first.http.shared(async (http): Promise<never> => {
      for (;;) await get(http);
    });
    const ended = await Promise.allSettled([first.http.join(endless), second.http.join(endless)]);
    expect(ended).toMatchObject([
      { status: "rejected", reason: TIME_IS_UP },
      { status: "rejected", reason: TIME_IS_UP },
    ]);
    expect(server.requests).toHaveLength(2);
    // Whoever comes later begins it anew.
    const again = third.http.join(endless).catch((error: unknown) => error);
    await expect.poll(() => server.requests.length).toBeGreaterThan(3);
    third.giveUp();
    expect(await again).toBe(TIME_IS_UP);
  });
});

test.each([Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])("a wait of %d ms is a wait", async (ms) => {
  const stop = new AbortController();
  const server = await serve((answer) => json(answer, 200, {}));
  const waits = clientOf(server.baseUrl, { stopping: stop.signal }).exchange(
    GET,
    (): ExchangeStep<never> => ({ do: "retry", afterMs: ms, holdHost: false }),
  );
  setTimeout(() => stop.abort(), 100);
  await expect(waits).rejects.toMatchObject({ code: "interrupted" });
  expect(server.requests).toHaveLength(1);
});
