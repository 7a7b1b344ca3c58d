/** `oauth-clients impact` on what the real engine prints: previews, previews of a destroy, and stack exports. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { oauthClients } from "../cli/command.ts";
import { clientOutside } from "../outside.ts";
import { pulumi } from "./cli.ts";
import { World } from "./world.ts";

let world: World;
let folder: string;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

let projects = 0;
beforeEach(async () => {
  world.reset();
  projects += 1;
  folder = join(world.folder, `impact-${projects}`);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "Pulumi.yaml"),
    `name: impact-${projects}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", main: "index.ts" }));
  expect(await run("stack", "init", "test")).toMatchObject({ ok: true });
});

const run = (...args: string[]) => pulumi(folder, world.environment, ...args);

/** The program of the stack from now on. */
async function program(...statements: string[]): Promise<void> {
  const text = [
    'import { nexus, rezolve } from "pulumi-oauth-clients";',
    'import * as pulumi from "@pulumi/pulumi";',
    ...statements,
  ];
  await writeFile(join(folder, "index.ts"), `${text.join("\n")}\n`);
}

const rezolve = (name: string, more = "", options = "{}") =>
  `new rezolve.OAuthClient("${name}", { name: "${name}", clientType: "confidential", redirectUris: [], grantTypes: ["client_credentials"], scopes: ["users:read"]${more} }, ${options});`;
const nexus = (name: string, type = "regular_web") =>
  `new nexus.Client("${name}", { name: "${name}", appType: "${type}" });`;

async function up(): Promise<void> {
  const { ok, text } = await run("up", "--yes", "--skip-preview");
  expect(ok, text).toBe(true);
}

interface Shown {
  destroy: boolean;
  totals: Record<string, number | null>;
  objections: { because: string }[];
  deletions: {
    how: string;
    name: string | null;
    is: string;
    activeTokens: number | null;
    refused: string | null;
    problem: string | null;
  }[];
  spared: { urn: string; why: string }[];
}

/** What the command says of what Pulumi prints. */
async function impactOf(
  args: readonly string[],
  ...more: string[]
): Promise<Shown & { code: number | null; requests: number }> {
  const printed = await run(...args);
  const file = join(folder, "document.json");
  await writeFile(file, printed.text.slice(printed.text.indexOf("{")));
  const before = world.sandbox.requests.count();
  const { code, stdout } = await oauthClients(["impact", file, "--json", ...more], {
    env: world.environment,
    cwd: folder,
  });
  return { code, requests: world.sandbox.requests.count() - before, ...JSON.parse(stdout) };
}

const brief = ({ deletions }: Shown) => deletions.map(({ how, name, is }) => [how, name, is]).sort();

const PREVIEW = ["preview", "--json"];
const DESTROY = ["destroy", "--preview-only", "--json"];

test("nothing is deleted by a first up, and the Markdown of it is empty", async () => {
  await program(rezolve("bot"));
  expect(await impactOf(PREVIEW)).toMatchObject({ code: 0, deletions: [], requests: 0, destroy: false });
  const silent = await oauthClients(["impact", join(folder, "document.json"), "--format", "markdown"], {
    env: world.environment,
  });
  expect(silent).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("of a change: removals, replacements, tombstones, deletions and purges, each as it would be hit", async () => {
  await program(
    rezolve("removed"),
    rezolve("moved"),
    rezolve("retired"),
    rezolve("kept"),
    rezolve("spared", "", "{ retainOnDelete: true }"),
    nexus("app"),
    nexus("gone"),
  );
  await up();
  const bot = world.sandbox.clients.find("removed");
  await world.sandbox.issueToken(await secretOf("removed"));
  world.sandbox.clients.remove(world.sandbox.clients.find("gone")?.id ?? "");
  const other = world.sandbox.tenants[1]?.id ?? "";
  world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ tenantId: [world.tenantId, other] });
  const outside = (await clientOutside(world, "rezolve", { name: "outside" })).id;
  const leftover = (await clientOutside(world, "rezolve", { name: "pr-1 web" })).id;
  await program(
    rezolve("moved", `, tenantId: "${other}"`),
    rezolve("retired", ', status: "deleted"'),
    rezolve("kept", ', description: "patched"'),
    nexus("app", "spa"),
    `new rezolve.OAuthClientDeletion("offboarded", { targetId: "${outside}" });`,
    'new rezolve.OAuthClientPurge("swept", { select: { namePrefix: "pr-" } });',
  );
  const impact = await impactOf(PREVIEW, "--fail-if-active-tokens", "0");
  expect(brief(impact)).toEqual(
    [
      ["removal", "removed", "there"],
      ["removal", "gone", "gone"],
      ["replacement", "moved", "there"],
      ["replacement", "app", "there"],
      ["status: deleted", "retired", "there"],
      ["deletion resource", "outside", "there"],
      ["purge", "pr-1 web", "there"],
    ].sort(),
  );
  expect(impact.destroy).toBe(false);
  expect(impact.spared).toMatchObject([{ why: "retainOnDelete" }]);
  expect(impact.deletions.find(({ name }) => name === "removed")?.activeTokens).toBe(1);
  // Nexus says nothing of tokens: that is no zero.
  expect(impact.deletions.find(({ name }) => name === "app")?.activeTokens).toBeNull();
  expect(impact.objections.map(({ because }) => because).sort()).toEqual([
    "app: nobody says how many tokens are active",
    "removed: 1 active token",
  ]);
  expect(impact.code).toBe(1);
  expect(impact.totals).toMatchObject({
    deletions: 7,
    alive: 6,
    gone: 1,
    unknown: 0,
    activeTokens: 1,
    unknownTokenCounts: 1,
  });
  // What it looked at is what the change then hits.
  const before = new Set(world.sandbox.clients.list().map(({ id }) => id));
  await up();
  const alive = new Set(world.sandbox.clients.list().map(({ id }) => id));
  expect([...before].filter((id) => !alive.has(id))).toHaveLength(6);
  expect(alive.has(bot?.id ?? "")).toBe(false);
  expect([alive.has(outside), alive.has(leftover)]).toEqual([false, false]);
});

describe("a rename without aliases, whose new resource takes the client over", () => {
  const KINDS: readonly [vendor: string, write: (name: string, more: string) => string][] = [
    [
      "rezolve",
      (name, more) =>
        `new rezolve.OAuthClient("${name}", { name: "bot", clientType: "confidential", redirectUris: [], grantTypes: ["client_credentials"], scopes: ["users:read"], ${more} });`,
    ],
    ["nexus", (name, more) => `new nexus.Client("${name}", { name: "bot", appType: "regular_web", ${more} });`],
  ];
  const WAYS: readonly [how: string, adopt: (id: string) => string][] = [
    ["by its id", (id) => `{ id: "${id}" }`],
    ["by its name", () => "{ byName: true }"],
  ];

  test.each(KINDS.flatMap(([vendor, write]) => WAYS.map(([how, adopt]) => ({ vendor, how, write, adopt }))))(
    "of $vendor $how is refused, as the real one is",
    async ({ write, adopt }) => {
      await program(write("old", ""));
      await up();
      const id = world.sandbox.clients.find("bot")?.id ?? "";
      await program(write("new", `adopt: ${adopt(id)}`));
      const { code, deletions, totals } = await impactOf(PREVIEW);
      expect({ code, totals }).toMatchObject({ code: 1, totals: { alive: 1, refused: 1 } });
      expect(deletions[0]?.refused).toMatch(/::new takes it over, .* `aliases`/);
      const { ok, text } = await run("up", "--yes", "--skip-preview");
      expect(ok).toBe(false);
      expect(text).toContain("this run takes it over as");
      expect(world.sandbox.clients.find("bot")?.id).toBe(id);
    },
  );
});

test("a place that is secret is nobody's default: nothing is harmless, and nobody is asked", async () => {
  const place = `tenantId: pulumi.secret("${world.tenantId}")`;
  await program(rezolve("bot", `, ${place}`), `new nexus.Client("app", { name: "app", appType: "spa", ${place} });`);
  await up();
  for (const args of [["stack", "export"], DESTROY]) {
    const { code, requests, deletions, totals } = await impactOf(args, "--fail-if-active-tokens", "0");
    expect({ code, requests, totals }).toMatchObject({ code: 1, requests: 0, totals: { deletions: 2, unknown: 2 } });
    for (const { problem } of deletions) expect(problem).toContain("tenantId is secret, or not known");
  }
});

test("a preview that failed says so beside what it has", async () => {
  await program(rezolve("bot"));
  await up();
  await program('throw new Error("the program broke");');
  await run(...PREVIEW).then(({ text }) => writeFile(join(folder, "document.json"), text.slice(text.indexOf("{"))));
  const shown = await oauthClients(["impact", join(folder, "document.json"), "--format", "markdown"], {
    env: world.environment,
  });
  expect(shown.code).toBe(2);
  expect(shown.stdout).toContain(`<!-- oauth-clients impact: impact-${projects}/test -->`);
  expect(shown.stdout).toContain("**The preview failed, so this may not be all**");
  // A comment is public; what the program says stays in the log.
  expect(shown.stdout).not.toContain("the program broke");
  expect(shown.stderr).toContain("the program broke");
});

describe("of a destroy", () => {
  beforeEach(async () => {
    await program(
      rezolve("guarded", ", deletion: { onlyIf: { unusedForDays: 30 } }"),
      rezolve("locked", "", "{ protect: true }"),
      nexus("app"),
    );
    await up();
  });

  test("the preview and the export say the same, with the guards that would refuse", async () => {
    const [preview, exported] = [await impactOf(DESTROY), await impactOf(["stack", "export"])];
    expect(preview.destroy).toBe(true);
    expect(brief(exported)).toEqual(brief(preview));
    expect(brief(preview)).toEqual([
      ["destroy", "app", "there"],
      ["destroy", "guarded", "there"],
      ["destroy", "locked", "there"],
    ]);
    for (const { deletions, code } of [preview, exported]) {
      expect(code).toBe(1);
      const refused = Object.fromEntries(deletions.map(({ name, refused }) => [name, refused]));
      expect(refused.guarded).toContain("was never used, but it was created");
      expect(refused.locked).toContain("protected");
      expect(refused.app).toBeNull();
    }
  });

  test("a vendor that cannot be asked leaves what it would hit unknown, and says why", async () => {
    world.environment.REZOLVE_TOKEN = "wrong";
    const { deletions, totals, code } = await impactOf(["stack", "export"]);
    // Some would be refused, but what is not known weighs more than that nobody was asked.
    expect(code).not.toBe(0);
    expect(totals).toMatchObject({ alive: 1, unknown: 2 });
    expect(deletions.find(({ name }) => name === "guarded")?.problem).toContain("rejected the credentials");
  });

  test("--no-look asks nobody, and --stack fetches the export itself", async () => {
    const both = await oauthClients(
      ["impact", "--stack", "test", "--cwd", folder, "--no-look", "--fail-if-active-tokens", "0"],
      {
        env: world.environment,
      },
    );
    expect(both.code).toBe(2);
    expect(await impactOf(["stack", "export"], "--no-look")).toMatchObject({
      code: 1,
      requests: 0,
      totals: { deletions: 3 },
    });
    const own = await oauthClients(["impact", "--stack", "test", "--cwd", folder, "--format", "markdown"], {
      env: world.environment,
    });
    expect(own.stdout.split("\n")[0]).toBe(`<!-- oauth-clients impact: impact-${projects}/test -->`);
    expect(own.stdout).toContain("### 🗑️ Destroying");
  });

  test("the step summary of GitHub Actions is appended", async () => {
    const file = join(folder, "summary.md");
    await writeFile(file, "before\n");
    const env = { ...world.environment, GITHUB_STEP_SUMMARY: file };
    const ended = await oauthClients(
      ["impact", "--stack", "test", "--cwd", folder, "--github-step-summary", "--json"],
      { env },
    );
    expect(ended.code).toBe(1);
    expect(await readFile(file, "utf8")).toMatch(/^before\n<!-- oauth-clients impact/);
    const none = await oauthClients(["impact", "--stack", "test", "--cwd", folder, "--github-step-summary"], {
      env: world.environment,
    });
    expect(none.code).toBe(2);
  });
});

/** Client id and secret of a resource, out of the state. */
async function secretOf(name: string): Promise<{ clientId: string; clientSecret: string }> {
  const { text } = await run("stack", "export", "--show-secrets");
  const { deployment } = JSON.parse(text);
  const { outputs } = deployment.resources.find(({ urn }: { urn: string }) => urn.endsWith(`::${name}`));
  return { clientId: outputs.clientId, clientSecret: JSON.parse(outputs.clientSecret.plaintext) };
}
