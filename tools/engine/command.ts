/** Runs other programs: with a time limit, cancellable, and never with a shell. */
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { StringDecoder } from "node:string_decoder";

/** What a program printed on its standard output, or in one line why there is no such thing. */
export type Answer = { output: string } | { failure: string };

export interface RunOptions {
  cwd?: string;
  environment?: Record<string, string | undefined>;
  /** Milliseconds after which the program and its children are killed. Without it: never. */
  limit?: number;
  signal?: AbortSignal | undefined;
  /** Called with each line of the standard error; true keeps it out of the failure. */
  onLine?: (line: string) => boolean;
}

/** Runs a program to its end. A program that fails is an answer, not an exception; only cancelling throws. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Answer> {
  const { cwd, environment = process.env, limit, signal, onLine } = options;
  signal?.throwIfAborted();
  const grouped = process.platform !== "win32";
  const child = spawn(command, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"], detached: grouped });
  const kill = () => {
    try {
      // The children too: a shell's download, a compiler's processes.
      if (grouped && child.pid) process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    } catch {}
  };
  let late = false;
  const timer = limit
    ? setTimeout(() => {
        late = true;
        kill();
      }, limit)
    : undefined;
  signal?.addEventListener("abort", kill);
  let output = "";
  const decoder = new StringDecoder("utf8");
  child.stdout.on("data", (chunk: Buffer) => {
    output += decoder.write(chunk);
  });
  const errors: string[] = [];
  const take = (line: string) => {
    if (line.trim() === "" || onLine?.(line)) return;
    errors.push(line.trim());
    if (errors.length > 20) errors.shift();
  };
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  const ended = await new Promise<string | number>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("close", (code, killedBy) => done(code ?? `ended by ${killedBy}`));
  });
  clearTimeout(timer);
  signal?.removeEventListener("abort", kill);
  signal?.throwIfAborted();
  take(rest);
  if (late) return { failure: `no answer within ${Math.round((limit ?? 0) / 1000)} s` };
  if (ended === 0) return { output };
  return { failure: errors.at(-1) ?? (typeof ended === "number" ? `exit code ${ended}` : ended) };
}

/** The first executable file of a name in some folders, as an absolute path. */
export async function findProgram(name: string, folders: readonly string[]): Promise<string | undefined> {
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  for (const folder of folders) {
    for (const ending of endings) {
      const path = resolve(join(folder, name + ending));
      try {
        await access(path, constants.X_OK);
        if ((await stat(path)).isFile()) return path;
      } catch {}
    }
  }
  return undefined;
}

/** The folders of PATH, in order. */
export const pathFolders = (path = process.env.PATH ?? ""): string[] => path.split(delimiter).filter(Boolean);
