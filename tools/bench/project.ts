/** Throw-away Pulumi projects of one side, and the whole commands run in them. */
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type Engine, engineEnvironment } from "../engine/engine.ts";
import { dependencyFolder, readManifest, type Side, type SideName } from "./sides.ts";
import { wholeCommand } from "./whole-command.ts";

/** Of every project: it is in the state, many times. */
const NAME = "bench-many";

/** Many clients. */
const CLIENTS = `
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
  /** Each side has a folder of its own, which starts so. */
  folder: string;
  engine: Engine;
  signal: AbortSignal;
  /** Besides the engine's own. */
  environment: Record<string, string>;
  /** What the program does once its side's package is imported; by default it has many clients. */
  program?: string;
}

/** How one command is run. */
export interface Run {
  /** Besides the project's own. */
  environment?: Record<string, string>;
  options?: readonly string[];
  /** Whether the command is meant to fail. */
  fails?: boolean;
}

export class Project<Name extends string = SideName> {
  readonly side: Side<Name>;
  readonly #folder: string;
  readonly #backend: string;
  readonly #pulumi: string;
  readonly #signal: AbortSignal;
  readonly #environment: Record<string, string>;

  private constructor(side: Side<Name>, folder: string, backend: string, setting: Setting) {
    this.side = side;
    this.#folder = folder;
    this.#backend = backend;
    this.#pulumi = setting.engine.pulumi;
    this.#signal = setting.signal;
    this.#environment = setting.environment;
  }

  static async create<Name extends string>(side: Side<Name>, setting: Setting): Promise<Project<Name>> {
    const place = `${setting.folder}-${side.name}`;
    const [home, backendDirectory] = [join(place, "home"), join(place, "backend")];
    for (const path of [home, backendDirectory]) await mkdir(path, { recursive: true });
    const isolation = { home, backendDirectory, passphrase: "only for this measurement" };
    const environment = { ...engineEnvironment(setting.engine, isolation), ...setting.environment };
    const project = new Project(side, await layProject(place, side, setting.program), backendDirectory, {
      ...setting,
      environment,
    });
    await project.#run(["stack", "init"], 0);
    return project;
  }

  /** How long the whole command took, in milliseconds. */
  up(clients: number, run: Run = {}): Promise<number> {
    return this.#run(["up", "--yes", "--skip-preview"], clients, run);
  }

  preview(clients: number): Promise<number> {
    return this.#run(["preview", "--expect-no-changes"], clients);
  }

  destroy(run: Run = {}): Promise<number> {
    return this.#run(["destroy", "--yes", "--skip-preview"], 0, run);
  }

  /** The resources of a kind as the state file has them, and the size of the file. */
  async state(kind = "OAuthClient"): Promise<{ clients: StateResource[]; bytes: number }> {
    const text = await readFile(join(this.#stacks, "bench.json"), "utf8");
    const { resources = [] } = stateSchema.parse(JSON.parse(text)).checkpoint.latest;
    return { clients: resources.filter(({ type }) => type.endsWith(`:${kind}`)), bytes: Buffer.byteLength(text) };
  }

  /** The size of the state file, compressed or not. */
  async stateBytes(): Promise<number> {
    const names = (await readdir(this.#stacks)).filter((name) => /^bench\.json(\.gz|\.zst)?$/.test(name));
    const [name, ...others] = names;
    if (name === undefined || others.length > 0) throw new Error(`One state file expected, not ${names.length}`);
    return (await stat(join(this.#stacks, name))).size;
  }

  get #stacks(): string {
    return join(this.#backend, ".pulumi", "stacks", NAME);
  }

  async #run(
    args: readonly string[],
    clients: number,
    { environment = {}, options = [], fails = false }: Run = {},
  ): Promise<number> {
    return await wholeCommand({
      program: this.#pulumi,
      args: [...args, ...options, "--stack", "bench", "--non-interactive"],
      cwd: this.#folder,
      environment: { ...this.#environment, ...environment, BENCH_CLIENTS: String(clients) },
      signal: this.#signal,
      what: `pulumi ${args.join(" ")} (${this.side.name})`,
      fails,
    });
  }
}

/**
 * Writes a project in which the package of a side is installed, and says where it is.
 *
 * Above it is what that package needs, as it was installed with it: two builds may need different versions, and one
 * something that the other does not. It is not in the project, all of whose files the engine looks through for plugins.
 * What the packages share with the program, the SDK, is one for all sides: that of this checkout, further up.
 */
export async function layProject(place: string, side: Side<string>, program = CLIENTS): Promise<string> {
  const { name, dependencies } = await readManifest(side.folder);
  const folder = join(place, "project");
  // The package is a copy. A link would not do: the engine records where in a project's own code a resource is made, and
  // what a link leads to is the project's own.
  for (const file of side.files) {
    await cp(join(side.folder, file), join(folder, "node_modules", name, file), { recursive: true });
  }
  for (const dependency of Object.keys(dependencies)) {
    const link = join(place, "node_modules", dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(dependencyFolder(side.folder, dependency), link, "junction");
  }
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await writeFile(join(folder, "index.js"), side.program + program);
  const options = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";
  const plugins =
    side.plugin === undefined ? "" : `plugins:\n  providers:\n    - name: oauth-clients\n      path: ${side.plugin}\n`;
  await writeFile(join(folder, "Pulumi.yaml"), `name: ${NAME}\n${options}${plugins}`);
  return folder;
}
