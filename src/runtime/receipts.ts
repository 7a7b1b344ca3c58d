import { constants, type FileHandle, mkdir, open } from "node:fs/promises";
import { devNull } from "node:os";
import { dirname, resolve } from "node:path";
import { OAuthClientsError } from "../core/errors.ts";
import type { Receipt } from "../core/receipt.ts";
import type { Safe } from "../core/redaction.ts";
import { type Message, say } from "../core/text.ts";

/** A disk of a network that takes longer holds up no deletion any more. */
const LONGEST_WRITE_MS = 10_000;

/**
 * Appends a receipt to a file, one JSON line, on the disk before this returns. The file is a regular one of this user
 * and for nobody else to read; it is made where it is missing, and so is the last folder of its path. `/dev/null` means
 * that no receipt is wanted.
 *
 * @param kept files of which their folders are known to have them on the disk; this one is added
 * @throws {OAuthClientsError} `configuration-invalid` for a place where no receipts are written
 * @throws the file system's error
 */
export async function appendReceipt(file: string, receipt: Safe<Receipt>, kept = new Set<string>()): Promise<void> {
  if (file === devNull) return;
  await notLonger(append(resolve(file), JSON.stringify(receipt), kept), LONGEST_WRITE_MS);
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

async function append(path: string, text: string, kept: Set<string>): Promise<void> {
  const handle = await openOrMake(path);
  try {
    await assertOurs(handle);
    // One write per line: with O_APPEND, lines of parallel deletions and processes do not mix.
    const line = Buffer.from(`${(await endsInTornLine(handle)) ? "\n" : ""}${text}\n`);
    const { bytesWritten } = await handle.write(line);
    if (bytesWritten < line.length) throw new Error(`only ${bytesWritten} of ${line.length} bytes could be written`);
    await handle.sync();
    await keepEntry(handle, path, kept);
  } finally {
    await handle.close();
  }
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
  if (!stats.isFile()) throw unusable(say`it is not a regular file`);
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (user !== 0 && stats.uid !== user) throw unusable(say`it belongs to another user`);
  // Where it cannot be changed, the file system knows no permissions.
  if ((stats.mode & 0o077) !== 0) await handle.chmod(0o600).catch(() => {});
}

/** Whether a full disk or a power cut left half a line, which would take the next receipt with it. */
async function endsInTornLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

/** A new file is on the disk only with its folder; whoever made it, the first receipt of a process sees to that. */
async function keepEntry(handle: FileHandle, path: string, kept: Set<string>): Promise<void> {
  const { dev, ino, birthtimeMs } = await handle.stat();
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

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function unusable(reason: Message): OAuthClientsError {
  return new OAuthClientsError("configuration-invalid", reason);
}
