/** Throw-away Pulumi projects with many clients, ours or the baseline's, and the whole commands run in them. */
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Engine, engineEnvironment } from "../engine/engine.ts";

/** Whose clients: this package's, or those of a provider that only sleeps. Names of equal length: they are in the state. */
export type Side = "ours" | "base";

const PROGRAMS: Record<Side, string> = {
  ours: 'import { rezolve } from "pulumi-oauth-clients";\nconst { OAuthClient } = rezolve;\n',
  base: 'import { OAuthClient } from "pulumi-bench-clients";\n',
};

const LOOP = `
for (let number = 1; number <= Number(process.env.BENCH_CLIENTS); number += 1) {
  new OAuthClient("client-" + number, {
    name: "Bench client " + number,
    description: "One of many",
    clientType: "confidential",
    redirectUris: ["https://app.example.test/callback"],
    grantTypes: ["client_credentials"],
    scopes: ["users:read", "reports:read"],
    // Said by both: ours would record the connection's, which every provider has to know for a deletion.
    tenantId: "5a4dbc0e-0000-4000-8000-000000000001",
    status: "active",
  });
}
`;

const resourceSchema = z.looseObject({
  type: z.string(),
  custom: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});
const stateSchema = z.object({
  checkpoint: z.object({ latest: z.object({ resources: z.array(resourceSchema).optional() }) }),
});
export type StateResource = z.infer<typeof resourceSchema>;

export interface Setting {
  folder: string;
  engine: Engine;
  signal: AbortSignal;
  /** Besides the engine's own. */
  environment: Record<string, string>;
}

export class Project {
  readonly side: Side;
  readonly #folder: string;
  readonly #backend: string;
  readonly #pulumi: string;
  readonly #signal: AbortSignal;
  readonly #environment: Record<string, string>;

  private constructor(side: Side, setting: Setting, environment: Record<string, string>) {
    this.side = side;
    this.#folder = join(setting.folder, side);
    this.#backend = join(setting.folder, "backend");
    this.#pulumi = setting.engine.pulumi;
    this.#signal = setting.signal;
    this.#environment = environment;
  }

  static async create(side: Side, setting: Setting): Promise<Project> {
    const { folder, engine } = setting;
    const [home, backendDirectory] = [join(folder, "home"), join(folder, "backend")];
    for (const path of [home, backendDirectory]) await mkdir(path, { recursive: true });
    const project = new Project(side, setting, {
      ...engineEnvironment(engine, { home, backendDirectory, passphrase: "only for this measurement" }),
      ...setting.environment,
    });
    await layProject(project.#folder, side);
    await project.#run(["stack", "init"], 0);
    return project;
  }

  /** How long the whole command took, in milliseconds. */
  up(clients: number): Promise<number> {
    return this.#run(["up", "--yes", "--skip-preview"], clients);
  }

  preview(clients: number): Promise<number> {
    return this.#run(["preview", "--expect-no-changes"], clients);
  }

  /** @param environment besides the project's own */
  destroy(environment: Record<string, string> = {}): Promise<number> {
    return this.#run(["destroy", "--yes", "--skip-preview"], 0, environment);
  }

  /** The clients as the state file has them, and the size of the file. */
  async state(): Promise<{ clients: StateResource[]; bytes: number }> {
    const file = join(this.#backend, ".pulumi", "stacks", `bench-${this.side}`, "bench.json");
    const text = await readFile(file, "utf8");
    const { resources = [] } = stateSchema.parse(JSON.parse(text)).checkpoint.latest;
    return { clients: resources.filter(({ type }) => type.endsWith(":OAuthClient")), bytes: Buffer.byteLength(text) };
  }

  async #run(args: readonly string[], clients: number, environment: Record<string, string> = {}): Promise<number> {
    const started = performance.now();
    const child = spawn(this.#pulumi, [...args, "--stack", "bench", "--non-interactive"], {
      cwd: this.#folder,
      env: { ...this.#environment, ...environment, BENCH_CLIENTS: String(clients) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
    }
    // An interrupted engine ends its own processes; a killed one leaves them behind.
    const stop = () => void child.kill("SIGINT");
    this.#signal.addEventListener("abort", stop);
    const code = await new Promise<number | null>((ended, failed) => {
      child.once("error", failed).once("close", ended);
    });
    this.#signal.removeEventListener("abort", stop);
    this.#signal.throwIfAborted();
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} (${this.side}) ended with ${code}:\n${printed}`);
    return performance.now() - started;
  }
}

/** Writes a project, with both packages where its programs and providers look for them. */
export async function layProject(folder: string, side: Side): Promise<void> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  // Both packages stand as if installed, so that neither is found sooner. A link would not do: the engine records where
  // in a project's own code a resource is made, and what a link leads to is the project's own.
  const root = new URL("../../", import.meta.url);
  const ours = join(folder, "node_modules", "pulumi-oauth-clients");
  await cp(new URL("package.json", root), join(ours, "package.json"));
  await cp(new URL("dist", root), join(ours, "dist"), { recursive: true });
  await cp(new URL("baseline", import.meta.url), join(folder, "node_modules", "pulumi-bench-clients"), {
    recursive: true,
  });
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await writeFile(join(folder, "index.js"), PROGRAMS[side] + LOOP);
  await writeFile(
    join(folder, "Pulumi.yaml"),
    `name: bench-${side}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
  );
}
