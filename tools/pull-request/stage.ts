/** Where the story of pull requests plays: a vendor, a backend that many machines share, and a project with the package. */
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { type Engine, engineEnvironment } from "../engine/engine.ts";
import type { Progress } from "../engine/progress.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a script did and printed. */
export interface Ran {
  code: number | null;
  text: string;
}

export class Stage {
  readonly sandbox: Sandbox;
  readonly tenantId: string;
  /** Of the project, a copy of examples/preview-stack with the packed package installed. */
  readonly project: string;
  /** Where comments and receipts stay when all is over. */
  readonly results: string;
  /** Of every script. */
  readonly environment: Record<string, string>;
  readonly #folder: string;
  readonly #postgres: Postgres;

  private constructor(
    folder: string,
    results: string,
    sandbox: Sandbox,
    postgres: Postgres,
    environment: Record<string, string>,
  ) {
    this.#folder = folder;
    this.results = results;
    this.project = join(folder, "project");
    this.sandbox = sandbox;
    this.tenantId = sandbox.tenants[0].id;
    this.#postgres = postgres;
    this.environment = environment;
  }

  /** @param results is emptied first */
  static async set(engine: Engine, results: string, progress: Progress): Promise<Stage> {
    await rm(results, { recursive: true, force: true });
    await mkdir(results, { recursive: true });
    await mkdir(join(ROOT, ".scratch"), { recursive: true });
    const folder = await mkdtemp(join(ROOT, ".scratch", "pull-request-"));
    const opened: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const postgres = await startPostgres(progress);
      opened.push(() => postgres.close());
      const sandbox = await startSandbox();
      opened.push(() => sandbox.close());
      const home = join(folder, "home");
      await mkdir(home);
      const passphrase = "only for this story";
      const isolated = engineEnvironment(engine, { home, backendDirectory: folder, passphrase });
      const stage = new Stage(folder, results, sandbox, postgres, {
        ...isolated,
        PULUMI_BACKEND_URL: postgres.url,
        REZOLVE_BASE_URL: sandbox.url,
        REZOLVE_TENANT_ID: sandbox.tenants[0].id,
        REZOLVE_TOKEN: await sandbox.adminToken(),
        COMMENTS_FOLDER: join(results, "comments"),
        // Played in a pipeline, it is none of that pipeline's runs.
        GITHUB_RUN_ID: "",
        CI_JOB_URL: "",
      });
      progress.begin("installing the package, as a project of somebody else would");
      await stage.#install();
      progress.end();
      return stage;
    } catch (error) {
      progress.end();
      for (const close of opened.reverse()) await close();
      throw error;
    }
  }

  /** The package as it would be published, in a copy of the example. */
  async #install(): Promise<void> {
    const npm = promisify(execFile);
    await cp(join(ROOT, "examples", "preview-stack"), this.project, {
      recursive: true,
      filter: (path) => !["node_modules"].includes(basename(path)) && !/^Pulumi\..+\.yaml$/.test(basename(path)),
    });
    await npm("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", this.#folder], { cwd: ROOT });
    const tarball = (await readdir(this.#folder)).find((name) => name.endsWith(".tgz"));
    const manifest = JSON.parse(await readFile(join(this.project, "package.json"), "utf8"));
    manifest.dependencies["pulumi-oauth-clients"] = `file:${join(this.#folder, String(tarball))}`;
    await writeFile(join(this.project, "package.json"), JSON.stringify(manifest));
    const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"];
    await npm("npm", args, { cwd: this.project });
  }

  /** Runs a script of the project, as a pipeline does: without a terminal. */
  run(script: string, args: readonly string[] = [], more: Record<string, string> = {}): Promise<Ran> {
    return this.command("bash", [join("ci", script), ...args], more);
  }

  /** Runs any command in the project. */
  command(program: string, args: readonly string[], more: Record<string, string> = {}): Promise<Ran> {
    return new Promise((ended, failed) => {
      const env = { ...this.environment, ...more };
      const child = spawn(program, args, { cwd: this.project, env, stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      const take = (part: Buffer) => {
        text += part.toString("utf8");
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.once("error", failed);
      child.once("close", (code) => ended({ code, text }));
    });
  }

  /** The comments that are on a pull request, by file. */
  async comments(): Promise<Map<string, string>> {
    const folder = join(this.results, "comments");
    const files = (await readdir(folder).catch(() => [])).sort();
    const read = files.map(
      async (file): Promise<[string, string]> => [file, await readFile(join(folder, file), "utf8")],
    );
    return new Map(await Promise.all(read));
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await this.#postgres.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
