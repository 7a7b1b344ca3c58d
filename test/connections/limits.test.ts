import { describe, expect, test } from "vitest";
import { TimeLimit } from "../../src/connections/time-limit.ts";
import { connectionOf, GET, nexus, processWith, rezolve, send, serve, type Texts } from "./support.ts";
import { delay, startTokenServer } from "./token-server.ts";

async function start(env: Texts, delayMs = 0, stopping?: AbortSignal) {
  const arrivals: { path: string; at: number }[] = [];
  let underWay = 0;
  let most = 0;
  const baseUrl = await serve(async (request, response) => {
    arrivals.push({ path: request.url ?? "", at: performance.now() });
    underWay += 1;
    most = Math.max(most, underWay);
    await delay(delayMs);
    underWay -= 1;
    response.end("{}");
  });
  const settings = { REZOLVE_BASE_URL: baseUrl, REZOLVE_TOKEN: "token-1", ...env };
  const connection = connectionOf(rezolve, settings, stopping === undefined ? {} : { stopping });
  return { connection, arrivals, most: () => most };
}

const numbered = (index: number) => ({ ...GET, path: `/${index}` });

describe("maxRequestsPerSecond", () => {
  test("keeps requests apart, in the order they came", async () => {
    const { connection, arrivals } = await start({ REZOLVE_MAX_REQUESTS_PER_SECOND: "20" });
    const began = performance.now();
    await Promise.all(Array.from({ length: 11 }, (_, index) => send(connection, numbered(index))));
    // Ten gaps of 50 ms.
    expect(performance.now() - began).toBeGreaterThanOrEqual(495);
    expect(arrivals.map(({ path }) => path)).toEqual(Array.from({ length: 11 }, (_, index) => `/${index}`));
    // None leaves before its turn; how late one arrives is the machine's affair.
    for (const [index, { at }] of arrivals.entries()) expect(at - began).toBeGreaterThanOrEqual(index * 50 - 5);
  });

  test("also less than one", async () => {
    const { connection } = await start({ REZOLVE_MAX_REQUESTS_PER_SECOND: "0.5" });
    await send(connection);
    const second = send(connection);
    const early = await Promise.race([second, delay(500).then(() => "still waiting")]);
    expect(early).toBe("still waiting");
    await second;
  });

  test("does not use up the time for retries", async () => {
    const { connection } = await start({
      REZOLVE_MAX_REQUESTS_PER_SECOND: "10",
      REZOLVE_RETRY_BUDGET_SECONDS: "0.2",
    });
    const elapsed = await Promise.all(
      Array.from({ length: 6 }, () =>
        connection.http.exchange(GET, (_answer, history) => ({ do: "done", result: history.elapsedMs })),
      ),
    );
    expect(Math.max(...elapsed)).toBeLessThan(200);
  });

  test("does not use up the time for retries of a request that is tried again either", async () => {
    const { connection, arrivals } = await start({
      REZOLVE_MAX_REQUESTS_PER_SECOND: "4",
      REZOLVE_RETRY_BUDGET_SECONDS: "0.2",
    });
    const tries = await connection.http.exchange(GET, (_answer, { attempt, elapsedMs }) =>
      attempt < 4 && elapsedMs < 200 ? { do: "retry", afterMs: 0, holdHost: false } : { do: "done", result: attempt },
    );
    expect(tries).toBe(4);
    expect(arrivals).toHaveLength(4);
  });

  test.each(["0.004", "0.001"])("however few (%s) leaves an operation its time", async (few) => {
    const { connection } = await start({ REZOLVE_MAX_REQUESTS_PER_SECOND: few });
    const limit = new TimeLimit(new AbortController().signal);
    limit.start(connection.operationLimitMs, "deletion");
    expect(await limit.race(delay(50).then(() => "done"))).toBe("done");
  });

  test("is off by default", async () => {
    const { connection, arrivals } = await start({ REZOLVE_MAX_CONCURRENCY: "100" }, 50);
    const began = performance.now();
    await Promise.all(Array.from({ length: 100 }, () => send(connection)));
    expect(arrivals).toHaveLength(100);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("maxConcurrency", () => {
  test("is how many requests are under way at a time, in the order they came", async () => {
    const { connection, arrivals, most } = await start({ REZOLVE_MAX_CONCURRENCY: "3" }, 20);
    await Promise.all(Array.from({ length: 12 }, (_, index) => send(connection, numbered(index))));
    expect(most()).toBe(3);
    const order = arrivals.map(({ path }) => Number(path.slice(1)));
    // Three connections race each other; the fourth request comes after the first.
    for (const [place, index] of order.entries()) expect(Math.abs(index - place)).toBeLessThan(3);
  });
});

describe("a host that wants patience", () => {
  const HELD_MS = 300;

  /** A host, two connections of one process to it, and one of another process. */
  async function connections() {
    const arrivals: string[] = [];
    const baseUrl = await serve((request, response) => {
      arrivals.push(request.url ?? "");
      response.end("{}");
    });
    const settings = {
      REZOLVE_BASE_URL: `${baseUrl}/rezolve`,
      REZOLVE_TOKEN: "token-1",
      NEXUS_BASE_URL: `${baseUrl}/nexus`,
      NEXUS_TOKEN: "token-1",
      NEXUS_APPLICATION_TOKEN: "token-2",
    };
    const connection = processWith(settings);
    return {
      arrivals,
      one: connection(rezolve, "default"),
      other: connection(nexus, "default"),
      elsewhere: processWith(settings)(rezolve, "default"),
    };
  }

  test("gets it from every connection of the process, whatever its vendor, and from no other process", async () => {
    const { arrivals, one, other, elsewhere } = await connections();
    const held = Promise.withResolvers<void>();
    const again = one.http.exchange(GET, (_answer, { attempt }) => {
      if (attempt > 1) return { do: "done", result: null };
      setImmediate(held.resolve);
      return { do: "retry", afterMs: HELD_MS, holdHost: true };
    });
    await held.promise;
    const waits = send(other);
    await send(elsewhere);
    await delay(HELD_MS / 3);
    expect(arrivals).toEqual(["/rezolve/things", "/rezolve/things"]);
    await Promise.all([again, waits]);
    expect(arrivals).toHaveLength(4);
    expect(arrivals).toContain("/nexus/things");
  });

  test("is not met by all who waited, and in the end by as many as may be", async () => {
    const AT_ONCE = 8;
    let [turnedAway, underWay, answered, most] = [0, 0, 0, 0];
    const storms: string[] = [];
    const baseUrl = await serve(async (_request, response) => {
      underWay += 1;
      // As many as are on their way with the first.
      const isFirst = answered === 0 && turnedAway < AT_ONCE;
      if (!isFirst && underWay > answered + 1) storms.push(`${underWay} at once after ${answered} answers`);
      most = Math.max(most, isFirst ? 0 : underWay);
      await delay(isFirst ? 0 : 100);
      underWay -= 1;
      if (isFirst) {
        turnedAway += 1;
        response.writeHead(429, { "retry-after": "0" }).end();
        return;
      }
      answered += 1;
      response.end("{}");
    });
    const connection = connectionOf(rezolve, {
      REZOLVE_BASE_URL: baseUrl,
      REZOLVE_TOKEN: "token-1",
      REZOLVE_MAX_CONCURRENCY: String(AT_ONCE),
    });
    const answers = await Promise.all(Array.from({ length: 60 }, () => send(connection)));
    expect(answers.filter((answer) => answer.kind !== "response" || answer.status !== 200)).toEqual([]);
    expect(turnedAway).toBeGreaterThan(0);
    expect(storms).toEqual([]);
    expect(most).toBe(AT_ONCE);
  });

  test("gets it for its tokens, too", async () => {
    const server = await startTokenServer();
    const { http } = connectionOf(rezolve, {
      REZOLVE_BASE_URL: server.baseUrl,
      REZOLVE_TOKEN_URL: server.tokenUrl,
      REZOLVE_AUTH_CLIENT_ID: "ci",
      REZOLVE_AUTH_CLIENT_SECRET: "s3cr3t",
    });
    const held = Promise.withResolvers<number>();
    const again = http.exchange(GET, (_answer, { attempt }) => {
      if (attempt > 1) return { do: "done", result: null };
      setImmediate(() => held.resolve(performance.now()));
      return { do: "retry", afterMs: HELD_MS, holdHost: true };
    });
    const since = await held.promise;
    expect(await http.credential.refresh(await http.credential.headers())).toBe(true);
    expect(performance.now() - since).toBeGreaterThanOrEqual(HELD_MS - 20);
    expect(server.tokenRequests).toHaveLength(2);
    await again;
  });
});

describe("an interrupt", () => {
  test("lets go of all who wait for their turn at once, and what is under way goes on", async () => {
    const stop = new AbortController();
    const { connection, arrivals } = await start({ REZOLVE_MAX_CONCURRENCY: "1" }, 150, stop.signal);
    const sent = Array.from({ length: 5 }, () => send(connection).catch((error: unknown) => String(error)));
    await delay(50);
    stop.abort();
    const waited = await Promise.race([Promise.all(sent.slice(1)), delay(60)]);
    expect(waited).toHaveLength(4);
    for (const error of waited ?? []) expect(error).toMatch(/^Interrupted/);
    expect(await sent[0]).toMatchObject({ status: 200 });
    expect(arrivals).toHaveLength(1);
  });

  test("lets go of who waits for the pace", async () => {
    const stop = new AbortController();
    const { connection } = await start({ REZOLVE_MAX_REQUESTS_PER_SECOND: "0.01" }, 0, stop.signal);
    await send(connection);
    const second = send(connection);
    await delay(20);
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: "interrupted" });
  });
});
