/** By the code of an error, docs/troubleshooting.md says what to do: Pulumi shows it, whatever was being done. */
import type { rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { clientOutside } from "../outside.ts";
import { BOT, oneClient } from "./clients.ts";
import { type Run, World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(() => world.reset());

/** The diagnostics of a run that name a code. */
function codesIn({ events }: Run): string[] {
  return events.flatMap(({ diagnosticEvent }) => diagnosticEvent?.message.match(/\[[a-z]+(?:-[a-z]+)+\]/g) ?? []);
}

describe("the code is shown once", () => {
  test("where a creation finds the name taken", async () => {
    await clientOutside(world, "rezolve", { name: BOT.name });
    const stack = await world.stack(oneClient({ args: BOT }));
    expect(codesIn(await stack.up())).toEqual(["[name-taken]"]);
  });

  test("where the client of an adoption is missing", async () => {
    const adopt = { id: "client-550e8400-e29b-41d4-a716-446655440099" };
    const stack = await world.stack(oneClient({ args: { ...BOT, adopt } }));
    expect(codesIn(await stack.up())).toEqual(["[client-missing]"]);
  });

  test("where settings are missing, in a preview too", async () => {
    const stack = await world.stack(oneClient({ args: BOT }));
    delete world.environment.REZOLVE_BASE_URL;
    expect(codesIn(await stack.preview())).toEqual(["[configuration-invalid]"]);
    expect(codesIn(await stack.up())).toEqual(["[configuration-invalid]"]);
  });

  test("where an update finds no client, and a refresh and a destroy are not let in", async () => {
    const program: { args: rezolve.OAuthClientArgs } = { args: BOT };
    const stack = await world.stack(oneClient(program));
    expect(codesIn(await stack.up())).toEqual([]);
    const [{ id = "" } = {}] = await stack.resources();
    world.sandbox.clients.remove(id, "hard");
    program.args = { ...BOT, scopes: ["users:write"] };
    expect(codesIn(await stack.up())).toEqual(["[client-missing]"]);
    world.environment.REZOLVE_TOKEN = "wrong";
    expect(codesIn(await stack.refresh())).toEqual(["[credentials-rejected]"]);
    expect(codesIn(await stack.destroy())).toEqual(["[credentials-rejected]"]);
    world.environment.REZOLVE_TOKEN = world.token;
    expect(await stack.destroy()).toMatchObject({ ok: true });
  });

  test("where a client was made that is not as it should be", async () => {
    world.sandbox.faults.add({ match: { method: "PATCH" }, effect: { kind: "respond", status: 400 } });
    const stack = await world.stack(oneClient({ args: { ...BOT, status: "inactive" } }));
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(codesIn(up)).toEqual(["[vendor-refused]"]);
    world.sandbox.faults.clear();
    await stack.destroy();
  });
});
