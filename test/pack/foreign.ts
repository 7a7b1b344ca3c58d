import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Sandbox } from "pulumi-oauth-clients-sandbox";
import { z } from "zod";
import { engineEnvironment, findEngine } from "../../tools/engine/engine.ts";
import { output, ROOT } from "../../tools/release/packing.ts";
import { type Ended, execute, plainEnvironment } from "../cli/command.ts";

const NPM_INSTALL = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];

/** A folder outside of the repository, so that nothing in it finds the repository's own packages. */
export async function foreignFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), "oauth-clients-pack-"));
}

/** The folder with the package's files in it. */
export async function unpack(tarball: string, folder: string): Promise<string> {
  await output("tar", ["-xzf", tarball, "-C", folder], folder);
  return join(folder, "package");
}

/** An older build of the package, whose deletions always fail with this message. */
export async function packOlder(tarball: string, folder: string, message: string): Promise<string> {
  const unpacked = await unpack(tarball, folder);
  const provider = join(unpacked, "dist", "provider.js");
  const patch = `
const createOlder = exports.createProvider;
exports.createProvider = (protocol) => {
  const provider = createOlder(protocol);
  provider.delete = () => Promise.reject(new Error(${JSON.stringify(message)}));
  return provider;
};
`;
  await writeFile(provider, (await readFile(provider, "utf8")) + patch);
  const manifest = join(unpacked, "package.json");
  const older = { ...z.looseObject({}).parse(JSON.parse(await readFile(manifest, "utf8"))), version: "0.0.1" };
  await writeFile(manifest, JSON.stringify(older));
  const olderTarball = join(folder, "pulumi-oauth-clients-0.0.1.tgz");
  await output("tar", ["-czf", olderTarball, "-C", folder, "package"], folder);
  return olderTarball;
}

async function sdkVersion(): Promise<string> {
  const manifest = join(ROOT, "node_modules", "@pulumi", "pulumi", "package.json");
  return z.object({ version: z.string() }).parse(JSON.parse(await readFile(manifest, "utf8"))).version;
}

async function oldestSdkVersion(): Promise<string> {
  const schema = z.object({ peerDependencies: z.object({ "@pulumi/pulumi": z.string().regex(/^\^\d/) }) });
  const { peerDependencies } = schema.parse(JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")));
  return peerDependencies["@pulumi/pulumi"].slice(1);
}

/** A project of somebody else: npm's own install of the tarball, and programs of their own. */
export class ForeignProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(folder: string, type: "module" | "commonjs" = "module"): Promise<ForeignProject> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "foreign", private: true, type }));
    return new ForeignProject(folder);
  }

  /** Installs tarballs and a Pulumi SDK: of the version that we test with, or of the oldest one that we support. */
  async install(tarballs: readonly string[], sdk: "ours" | "oldest" = "ours"): Promise<void> {
    const version = sdk === "ours" ? await sdkVersion() : await oldestSdkVersion();
    await output("npm", [...NPM_INSTALL, ...tarballs, `@pulumi/pulumi@${version}`], this.folder);
  }

  /** Installs a tarball as in production, without peers, and gives the names of all packages that came with it. */
  async installAlone(tarball: string): Promise<string[]> {
    await output("npm", [...NPM_INSTALL, "--omit=dev", "--omit=peer", "--legacy-peer-deps", tarball], this.folder);
    const lock = await readFile(join(this.folder, "node_modules", ".package-lock.json"), "utf8");
    const { packages } = z.object({ packages: z.record(z.string(), z.unknown()) }).parse(JSON.parse(lock));
    return Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  }

  /** A package of the repository, for tools that the project has for its development. */
  async borrow(name: string): Promise<void> {
    await cp(join(ROOT, "node_modules", name), join(this.folder, "node_modules", name), { recursive: true });
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  async version(): Promise<string> {
    const manifest = join(this.folder, "node_modules", "pulumi-oauth-clients", "package.json");
    return z.object({ version: z.string() }).parse(JSON.parse(await readFile(manifest, "utf8"))).version;
  }

  /** Runs a JavaScript file of the project and reads the JSON that it prints. */
  async json(file: string): Promise<unknown> {
    return JSON.parse(await output(process.execPath, [file], this.folder));
  }

  /** A package's command, as npm installed it. */
  command(name: "oauth-clients" | "oauth-clients-sandbox", ...args: string[]): Promise<Ended> {
    const command = join(this.folder, "node_modules", ".bin", name);
    return execute(command, args, { cwd: this.folder, env: plainEnvironment() });
  }

  oauthClients = (...args: string[]): Promise<Ended> => this.command("oauth-clients", ...args);

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** The real CLI in a foreign project, with a backend of its own. */
export class ForeignStack {
  readonly #project: ForeignProject;
  readonly #pulumi: string;
  readonly #environment: Record<string, string>;

  private constructor(project: ForeignProject, pulumi: string, environment: Record<string, string>) {
    this.#project = project;
    this.#pulumi = pulumi;
    this.#environment = environment;
  }

  /**
   * Writes the program and makes a stack, whose receipts go to `<name>.jsonl`; `main` is the program's file. A `.ts` file
   * is compiled by the Pulumi SDK.
   */
  static async create(
    project: ForeignProject,
    sandbox: Sandbox,
    { name, main, program }: { name: string; main: string; program: string },
  ): Promise<ForeignStack> {
    const engine = await findEngine();
    const [home, backendDirectory] = [join(project.folder, ".home"), join(project.folder, ".backend")];
    for (const path of [home, backendDirectory]) await mkdir(path, { recursive: true });
    await project.write(main, program);
    const options = main.endsWith(".ts") ? "" : "\n  options:\n    typescript: false";
    await project.write("Pulumi.yaml", `name: ${name}\nmain: ${main}\nruntime:\n  name: nodejs${options}\n`);
    const inherited = plainEnvironment();
    const stack = new ForeignStack(project, engine.pulumi, {
      ...engineEnvironment(engine, { home, backendDirectory, passphrase: "synthetic passphrase" }, inherited),
      REZOLVE_BASE_URL: sandbox.url,
      REZOLVE_TENANT_ID: sandbox.tenants[0].id,
      REZOLVE_TOKEN: await sandbox.adminToken(),
      REZOLVE_RETRY_BUDGET_SECONDS: "5",
      OAUTH_CLIENTS_RECEIPTS_FILE: join(project.folder, `${name}.jsonl`),
    });
    const made = await stack.run("stack", "init", "test");
    if (made.code !== 0) throw new Error(made.stderr);
    return stack;
  }

  run(...args: string[]): Promise<Ended> {
    const all = [...args, "--non-interactive", "--cwd", this.#project.folder];
    return execute(this.#pulumi, all, { cwd: this.#project.folder, env: this.#environment });
  }

  up = () => this.run("up", "--yes", "--skip-preview");
  refresh = () => this.run("refresh", "--yes", "--skip-preview");
  preview = () => this.run("preview", "--diff");
  destroy = () => this.run("destroy", "--yes", "--skip-preview");
}
