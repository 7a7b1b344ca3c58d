/** A token endpoint whose tokens hardly live, under many operations. */
import { startSandbox } from "pulumi-oauth-clients-sandbox";
import { expect, onTestFinished, test } from "vitest";
import { inTurn } from "../../src/cli/in-turn.ts";
import { connectionOf, DELETE, rezolve, send } from "../connections/support.ts";
import { startTokenServer } from "../connections/token-server.ts";
import { IS_SOAK, make, named, Processes, written } from "./support.ts";

const LATENCY_MS = 100;

const told = (tokens: number, refused: number, tookMs: number) =>
  `none failed; ${tokens} tokens and ${refused} refusals in ${(tookMs / 1_000).toFixed(1)} s`;

const AUTH = { REZOLVE_AUTH_CLIENT_ID: "ci", REZOLVE_AUTH_CLIENT_SECRET: "s3cr3t-of-the-client" };

test("500 operations with tokens of one second: none fails, and tokens are asked for one at a time", async () => {
  await using processes = await Processes.open();
  const sandbox = await startSandbox({
    adminClients: [{ clientId: "ci", clientSecret: AUTH.REZOLVE_AUTH_CLIENT_SECRET, tokenLifetimeSeconds: 1 }],
    settings: { latencyMs: LATENCY_MS },
  });
  onTestFinished(() => sandbox.close());
  const provider = await processes.start({
    ...AUTH,
    REZOLVE_BASE_URL: sandbox.url,
    REZOLVE_TENANT_ID: sandbox.tenants[0].id,
    REZOLVE_TOKEN_URL: sandbox.tokenUrl,
  });
  const since = performance.now();
  const made = await inTurn(named(250), (name) => make(provider, name), 16);
  await inTurn(made, ({ id, outputs }) => provider.delete(id, outputs), 16);
  const tookMs = performance.now() - since;
  expect(sandbox.clients.count()).toBe(0);
  const tokens = sandbox.requests.count({ vendor: "oauth" });
  const refused = sandbox.requests.count({ status: 401 });
  expect(tokens).toBeGreaterThan(2);
  // Its end is a whole second (RFC 7519): one may be over at once, and the next one is asked for then; not by all at a time.
  expect(tokens).toBeLessThanOrEqual(tookMs / LATENCY_MS + 1);
  expect(refused).toBeLessThanOrEqual(16 * tokens);
  if (IS_SOAK) await written({ shortTokens: told(tokens, refused, tookMs) });
});

test("500 operations with tokens that are refused after a second, whatever they promised: none fails, and each token is replaced once for all", async () => {
  const server = await startTokenServer({ expiresIn: 3_600, lifeMs: 1_000, apiDelayMs: 100, tokenDelayMs: 50 });
  const connection = connectionOf(rezolve, {
    ...AUTH,
    REZOLVE_BASE_URL: server.baseUrl,
    REZOLVE_TOKEN_URL: server.tokenUrl,
  });
  const since = performance.now();
  const answers = await Promise.all(Array.from({ length: 500 }, () => send(connection, DELETE)));
  const tookMs = performance.now() - since;
  expect(answers.filter((answer) => answer.kind !== "response" || answer.status !== 200)).toEqual([]);
  const tokens = server.tokenRequests.length;
  const refused = server.apiRequests.length - 500;
  expect(tokens).toBeGreaterThan(2);
  expect(tokens).toBeLessThanOrEqual(tookMs / 1_000 + 1);
  // Of each token, no more than what was under way is refused.
  expect(refused).toBeLessThanOrEqual(16 * tokens);
  if (IS_SOAK) {
    await written({ refusedTokens: told(tokens, refused, tookMs) });
  }
});
