/** Runs a command to its end and says how long the whole of it took. */
import { spawn } from "node:child_process";

export interface WholeCommand {
  program: string;
  args: readonly string[];
  cwd: string;
  environment: Record<string, string | undefined>;
  signal: AbortSignal;
  /** As people know it, in an error. */
  what: string;
  /** Whether the command is meant to fail. How it says so is not the same in all CLIs. */
  fails?: boolean;
}

/**
 * How long the command took, in milliseconds.
 *
 * @throws {Error} with all that it printed, if it did not end with 0, or is meant to fail and did
 */
export async function wholeCommand(command: WholeCommand): Promise<number> {
  const { program, args, cwd, environment, signal, what, fails = false } = command;
  signal.throwIfAborted();
  const started = performance.now();
  const child = spawn(program, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  // An interrupted engine ends its own processes; a killed one leaves them behind.
  const stop = () => void child.kill("SIGINT");
  signal.addEventListener("abort", stop);
  const code = await new Promise<number | null>((ended, failed) => {
    child.once("error", failed).once("close", ended);
  });
  const took = performance.now() - started;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (code === null || (code !== 0) !== fails) throw new Error(`${what} ended with ${code}:\n${printed}`);
  return took;
}
