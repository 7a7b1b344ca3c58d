/** Disks of the real kind, for what only they do. What a machine does not permit skips a test, with the reason. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, type TestContext } from "vitest";

/** A folder of this test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "disk-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs what a machine may not permit; where it does not, the test is skipped. */
export function permitted(context: TestContext, program: string, ...args: string[]): void {
  orSkipped(context, program, () => execFileSync(program, args, { stdio: "pipe" }));
}

function orSkipped<Result>({ skip }: TestContext, what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    return skip(`this machine does not permit ${what}: ${String(error).trim().split("\n").at(-1)}`);
  }
}

/**
 * Mounts a disk of so many kilobytes, in memory, over a folder, which is made where it is missing.
 *
 * @returns takes it away again
 * @throws {Error} where this machine does not permit it
 */
export function mountSmallDisk(path: string, kilobytes: number): () => void {
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "small-disk", path], { stdio: "pipe" });
  return () => unmount(path);
}

/** What still has a file of it open does not hold it. */
function unmount(path: string): void {
  execFileSync("umount", ["--lazy", path]);
}

/** A disk of this test: of so many kilobytes, in memory. */
export function smallDisk(context: TestContext, kilobytes: number): string {
  const path = join(folder(), "disk");
  onTestFinished(orSkipped(context, "mount", () => mountSmallDisk(path, kilobytes)));
  return path;
}

/** A folder that can be read and not written, by root neither. */
export function readOnly(context: TestContext, path: string): void {
  permitted(context, "mount", "--bind", path, path);
  onTestFinished(() => unmount(path));
  permitted(context, "mount", "-o", "remount,ro,bind", path);
}
