/** The packaged provider on the real engine. */
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { World } from "../engine/world.ts";

const BIN = fileURLToPath(new URL("../../plugin/bin", import.meta.url));

const BOT = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
beforeEach(() => {
  world.reset();
  world.environment.PATH = `${BIN}${delimiter}${world.environment.PATH}`;
});

/** A resource of the package, without a generated SDK. */
class Packaged extends pulumi.CustomResource {
  declare readonly clientId: pulumi.Output<string>;
  declare readonly clientSecret: pulumi.Output<string>;

  constructor(type: string, name: string, args: Record<string, unknown>, opts?: pulumi.CustomResourceOptions) {
    super(`oauth-clients:${type}`, name, { clientId: undefined, clientSecret: undefined, ...args }, opts);
  }
}

test("up, preview, an update, and a destroy with counts at the resource", async () => {
  const program = { args: { ...BOT, description: "first" } };
  const stack = await world.stack(async () => {
    const { id, clientId, clientSecret } = new Packaged("rezolve:OAuthClient", "bot", program.args);
    return { id, clientId, clientSecret };
  });
  const made = await stack.up();
  console.log(made.text);
  expect(made).toMatchObject({ ok: true, requests: 1, steps: { create: 1 } });
  expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
  program.args = { ...BOT, description: "second" };
  expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
  console.log(JSON.stringify((await stack.stack.exportStack()).deployment.resources, null, 1));
  const gone = await stack.destroy();
  console.log(gone.text);
  expect(gone).toMatchObject({ ok: true, requests: 1, steps: { delete: 1 } });
});
