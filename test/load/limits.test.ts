/** Many clients against a vendor that counts requests. */
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { each, type Made, make, mostWithin, named, Processes } from "./support.ts";

const A_SECOND = 20;
const AT_A_TIME = 16;

let sandbox: Sandbox;
let environment: Record<string, string>;
beforeAll(async () => {
  sandbox = await startSandbox({
    settings: { rateLimit: { limit: A_SECOND, windowSeconds: 1 }, retryAfter: "seconds" },
  });
  environment = {
    REZOLVE_BASE_URL: sandbox.url,
    REZOLVE_TENANT_ID: sandbox.tenants[0].id,
    REZOLVE_TOKEN: await sandbox.adminToken(),
  };
});
afterAll(() => sandbox.close());
afterEach(() => {
  sandbox.requests.clear();
  for (const { id } of sandbox.clients.list()) sandbox.clients.remove(id, "hard");
});

const turnedAway = () => sandbox.requests.count({ status: 429 });

describe(`a vendor that takes ${A_SECOND} requests a second`, () => {
  test("never has to turn one away where maxRequestsPerSecond says so", async () => {
    await using processes = await Processes.open();
    const provider = await processes.start({ ...environment, REZOLVE_MAX_REQUESTS_PER_SECOND: String(A_SECOND) });
    const made = await each(named(50), AT_A_TIME, (name) => make(provider, name));
    await each(made, AT_A_TIME, ({ id, outputs }) => provider.delete(id, outputs));
    expect(sandbox.clients.count()).toBe(0);
    expect(sandbox.requests.length).toBe(100);
    expect(turnedAway()).toBe(0);
    expect(mostWithin(sandbox.requests.list())).toBeLessThanOrEqual(A_SECOND);
  });

  test("never has to turn one away where two processes have half of it each", async () => {
    await using processes = await Processes.open();
    const half = { ...environment, REZOLVE_MAX_REQUESTS_PER_SECOND: String(A_SECOND / 2) };
    const both = await Promise.all([processes.start(half), processes.start(half)]);
    await Promise.all(
      both.map((provider, at) => each(named(30, `Process ${at}`), AT_A_TIME, (name) => make(provider, name))),
    );
    expect(sandbox.clients.count()).toBe(60);
    expect(turnedAway()).toBe(0);
    expect(mostWithin(sandbox.requests.list())).toBeLessThanOrEqual(A_SECOND);
  });

  test("turns away where nothing is set, and two processes that do not know of each other get through", async () => {
    await using processes = await Processes.open();
    // So few that no machine is too slow to ask for more.
    sandbox.settings.rateLimit = { limit: 5, windowSeconds: 1 };
    const both = await Promise.all([processes.start(environment), processes.start(environment)]);
    const lives = both.map(async (provider, at) => {
      const made: Made[] = await each(named(20, `Process ${at}`), AT_A_TIME, (name) => make(provider, name));
      return new Set(made.map(({ id }) => id)).size;
    });
    expect(await Promise.all(lives)).toEqual([20, 20]);
    expect(sandbox.clients.count()).toBe(40);
    expect(turnedAway()).toBeGreaterThan(0);
  });
});
