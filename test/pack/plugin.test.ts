/** The packaged provider as it is published, in somebody else's folder. */
import { readFile, rm } from "node:fs/promises";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import type plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { startSandbox } from "pulumi-oauth-clients-sandbox";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { pack, ROOT } from "../../tools/release/packing.ts";
import { Command, execute, plainEnvironment } from "../cli/command.ts";
import { ForeignProject, ForeignStack, foreignFolder } from "./foreign.ts";

const NAME = "pulumi-resource-oauth-clients";
/** npm downloads what its cache does not have. */
const INSTALL_LIMIT_MS = 10 * 60_000;
/** What docs/reliability.md promises where an engine is gone. */
const END_LIMIT_MS = 15_000;

let folder: string;
let tarball: string;
let project: ForeignProject;
let installed: string[];

beforeAll(async () => {
  folder = await foreignFolder();
  ({ tarball } = await pack(NAME, folder, ROOT, true));
  project = await ForeignProject.create(join(folder, "alone"));
  installed = await project.installAlone(tarball);
}, INSTALL_LIMIT_MS);
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Starts it as npm has installed it, and as the engine does. */
async function started(...args: string[]): Promise<{ command: Command; port: string }> {
  const file = join(project.folder, "node_modules", ".bin", NAME);
  const command = new Command(file, args, { cwd: project.folder, env: plainEnvironment() });
  onTestFinished(() => command.kill());
  return { command, port: (await command.printed(/^\d+\n$/)).trim() };
}

/** The answer to a call. */
function answer<Response>(call: (done: (error: Error | null, response: Response) => void) => void): Promise<Response> {
  return new Promise((answered, failed) => call((error, response) => (error ? failed(error) : answered(response))));
}

async function withinLimit(command: Command): Promise<number | null> {
  const since = Date.now();
  const { code } = await command.ended();
  expect(Date.now() - since).toBeLessThan(END_LIMIT_MS);
  return code;
}

test("it brings nothing else", () => {
  expect(installed).toEqual([NAME]);
});

test("it prints its port, says its version and its schema, and ends with SIGTERM", async () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(ROOT, "plugin", "package.json"), "utf8")));
  const { command, port } = await started();
  const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  onTestFinished(() => client.close());
  const info = await answer<plugins.PluginInfo>((done) => client.getPluginInfo(new empty.Empty(), done));
  expect(info.getVersion()).toBe(version);
  const schema = await answer<messages.GetSchemaResponse>((done) =>
    client.getSchema(new messages.GetSchemaRequest(), done),
  );
  const said: unknown = JSON.parse(schema.getSchema());
  expect(said).toEqual(JSON.parse(await readFile(join(ROOT, "plugin", "schema.json"), "utf8")));
  expect(said).toMatchObject({ name: "oauth-clients", version });
  client.close();
  command.child.kill("SIGTERM");
  await withinLimit(command);
});

test("with a Node.js that is too old it says so in one line, which Pulumi shows", async () => {
  await project.write("old.cjs", 'Object.defineProperty(process.versions, "node", { value: "20.20.2" });');
  const file = join(project.folder, "node_modules", ".bin", NAME);
  const env = plainEnvironment({ NODE_OPTIONS: `--require=${join(project.folder, "old.cjs")}` });
  const { code, stdout, stderr } = await execute(file, [], { cwd: project.folder, env });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /^pulumi-oauth-clients needs Node\.js 22\.19\.0 or newer, but this is 20\.20\.2\. .* \[node-too-old\]\n$/,
  );
});

test("it ends where its engine is gone", async () => {
  const engine = createServer();
  const sessions: ServerHttp2Session[] = [];
  const met = new Promise((connected) =>
    engine.on("session", (session) => {
      sessions.push(session);
      connected(session);
    }),
  );
  await new Promise<void>((listening) => engine.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void engine.close());
  const { port } = engine.address() as AddressInfo;
  const { command } = await started(`127.0.0.1:${port}`);
  await met;
  expect(command.child.exitCode).toBeNull();
  engine.close();
  for (const session of sessions) session.destroy();
  await withinLimit(command);
});

test(
  "the real engine creates and destroys with it, found by Pulumi.yaml",
  async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    await project.install([tarball]);
    const program = `
import * as pulumi from "@pulumi/pulumi";
class OAuthClient extends pulumi.CustomResource {
  constructor(name, args) {
    super("oauth-clients:rezolve:OAuthClient", name, { clientId: undefined, ...args });
  }
}
const bot = new OAuthClient("bot", {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
});
export const clientId = bot.clientId;
`;
    const stack = await ForeignStack.create(project, sandbox, { name: "packaged", main: "index.mjs", program });
    const path = `./node_modules/${NAME}/bin`;
    const settings = await readFile(join(project.folder, "Pulumi.yaml"), "utf8");
    const plugins = `plugins:\n  providers:\n    - name: oauth-clients\n      path: ${path}\n`;
    await project.write("Pulumi.yaml", `${settings}${plugins}`);
    const up = await stack.up();
    expect(up.code, up.stdout + up.stderr).toBe(0);
    const { clientId } = sandbox.clients.find("CI bot") ?? {};
    expect(up.stdout).toContain(clientId);
    const destroy = await stack.destroy();
    expect(destroy.code, destroy.stdout + destroy.stderr).toBe(0);
    expect(destroy.stdout).toContain("0 tokens revoked, 0 sessions ended");
    expect(sandbox.clients.find("CI bot")).toBeUndefined();
    expect(await readFile(join(project.folder, "packaged.jsonl"), "utf8")).toContain(clientId);
  },
  INSTALL_LIMIT_MS,
);
