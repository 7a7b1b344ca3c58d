import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, type Values } from "./support.ts";

const BOT: Values = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};
const UNCHANGED = { changes: false, replaces: [], deleteBeforeReplace: false };

let bench: Bench;
let settings: Record<string, unknown>;
beforeAll(async () => {
  bench = await Bench.start("rezolve:OAuthClient");
  settings = structuredClone({ ...bench.sandbox.settings });
});
afterAll(() => bench.sandbox.close());
afterEach(() => {
  const { nexus: _, ...own } = structuredClone(settings);
  Object.assign(bench.sandbox.settings, own);
  bench.reset();
});

describe("an update that is answered without a body", () => {
  test("is done, and the next one finds nothing to do", async () => {
    bench.sandbox.settings.patchStatus = 204;
    const state = await bench.create(BOT);
    const desired = { ...BOT, description: "changed", scopes: ["users:read", "users:write"], status: "inactive" };
    const updated = await bench.update(state, desired);
    expect(updated.outputs).toMatchObject({ description: "changed", status: "inactive" });
    expect(await bench.diff(updated, desired)).toEqual(UNCHANGED);
    expect(await bench.diff(await bench.refresh(updated), desired)).toEqual(UNCHANGED);
  });

  test.each<[string, unknown]>([
    ["is a web page", "<!DOCTYPE html><html>Log in</html>"],
    ["is a text", "OK"],
    ["is another API's JSON", { ok: true }],
    ["says that it failed", { success: false, error: { code: "LOCKED", message: "It is locked" } }],
  ])("is not done where the body %s", async (_, body) => {
    const state = await bench.create(BOT);
    bench.sandbox.faults.add({
      match: { method: "PATCH" },
      effect: { kind: "respond", status: 200, body, contentType: "text/plain" },
    });
    await expect(bench.update(state, { ...BOT, description: "changed" })).rejects.toThrow();
    expect(bench.sandbox.clients.get(state.id)?.description).not.toBe("changed");
  });
});

test("a rotation is no lost one where the new secret stands beside a null", async () => {
  bench.sandbox.settings.rotation.field = "new-beside-null";
  const state = await bench.create(BOT);
  const rotated = await bench.update(state, { ...BOT, rotateSecretWhen: "now" });
  expect(rotated.outputs.clientSecret).not.toBe(state.outputs.clientSecret);
  // The creation, and one rotation.
  expect(bench.sandbox.requests.count({ method: "POST" })).toBe(2);
});

test("after a lost creation, an error that is nested without end does not hide what may have been left behind", async () => {
  const body = `{"success":false,"error":{"message":"M","details":{"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}}}`;
  bench.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "respond-after", status: 500, body } });
  const state = await bench.create(BOT);
  expect(bench.sandbox.clients.list()).toMatchObject([{ id: state.id }]);
});
