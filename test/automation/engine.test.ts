import { CommandError, type DestroyOptions } from "@pulumi/pulumi/automation/index.js";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { destroyWithReport, RunFailed, upWithReport } from "pulumi-oauth-clients/automation";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BOT } from "../engine/clients.ts";
import { World } from "../engine/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

test("a destroy that fails while the state cannot be exported has the receipts and the engine's own error", async () => {
  const stack = await world.stack(async () => {
    const first = new rezolve.OAuthClient("first", { ...BOT, name: "First" });
    new rezolve.OAuthClient("second", { ...BOT, name: "Second" }, { dependsOn: first });
  });
  expect(await stack.up()).toMatchObject({ ok: true });
  world.sandbox.faults.add({ match: { method: "DELETE" }, skip: 1, effect: { kind: "respond", status: 403 } });
  const error: unknown = await destroyWithReport({
    workspace: stack.stack.workspace,
    destroy: (options?: DestroyOptions) => stack.stack.destroy(options),
    exportStack: () => Promise.reject(new Error("the backend is gone")),
  }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RunFailed);
  expect(error).toMatchObject({
    cause: expect.any(CommandError),
    message: expect.stringContaining("403"),
    report: {
      receipts: [{ name: "Second", outcome: "deleted" }],
      remaining: null,
      empty: null,
      problems: [expect.stringContaining("the backend is gone")],
    },
  });
});

test("an update and a destroy that removes the stack, started at once, each have their own receipts", async () => {
  const program = { status: "active" };
  const stack = await world.stack(async () => {
    const status = program.status === "deleted" ? "deleted" : "active";
    new rezolve.OAuthClient("first", { ...BOT, name: "First", status });
    const { description, initiateLoginUri, mobile } = new nexus.Client("app", {
      name: "App",
      appType: "native",
      description: "An app",
      mobile: { ios: { teamId: "TEAM" } },
    });
    return { description, initiateLoginUri, mobile };
  });
  expect(await stack.up()).toMatchObject({
    ok: true,
    outputs: { description: "An app", mobile: { ios: { teamId: "TEAM" } } },
  });
  program.status = "deleted";
  const [up, destroy] = await Promise.all([
    upWithReport(stack.stack),
    destroyWithReport(stack.stack, { remove: true }),
  ]);
  expect(up).toMatchObject({ receipts: [{ name: "First" }], empty: false, problems: [] });
  expect(destroy).toMatchObject({ receipts: [{ name: "App" }], remaining: [], empty: true, problems: [] });
});
