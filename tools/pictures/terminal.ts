/** Types a command on a terminal of its own, and keeps what is to be seen afterwards. */
import { spawn } from "node:child_process";
import { type Line, ROWS, Screen } from "./screen.ts";

export interface TerminalOptions {
  columns: number;
  cwd: string;
  environment: Record<string, string | undefined>;
  signal: AbortSignal;
}

const LIMIT_MS = 60_000;

/** @param exitCode what the command is to end with; whatever else it does is no picture */
export async function typed(command: string, exitCode: number, options: TerminalOptions): Promise<Line[]> {
  const { columns, cwd, environment, signal } = options;
  const sized = `stty cols ${columns} rows ${ROWS}; ${command}`;
  const child = spawn("script", ["--quiet", "--return", "--command", sized, "/dev/null"], {
    cwd,
    env: { ...environment, TERM: "xterm-256color", COLORTERM: undefined },
    stdio: ["pipe", "pipe", "inherit"],
    signal,
    timeout: LIMIT_MS,
  });
  // Pulumi asks where the cursor is, and waits seconds for a terminal that does not answer.
  const screen = new Screen(columns, (answer) => void child.stdin.write(answer));
  child.stdin.on("error", () => {});
  const ended = new Promise<number | null>((done, failed) => child.once("close", done).once("error", failed));
  const writes = [screen.write(`\u001b[32m$\u001b[0m \u001b[1m${command}\u001b[0m\r\n`)];
  child.stdout.on("data", (part: Buffer) => writes.push(screen.write(part)));
  const code = await ended;
  await Promise.all(writes);
  const lines = screen.lines();
  screen.close();
  if (code === exitCode) return lines;
  const shown = lines.map((line) => line.map(({ text }) => text).join("")).join("\n");
  throw new Error(`It ended with ${code}, and not with ${exitCode}:\n${shown}`);
}
