import type { Stats } from "node:fs";
import { constants, type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { devNull } from "node:os";
import { dirname, resolve } from "node:path";
import { OAuthClientsError } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";
import { problemWithKind } from "./receipts-place.ts";

/** A disk of a network that takes longer holds up no deletion any more. */
const LONGEST_WRITE_MS = 10_000;

/** So often another program may take the file away while a line is written. */
const MOST_REMOVALS = 5;

/**
 * Appends a line to a receipts file, on the disk before this returns. The file is a regular one of this user and for nobody
 * else to read; it is made where it is missing, and so is the last folder of its path. It is opened anew for each line: where
 * another program has renamed it, the next line goes to a new one. `/dev/null` means that no receipt is wanted.
 *
 * @param line without its end
 * @param kept files of which their folders are known to have them on the disk; this one is added
 * @throws {OAuthClientsError} `configuration-invalid` for a place where no receipts are written
 * @throws the file system's error
 */
export async function appendLine(file: string, line: string, kept = new Set<string>()): Promise<void> {
  if (file === devNull) return;
  await notLonger(append(resolve(file), line, kept), LONGEST_WRITE_MS);
}

/** The work's end, unless it takes longer. @internal */
export async function notLonger(work: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`the disk had not taken it after ${ms / 1_000} s`)), ms);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function append(path: string, line: string, kept: Set<string>): Promise<void> {
  for (let removals = 0; removals < MOST_REMOVALS; removals += 1) {
    if (await appendTo(path, line, kept)) return;
  }
  throw new Error("it was removed each time it was written");
}

/** @returns whether the file is still there: what was removed under the line has taken it along */
async function appendTo(path: string, line: string, kept: Set<string>): Promise<boolean> {
  const handle = await openOrMake(path);
  try {
    await assertOurs(handle);
    await writeLine(handle, line);
    await handle.sync();
    const stats = await handle.stat();
    if (await isRemoved(stats, path)) return false;
    await keepEntry(stats, path, kept);
    return true;
  } finally {
    await handle.close();
  }
}

/** In one write: with O_APPEND, lines of parallel deletions and processes do not mix. */
async function writeLine(handle: FileHandle, line: string): Promise<void> {
  const whole = Buffer.from(`${(await endsInTornLine(handle)) ? "\n" : ""}${line}\n`);
  if ((await handle.write(whole)).bytesWritten === whole.length) return;
  // On a full disk a part may have found room. The rest could end up behind another process' line, so all of it is written
  // once more, and the system says what is in the way, if it still is.
  const again = Buffer.from(`\n${line}\n`);
  const { bytesWritten } = await handle.write(again);
  if (bytesWritten < again.length) throw new Error(`only ${bytesWritten} of ${again.length} bytes could be written`);
}

/** Follows no link to a file that somebody else chose, and waits for nobody at the other end of a pipe. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function openOrMake(path: string): Promise<FileHandle> {
  const opened = () => open(path, FLAGS, 0o600);
  try {
    return await opened();
  } catch (error) {
    if (codeOf(error) === "ELOOP") throw unusable(say`it is a symbolic link; name the file itself`);
    if (codeOf(error) !== "ENOENT") throw error;
    await makeFolder(dirname(path));
    return opened();
  }
}

/** Only the last folder, and none at the root of the disk: more that is missing is rather a slip of the pen. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (dirname(parent) === parent) throw unusable(say`the folder ${folder} does not exist`);
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) === "ENOENT") throw unusable(say`the folder ${parent} does not exist`);
    throw error;
  }
  await syncFolder(parent);
}

async function assertOurs(handle: FileHandle): Promise<void> {
  const stats = await handle.stat();
  const problem = problemWithKind(stats);
  if (problem !== null) throw unusable(say`it ${problem}`);
  // Where it cannot be changed, the file system knows no permissions, or lets the file only grow (chattr +a).
  if ((stats.mode & 0o077) !== 0) await handle.chmod(0o600).catch(() => {});
}

/** Whether a full disk or a power cut left half a line, which would take the next receipt with it. */
async function endsInTornLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

/** A file that was only renamed, as log rotation does it, has a name still. */
async function isRemoved({ nlink, dev, ino }: Stats, path: string): Promise<boolean> {
  if (nlink > 0) return false;
  // Some file systems count no names at all.
  const there = await lstat(path).catch(() => null);
  return there?.dev !== dev || there.ino !== ino;
}

/** A new file is on the disk only with its folder; whoever made it, the first receipt of a process sees to that. */
async function keepEntry({ dev, ino, birthtimeMs }: Stats, path: string, kept: Set<string>): Promise<void> {
  // A file that was removed and made again may have the same number.
  const key = JSON.stringify([path, dev, ino, birthtimeMs]);
  if (kept.has(key)) return;
  await syncFolder(dirname(path));
  kept.add(key);
}

/** What systems answer that cannot do this with a folder, or not for this user. */
const NOT_FOR_FOLDERS: ReadonlySet<string> = new Set(["EACCES", "EBADF", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"]);

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!NOT_FOR_FOLDERS.has(codeOf(error))) throw error;
  }
}

/** The code of a failure of the system, for example `ENOENT`; empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function unusable(reason: Message): OAuthClientsError {
  return new OAuthClientsError("configuration-invalid", reason);
}
