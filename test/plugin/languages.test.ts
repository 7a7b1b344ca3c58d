/** Programs in YAML and in Python, through everything that Pulumi does with the packaged provider. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { progressOn } from "../../tools/engine/progress.ts";
import { pythonOn, yamlOn } from "../../tools/peers/languages.ts";
import { execute } from "../cli/command.ts";
import { pulumi } from "../engine/cli.ts";
import { takeTokens } from "../engine/clients.ts";
import { World } from "../engine/world.ts";
import { clientOutside, VENDORS } from "../outside.ts";
import { withPlugin } from "./packaged.ts";

const PYTHON_SDK = fileURLToPath(new URL("../../plugin/sdks/python", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
const progress = progressOn(process.stderr);

/** A resource of a program, in every language's own words. */
interface Wanted {
  type: "rezolve:OAuthClient" | "nexus:Client";
  properties: Record<string, unknown>;
  import?: string;
}
type Program = Record<string, Wanted>;

interface Language {
  found: Awaited<ReturnType<typeof yamlOn>>;
  /** What programs need besides the host. */
  prepare(): Promise<void>;
  files(program: Program): Record<string, string>;
}

const LANGUAGES: Record<string, Language> = {
  YAML: {
    found: await yamlOn(progress),
    prepare: async () => {},
    files: (program) => ({ "Pulumi.yaml": JSON.stringify({ name: "in-yaml", runtime: "yaml", ...asYaml(program) }) }),
  },
  Python: {
    found: await pythonOn(progress),
    prepare: () => installedSdk(world),
    files: (program) => ({
      "Pulumi.yaml": JSON.stringify({ name: "in-python", runtime: "python" }),
      "__main__.py": asPython(program),
    }),
  },
};

const OUTPUTS = ["status", "revocation", "previousRevocation", "clientSecret"];
const outputsOf = ({ type }: Wanted) => ["id", ...OUTPUTS, ...(type.startsWith("rezolve") ? ["clientId"] : [])];

function asYaml(program: Program) {
  const entries = Object.entries(program);
  const resources = entries.map(([name, { type, properties, import: id }]) => [
    name,
    { type: `oauth-clients:${type}`, properties, ...(id === undefined ? {} : { options: { import: id } }) },
  ]);
  const outputs = entries.map(([name, wanted]) => [
    name,
    Object.fromEntries(outputsOf(wanted).map((key) => [key, `\${${name}.${key}}`])),
  ]);
  return { resources: Object.fromEntries(resources), outputs: Object.fromEntries(outputs) };
}

function asPython(program: Program): string {
  const snake = (key: string) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const lines = ["import pulumi", "from pulumi_oauth_clients import nexus, rezolve"];
  for (const [name, wanted] of Object.entries(program)) {
    const { type, properties, import: id } = wanted;
    const args = Object.entries(properties).map(([key, value]) => `${snake(key)}=${JSON.stringify(value)}`);
    if (id !== undefined) args.push(`opts=pulumi.ResourceOptions(import_=${JSON.stringify(id)})`);
    lines.push(`${name} = ${type.replace(":", ".")}(${JSON.stringify(name)}, ${args.join(", ")})`);
    const outputs = outputsOf(wanted).map((key) => `"${key}": ${name}.${snake(key)}`);
    lines.push(`pulumi.export("${name}", {${outputs.join(", ")}})`);
  }
  return `${lines.join("\n")}\n`;
}

/** Has the SDK for Python where programs find it, as pip installs it. */
async function installedSdk({ environment, folder }: World): Promise<void> {
  const [source, target] = [join(folder, "sdk"), join(folder, "site-packages")];
  await cp(PYTHON_SDK, source, { recursive: true });
  const offline = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"];
  const args = ["-m", "pip", "install", ...offline, "--target", target, source];
  expect(await execute("python3", args, { env: environment })).toMatchObject({ code: 0 });
  Object.assign(environment, { PYTHONPATH: target });
}

const bot = (more: Record<string, unknown> = {}): Wanted => ({
  type: "rezolve:OAuthClient",
  properties: {
    name: "CI bot",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
    ...more,
  },
});
const app = (more: Record<string, unknown> = {}): Wanted => ({
  type: "nexus:Client",
  properties: { name: "Portal", appType: "regular_web", ...more },
});

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
beforeEach(() => {
  world.reset();
  withPlugin(world);
});

describe.each(Object.entries(LANGUAGES))("a program in %s", (language, { found, prepare, files }) => {
  if (!found.usable) console.warn(`Without ${language}: ${found.reason}`);
  let environment: Record<string, string>;
  beforeAll(async () => {
    if (!found.usable) return;
    world.environment.PATH = [...found.value, world.environment.PATH].join(delimiter);
    await prepare();
    environment = { ...world.environment };
  });
  beforeEach(() => {
    Object.assign(world.environment, environment);
    withPlugin(world);
  });

  test.skipIf(!found.usable)("stands among the examples, and does what it says", { timeout: 240_000 }, async () => {
    const folder = join(world.folder, `example-${language}`);
    await cp(join(EXAMPLES, `packaged-${language.toLowerCase()}`), folder, { recursive: true });
    const run = (...args: string[]) => pulumi(folder, world.environment, ...args);
    await run("stack", "init", "test");
    expect(await run("up", "--yes", "--skip-preview")).toMatchObject({ ok: true });
    for (const vendor of VENDORS) expect(world.sandbox.clients.list({ vendor })).toHaveLength(1);
    expect(JSON.parse((await run("stack", "output", "--json")).text)).toMatchObject({ clientSecret: "[secret]" });
    expect(await run("preview", "--expect-no-changes")).toMatchObject({ ok: true });
    expect(await run("destroy", "--yes", "--skip-preview")).toMatchObject({ ok: true });
    expect(world.sandbox.clients.list()).toEqual([]);
  });

  test.skipIf(!found.usable)("of both vendors lives a whole life", { timeout: 240_000 }, async () => {
    const folder = join(world.folder, language);
    await mkdir(folder);
    const write = async (program: Program) => {
      for (const [name, text] of Object.entries(files(program))) await writeFile(join(folder, name), text);
    };
    /** What a command said, and what it sent that changes something. */
    const run = async (...args: string[]) => {
      world.sandbox.requests.clear();
      const ended = await pulumi(folder, world.environment, ...args);
      const sent = world.sandbox.requests.list().map(({ method }) => method);
      return { ...ended, sent: sent.filter((method) => method !== "GET").sort(), asked: sent.length };
    };
    const up = () => run("up", "--yes", "--skip-preview");
    const unchanged = { ok: true, sent: [], asked: 0 };
    const outputs = async () => JSON.parse((await run("stack", "output", "--json", "--show-secrets")).text);

    const receipts = (await world.receipts()).length;
    await write({ bot: bot(), app: app() });
    expect(await run("stack", "init", "test")).toMatchObject({ ok: true });
    const preview = await run("preview");
    expect(preview).toMatchObject({ ok: true, sent: [], asked: 0, text: expect.stringContaining("3 to create") });
    const first = await up();
    expect(first).toMatchObject({ ok: true, sent: ["POST", "POST"] });
    expect(first.text).toContain("[secret]");
    expect(await run("preview", "--expect-no-changes")).toMatchObject(unchanged);
    expect(await run("refresh", "--yes", "--expect-no-changes")).toMatchObject({ ok: true, sent: [] });

    // An update, and a replacement.
    const before = await outputs();
    expect(before.bot.clientSecret).toEqual(expect.any(String));
    await takeTokens(world.sandbox, before.bot, 2);
    const changed = { bot: bot({ description: "other" }), app: app({ appType: "spa" }) };
    await write(changed);
    const replaced = await up();
    expect(replaced).toMatchObject({ ok: true, sent: ["DELETE", "PATCH", "POST"] });
    expect(replaced.text).toMatch(/Client[ (]+app.*the vendor gives no counts/);
    const after = await outputs();
    expect(after).toMatchObject({ bot: { id: before.bot.id }, app: { previousRevocation: { outcome: "deleted" } } });
    expect(after.app.id).not.toBe(before.app.id);

    // A tombstone, and a client that was there before.
    const { id } = await clientOutside(world, "nexus", { name: "by hand" });
    const other: Wanted = {
      type: "nexus:Client",
      properties: { name: "by hand", appType: "non_interactive", grantTypes: ["client_credentials"] },
    };
    await write({ ...changed, bot: bot({ status: "deleted" }), other: { ...other, import: id } });
    const retired = await up();
    expect(retired).toMatchObject({ ok: true, sent: ["DELETE"], text: expect.stringContaining("1 imported") });
    expect(retired.text).toMatch(/OAuthClient[ (]+bot.*2 tokens revoked/);
    const revocation = { outcome: "deleted", tokensRevoked: 2 };
    expect(await outputs()).toMatchObject({ bot: { status: "deleted", revocation }, other: { id } });
    await write({ ...changed, bot: bot({ status: "deleted" }), other });
    expect(await run("preview", "--expect-no-changes")).toMatchObject(unchanged);

    // Its successor.
    await write({ ...changed, other });
    const again = await up();
    expect(again).toMatchObject({ ok: true, sent: ["POST"] });
    expect(await outputs()).toMatchObject({ bot: { status: "active", previousRevocation: revocation } });

    const gone = await run("destroy", "--yes", "--skip-preview");
    expect(gone).toMatchObject({ ok: true, sent: ["DELETE", "DELETE", "DELETE"] });
    expect(gone.text).toMatch(/OAuthClient[ (]+bot.*0 tokens revoked/);
    expect(gone.text).toMatch(/Client[ (]+app.*the vendor gives no counts/);
    expect(gone.text).not.toContain("exited prematurely");
    for (const vendor of VENDORS) expect(world.sandbox.clients.list({ vendor })).toEqual([]);
    const said = [preview, first, replaced, retired, again, gone].map(({ text }) => text).join("\n");
    expect(said).not.toContain(before.bot.clientSecret);
    expect(await readFile(world.receiptsFile, "utf8")).not.toContain(before.bot.clientSecret);
    expect(await world.receipts()).toHaveLength(receipts + 5);
  });
});
