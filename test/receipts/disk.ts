/** Disks of the real kind, for what only they do. What a machine does not permit skips a test, with the reason. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, type TestContext } from "vitest";
import { parseReceipts, type ReadReceipts } from "../../src/core/receipts-file.ts";
import { type Ended, execute } from "../cli/command.ts";

export const WRITER = fileURLToPath(new URL("writer.ts", import.meta.url));

/** A folder of this test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "receipts-disk-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs what a machine may not permit; where it does not, the test is skipped. */
export function permitted({ skip }: TestContext, program: string, ...args: string[]): void {
  try {
    execFileSync(program, args, { stdio: "pipe" });
  } catch (error) {
    skip(`this machine does not permit ${program}: ${String(error).trim().split("\n").at(-1)}`);
  }
}

/** A disk of so many kilobytes in memory. */
export function smallDisk(context: TestContext, kilobytes: number): string {
  const path = join(folder(), "disk");
  mkdirSync(path);
  permitted(context, "mount", "-t", "tmpfs", "-o", `size=${kilobytes}k`, "receipts-test", path);
  onTestFinished(() => void execFileSync("umount", ["--lazy", path]));
  return path;
}

/** A folder that can be read and not written, by root neither. */
export function readOnly(context: TestContext, path: string): void {
  permitted(context, "mount", "--bind", path, path);
  onTestFinished(() => void execFileSync("umount", ["--lazy", path]));
  permitted(context, "mount", "-o", "remount,ro,bind", path);
}

/** Lets processes write receipts at the same time, each so many. */
export function writing(file: string, names: readonly string[], count: number): Promise<Ended[]> {
  return Promise.all(names.map((name) => execute(process.execPath, [WRITER, file, name, String(count)])));
}

/** The ids that a writer should have written. */
export function idsOf(names: readonly string[], count: number): string[] {
  return names.flatMap((name) => Array.from({ length: count }, (_, at) => `${name}-${at}`)).sort();
}

export function read(...files: string[]): ReadReceipts {
  return parseReceipts(files.map((file) => readFileSync(file, "utf8")).join(""));
}
