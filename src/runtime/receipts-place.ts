import { constants, type Stats } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { devNull } from "node:os";
import { dirname, resolve } from "node:path";

/**
 * Why a file would take no receipts, as "it …" goes on, as far as that can be told without writing one; null where it would.
 *
 * @example
 * await problemWithReceiptsFile("/nowhere/at/all/receipts.jsonl"); // "is in a folder that does not exist"
 */
export async function problemWithReceiptsFile(file: string): Promise<string | null> {
  if (file === devNull) return null;
  const path = resolve(file);
  const found = await lstat(path).catch(() => null);
  return found === null ? problemWithFolder(dirname(path)) : problemWithFile(path, found);
}

async function problemWithFile(path: string, found: Stats): Promise<string | null> {
  if (found.isSymbolicLink()) return "is a symbolic link";
  return problemWithKind(found) ?? ((await isWritable(path)) ? null : "cannot be written");
}

/** Why a file of this kind and owner takes no receipts; null where it does. Root may write to everybody's. */
export function problemWithKind(found: Stats): string | null {
  if (!found.isFile()) return "is not a regular file";
  const user = process.geteuid?.() ?? 0;
  return user === 0 || found.uid === user ? null : "belongs to another user";
}

/** The last folder of the path is made where it is missing. */
async function problemWithFolder(folder: string): Promise<string | null> {
  const isThere = await stat(folder).then(
    (one) => one.isDirectory(),
    () => false,
  );
  if (isThere) return (await isWritable(folder)) ? null : "is in a folder that cannot be written";
  const parent = dirname(folder);
  if (dirname(parent) === parent || !(await isWritable(parent))) return "is in a folder that does not exist";
  return null;
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
