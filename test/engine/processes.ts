import { readdir, readFile } from "node:fs/promises";
import type { World } from "./world.ts";

/** A process of a world. */
export interface WorldProcess {
  pid: number;
  isProvider: boolean;
  /** What it has for itself: Node's program file is shared. */
  memoryMb: number;
}

/** The processes that were started with the environment of a world: the CLI, what it started, and what those left. Linux only. */
export async function processesOf({ folder }: Pick<World, "folder">): Promise<WorldProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => processOf(pid, folder)));
  return found.flatMap((one) => one ?? []);
}

/** As with `kill -9`. Returns whether it was still there. */
export function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

async function processOf(pid: string, folder: string): Promise<WorldProcess | null> {
  const of = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  // A process that has ended and was not waited for has none.
  if (!(await of("environ")).includes(folder)) return null;
  const [program = "", script = ""] = (await of("cmdline")).split("\0");
  const memoryKb = Number(/^RssAnon:\s+(\d+) kB/m.exec(await of("status"))?.[1] ?? 0);
  return {
    pid: Number(pid),
    isProvider: /node$/.test(program) && script.includes("dynamic-provider"),
    memoryMb: Math.round(memoryKb / 1_024),
  };
}
