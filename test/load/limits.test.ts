/** Many clients against a vendor that counts requests. */
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { inTurn } from "../../src/cli/in-turn.ts";
import { type Made, make, mostWithin, named, Processes } from "./support.ts";

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
    const made = await inTurn(named(50), (name) => make(provider, name), AT_A_TIME);
    await inTurn(made, ({ id, outputs }) => provider.delete(id, outputs), AT_A_TIME);
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
      both.map((provider, at) => inTurn(named(30, `Process ${at}`), (name) => make(provider, name), AT_A_TIME)),
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
      const made: Made[] = await inTurn(named(20, `Process ${at}`), (name) => make(provider, name), AT_A_TIME);
      return new Set(made.map(({ id }) => id)).size;
    });
    expect(await Promise.all(lives)).toEqual([20, 20]);
    expect(sandbox.clients.count()).toBe(40);
    expect(turnedAway()).toBeGreaterThan(0);
  });
});
