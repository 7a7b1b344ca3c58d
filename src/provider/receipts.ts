import { mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Receipt } from "../core/receipt.ts";
import type { Safe } from "../core/redaction.ts";

/**
 * Appends a receipt to a file, one JSON line, on the disk before this returns.
 *
 * @throws the file system's error
 */
export async function appendReceipt(file: string, receipt: Safe<Receipt>): Promise<void> {
  const path = resolve(file);
  await mkdir(dirname(path), { recursive: true });
  const torn = await endsInTornLine(path);
  const handle = await open(path, "a", 0o600);
  try {
    // One write per line: with O_APPEND, lines of parallel deletions and processes do not mix.
    const line = Buffer.from(`${torn ? "\n" : ""}${JSON.stringify(receipt)}\n`);
    const { bytesWritten } = await handle.write(line);
    if (bytesWritten < line.length) throw new Error(`only ${bytesWritten} of ${line.length} bytes could be written`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether a full disk or a power cut left half a line, which would take the next receipt with it. */
async function endsInTornLine(path: string): Promise<boolean> {
  const handle = await open(path, "r").catch(() => null);
  if (handle === null) return false;
  try {
    const { size } = await handle.stat();
    if (size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 0x0a;
  } finally {
    await handle.close();
  }
}
