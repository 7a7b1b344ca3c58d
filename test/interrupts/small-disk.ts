import { execFile } from "node:child_process";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

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
    await execute("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
    return new SmallDisk(folder);
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

  /** Leaves no room for a single byte, and takes what others give back, until it is freed. */
  fill(): void {
    this.#filling = true;
    this.#filled = this.#fill();
  }

  async #fill(): Promise<void> {
    const handle = await open(this.#filler, "a");
    try {
      while (this.#filling) {
        // The last page is found with small pieces.
        for (const bytes of [256 * 1_024, 4 * 1_024, 1]) {
          const piece = Buffer.alloc(bytes);
          while (await handle.write(piece).then(() => true, isFull));
        }
        await sleep(5);
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

function isFull(error: unknown): false {
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
  throw error;
}
