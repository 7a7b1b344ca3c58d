/** Where engines, and what else is built, are kept between runs and clones, and how one gets there whole or not at all. */
import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The programs of an engine: all three have to be in its folder. */
export const PROGRAMS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] as const;

/** Written last, so that a folder with this file in it is complete. */
const MARK = "engine.json";

/** The cache folder: outside of any clone, so that it survives `npm ci` and serves other clones. */
export function cacheFolder(environment: Record<string, string | undefined> = process.env, home = homedir()): string {
  if (environment.OAUTH_CLIENTS_CACHE_DIR) return environment.OAUTH_CLIENTS_CACHE_DIR;
  // The XDG specification says to ignore a relative path.
  const xdg = environment.XDG_CACHE_HOME;
  return join(xdg?.startsWith("/") ? xdg : join(home, ".cache"), "pulumi-oauth-clients");
}

/** A short digest of what an engine is made from, so that a changed recipe never meets an old result. */
export function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 10);
}

/** The programs that are missing from a folder, or are there and cannot be run. */
export async function missingPrograms(
  folder: string,
  platform: string = process.platform,
  names: readonly string[] = PROGRAMS,
): Promise<string[]> {
  const present = async (name: string) => {
    const endings = platform === "win32" ? [".exe", ".cmd"] : [""];
    for (const ending of endings) {
      try {
        await access(join(folder, name + ending), constants.X_OK);
        return true;
      } catch {}
    }
    return false;
  };
  const found = await Promise.all(names.map(present));
  return names.filter((_, index) => !found[index]);
}

/**
 * The version of the complete engine in a cached folder; undefined when there is none.
 *
 * @param programs a folder inside of it
 * @param names what has to be there, if it is something else than an engine
 */
export async function cachedVersion(
  folder: string,
  programs = ".",
  names: readonly string[] = PROGRAMS,
): Promise<string | undefined> {
  try {
    const mark: unknown = JSON.parse(await readFile(join(folder, MARK), "utf8"));
    if (typeof mark !== "object" || mark === null || !("version" in mark) || typeof mark.version !== "string") return;
    return (await missingPrograms(join(folder, programs), process.platform, names)).length === 0
      ? mark.version
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lets `fill` fill a folder and puts it in place by a rename: an interrupted or a failed run leaves the old state as it was,
 * and of two runs at the same time one wins and both are whole. `fill` returns the version, or undefined to give up.
 */
export async function publish(folder: string, fill: (folder: string) => Promise<string | undefined>): Promise<void> {
  const unfinished = `${folder}.unfinished-${randomUUID()}`;
  const discarded = `${folder}.discarded-${randomUUID()}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const version = await fill(unfinished);
    if (version === undefined) return;
    await writeFile(join(unfinished, MARK), `${JSON.stringify({ version })}\n`);
    // A folder cannot be renamed onto a full one. Between the two renames another run may have put its own there.
    for (let attempt = 1; ; attempt++) {
      await rename(folder, discarded).catch(ignore("ENOENT"));
      try {
        await rename(unfinished, folder);
        return;
      } catch (error) {
        if (attempt === 5 || !isSystemError(error, "ENOTEMPTY", "EEXIST")) throw error;
        await rm(discarded, { recursive: true, force: true });
      }
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await rm(discarded, { recursive: true, force: true });
  }
}

/** Removes what killed runs have left beside a cached folder. Call it with the lock held. */
export async function sweep(parent: string, olderThan = 60 * 60_000): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    if (!/\.(unfinished|discarded)-[0-9a-f-]{36}$/.test(name)) continue;
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > olderThan) await rm(path, { recursive: true, force: true });
  }
}

/** A lock without a beat for this long belongs to nobody. */
const DEAD_AFTER = 60_000;

/**
 * Runs one thing at a time per lock file. The holder touches the file every few seconds; a file that is no longer touched,
 * or whose process on this machine is gone, is taken over. Only spares work: {@link publish} is safe without it.
 */
export async function locked<T>(
  file: string,
  onWait: (holder: string) => void,
  run: () => Promise<T>,
  {
    poll = 500,
    deadAfter = DEAD_AFTER,
    signal,
  }: { poll?: number; deadAfter?: number; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const me = `${hostname()} ${process.pid}`;
  for (let told = false; ; ) {
    try {
      const handle = await open(file, "wx");
      await handle.writeFile(me);
      await handle.close();
      break;
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
    }
    const [holder, found] = await Promise.all([
      readFile(file, "utf8").catch(() => ""),
      stat(file).catch(() => undefined),
    ]);
    if (!found) continue;
    if (Date.now() - found.mtimeMs > deadAfter || isGone(holder)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) onWait(holder);
    told = true;
    await sleep(poll, undefined, { signal });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, 5_000);
  try {
    return await run();
  } finally {
    clearInterval(beat);
    if ((await readFile(file, "utf8").catch(() => "")) === me) await rm(file, { force: true });
  }
}

/** Whether the holder of a lock was a process of this machine that has ended. */
function isGone(holder: string): boolean {
  const [host, pid] = holder.split(" ");
  if (host !== hostname() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return isSystemError(error, "ESRCH");
  }
}

function isSystemError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if (!isSystemError(error, code)) throw error;
  };
}
