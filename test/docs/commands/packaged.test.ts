/** What the pages say of the packaged provider, typed in a folder that was empty: with a program in YAML, and on the way to it. */
import { cp, readFile, rm, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { progressOn } from "../../../tools/engine/progress.ts";
import { yamlOn } from "../../../tools/peers/languages.ts";
import { ROOT } from "../../../tools/release/packing.ts";
import { Tenant } from "../../cli/tenant.ts";
import { RUN, Typed } from "./places.ts";
import { Reader } from "./reader.ts";
import { INSTALL_LIMIT_MS, tarballs } from "./tarballs.ts";
import { vendorWords, type Words } from "./words.ts";

const yaml = await yamlOn(progressOn(process.stderr));
const settingsOf = (tenant: string) =>
  `export REZOLVE_BASE_URL=https://api.example.test REZOLVE_TENANT_ID=${tenant} REZOLVE_TOKEN=…`;
const ID = "client-550e8400-e29b-41d4-a716-446655440001";

let packed: { folder: string; words: Words };
let tenant: Tenant;
let reader: Reader;
const typed = new Typed();

describe.skipIf(!yaml.usable)(yaml.usable ? "typed" : `needs Pulumi's host for YAML: ${yaml.reason}`, () => {
  beforeAll(async () => {
    packed = await tarballs();
  }, INSTALL_LIMIT_MS);
  afterAll(() => rm(packed.folder, { recursive: true, force: true }));
  beforeEach(async () => {
    tenant = await Tenant.open();
    reader = await Reader.open();
    reader.words = [...packed.words, ...(await vendorWords("rezolve", tenant.sandbox))];
    // What is global for npm is in a folder of its own, which is on the PATH as npm's is.
    const prefix = reader.path("global");
    const folders = [join(prefix, "bin"), ...(yaml.usable ? yaml.value : [])].join(delimiter);
    await reader.type(`export npm_config_prefix="${prefix}" PATH="${folders}:$PATH"`);
  });
  afterEach(async () => {
    await reader?.close();
    await tenant?.close();
  });

  const named = (name: string) => tenant.sandbox.clients.find(name);

  /** The program in YAML of docs/packaged.md, by the name of its client's resource. */
  async function program(resource = "bot"): Promise<string> {
    const page = await readFile(join(ROOT, "docs", "packaged.md"), "utf8");
    const [, code = ""] = /^```yaml\n(name: bots\n.*?)^```/ms.exec(page) ?? [];
    return code.replaceAll(/\bbot(?=[:.])/g, resource);
  }

  /** Without what only reads. */
  const changes = () => tenant.sandbox.requests.list().filter(({ method }) => method !== "GET").length;

  test(
    "a program in YAML: installed, deployed, set up in its config, and given clients by import",
    async () => {
      const [install, life, config, more, importOne, importMany] = RUN.packaged;
      await reader.write("Pulumi.yaml", await program());
      await reader.type(typed.piece(install).code);
      await reader.type("pulumi stack init dev");
      const lived = await reader.type(typed.piece(life).code);
      expect(lived.stdout).toContain("0 tokens revoked, 0 sessions ended");
      expect(await reader.read("receipts.jsonl")).toContain('"CI bot"');

      // All settings out of the config, and the credential out of the environment again.
      await reader.type("unset REZOLVE_BASE_URL REZOLVE_TENANT_ID REZOLVE_TOKEN");
      await reader.type(typed.piece(config).code);
      await reader.type(typed.piece(more).code);
      await reader.type("unset REZOLVE_TOKEN && pulumi up");
      expect(named("CI bot")).toBeDefined();
      await reader.type("pulumi destroy");

      await reader.type(settingsOf(tenant.id));
      await reader.write("Pulumi.yaml", "name: bots\nruntime: yaml\n");
      const id = await tenant.client("rezolve", "by hand");
      tenant.sandbox.requests.clear();
      reader.words = [...reader.words, [ID, id]];
      const imported = await reader.type(typed.piece(importOne).code);
      expect(imported.stdout).toContain("type: oauth-clients:rezolve:OAuthClient");
      for (const name of ["billing-1", "billing-2"]) await tenant.client("rezolve", name);
      await reader.type("npm install pulumi-oauth-clients @pulumi/pulumi");
      await reader.type(typed.piece(importMany).code);
      expect(await reader.read("billing.yaml")).toContain("billing-2");
      const exported = JSON.parse((await reader.type("pulumi stack export")).stdout);
      const ids = exported.deployment.resources.flatMap(({ type, id: one }: { type: string; id: string }) =>
        type === "oauth-clients:rezolve:OAuthClient" ? [one] : [],
      );
      expect(ids.sort()).toEqual([id, named("billing-1")?.id, named("billing-2")?.id].sort());
    },
    INSTALL_LIMIT_MS,
  );

  test(
    "a stack of dynamic resources becomes one in YAML, and nothing is changed",
    async () => {
      const [exportOnly, moveOnly, importOnly, all] = RUN.move;
      await reader.write("Pulumi.yaml", "name: bots\nruntime: nodejs\n");
      await reader.write("package.json", JSON.stringify({ name: "bots", private: true, main: "index.ts" }));
      const [, code = ""] = /^```ts\n(.*?)^```/ms.exec(await readFile(join(ROOT, "README.md"), "utf8")) ?? [];
      await reader.write("index.ts", code);
      await reader.type("npm install pulumi-oauth-clients @pulumi/pulumi");
      await reader.type(typed.piece(RUN.packaged[0]).code);
      await reader.type("pulumi stack init dev");
      await reader.type(settingsOf(tenant.id));
      await reader.type("pulumi up");
      const before = named("CI bot")?.id;
      tenant.sandbox.requests.clear();
      // The lines of the command's help first, which leave the stack as it was until the last of them.
      for (const one of [exportOnly, moveOnly]) await reader.type(typed.piece(one).code);
      expect(typed.piece(importOnly).code).toBe("pulumi stack import --file after.json");
      await reader.write("Pulumi.yaml", await program("ci-bot"));
      const moved = await reader.type(typed.piece(all).code);
      expect(moved.stderr + moved.stdout).toContain("1 resource moved");
      expect(changes()).toBe(0);
      const { stdout } = await reader.type("pulumi preview --diff --expect-no-changes");
      expect(stdout).toContain("unchanged");
      expect(named("CI bot")?.id).toBe(before);
      await reader.type("pulumi destroy");
      expect(named("CI bot")).toBeUndefined();
    },
    INSTALL_LIMIT_MS,
  );

  test(
    "the SDK for Node.js, out of a clone, with the example of the Registry's page",
    async () => {
      const clone = reader.path("clone");
      await cp(join(ROOT, "plugin", "sdks", "nodejs"), join(clone, "plugin", "sdks", "nodejs"), { recursive: true });
      await symlink(join(ROOT, "node_modules"), join(clone, "node_modules"));
      reader.words = [...reader.words, ["../pulumi-oauth-clients/plugin", "./clone/plugin"]];
      await reader.write("Pulumi.yaml", "name: bots\nruntime: nodejs\n");
      await reader.write("package.json", JSON.stringify({ name: "bots", private: true, main: "index.ts" }));
      const page = await readFile(join(ROOT, "plugin", "docs", "_index.md"), "utf8");
      const [, code = ""] = /^```typescript\n(.*?)^```/ms.exec(page) ?? [];
      await reader.write("index.ts", code);
      await reader.type(typed.piece(RUN.packaged[0]).code);
      await reader.type(typed.piece(RUN.sdk[0]).code);
      await reader.type("pulumi stack init dev");
      await reader.type(settingsOf(tenant.id));
      await reader.type("pulumi up");
      expect((await reader.type("pulumi stack output clientId")).stdout.trim()).toBe(named("CI bot")?.clientId);
      await reader.type("pulumi destroy");
      expect(named("CI bot")).toBeUndefined();
    },
    INSTALL_LIMIT_MS,
  );

  test("nothing of this was left out", () => {
    expect(typed.missing("packaged", "sdk", "move")).toEqual([]);
  });
});
