import { globSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PACKAGES, type PackageName, pack, ROOT } from "../../tools/release/packing.ts";
import { execute } from "../cli/command.ts";
import { ForeignProject, ForeignStack, foreignFolder, packOlder } from "./foreign.ts";

/** npm downloads what its cache does not have. */
const INSTALL_LIMIT_MS = 10 * 60_000;

let folder: string;
let tarball: string;
let sandboxTarball: string;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = await foreignFolder();
  ({ tarball } = await pack("pulumi-oauth-clients", folder, ROOT, true));
  ({ tarball: sandboxTarball } = await pack("pulumi-oauth-clients-sandbox", folder, ROOT, true));
  sandbox = await startSandbox();
}, INSTALL_LIMIT_MS);
afterAll(async () => {
  await sandbox?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const ARGS = `{
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
}`;
const ESM_PROGRAM = `
import { rezolve } from "pulumi-oauth-clients";
const bot = new rezolve.OAuthClient("bot", ${ARGS});
export const clientId = bot.clientId;
`;
const CJS_PROGRAM = `
const { rezolve } = require("pulumi-oauth-clients");
const bot = new rezolve.OAuthClient("bot", ${ARGS});
exports.clientId = bot.clientId;
`;

/** In a TypeScript that knows no `type` in braces. */
const OLD_TYPES_PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { nexus, rezolve, Receipt, Revocation } from "pulumi-oauth-clients";
import { destroyWithReport, RunReport } from "pulumi-oauth-clients/automation";
import { createProvider } from "pulumi-oauth-clients/provider";
import { Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
const args: rezolve.OAuthClientArgs = ${ARGS};
const bot = new rezolve.OAuthClient("bot", args, { protect: true });
export const app = new nexus.Client("app", { name: "App", appType: "spa", mobile: { ios: { teamId: bot.clientId } } });
export const revoked: pulumi.Output<number | null> = bot.revocation.apply((r: Revocation | null) => r === null ? null : r.tokensRevoked);
export const provider: pulumi.dynamic.ResourceProvider = createProvider(1);
export const report: (stack: any) => Promise<RunReport> = destroyWithReport;
export const sandbox: () => Promise<Sandbox> = startSandbox;
export const receipt = (one: Receipt): number | null => one.activeSessionsTerminated;
`;

/** The life of one client with the real CLI: made, and gone with a receipt. */
async function createAndDestroy(project: ForeignProject, name: string, main: string, program: string): Promise<void> {
  const stack = await ForeignStack.create(project, sandbox, { name, main, program });
  const up = await stack.up();
  expect(up.code, up.stdout + up.stderr).toBe(0);
  const { clientId } = sandbox.clients.find("CI bot") ?? {};
  expect(up.stdout).toContain(clientId);
  const destroy = await stack.destroy();
  expect(destroy.code, destroy.stdout + destroy.stderr).toBe(0);
  expect(destroy.stdout).toContain("0 tokens revoked, 0 sessions ended");
  expect(sandbox.clients.find("CI bot")).toBeUndefined();
  const receipts = await project.oauthClients("receipts", `${name}.jsonl`, "--json");
  expect(JSON.parse(receipts.stdout)).toMatchObject({ receipts: [{ clientId, outcome: "deleted" }] });
}

describe("installed in somebody else's project", () => {
  let project: ForeignProject;
  beforeAll(async () => {
    project = await ForeignProject.create(join(folder, "full"));
    await project.install([tarball, sandboxTarball]);
  }, INSTALL_LIMIT_MS);

  test("every entry can be imported and required, and both give the same", async () => {
    const show = `
const shapeOf = (value) =>
  typeof value === "object" && value !== null && value.constructor !== Array
    ? Object.fromEntries(Object.keys(value).filter((key) => key !== "default" && key !== "module.exports").sort().map((key) => [key, typeof value[key]]))
    : typeof value;
`;
    const entries = JSON.stringify(["", "/provider", "/automation", "-sandbox"]);
    await project.write(
      "shape.mjs",
      `${show}const found = {};
for (const entry of ${entries}) {
  const loaded = await import("pulumi-oauth-clients" + entry);
  found[entry] = { ...shapeOf(loaded), inRezolve: shapeOf(loaded.rezolve ?? {}) };
}
console.log(JSON.stringify(found));`,
    );
    await project.write(
      "shape.cjs",
      `${show}const found = {};
for (const entry of ${entries}) {
  const loaded = require("pulumi-oauth-clients" + entry);
  found[entry] = { ...shapeOf(loaded), inRezolve: shapeOf(loaded.rezolve ?? {}) };
}
console.log(JSON.stringify(found));`,
    );
    const [imported, required] = [await project.json("shape.mjs"), await project.json("shape.cjs")];
    expect(imported).toMatchObject({
      "": { rezolve: "object", inRezolve: { OAuthClient: "function" } },
      "/provider": { createProvider: "function" },
      "/automation": { destroyWithReport: "function", upWithReport: "function" },
      "-sandbox": { startSandbox: "function" },
    });
    expect(required).toEqual(imported);
  });

  test("createProvider(1) gives a provider with every method, the same one for everybody in the process", async () => {
    await project.write(
      "provider.cjs",
      `const { createProvider } = require("pulumi-oauth-clients/provider");
const provider = createProvider(1);
let refusal = "none";
try { createProvider(2); } catch (error) { refusal = error.message; }
console.log(JSON.stringify({
  methods: ["check", "diff", "create", "read", "update", "delete"].map((name) => typeof provider[name]),
  same: provider === createProvider(1),
  refusal,
}));`,
    );
    expect(await project.json("provider.cjs")).toEqual({
      methods: Array(6).fill("function"),
      same: true,
      refusal: expect.stringContaining("knows version 1"),
    });
  });

  test.each([
    ["ES modules", "consumer.mts"],
    ["CommonJS", "consumer.cts"],
  ])("TypeScript finds the types of every entry from %s", async (_form, file) => {
    for (const name of ["@types/node", "undici-types"]) await project.borrow(name);
    await project.write(
      file,
      `import * as pulumi from "@pulumi/pulumi";
import { rezolve, type Receipt, type Revocation } from "pulumi-oauth-clients";
import { destroyWithReport, type RunReport } from "pulumi-oauth-clients/automation";
import { createProvider } from "pulumi-oauth-clients/provider";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";

const bot = new rezolve.OAuthClient("bot", ${ARGS}, { protect: true });
export const revoked: pulumi.Output<number | null> = bot.revocation.apply((r: Revocation | null) => r?.tokensRevoked ?? null);
export const provider: pulumi.dynamic.ResourceProvider = createProvider(1);
export const report: Promise<RunReport> | ((stack: never) => Promise<RunReport>) = destroyWithReport;
export const sandbox: () => Promise<Sandbox> = startSandbox;
export const receipt = (one: Receipt): number | null => one.tokensRevoked;
// @ts-expect-error a client without a type
new rezolve.OAuthClient("bad", { name: "Bad", redirectUris: [], grantTypes: [], scopes: [] });
// @ts-expect-error no such status
new rezolve.OAuthClient("bad", { ...${ARGS.replace(/\s+/g, " ")}, clientType: "public", status: "gone" });
`,
    );
    await project.write(
      "tsconfig.json",
      JSON.stringify({
        compilerOptions: {
          target: "es2023",
          module: "nodenext",
          strict: true,
          noEmit: true,
          types: ["node"],
          exactOptionalPropertyTypes: true,
        },
        files: [file],
      }),
    );
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const { code, stdout } = await execute(process.execPath, [tsc, "--project", "."], { cwd: project.folder });
    expect(stdout).toBe("");
    expect(code).toBe(0);
  });

  test("the types lead only to Pulumi's: those of others do not compile under every program's settings", async () => {
    const installed = Object.keys(PACKAGES).map((name) =>
      join(project.folder, "node_modules", name, "dist", "**", "*.d.ts"),
    );
    const files = globSync(installed);
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    const modules = texts.flatMap((text) => [...text.matchAll(/\bfrom "([^"]+)"/g)].map(([, module = ""]) => module));
    expect(modules.length).toBeGreaterThan(0);
    expect(modules.filter((module) => !/^(\.|node:|@pulumi\/pulumi(\/|$))/.test(module))).toEqual([]);
  });

  test("the commands are there, and say their version and what they can do", async () => {
    const versionOf = async (name: PackageName) => {
      const manifest = await readFile(join(ROOT, PACKAGES[name], "package.json"), "utf8");
      return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
    };
    const version = await versionOf("pulumi-oauth-clients");
    expect(await project.oauthClients("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const help = await project.oauthClients("--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const command of ["sandbox", "receipts"]) expect(help.stdout).toContain(command);
    const sandboxVersion = { code: 0, stdout: `${await versionOf("pulumi-oauth-clients-sandbox")}\n`, stderr: "" };
    expect(await project.command("oauth-clients-sandbox", "--version")).toEqual(sandboxVersion);
    expect(await project.oauthClients("sandbox", "--version")).toEqual(sandboxVersion);
  });

  test("the real engine creates and destroys with a program of ES modules", async () => {
    await createAndDestroy(project, "foreign-esm", "index.mjs", ESM_PROGRAM);
  });
});

describe("installed alone, as where stacks are deployed", () => {
  let project: ForeignProject;
  let installed: string[];
  beforeAll(async () => {
    project = await ForeignProject.create(join(folder, "alone"));
    installed = await project.installAlone(tarball);
  }, INSTALL_LIMIT_MS);

  test("it brings few packages, and nothing of the sandbox", () => {
    expect(installed).toEqual(expect.arrayContaining(["pulumi-oauth-clients", "oauth4webapi", "zod"]));
    expect(installed.length).toBeLessThanOrEqual(20);
    for (const name of ["pulumi-oauth-clients-sandbox", "fastify", "oidc-provider", "undici"])
      expect(installed).not.toContain(name);
  });

  test("oauth-clients sandbox says what to install", async () => {
    const { code, stdout, stderr } = await project.oauthClients("sandbox", "--port", "0");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("npm install --save-dev pulumi-oauth-clients-sandbox");
    expect(stderr).toContain("npx pulumi-oauth-clients-sandbox");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("in a CommonJS project, without a TypeScript of its own", () => {
  let project: ForeignProject;
  beforeAll(async () => {
    project = await ForeignProject.create(join(folder, "commonjs"), "commonjs");
    await project.install([tarball, sandboxTarball]);
    // What this is about: the Pulumi SDK then takes the one that it brings.
    expect(await readdir(join(project.folder, "node_modules"))).not.toContain("typescript");
  }, INSTALL_LIMIT_MS);

  test("the real engine creates and destroys with a program in JavaScript", async () => {
    await createAndDestroy(project, "foreign-cjs", "index.js", CJS_PROGRAM);
  });

  test("the real engine previews, creates and destroys with a program in TypeScript", async () => {
    const main = "index.ts";
    const program = `${ESM_PROGRAM}export const revoked = bot.revocation.apply((r) => r === null ? null : r.tokensRevoked);\n`;
    const stack = await ForeignStack.create(project, sandbox, { name: "foreign-ts", main, program });
    const preview = await stack.preview();
    expect(preview.stdout + preview.stderr).not.toContain("error");
    expect(preview.code).toBe(0);
    await createAndDestroy(project, "foreign-ts-up", main, program);
    // The types are those of the classes, and not just anything.
    await project.write(main, program.replace('clientType: "confidential"', 'clientType: "secret"'));
    const refused = await stack.preview();
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/error TS\d+: .*"secret"/);
  });

  test("the compiler that the Pulumi SDK brings reads the types of every entry", async () => {
    await project.write("types.ts", OLD_TYPES_PROGRAM);
    await project.write("wrong.ts", OLD_TYPES_PROGRAM.replace("number | null", "boolean"));
    await project.write(
      "compile.js",
      `const { resolve } = require("node:path");
const { readdirSync } = require("node:fs");
const vendor = resolve("node_modules/@pulumi/pulumi/vendor");
const ts = require(resolve(vendor, readdirSync(vendor).find((name) => name.startsWith("typescript@")), "typescript.js"));
const options = {
  target: ts.ScriptTarget.ES2020,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.NodeJs,
  strict: true,
  noEmit: true,
};
const problemsOf = (file) => {
  const program = ts.createProgram([file], options);
  // Others' declarations are newer than this compiler; the SDK looks at none of them.
  return ts.getPreEmitDiagnostics(program)
    .filter(({ file }) => !file || !file.fileName.includes("/node_modules/") || /\\/pulumi-oauth-clients(-sandbox)?\\//.test(file.fileName))
    .map(({ file, messageText }) => (file ? file.fileName + ": " : "") + ts.flattenDiagnosticMessageText(messageText, " "));
};
console.log(JSON.stringify({ version: ts.version, types: problemsOf("types.ts"), wrong: problemsOf("wrong.ts") }));
`,
    );
    expect(await project.json("compile.js")).toEqual({
      version: expect.stringMatching(/^3\./),
      types: [],
      wrong: [expect.stringMatching(/wrong\.ts: .*boolean/)],
    });
  });
});

test.each(["oldest", "ours"] as const)(
  "after a refresh, a preview shows what the next up sets back, with the SDK that is %s",
  async (sdk) => {
    const project = await ForeignProject.create(join(folder, `drift-${sdk}`));
    await project.install([tarball], sdk);
    const stack = await ForeignStack.create(project, sandbox, {
      name: `drift-${sdk}`,
      main: "index.mjs",
      program: ESM_PROGRAM,
    });
    expect(await stack.up()).toMatchObject({ code: 0 });
    expect(await stack.refresh()).toMatchObject({ code: 0 });
    expect((await stack.preview()).stdout).toMatch(/^ +2 unchanged/m);
    sandbox.clients.edit(sandbox.clients.find("CI bot")?.id ?? "", { scopes: ["users:write"] });
    expect(await stack.refresh()).toMatchObject({ code: 0 });
    const preview = await stack.preview();
    expect(preview.stdout).toMatch(/\[0\]: "users:write" => "users:read"/);
    expect(preview.stdout).not.toMatch(/__provider|__kind/);
    expect(await stack.up()).toMatchObject({ code: 0 });
    expect((await stack.preview()).stdout).toMatch(/^ +2 unchanged/m);
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    await project.remove();
  },
  INSTALL_LIMIT_MS,
);

describe("a stack that an older build made", () => {
  test(
    "is destroyed by the newer build that is installed now, although the program does not run",
    async () => {
      const message = "the older build cannot delete";
      const older = await packOlder(tarball, folder, message);
      const project = await ForeignProject.create(join(folder, "upgraded"));
      await project.install([older]);
      expect(await project.version()).toBe("0.0.1");
      const stack = await ForeignStack.create(project, sandbox, {
        name: "upgraded",
        main: "index.mjs",
        program: ESM_PROGRAM,
      });
      expect(await stack.up()).toMatchObject({ code: 0 });
      // Proof that the older build is really what runs.
      const before = await stack.destroy();
      expect(before.code).not.toBe(0);
      expect(before.stdout + before.stderr).toContain(message);
      expect(sandbox.clients.count("CI bot")).toBe(1);

      await project.install([tarball]);
      expect(await project.version()).not.toBe("0.0.1");
      // A program that cannot run: what deletes does not come from it.
      await project.write("index.mjs", "throw new Error('the program ran');\n");
      const after = await stack.destroy();
      expect(after.code, after.stdout + after.stderr).toBe(0);
      expect(sandbox.clients.count("CI bot")).toBe(0);
    },
    INSTALL_LIMIT_MS,
  );
});
