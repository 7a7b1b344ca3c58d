import { mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Receipt } from "../core/receipt.ts";

/**
 * Appends a receipt to a file, one JSON line, on the disk before this returns.
 *
 * @throws the file system's error
 */
export async function appendReceipt(file: string, receipt: Receipt): Promise<void> {
  const path = resolve(file);
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "a", 0o600);
  try {
    // One write per line: with O_APPEND, lines of parallel deletions and processes do not mix.
    await handle.write(`${JSON.stringify(receipt)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
