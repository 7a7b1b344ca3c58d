/** Somebody who reads the pages and types what they say into one shell, in a folder that was empty. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { engineEnvironment } from "../../../tools/engine/engine.ts";
import { Command, type Ended, plainEnvironment } from "../../cli/command.ts";
import { engineHere } from "../../engine/cli.ts";
import { replaced, type Words } from "./words.ts";

/** How something is typed. */
export interface Typing {
  /** Settings of this command alone; `undefined` takes one away. */
  with?: Record<string, string | undefined>;
  /** Exit code that the pages name for it. Default: 0. */
  code?: number;
  /** What is typed when the command asks, on a terminal. */
  answer?: string;
  /** What happens meanwhile: called before a line that begins so. */
  before?: Readonly<Record<string, () => Promise<void>>>;
}

export class Reader {
  /** The project, or where it will be. */
  readonly folder: string;
  words: Words = [];
  readonly #around: string;
  readonly #environment: Record<string, string | undefined>;
  readonly #running = new Set<Command>();

  private constructor(around: string, environment: Record<string, string | undefined>) {
    this.#around = around;
    this.folder = join(around, "project");
    this.#environment = environment;
  }

  /** With a Pulumi CLI, a backend of files and a passphrase, as `pulumi login --local` has it. */
  static async open(): Promise<Reader> {
    const around = await mkdtemp(join(tmpdir(), "oauth-clients-reader-"));
    const [home, backendDirectory] = [join(around, "home"), join(around, "backend")];
    for (const path of [home, backendDirectory, join(around, "project")]) await mkdir(path);
    const engine = await engineHere();
    const isolated = engineEnvironment(
      engine,
      { home, backendDirectory, passphrase: "synthetic passphrase" },
      plainEnvironment(),
    );
    return new Reader(around, {
      ...isolated,
      // `oauth-clients` is on the PATH, as docs/command.md has it.
      PATH: [join(around, "project", "node_modules", ".bin"), isolated.PATH].join(delimiter),
      // npx runs what is installed, and never fetches a package of that name.
      npm_config_yes: "false",
      npm_config_prefer_offline: "true",
      npm_config_audit: "false",
      npm_config_fund: "false",
      npm_config_update_notifier: "false",
      // A test of the project is not one of this run.
      VITEST: undefined,
      VITEST_MODE: undefined,
      VITEST_WORKER_ID: undefined,
    });
  }

  /**
   * Types it, line after line, as the pages have it but for the words.
   *
   * @throws {Error} where a line ends with another exit code
   */
  async type(code: string, typing: Typing = {}): Promise<Ended> {
    const all: Ended = { code: 0, stdout: "", stderr: "" };
    for (const line of linesOf(replaced(code, this.words))) {
      for (const [start, act] of Object.entries(typing.before ?? {})) if (line.startsWith(start)) await act();
      const ended = await this.#line(line, typing);
      all.stdout += ended.stdout;
      all.stderr += ended.stderr;
      all.code = ended.code;
      if (ended.code !== (typing.code ?? 0))
        throw new Error(`Exit code ${ended.code} of: ${line}\n${ended.stdout}${ended.stderr}`);
    }
    return all;
  }

  /** A new terminal in the project's folder: nothing that was exported in the one before. */
  async newTerminal(): Promise<void> {
    await rm(join(this.#around, "shell"), { force: true });
  }

  /** Begins something that runs until Ctrl-C. */
  begin(code: string): Command {
    const command = this.#start(["-c", this.#script(replaced(code, this.words), {})]);
    void command.ended().finally(() => this.#running.delete(command));
    return command;
  }

  /** Ctrl-C: to all that the terminal runs. */
  interrupt(command: Command): Promise<Ended> {
    signal(command, "SIGINT");
    return command.ended();
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), "utf8");
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text);
  }

  /** Ends what still runs, and leaves nothing. */
  async close(): Promise<void> {
    for (const command of this.#running) {
      signal(command, "SIGKILL");
      await command.ended().catch(() => {});
    }
    await rm(this.#around, { recursive: true, force: true });
  }

  async #line(line: string, typing: Typing): Promise<Ended> {
    const script = this.#script(line, typing);
    if (typing.answer === undefined) return await this.#ended(["-c", script]);
    await writeFile(join(this.#around, "asking.sh"), script);
    const terminal = `script --quiet --return --command 'bash ${join(this.#around, "asking.sh")}' /dev/null`;
    return await this.#ended(["-c", `printf '%s\\n' '${typing.answer}' | ${terminal}`]);
  }

  async #ended(args: readonly string[]): Promise<Ended> {
    const command = this.#start(args);
    const ended = await command.ended();
    this.#running.delete(command);
    return ended;
  }

  #start(args: readonly string[]): Command {
    // A group of its own, so that it can be ended with all that it has started.
    const command = new Command("bash", args, { cwd: this.folder, env: this.#environment, detached: true });
    this.#running.add(command);
    return command;
  }

  /** A shell for each line; what one exports, and the folder that it goes to, the next one finds. */
  #script(line: string, { with: more = {} }: Typing): string {
    const left = `'${join(this.#around, "shell")}'`;
    // Whoever types would say yes, where this may be asked.
    const yes = line.includes("--preview-only") ? [] : ["export PULUMI_SKIP_CONFIRMATIONS=true"];
    const own = Object.entries(more).map(([name, value]) =>
      value === undefined ? `unset ${name}` : `export ${name}='${value}'`,
    );
    const leave = `trap 'unset PULUMI_SKIP_CONFIRMATIONS; { export -p; echo "cd $PWD"; } >${left.replaceAll("'", '"')}' EXIT`;
    return [
      `if [ -e ${left} ]; then source ${left}; fi`,
      ...(own.length > 0 ? own : [leave]),
      ...yes,
      "set -o pipefail",
      line,
    ].join("\n");
  }
}

/** Lines, each with those that it goes on in. Comments that stand alone are not typed. */
function linesOf(code: string): string[] {
  const lines = code.replaceAll("\\\n", " ").split("\n");
  return lines.filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

function signal(command: Command, name: NodeJS.Signals): void {
  const { pid, exitCode, signalCode } = command.child;
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, name);
}
