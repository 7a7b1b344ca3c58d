import { rezolve } from "pulumi-oauth-clients";
import { afterAll, beforeAll, expect, test } from "vitest";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

const BOT = {
  name: "CI bot",
  clientType: "confidential" as const,
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

test("up creates with one request, a second preview and up send none, destroy deletes with one", async () => {
  const stack = await world.stack(async () => {
    const bot = new rezolve.OAuthClient("bot", BOT);
    return {
      id: bot.id,
      clientId: bot.clientId,
      secret: bot.clientSecret,
      status: bot.status,
      revocation: bot.revocation,
    };
  });
  const up = await stack.up();
  console.log(up.text, up.outputs);
  expect(up).toMatchObject({ ok: true, requests: 1, steps: { create: 1 } });
  const again = await stack.preview();
  console.log(again.text);
  expect(again).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
  console.log(JSON.stringify((await stack.resources())[0], null, 1));
  const destroy = await stack.destroy();
  console.log(destroy.text);
  expect(destroy).toMatchObject({ ok: true, requests: 1, steps: { delete: 1 } });
  console.log(await world.receipts());
});
