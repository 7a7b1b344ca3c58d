import * as pulumi from "@pulumi/pulumi";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { pulumi as pulumiCommand } from "./cli.ts";
import { BOT, outputsOf } from "./clients.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

/** What the engine is told when a program registers a resource, but for what names the class itself. */
interface Registered {
  inputs: string[];
  custom: boolean;
  secrets: string[];
}

describe("a resource with the constant shell", () => {
  test("is registered just like a pulumi.dynamic.Resource", async () => {
    const inputs = { name: "CI bot", clientSecret: undefined };
    const stack = await world.stack(async () => {
      new rezolve.OAuthClient("shell", BOT, { additionalSecretOutputs: ["clientId"] });
      class Usual extends pulumi.dynamic.Resource {
        constructor(name: string, opts?: pulumi.CustomResourceOptions) {
          const provider: pulumi.dynamic.ResourceProvider = { create: async (news) => ({ id: "usual", outs: news }) };
          super(provider, name, inputs, opts, "test", "Usual");
        }
      }
      new Usual("usual", { additionalSecretOutputs: ["clientSecret"] });
    });
    expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 2 } });
    const { deployment } = await stack.stack.exportStack();
    const registered = (name: string): Registered => {
      const found = deployment.resources.find(({ urn }: { urn: string }) => urn.endsWith(`::${name}`));
      return { inputs: Object.keys(found.inputs), custom: found.custom, secrets: found.additionalSecretOutputs };
    };
    const [shell, usual] = [registered("shell"), registered("usual")];
    expect(shell.custom).toBe(usual.custom);
    expect(usual.inputs).toContain("__provider");
    expect(shell.inputs).toContain("__provider");
    expect(shell.secrets.sort()).toEqual(["clientId", "clientSecret"]);
    const types = deployment.resources.map(({ type }: { type: string }) => type);
    expect(types).toContain("pulumi-nodejs:dynamic/rezolve:OAuthClient");
    expect(types).toContain("pulumi-nodejs:dynamic/test:Usual");
    const providers = deployment.resources.filter(
      ({ type }: { type: string }) => type === "pulumi:providers:pulumi-nodejs",
    );
    expect(providers).toHaveLength(1);
    await stack.destroy();
  });

  test("is renamed by an alias and moved to another parent without a request", async () => {
    const program = { step: 0 };
    const stack = await world.stack(async () => {
      if (program.step === 0) return outputsOf(new rezolve.OAuthClient("first", BOT));
      const parent = new pulumi.ComponentResource("test:index:Parent", "parent");
      const opts = { parent, aliases: [{ name: "first", parent: pulumi.rootStackResource }] };
      return outputsOf(new rezolve.OAuthClient("second", BOT, opts));
    });
    const { outputs } = await stack.up();
    program.step = 1;
    const moved = await stack.up();
    expect(moved).toMatchObject({ ok: true, requests: 0, outputs: { id: outputs.id } });
    await stack.destroy();
  });

  test("keeps what ignoreChanges names, and is transformed", async () => {
    const program = { description: "first" };
    const stack = await world.stack(async () =>
      outputsOf(
        new rezolve.OAuthClient(
          "bot",
          { ...BOT, description: program.description },
          {
            ignoreChanges: ["description"],
            transforms: [async ({ props, opts }) => ({ props: { ...props, scopes: ["reports:read"] }, opts })],
          },
        ),
      ),
    );
    const { outputs } = await stack.up();
    expect(world.sandbox.clients.get(String(outputs.id))).toMatchObject({ scopes: ["reports:read"] });
    program.description = "second";
    expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 1 } });
    await stack.destroy();
  });

  test("is not destroyed while it is protected, and stays at the vendor with retainOnDelete", async () => {
    const program: { opts: pulumi.CustomResourceOptions } = { opts: { protect: true } };
    const stack = await world.stack(async () => outputsOf(new rezolve.OAuthClient("bot", BOT, program.opts)));
    await stack.up();
    expect(await stack.destroy()).toMatchObject({ ok: false, requests: 0 });
    program.opts = { retainOnDelete: true };
    await stack.up();
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
    expect(world.sandbox.clients.count()).toBe(1);
  });

  test("is not imported, and the class says what to do instead", async () => {
    const program = { make: () => {} };
    const stack = await world.stack(async () => program.make());
    const refused: [make: () => void, instead: string][] = [
      [() => new rezolve.OAuthClient("bot", BOT, { import: "client-1" }), 'adopt: { id: "…" }'],
      [() => new nexus.Client("bot", { name: "App", appType: "spa" }, { import: "a1" }), 'adopt: { id: "…" }'],
      [() => new nexus.ClientDeletion("bot", { targetId: "a1" }, { import: "a1" }), "there is nothing to import"],
    ];
    for (const [make, instead] of refused) {
      program.make = make;
      const up = await stack.up();
      expect(up).toMatchObject({ ok: false, requests: 0 });
      expect(up.text).toMatch(/"bot": the option import cannot work with dynamic providers/);
      expect(up.text).toContain(instead);
      expect(up.text).not.toContain("    at ");
    }
    program.make = () => new rezolve.OAuthClient("bot", BOT, { import: "" });
    expect(await stack.up()).toMatchObject({ ok: true });
    await stack.destroy();
  });

  test("is told that options are without effect which Pulumi does not hand on", async () => {
    const stack = await world.stack(async () => {
      new rezolve.OAuthClient("bot", BOT, { customTimeouts: { delete: "5m" }, replaceOnChanges: ["scopes"] });
    });
    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true });
    expect(preview.text).toMatch(/warning: .*"bot": the option customTimeouts has no effect.*retryBudgetSeconds/);
    expect(preview.text).toMatch(/warning: .*"bot": the option replaceOnChanges has no effect.*replacementTrigger/);
  });

  test("is not imported by the command line either, and the state stays as it was", async () => {
    const stack = await world.stack(async () => {});
    await stack.up();
    const { workDir } = stack.stack.workspace;
    const type = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
    const said = await pulumiCommand(
      workDir,
      world.environment,
      "import",
      type,
      "bot",
      "client-1",
      "--stack",
      "test",
      "--yes",
    );
    expect(said.ok).toBe(false);
    expect(said.text).toContain("code must be a string");
    expect(await stack.resources()).toEqual([]);
  });
});
