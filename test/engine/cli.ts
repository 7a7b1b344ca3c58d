import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findEngine } from "../../tools/engine/engine.ts";

const execute = promisify(execFile);

/** What a command said, and whether it succeeded. */
export interface Said {
  ok: boolean;
  text: string;
}

/** Runs the real command line, as a person or a pipeline does. */
export async function pulumi(folder: string, environment: Record<string, string>, ...args: string[]): Promise<Said> {
  const engine = await findEngine();
  const options = { cwd: folder, env: environment, maxBuffer: 32 * 1024 * 1024 };
  try {
    const { stdout, stderr } = await execute(engine.pulumi, [...args, "--non-interactive"], options);
    return { ok: true, text: stdout + stderr };
  } catch (error) {
    const { stdout, stderr } = Object.assign({ stdout: "", stderr: "" }, error);
    return { ok: false, text: stdout + stderr };
  }
}
