import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isSettingOfOurs } from "../../tools/engine/engine.ts";

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** The command as it is shipped; the build comes before the tests. */
export const CLI = join(REPOSITORY, "dist", "cli.js");

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Whether it leads a process group of its own. */
  detached?: boolean;
}

/** A running command. */
export class Command {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #ended: Promise<Ended>;

  constructor(program: string, args: readonly string[], options: CommandOptions = {}) {
    this.child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.#ended = new Promise((ended, failed) => {
      this.child.once("error", failed);
      this.child.once("close", (code) => ended({ code, stdout: this.stdout, stderr: this.stderr }));
    });
    // Whoever waits for it is told; nobody has to.
    this.#ended.catch(() => {});
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Waits until the command has printed something, or has ended. */
  async printed(expected: string | RegExp): Promise<string> {
    const seen = () => (typeof expected === "string" ? this.stdout.includes(expected) : expected.test(this.stdout));
    while (!seen()) {
      if (this.child.exitCode !== null) throw new Error(`ended with ${this.child.exitCode}: ${this.stderr}`);
      await Promise.race([once(this.child.stdout ?? this.child, "data"), this.#ended]);
    }
    return this.stdout;
  }

  /** Ends it for good; harmless after its end. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null) this.child.kill("SIGKILL");
    await this.#ended.catch(() => {});
  }
}

/** Runs a command to its end. */
export const execute = (program: string, args: readonly string[], options?: CommandOptions): Promise<Ended> =>
  new Command(program, args, options).ended();

/** Runs `oauth-clients` to its end, without settings of the user. */
export function oauthClients(args: readonly string[], { env, ...options }: CommandOptions = {}): Promise<Ended> {
  return execute(process.execPath, [CLI, ...args], { ...options, env: plainEnvironment(env) });
}

/**
 * Runs `oauth-clients` on a terminal of so many columns, where colours are shown unless the environment says otherwise: what
 * it prints, to whichever stream, is in `stdout`.
 */
export async function onTerminal(
  args: readonly string[],
  columns: number,
  { env, ...options }: CommandOptions = {},
): Promise<Ended> {
  const command = [process.execPath, CLI, ...args].map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(" ");
  const terminal = ["-qec", `stty cols ${columns} rows 40; exec ${command}`, "/dev/null"];
  const coloured = { NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: "xterm-256color", CI: undefined, ...env };
  const ended = await execute("script", terminal, { ...options, env: plainEnvironment(coloured) });
  return { ...ended, stdout: ended.stdout.replaceAll("\r\n", "\n") };
}

/** What is seen of what a terminal gets: nothing of a line that was cleared. */
export function seenOf(printed: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal gets
  return printed.replaceAll(/[^\n]*\r\u001b\[2K/g, "");
}

/** The environment without settings for this package, and without colours. */
export function plainEnvironment(more: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !isSettingOfOurs(name));
  return { ...Object.fromEntries(own), NO_COLOR: "1", FORCE_COLOR: "0", ...more };
}
