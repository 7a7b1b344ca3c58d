/** What the demonstration stands on: a sandbox and throw-away stacks, in a folder that goes away with it. */
import { rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { type Engine, engineEnvironment } from "../engine/engine.ts";
import { forgetUsersSettings } from "./users-settings.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The program of the stacks: the example itself. */
export const EXAMPLE = "examples/rezolve";

export class Stage {
  readonly sandbox: Sandbox;
  /** The administrator's token that Pulumi works with. */
  readonly token: string;
  readonly receiptsFile: string;
  readonly #folder: string;
  readonly #environment: Record<string, string>;
  /** What the last command of the engine printed. */
  #printed = "";
  #printedBefore = "";

  private constructor(sandbox: Sandbox, token: string, folder: string, environment: Record<string, string>) {
    this.sandbox = sandbox;
    this.token = token;
    this.receiptsFile = join(folder, "receipts.jsonl");
    this.#folder = folder;
    this.#environment = { ...environment, OAUTH_CLIENTS_RECEIPTS_FILE: this.receiptsFile };
  }

  static async set(engine: Engine): Promise<Stage> {
    forgetUsersSettings();
    const scratch = join(ROOT, ".scratch");
    await mkdir(scratch, { recursive: true });
    const folder = await mkdtemp(join(scratch, "demo-"));
    // Whatever ends this process, the folder goes.
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const [home, backendDirectory] = [join(folder, "home"), join(folder, "backend")];
    await mkdir(home);
    await mkdir(backendDirectory);
    const isolated = engineEnvironment(engine, { home, backendDirectory, passphrase: "only for this demonstration" });
    // The Automation API looks for the CLI on this process's own PATH.
    process.env.PATH = isolated.PATH;

    const sandbox = await startSandbox();
    const token = await sandbox.adminToken();
    return new Stage(sandbox, token, folder, {
      ...isolated,
      REZOLVE_BASE_URL: sandbox.url,
      REZOLVE_TENANT_ID: sandbox.tenants[0].id,
      REZOLVE_TOKEN: token,
    });
  }

  /** A new stack of the example. */
  async stack(name: string): Promise<Stack> {
    const workDir = join(this.#folder, basename(EXAMPLE));
    // Stack settings of somebody who tried the example are no part of it.
    const filter = (path: string) => !/^Pulumi\..+\.yaml$/.test(basename(path)) && basename(path) !== "node_modules";
    await cp(join(ROOT, EXAMPLE), workDir, { recursive: true, filter });
    return await LocalWorkspace.createStack({ stackName: name, workDir }, { envVars: this.#environment });
  }

  /** Options of an engine's command that keep what it prints. */
  listen(signal: AbortSignal) {
    this.#printedBefore += this.#printed;
    this.#printed = "";
    const onOutput = (text: string) => {
      this.#printed += text;
    };
    return { onOutput, onError: onOutput, signal };
  }

  /** What the engine's last command printed. */
  get printed(): string {
    return this.#printed;
  }

  /** All that is left of the runs so far: every file of the state store, the receipts, and what the engine printed. */
  async remains(): Promise<string> {
    const backend = join(this.#folder, "backend");
    const entries = await readdir(backend, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const texts = await Promise.all(
      [...files, this.receiptsFile].map((file) => readFile(file, "utf8").catch(() => "")),
    );
    return [...texts, this.#printedBefore, this.#printed].join("\n");
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
