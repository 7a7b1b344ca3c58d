import { rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BOT } from "./clients.ts";
import { World } from "./world.ts";

const CLIENTS = 50;
const ADMIN = { clientId: "ci", clientSecret: "synthetic-admin-secret" };

let world: World;
beforeAll(async () => {
  // Longer than any command here: what expires does so because a test says so.
  world = await World.create({ adminClients: [{ ...ADMIN, tokenLifetimeSeconds: 600 }] });
  delete world.environment.REZOLVE_TOKEN;
  Object.assign(world.environment, {
    REZOLVE_TOKEN_URL: world.sandbox.tokenUrl,
    REZOLVE_AUTH_CLIENT_ID: ADMIN.clientId,
    REZOLVE_AUTH_CLIENT_SECRET: ADMIN.clientSecret,
  });
});
afterAll(() => world.close());

test("a token that expires in the middle of a destroy of 50 clients is fetched once more, and nothing fails", async () => {
  const stack = await world.stack(async () => {
    for (let index = 0; index < CLIENTS; index += 1)
      new rezolve.OAuthClient(`bot-${index}`, { ...BOT, name: `Bot ${index}` });
  });
  const preview = await stack.preview();
  expect(preview).toMatchObject({ ok: true, requests: 0 });
  const up = await stack.up();
  expect(up.text).not.toContain("error");
  expect(up.ok).toBe(true);
  expect(world.sandbox.requests.count({ vendor: "oauth" })).toBe(1);

  // The next token is over in a few seconds, although the token endpoint promises an hour; the deletions take longer.
  world.sandbox.requests.clear();
  world.sandbox.settings.latencyMs = 600;
  world.environment.REZOLVE_MAX_CONCURRENCY = "3";
  const brief = await world.sandbox.adminToken({ expiresInSeconds: 7 });
  world.sandbox.faults.add({
    match: { vendor: "oauth" },
    effect: { kind: "respond", status: 200, body: { access_token: brief, token_type: "Bearer", expires_in: 3_600 } },
  });
  const destroy = await stack.destroy();
  world.sandbox.settings.latencyMs = 0;

  expect(destroy.ok).toBe(true);
  expect(world.sandbox.clients.count()).toBe(0);
  expect(world.sandbox.requests.count({ vendor: "oauth" })).toBe(2);
  const statuses = world.sandbox.requests.list({ method: "DELETE" }).map(({ status }) => status);
  expect(statuses[0]).toBe(200);
  expect(statuses).toContain(401);
  expect(statuses.filter((status) => status === 401).length).toBeLessThan(10);
  expect(world.sandbox.requests.count({ method: "DELETE", status: 200 })).toBe(CLIENTS);
  const receipts = await world.receipts();
  expect(receipts).toHaveLength(CLIENTS);
  expect(receipts.every(({ outcome, tokensRevoked }) => outcome === "deleted" && tokensRevoked === 0)).toBe(true);
  for (const said of [destroy.text, JSON.stringify(destroy.events)]) {
    expect(said).not.toContain(ADMIN.clientSecret);
    expect(said).not.toContain(brief);
  }
});
