import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EngineEvent, LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { parseReceipts, type Receipt } from "pulumi-oauth-clients/automation";
import { type Sandbox, type SandboxOptions, startSandbox } from "pulumi-oauth-clients-sandbox";
import { engineEnvironment } from "../../tools/engine/engine.ts";
import { execute } from "../cli/command.ts";
import { engineHere } from "./cli.ts";

/** Programs run here, because the shell finds the package from the program's folder upwards. */
const SCRATCH = fileURLToPath(new URL("../../.scratch/", import.meta.url));

export const PASSPHRASE = "synthetic passphrase";

/** What one command of the engine did and said. */
export interface Run {
  ok: boolean;
  /** All that a person would have seen. */
  text: string;
  events: EngineEvent[];
  /** How many requests the vendor's API got meanwhile. */
  requests: number;
  /** Steps by operation, for example `{ create: 1, same: 1 }`, without the stack and providers. */
  steps: Record<string, number>;
  outputs: Record<string, unknown>;
}

/** A resource as the state file has it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  external?: boolean;
  /** `project:///file#line,column`. */
  sourcePosition?: string;
}

/** Colours as on a terminal; none without. */
export interface Colour {
  color?: "always";
  diff?: boolean;
}

/** What a command looks at first: the vendor, the program. */
export interface Looking {
  refresh?: boolean;
  runProgram?: boolean;
}

/** A stack on the real engine, with a folder and an environment of its own. */
export class TestStack {
  readonly stack: Stack;
  /** After every command, the Automation API asks the CLI three times more: for outputs, in clear and not, and for the history. */
  readonly #quick: Stack;
  readonly #world: World;

  readonly #project: string;

  constructor(world: World, stack: Stack, project: string) {
    this.#world = world;
    this.#project = project;
    this.stack = stack;
    const nothing = { outputs: async () => ({}), info: async () => undefined };
    this.#quick = Object.assign(Object.create(stack), nothing);
  }

  up = (
    options: Colour &
      Looking & { target?: string[]; replace?: string[]; continueOnError?: boolean; signal?: AbortSignal } = {},
  ) => this.#run((common) => this.#quick.up({ ...common, ...options }));
  preview = (options: Colour = {}) => this.#run((common) => this.#quick.preview({ ...common, ...options }));
  refresh = (options: Colour = {}) => this.#run((common) => this.#quick.refresh({ ...common, ...options }));
  destroy = (options: Colour & Looking & { parallel?: number; continueOnError?: boolean } = {}) =>
    this.#run((common) => this.#quick.destroy({ ...common, ...options }));

  setConfig = (key: string, value: string, options: { secret?: boolean; path?: boolean } = {}) =>
    this.stack.setConfig(key, { value, secret: options.secret ?? false }, options.path ?? false);

  /** Resources in the exported state, without the stack and providers. */
  async resources(): Promise<StateResource[]> {
    const { deployment } = await this.stack.exportStack();
    const all: StateResource[] = deployment.resources ?? [];
    return all.filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"));
  }

  async #run(
    command: (common: {
      onOutput(text: string): void;
      onError(text: string): void;
      onEvent(event: EngineEvent): void;
    }) => Promise<unknown>,
  ): Promise<Run> {
    this.stack.workspace.envVars = { ...this.#world.environment };
    const before = this.#world.sandbox.requests.count();
    const said: string[] = [];
    const events: EngineEvent[] = [];
    const common = {
      onOutput: (part: string) => void said.push(part),
      onError: (part: string) => void said.push(part),
      onEvent: (event: EngineEvent) => void events.push(event),
    };
    let ok = true;
    try {
      await command(common);
    } catch (error) {
      ok = false;
      said.push(error instanceof Error ? error.message : String(error));
    }
    const steps: Record<string, number> = {};
    for (const { resourcePreEvent } of events) {
      const step = resourcePreEvent?.metadata;
      if (step === undefined || step.type === "pulumi:pulumi:Stack" || step.type.startsWith("pulumi:providers:"))
        continue;
      steps[step.op] = (steps[step.op] ?? 0) + 1;
    }
    const outputs = await this.#outputs();
    return { ok, text: said.join(""), events, requests: this.#world.sandbox.requests.count() - before, steps, outputs };
  }

  /** In clear. The CLI is asked only for what is encrypted: that costs a start of it. */
  async #outputs(): Promise<Record<string, unknown>> {
    const { name, workspace } = this.stack;
    const { checkpoint } = JSON.parse(await readFile(this.#world.stateFile(this.#project, name), "utf8"));
    const all: StateResource[] = checkpoint.latest?.resources ?? [];
    const outputs = all.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    if (!JSON.stringify(outputs).includes("ciphertext")) return outputs;
    const { pulumi } = await engineHere();
    const args = ["stack", "output", "--json", "--show-secrets", "--stack", name];
    const { stdout } = await execute(pulumi, args, { cwd: workspace.workDir, env: this.#world.environment });
    return JSON.parse(stdout);
  }
}

/** A sandbox, a folder, and the environment of the commands that run in it. */
export class World {
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** Of every command: change it to change the settings. */
  readonly environment: Record<string, string>;
  readonly token: string;
  readonly tenantId: string;
  readonly receiptsFile: string;
  readonly #settings: Readonly<Record<string, string>>;
  #stacks = 0;

  private constructor(
    sandbox: Sandbox,
    folder: string,
    environment: Record<string, string>,
    token: string,
    tenantId: string,
  ) {
    this.sandbox = sandbox;
    this.folder = folder;
    this.environment = environment;
    this.#settings = { ...environment };
    this.token = token;
    this.tenantId = tenantId;
    this.receiptsFile = join(folder, "receipts.jsonl");
  }

  static async create(options: SandboxOptions = {}): Promise<World> {
    const engine = await engineHere();
    await mkdir(SCRATCH, { recursive: true });
    const folder = await mkdtemp(join(SCRATCH, "engine-"));
    const [home, backendDirectory] = [join(folder, "home"), join(folder, "backend")];
    await mkdir(home);
    await mkdir(backendDirectory);
    const sandbox = await startSandbox(options);
    const token = await sandbox.adminToken();
    const tenantId = sandbox.tenants[0]?.id ?? "";
    const isolated = engineEnvironment(engine, { home, backendDirectory, passphrase: PASSPHRASE });
    // The Automation API looks for the CLI on this process's own PATH.
    process.env.PATH = isolated.PATH;
    const environment = {
      ...isolated,
      REZOLVE_BASE_URL: sandbox.url,
      REZOLVE_TENANT_ID: tenantId,
      REZOLVE_TOKEN: token,
      REZOLVE_RETRY_BUDGET_SECONDS: "5",
      NEXUS_BASE_URL: sandbox.url,
      NEXUS_TENANT_ID: tenantId,
      NEXUS_TOKEN: token,
      NEXUS_APPLICATION_TOKEN: sandbox.nexus.applicationToken,
      NEXUS_RETRY_BUDGET_SECONDS: "5",
      OAUTH_CLIENTS_RECEIPTS_FILE: join(folder, "receipts.jsonl"),
    };
    return new World(sandbox, folder, environment, token, tenantId);
  }

  /** A new stack with an inline program. */
  async stack(program: PulumiFn): Promise<TestStack> {
    this.#stacks += 1;
    const projectName = `world-${this.#stacks}`;
    const workDir = join(this.folder, projectName);
    await mkdir(workDir, { recursive: true });
    const stack = await LocalWorkspace.createStack(
      { stackName: "test", projectName, program },
      {
        workDir,
        envVars: { ...this.environment },
        projectSettings: { name: projectName, runtime: "nodejs", main: workDir },
      },
    );
    return new TestStack(this, stack, projectName);
  }

  /** Where the backend keeps the state of a stack. */
  stateFile(project: string, stack: string): string {
    return join(this.folder, "backend", ".pulumi", "stacks", project, `${stack}.json`);
  }

  async receipts(): Promise<Receipt[]> {
    const text = await readFile(this.receiptsFile, "utf8").catch(() => "");
    const { receipts, unreadableLines } = parseReceipts(text);
    if (unreadableLines.length > 0) throw new Error(`unreadable receipts: ${unreadableLines.join(", ")}`);
    return receipts;
  }

  /** Back to the beginning: no clients, faults or remembered requests, the settings of the environment as at first. */
  reset(): void {
    this.sandbox.faults.clear();
    this.sandbox.requests.clear();
    for (const { id } of this.sandbox.clients.list()) this.sandbox.clients.remove(id, "hard");
    for (const key of Object.keys(this.environment)) delete this.environment[key];
    Object.assign(this.environment, this.#settings);
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
