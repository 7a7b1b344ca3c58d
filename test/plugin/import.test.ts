/** `pulumi import` of the packaged provider: the real command line, and code that the real host for YAML generates. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { progressOn } from "../../tools/engine/progress.ts";
import { yamlOn } from "../../tools/peers/languages.ts";
import { oauthClients } from "../cli/command.ts";
import { pulumi } from "../engine/cli.ts";
import { type StateResource, World } from "../engine/world.ts";
import { clientOutside, KINDS, outside, VENDORS, type VendorName } from "../outside.ts";
import { withPlugin } from "./packaged.ts";

const yaml = await yamlOn(progressOn(process.stderr));

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
beforeEach(() => {
  world.reset();
  Object.assign(world.sandbox.settings.rezolve, { deletion: "hard", softDeletedGet: "404" });
  withPlugin(world);
  if (yaml.usable) world.environment.PATH = [...yaml.value, world.environment.PATH].join(delimiter);
});

/** Requests since the last time, as `GET 200`. */
function requests(): string[] {
  const seen = world.sandbox.requests.list().map(({ method, status }) => `${method} ${status}`);
  world.sandbox.requests.clear();
  return seen;
}

let projects = 0;

/** A project of YAML with a stack, and commands in it. */
class YamlProject {
  readonly folder: string;
  readonly #head: string;

  private constructor(folder: string, name: string) {
    this.folder = folder;
    this.#head = `name: ${name}\nruntime: yaml\n`;
  }

  static async create(): Promise<YamlProject> {
    projects += 1;
    const name = `import-${projects}`;
    const project = new YamlProject(join(world.folder, name), name);
    await mkdir(project.folder);
    await writeFile(join(project.folder, "Pulumi.yaml"), project.#head);
    expect(await project.run("stack", "init", "dev")).toMatchObject({ ok: true });
    requests();
    return project;
  }

  run = (...args: string[]) => pulumi(this.folder, world.environment, ...args);

  import = (...args: string[]) => this.run("import", ...args, "--yes", "--out", "generated.yaml");

  /** The code that the last import generated. */
  generated = () => readFile(join(this.folder, "generated.yaml"), "utf8");

  async resources(): Promise<StateResource[]> {
    const { text } = await this.run("stack", "export");
    const all: StateResource[] = JSON.parse(text).deployment.resources ?? [];
    return all.filter(({ type }) => type.startsWith("oauth-clients:"));
  }

  /** Puts generated code into the program, which then is all that there is. */
  async assertDescribed(code: string): Promise<void> {
    await writeFile(join(this.folder, "Pulumi.yaml"), this.#head + code);
    requests();
    const preview = await this.run("preview", "--diff", "--expect-no-changes");
    expect(preview).toMatchObject({ ok: true, text: expect.stringContaining("unchanged") });
    expect(requests()).toEqual([]);
    expect(await this.run("up", "--yes", "--refresh", "--skip-preview", "--expect-no-changes")).toMatchObject({
      ok: true,
    });
    expect(requests().filter((request) => !request.startsWith("GET"))).toEqual([]);
    expect(await this.run("preview", "--expect-no-changes")).toMatchObject({ ok: true });
  }
}

/** Clients with more than the least, as the vendor's API has them. */
const BY_HAND: Record<VendorName, Record<string, unknown>> = {
  rezolve: {
    name: "by hand",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the program's language would take for a value of its own
    description: 'it\'s ${theirs}: #1 "quoted"\nand a second line',
    redirectUris: ["https://app.example.test/callback"],
    grantTypes: ["authorization_code", "refresh_token"],
    allowedOrigins: ["https://app.example.test"],
  },
  nexus: {
    name: "by hand",
    app_type: "regular_web",
    callbacks: ["https://app.example.test/callback"],
    grant_types: ["authorization_code", "refresh_token"],
  },
};

describe.skipIf(!yaml.usable).each(VENDORS)("a client of %s", (vendor) => {
  const type = `oauth-clients:${KINDS[vendor].client}`;

  test("is imported, and the code that Pulumi writes describes it as it is", async () => {
    const { id, clientSecret } = await clientOutside(world, vendor, BY_HAND[vendor]);
    const project = await YamlProject.create();
    const imported = await project.import(type, "bot", id);
    expect(imported).toMatchObject({ ok: true, text: expect.stringMatching(/imported/) });
    expect(imported.text).not.toContain("failed to validate");
    expect(imported.text).toContain("cannot be read, so clientSecret is null");
    expect(new Set(requests())).toEqual(new Set(["GET 200"]));
    const [resource, ...others] = await project.resources();
    expect(others).toEqual([]);
    expect(resource).toMatchObject({ id, outputs: { clientSecret: null, status: "active" } });
    const written = JSON.stringify(resource) + (await project.generated());
    if (vendor === "rezolve") expect(clientSecret).not.toBeNull();
    if (clientSecret !== null) expect(imported.text + written).not.toContain(clientSecret);
    await project.assertDescribed(await project.generated());
  });

  test("that is not there, is deleted or is in another tenant is none that is imported", async () => {
    const dead = await clientOutside(world, vendor, { name: "dead" });
    await outside(world, vendor, "DELETE", `/${dead.id}`);
    const other = await clientOutside(world, vendor, { name: "other" });
    const project = await YamlProject.create();
    const absent = vendor === "rezolve" ? "client-00000000-0000-4000-8000-000000000009" : "absent";
    for (const id of [absent, dead.id]) {
      const refused = await project.import(type, "bot", id);
      expect(refused.ok).toBe(false);
      expect(refused.text).toMatch(
        /Cannot import OAuth client \(\S+\) in tenant \S+: it is not there.*\[client-missing\]/,
      );
    }
    world.environment[`${vendor.toUpperCase()}_TENANT_ID`] = world.sandbox.tenants[1]?.id ?? "";
    const elsewhere = await project.import(type, "bot", other.id);
    expect(elsewhere).toMatchObject({ ok: false, text: expect.stringMatching(/Cannot import OAuth client .*\[/) });
    expect(elsewhere.text).toContain(world.sandbox.tenants[1]?.id);
    expect(await project.resources()).toEqual([]);
    expect(requests().filter((request) => !request.startsWith("GET"))).toEqual([]);
  });

  test("by a file of `oauth-clients list`: all that no stack has, under names of their own", async () => {
    for (const name of ["CI bot", "ci-bot", "Büro 7", "7 dwarves", "…"]) await clientOutside(world, vendor, { name });
    const managed = await clientOutside(world, vendor, { name: "managed" });
    const project = await YamlProject.create();
    expect(await project.import(type, "managed", managed.id)).toMatchObject({ ok: true });
    const code = await project.generated();
    const listed = await oauthClients(
      ["list", "--vendor", vendor, "--stack", "dev", "--format", "pulumi-import", "--output", "clients.json"],
      { cwd: project.folder, env: world.environment },
    );
    expect(listed).toMatchObject({ code: 0, stderr: "5 resources to import.\n" });
    const { resources } = JSON.parse(await readFile(join(project.folder, "clients.json"), "utf8"));
    expect(resources.map(({ name }: { name: string }) => name).sort()).toEqual([
      "7-dwarves",
      "buro-7",
      "ci-bot",
      "ci-bot-2",
      "client",
    ]);
    requests();
    expect(await project.import("--file", "clients.json")).toMatchObject({ ok: true });
    expect(requests().filter((request) => !request.startsWith("GET"))).toEqual([]);
    expect(await project.resources()).toHaveLength(6);
    const generated = (await project.generated()).replace(/^resources:\n/, "");
    await project.assertDescribed(code + generated);
    const again = await oauthClients(["list", "--vendor", vendor, "--stack", "dev", "--format", "pulumi-import"], {
      cwd: project.folder,
      env: world.environment,
    });
    expect(again).toMatchObject({ code: 0, stderr: "0 resources to import.\n" });
    expect(JSON.parse(again.stdout)).toEqual({ resources: [] });
  });
});

describe.skipIf(!yaml.usable)("of Rezolve", () => {
  const type = `oauth-clients:${KINDS.rezolve.client}`;

  test("a client that the vendor still shows after its deletion is not imported, nor listed for it", async () => {
    Object.assign(world.sandbox.settings.rezolve, { deletion: "soft", softDeletedGet: "deleted" });
    const { id } = await clientOutside(world, "rezolve", { name: "dead" });
    await outside(world, "rezolve", "DELETE", `/${id}`);
    const project = await YamlProject.create();
    const refused = await project.import(type, "bot", id);
    expect(refused.ok).toBe(false);
    expect(refused.text).toMatch(/Cannot import OAuth client \(\S+\) in tenant \S+: it was deleted for good\./);
    const listed = await oauthClients(
      ["list", "--vendor", "rezolve", "--status", "deleted", "--format", "pulumi-import"],
      {
        env: world.environment,
      },
    );
    expect(JSON.parse(listed.stdout)).toEqual({ resources: [] });
    expect(await project.resources()).toEqual([]);
  });

  test.each(["OAuthClientPurge", "OAuthClientDeletion"])("an %s has nothing to import", async (kind) => {
    const project = await YamlProject.create();
    const refused = await project.import(`oauth-clients:rezolve:${kind}`, "bot", "client-1");
    expect(refused).toMatchObject({ ok: false, text: expect.stringContaining("there is nothing to import") });
    expect(requests()).toEqual([]);
  });
});
