/** `oauth-clients adopt`: the program that it writes takes over what is there, and changes nothing. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { oauthClients } from "../cli/command.ts";
import { clientOutside, type VendorName } from "../outside.ts";
import { pulumi } from "./cli.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

/** Makes clients past Pulumi, each another one. */
async function existing(vendor: VendorName, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const name = `${vendor} service ${at}`;
    const wanted =
      vendor === "rezolve"
        ? {
            name,
            description: at % 3 === 0 ? `What "${at}" is for` : undefined,
            clientType: at % 4 === 0 ? "public" : "confidential",
            redirectUris: at % 2 === 0 ? [`https://app-${at}.example.test/callback`] : [],
            grantTypes: at % 4 === 0 ? ["authorization_code"] : ["client_credentials"],
            scopes: at % 5 === 0 ? ["users:read", "catalog:read"] : ["users:read"],
            allowedOrigins: at % 6 === 0 ? [`https://app-${at}.example.test`] : undefined,
            ipWhitelist: at % 7 === 0 ? ["192.0.2.0/24"] : undefined,
          }
        : {
            name,
            app_type: at % 2 === 0 ? "regular_web" : "spa",
            callbacks: at % 3 === 0 ? [`https://app-${at}.example.test/callback`] : [],
            grant_types: ["authorization_code"],
            client_metadata: { productName: at % 4 === 0 ? "Portal" : undefined },
          };
    await clientOutside(world, vendor, wanted);
  }
}

test.each(["rezolve", "nexus"] as const)(
  "of 30 clients of %s: up sends no PATCH, and the next preview is empty",
  async (vendor) => {
    world.reset();
    await existing(vendor, 30);
    const folder = join(world.folder, `adopt-${vendor}`);
    await mkdir(folder, { recursive: true });
    const file = join(folder, "index.ts");
    const adopted = await oauthClients(["adopt", "--vendor", vendor, "--output", file], {
      env: world.environment,
      cwd: folder,
    });
    expect(adopted).toMatchObject({ code: 0, stdout: "" });
    expect(adopted.stderr).toContain("30 of 30 clients; nobody was asked which are managed: add --stack or --managed.");
    await writeFile(
      join(folder, "Pulumi.yaml"),
      `name: adopt-${vendor}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
    );
    await writeFile(
      join(folder, "package.json"),
      JSON.stringify({ name: `adopt-${vendor}`, private: true, type: "module", main: "index.ts" }),
    );
    expect(await pulumi(folder, world.environment, "stack", "init", "test")).toMatchObject({ ok: true });
    world.sandbox.requests.clear();
    const up = await pulumi(folder, world.environment, "up", "--yes", "--skip-preview");
    expect(up.text).toContain("+ 31 created");
    expect(up.ok).toBe(true);
    for (const method of ["PATCH", "POST", "DELETE"] as const) expect(world.sandbox.requests.count({ method })).toBe(0);
    world.sandbox.requests.clear();
    const preview = await pulumi(folder, world.environment, "preview", "--expect-no-changes");
    expect(preview).toMatchObject({ ok: true });
    expect(world.sandbox.requests.count()).toBe(0);

    // What the stack has is not adopted once more, and is not listed as anybody's.
    const again = await oauthClients(["adopt", "--vendor", vendor, "--stack", "test"], {
      env: world.environment,
      cwd: folder,
    });
    expect(again.code).toBe(0);
    expect(again.stderr).toContain("0 of 30 clients; 30 are managed already.");
    const destroy = await pulumi(folder, world.environment, "destroy", "--yes", "--skip-preview");
    expect(destroy.text).toContain("protected");
    expect(world.sandbox.clients.count()).toBe(30);
  },
);
