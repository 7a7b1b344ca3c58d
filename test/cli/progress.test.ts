/** How far a long work is stands on a terminal only while it lasts. */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Screen } from "../../tools/pictures/screen.ts";
import { Tenant } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

/** An export of a stack that has this client. */
async function exported(id: string): Promise<string> {
  const type = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
  const outputs = { tenantId: tenant.id, status: "active", name: "bot" };
  const file = tenant.file("export.json");
  const resources = [{ urn: `urn:pulumi:dev::shop::${type}::bot`, type, id, outputs }];
  await writeFile(file, JSON.stringify({ version: 3, deployment: { resources } }));
  return file;
}

test.each(["list --usage", "adopt --name-prefix bot", "impact FILE", "check"])(
  "the result of %s does not stand behind it",
  async (command) => {
    const file = await exported(await tenant.client("rezolve", "bot"));
    const args = command.replace("FILE", file).split(" ");
    const { stdout } = await tenant.runOnTerminal(args, 100);
    expect(stdout).toMatch(/looked at 1 of 1|checking /);
    const screen = new Screen(100, () => {});
    await screen.write(stdout.replaceAll("\n", "\r\n"));
    const shown = screen.lines().map((line) => line.map(({ text }) => text).join(""));
    screen.close();
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.join("\n")).not.toMatch(/looked at|checking /);
  },
);
