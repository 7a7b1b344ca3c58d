/**
 * A real Pulumi engine for the demo, the tests and the benchmark, on a machine that may have none.
 *
 * @example
 * const engine = await findEngine();
 * const environment = engineEnvironment(engine, { home, backendDirectory, passphrase: "only for this test" });
 * spawn(engine.pulumi, ["up", "--yes"], { cwd: project, env: environment });
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { vendors } from "../../src/vendors/registry.ts";
import { build, buildFolder } from "./build.ts";
import { cachedVersion, cacheFolder, locked, sweep } from "./cache.ts";
import { type Attempt, describeAttempt, explainFailure, isAtLeast, type Kind, kindsToTry } from "./choice.ts";
import { install, installFolder } from "./install.ts";
import { lookOnPath } from "./on-path.ts";
import { type Progress, silent } from "./progress.ts";

export interface Engine {
  kind: Kind;
  /** Version of the CLI, such as `3.259.0`. */
  version: string;
  /** Folder of the CLI; unless `kind` is `path`, its Node language host and the dynamic-provider shim are in it too. */
  directory: string;
  /** Absolute path of the CLI. */
  pulumi: string;
}

/**
 * - `engine-missing`: nothing is set up yet; `npm run engine` does it.
 * - `engine-unavailable`: every way to get one has failed.
 * - `engine-choice`: `OAUTH_CLIENTS_ENGINE` names no way.
 * - `node-too-old`: no Node that runs the programs of this repository.
 */
export type EngineErrorCode = "engine-missing" | "engine-unavailable" | "engine-choice" | "node-too-old";

/** Its message is for people: it says what to do next. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  constructor(code: EngineErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const program = (folder: string) => join(folder, process.platform === "win32" ? "pulumi.exe" : "pulumi");
const kept = (kind: Kind, version: string, directory: string): Engine => {
  return { kind, version, directory, pulumi: program(directory) };
};

function wantedKinds(): readonly Kind[] {
  const wanted = kindsToTry(process.env.OAUTH_CLIENTS_ENGINE);
  if (!wanted.usable) throw new EngineError("engine-choice", wanted.reason);
  return wanted.value;
}

/** What is there already: on PATH first, then in the cache. */
async function look(kinds: readonly Kind[]): Promise<{ engine?: Engine; attempts: Attempt[] }> {
  const attempts: Attempt[] = [];
  for (const kind of kinds) {
    if (kind === "path") {
      const found = await lookOnPath();
      if (found.usable) return { engine: { kind, directory: dirname(found.value.pulumi), ...found.value }, attempts };
      attempts.push({ kind, reason: found.reason });
      continue;
    }
    const folder = kind === "install" ? installFolder(cacheFolder()) : buildFolder(cacheFolder());
    const programs = kind === "install" ? "bin" : ".";
    const version = await cachedVersion(folder, programs);
    if (version) return { engine: kept(kind, version, join(folder, programs)), attempts };
    attempts.push({ kind, reason: `not in ${folder}` });
  }
  return { attempts };
}

/**
 * The engine that is set up on this machine. Builds and downloads nothing.
 *
 * @throws {EngineError} `engine-missing` when there is none.
 */
export async function findEngine(): Promise<Engine> {
  const { engine, attempts } = await look(wantedKinds());
  if (engine) return engine;
  const tried = attempts.map(describeAttempt).join("; ");
  throw new EngineError("engine-missing", `no Pulumi engine is set up, run: npm run engine (${tried})`);
}

/**
 * The engine of this machine, set up if need be: by installing it, else by building it, which takes minutes.
 *
 * `rebuild` passes over what the cache has; a failed rebuild leaves it in place.
 *
 * @throws {EngineError} `engine-unavailable` when every way fails; the message has one line for each.
 */
export async function ensureEngine(
  progress: Progress = silent,
  { rebuild = false, signal }: { rebuild?: boolean; signal?: AbortSignal } = {},
): Promise<Engine> {
  const kinds = wantedKinds();
  const before = await look(rebuild ? kinds.filter((kind) => kind === "path") : kinds);
  if (before.engine) return before.engine;
  const attempts = before.attempts.filter((attempt) => attempt.kind === "path");
  for (const attempt of attempts) progress.note(describeAttempt(attempt));

  const unavailable = () => new EngineError("engine-unavailable", explainFailure(attempts));
  const parent = join(cacheFolder(), "engine");
  const set = async (): Promise<Engine> => {
    // Another process may have set one up while this one waited.
    const meanwhile = await look(rebuild ? [] : kinds.filter((kind) => kind !== "path"));
    if (meanwhile.engine) return meanwhile.engine;
    await sweep(parent);
    for (const kind of kinds) {
      if (kind === "path") continue;
      const folder = kind === "install" ? installFolder(cacheFolder()) : buildFolder(cacheFolder());
      const done = await (kind === "install" ? install : build)(folder, progress, signal);
      if (done.usable) return kept(kind, done.value, kind === "install" ? join(folder, "bin") : folder);
      attempts.push({ kind, reason: done.reason });
      if (kinds.at(-1) !== kind) progress.note(describeAttempt({ kind, reason: done.reason }));
    }
    throw unavailable();
  };
  if (kinds.every((kind) => kind === "path")) throw unavailable();
  await mkdir(parent, { recursive: true }).catch((error: Error) => {
    const advice = "set OAUTH_CLIENTS_CACHE_DIR to a folder that can be written";
    throw new EngineError("engine-unavailable", `${error.message}; ${advice}`);
  });
  const onWait = (holder: string) => progress.note(`waiting for another set-up of the engine to end (${holder})`);
  return await locked(join(parent, ".lock"), onWait, set, { signal });
}

/** Node as `engines` in package.json asks for it: the first with built-in TypeScript and a quiet `require(esm)`. */
const OLDEST_NODE = "22.19.0";

/** The folder of the Node that the engine is to start: this repository's own, else the running one. */
function nodeFolder(): string {
  const own = fileURLToPath(new URL("../../node_modules/node/bin", import.meta.url));
  if (existsSync(join(own, process.platform === "win32" ? "node.exe" : "node"))) return own;
  if (isAtLeast(process.versions.node, OLDEST_NODE)) return dirname(process.execPath);
  throw new EngineError("node-too-old", `Node ${process.versions.node} is older than ${OLDEST_NODE}, run: npm ci`);
}

export interface Isolation {
  /** Pulumi's home: credentials and plugins. */
  home: string;
  /** Folder of the states. Has to exist. */
  backendDirectory: string;
  /** Passphrase of the secrets in these states. */
  passphrase: string;
  /** Leaves the choice of colours to the programs. Default: false, no colours at all. */
  colours?: boolean;
}

const OURS = ["PULUMI", "OAUTH_CLIENTS", ...vendors.map(({ name }) => name.toUpperCase())];

/** Whether a variable of the environment is one of Pulumi or of this package: what a test or a demonstration must not inherit. */
export function isSettingOfOurs(variable: string): boolean {
  return OURS.some((prefix) => variable.startsWith(`${prefix}_`));
}

/**
 * The complete environment of an engine that shares nothing with the user's own Pulumi: to be given to `spawn` as `env`.
 *
 * It is the environment of this process without the variables of Pulumi and of this package, so that no login, stack or
 * option leaks in, and no test reaches a real vendor.
 */
export function engineEnvironment(
  engine: Pick<Engine, "directory">,
  { home, backendDirectory, passphrase, colours = false }: Isolation,
  inherited: Record<string, string | undefined> = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {};
  let path = "";
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || isSettingOfOurs(name)) continue;
    if (name.toUpperCase() === "PATH") path = value;
    else environment[name] = value;
  }
  // Node stands before the engine: a CLI in /usr/bin may have an old Node beside it.
  environment.PATH = [nodeFolder(), engine.directory, path].filter(Boolean).join(delimiter);
  environment.PULUMI_HOME = resolve(home);
  environment.PULUMI_BACKEND_URL = pathToFileURL(resolve(backendDirectory)).href;
  environment.PULUMI_CONFIG_PASSPHRASE = passphrase;
  environment.PULUMI_SKIP_UPDATE_CHECK = "true";
  environment.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION = "true";
  if (!colours) {
    environment.NO_COLOR = "1";
    // Node heeds this one first, and vitest sets it. "0" means none, without a warning about the two of them.
    environment.FORCE_COLOR = "0";
  }
  return environment;
}
