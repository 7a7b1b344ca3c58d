import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { upgradeProgram } from "./upgrade-program.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

test("a stack of version 0.1.0 shows no change and sends no request", async () => {
  const [, other] = world.sandbox.tenants;
  const places = { otherTenantId: other?.id ?? "", realmName: other?.realmName ?? "" };
  const program = { isOn: false };
  const stack = await world.stack(async () => {
    if (program.isOn) upgradeProgram(places, 2);
  });
  // So that the stack has its own way to keep secrets.
  await stack.up();
  const { name } = await stack.stack.workspace.projectSettings();
  const text = await readFile(new URL("state-of-0.1.0.json", import.meta.url), "utf8");
  const resources: unknown = JSON.parse(
    text.replaceAll("http://vendor.example.test", world.sandbox.url).replaceAll("upgraded", name),
  );
  const { version, deployment } = await stack.stack.exportStack();
  await stack.stack.importStack({ version, deployment: { ...deployment, resources } });
  program.isOn = true;
  const recorded = async () =>
    (await stack.resources())
      .map(({ urn, id, outputs }) => ({ urn, id, outputs }))
      .sort((one, other) => one.urn.localeCompare(other.urn));
  const before = await recorded();
  expect(before).toHaveLength(12);
  expect(await stack.preview()).toMatchObject({ ok: true, requests: 0, steps: { same: 12 } });
  expect(await stack.up()).toMatchObject({ ok: true, requests: 0, steps: { same: 12 } });
  expect(await recorded()).toEqual(before);
});
