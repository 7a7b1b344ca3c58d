import { execFile } from "node:child_process";
import { type FileHandle, mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** How the system lists them: each with the process that has mounted it. */
const SOURCE = "oauth-clients-small-disk-";

/** A file system of a few megabytes, in memory, that can be filled to the last byte. */
export class SmallDisk {
  readonly folder: string;
  #filling = false;
  #filled: Promise<void> = Promise.resolve();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Mounts one over a folder, which is made where it is missing. */
  static async mount(folder: string, megabytes: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    await execute("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, SOURCE + process.pid, folder]);
    return new SmallDisk(folder);
  }

  /** Unmounts what processes have left that died. */
  static async sweep(): Promise<void> {
    const mounts = await readFile("/proc/mounts", "utf8").catch(() => "");
    for (const line of mounts.split("\n")) {
      const [source = "", folder = ""] = line.split(" ");
      if (!source.startsWith(SOURCE) || isAlive(Number(source.slice(SOURCE.length)))) continue;
      // The system writes a space as \040.
      const path = folder.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
      // Another one may be at it, and root's are not everybody's to unmount.
      await execute("umount", ["--lazy", path]).catch(() => {});
    }
  }

  /** Whether this system and this user can have one. */
  static async isPossible(): Promise<boolean> {
    const folder = await mkdtemp(join(tmpdir(), "small-disk-"));
    try {
      await (await SmallDisk.mount(folder, 1)).unmount();
      return true;
    } catch {
      return false;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Leaves no room for a single new page, and takes what others give back, until it is freed. */
  async fill(): Promise<void> {
    const handle = await open(this.#filler, "a");
    this.#filling = true;
    await fillUp(handle);
    this.#filled = this.#keepFull(handle);
  }

  async #keepFull(handle: FileHandle): Promise<void> {
    try {
      while (this.#filling) {
        await sleep(5);
        await fillUp(handle);
      }
    } finally {
      await handle.close();
    }
  }

  async free(): Promise<void> {
    this.#filling = false;
    await this.#filled;
    await rm(this.#filler, { force: true });
  }

  async unmount(): Promise<void> {
    await this.free();
    await execute("umount", ["--lazy", this.folder]);
  }

  get #filler(): string {
    return join(this.folder, "filler");
  }
}

async function fillUp(handle: FileHandle): Promise<void> {
  // The last page is found with small pieces.
  for (const bytes of [256 * 1_024, 4 * 1_024, 1]) {
    const piece = Buffer.alloc(bytes);
    while (await handle.write(piece).then(() => true, isFull));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isFull(error: unknown): false {
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
  throw error;
}
