/** The packaged provider on the real engine. */
import type * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { World } from "../engine/world.ts";
import { clientOutside } from "../outside.ts";
import { Packaged, withPlugin } from "./packaged.ts";

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
  withPlugin(world);
});

const APP = { name: "Portal", appType: "regular_web" };

describe.each([
  ["rezolve:OAuthClient", BOT, { description: "other" }],
  ["nexus:Client", APP, { productName: "other" }],
] as const)("a %s", (kind, args, change) => {
  const isRezolve = kind === "rezolve:OAuthClient";
  const counts = isRezolve ? "0 tokens revoked, 0 sessions ended" : "the vendor gives no counts";

  /** A program with one client, which a test changes between runs. */
  function programOf(program: { args: object; opts?: pulumi.CustomResourceOptions }) {
    return async () => {
      const { id, clientSecret } = new Packaged(kind, "bot", program.args, program.opts);
      return { id, clientSecret };
    };
  }

  test("is created with one request, previewed without, changed in place, and destroyed with counts", async () => {
    const program = { args: { ...args } as object };
    const stack = await world.stack(programOf(program));
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { create: 1 } });
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    program.args = { ...args, ...change };
    const preview = await stack.preview({ diff: true });
    expect(preview).toMatchObject({ ok: true, requests: 0, steps: { update: 1 } });
    expect(preview.text).toContain(Object.keys(change)[0]);
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
    expect(await stack.refresh()).toMatchObject({ ok: true, steps: { refresh: 1 } });
    const gone = await stack.destroy();
    expect(gone).toMatchObject({ ok: true, steps: { delete: 1 } });
    expect(gone.text).toContain(counts);
    expect(gone.text).not.toContain("exited prematurely");
    expect(world.sandbox.clients.list()).toEqual([]);
  });

  test("becomes a tombstone, and comes back as another one that knows what the deletion did", async () => {
    const program = { args: { ...args } as object };
    const stack = await world.stack(programOf(program));
    await stack.up();
    program.args = { ...args, status: "deleted" };
    const retired = await stack.up();
    expect(retired).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
    const [tombstone] = await stack.resources();
    expect(tombstone?.outputs).toMatchObject({ status: "deleted", revocation: { outcome: "deleted" } });
    program.args = { ...args };
    expect(await stack.up()).toMatchObject({ ok: true, steps: { "delete-replaced": 1, "create-replacement": 1 } });
    const [again] = await stack.resources();
    expect(again?.outputs).toMatchObject({ status: "active", previousRevocation: { outcome: "deleted" } });
    await stack.destroy();
  });

  test("is imported as it is, and the program that describes it changes nothing", async () => {
    const { id } = await clientOutside(world, isRezolve ? "rezolve" : "nexus", { name: "by hand" });
    const seen = world.sandbox.clients.get(id);
    const own = isRezolve
      ? {
          ...BOT,
          name: "by hand",
          scopes: seen?.scopes,
          grantTypes: seen?.grantTypes,
          redirectUris: seen?.redirectUris,
        }
      : { ...APP, name: "by hand", appType: "non_interactive" };
    const program = { args: own as object, opts: { import: id } as pulumi.CustomResourceOptions };
    const stack = await world.stack(programOf(program));
    const imported = await stack.up();
    expect(imported.text).toMatch(/imported/);
    expect(imported).toMatchObject({ ok: true, steps: { import: 1 } });
    expect((await stack.resources())[0]).toMatchObject({ id });
    program.opts = {};
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    await stack.destroy();
    expect(world.sandbox.clients.get(id)?.deletion ?? null).toBeNull();
  });
});
