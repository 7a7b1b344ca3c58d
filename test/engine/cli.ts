import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Engine, findEngine } from "../../tools/engine/engine.ts";

const execute = promisify(execFile);

let found: Promise<Engine> | undefined;

/** The engine of this machine, looked for once: that costs a start of the CLI. */
export function engineHere(): Promise<Engine> {
  found ??= findEngine();
  return found;
}

/** What a command said, and whether it succeeded. */
export interface Said {
  ok: boolean;
  text: string;
}

/** Runs the real command line, as a person or a pipeline does. */
export async function pulumi(folder: string, environment: Record<string, string>, ...args: string[]): Promise<Said> {
  const engine = await engineHere();
  const options = { cwd: folder, env: environment, maxBuffer: 32 * 1024 * 1024 };
  try {
    const { stdout, stderr } = await execute(engine.pulumi, [...args, "--non-interactive"], options);
    return { ok: true, text: stdout + stderr };
  } catch (error) {
    const { stdout, stderr } = Object.assign({ stdout: "", stderr: "" }, error);
    return { ok: false, text: stdout + stderr };
  }
}
