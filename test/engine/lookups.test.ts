import * as pulumi from "@pulumi/pulumi";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BOT } from "./clients.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterEach(() => world.reset());
afterAll(() => world.close());

/** Look-ups run in the program's process, which is this one here. */
function inEnvironment<Result>(program: () => Promise<Result>): () => Promise<Result> {
  return async () => {
    Object.assign(process.env, world.environment);
    return program();
  };
}

test("a program looks clients up, in its preview too, and gives what it finds to resources", async () => {
  const first = await world.stack(async () => {
    for (const name of ["partner-a", "partner-b", "other"]) new rezolve.OAuthClient(name, { ...BOT, name });
    new nexus.Client("portal", { name: "portal", appType: "spa" });
  });
  expect(await first.up()).toMatchObject({ ok: true });

  const second = await world.stack(
    inEnvironment(async () => {
      const partners = await rezolve.getOAuthClients({ namePrefix: "partner-" });
      const [portal] = await nexus.getClients({ name: "portal" });
      const later = rezolve.getOAuthClientsOutput({ name: pulumi.output("other") });
      const read = rezolve.OAuthClient.get("read", { name: "partner-b" });
      const byClientId = rezolve.OAuthClient.get("by-client-id", { clientId: partners[0]?.clientId ?? "" });
      return {
        names: partners.map(({ name }) => name),
        portal: portal?.id,
        later: later.apply((found) => found.map(({ name }) => name)),
        read: read.clientId,
        byClientId: byClientId.name,
      };
    }),
  );
  const outputs = { names: ["partner-a", "partner-b"], later: ["other"], byClientId: "partner-a" };
  expect((await second.preview()).text).toContain("partner-a");
  const up = await second.up();
  expect(up).toMatchObject({ ok: true, outputs });
  expect(up.outputs.portal).toBeTruthy();
  expect(up.outputs.read).toMatch(/^partner_b_/);
  await second.destroy();
  expect(world.sandbox.clients.count()).toBe(4);
  await first.destroy();
});

test("what cannot be looked up fails the program with the words of the resources", async () => {
  const stack = await world.stack(
    inEnvironment(async () => {
      rezolve.OAuthClient.get("nobody", { name: "nobody" });
    }),
  );
  const preview = await stack.preview();
  expect(preview.ok).toBe(false);
  expect(preview.text).toContain('There is no OAuth client {"name":"nobody"}.');
});
