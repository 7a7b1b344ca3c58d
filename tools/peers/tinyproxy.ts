/** Tinyproxy, a forward proxy: from PATH, else out of Debian's package, which is unpacked and not installed. */
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cachedVersion, cacheFolder, publish } from "../engine/cache.ts";
import type { Verdict } from "../engine/choice.ts";
import { findProgram, pathFolders, run } from "../engine/command.ts";
import type { Progress } from "../engine/progress.ts";
import { freePort } from "../free-port.ts";
import { Peer } from "./peer.ts";

/** Debian's package with nothing but the program in it. */
const PACKAGE = "tinyproxy-bin";

export class Tinyproxy {
  readonly url: string;
  readonly #program: string;
  readonly #config: string;
  readonly #port: number;
  #peer: Peer | null = null;

  private constructor(program: string, config: string, port: number) {
    this.#program = program;
    this.#config = config;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** The program, or why there is none; fetches it once for each machine. */
  static async program(progress: Progress): Promise<Verdict<string>> {
    const present = await findProgram("tinyproxy", pathFolders());
    if (present !== undefined) return { usable: true, value: present };
    const folder = join(cacheFolder(), "peers", `${PACKAGE}-${process.platform}-${process.arch}`);
    const programs = join("usr", "bin");
    const isThere = async () => (await cachedVersion(folder, programs, ["tinyproxy"])) !== undefined;
    const unusable = (why: string) => {
      return { usable: false as const, reason: `no tinyproxy on PATH, and ${why}; install it` };
    };
    if (!(await isThere())) {
      const [apt, dpkg] = await Promise.all(["apt-get", "dpkg"].map((name) => findProgram(name, pathFolders())));
      if (apt === undefined || dpkg === undefined)
        return unusable("no apt-get and dpkg to fetch Debian's package with");
      progress.begin(`fetching Debian's package ${PACKAGE}`);
      let reason: string | undefined;
      await publish(folder, async (unfinished) => {
        reason = await unpacked(apt, dpkg, unfinished);
        return reason === undefined ? "Debian's" : undefined;
      });
      progress.end(reason === undefined ? `fetched ${PACKAGE}` : undefined);
      if (reason !== undefined) return unusable(`Debian's package cannot be had: ${reason}`);
      if (!(await isThere())) return unusable(`Debian's package ${PACKAGE} has no such program`);
    }
    return { usable: true, value: join(folder, programs, "tinyproxy") };
  }

  /** @param folder for its configuration */
  static async prepare(program: string, folder: string): Promise<Tinyproxy> {
    const port = await freePort();
    const config = join(folder, "tinyproxy.conf");
    const lines = ["Listen 127.0.0.1", `Port ${port}`, "Allow 127.0.0.1", "Timeout 60", "LogLevel Warning"];
    await writeFile(config, `${lines.join("\n")}\n`);
    return new Tinyproxy(program, config, port);
  }

  async start(): Promise<void> {
    this.#peer = await Peer.start(this.#program, ["-d", "-c", this.#config], this.#port);
  }

  /** As with `kill -9`. */
  async kill(): Promise<void> {
    await this.#peer?.kill();
    this.#peer = null;
  }
}

/** Has the package's files in a folder; returns why it failed. */
async function unpacked(apt: string, dpkg: string, folder: string): Promise<string | undefined> {
  const limit = 120_000;
  const download = () => run(apt, ["download", PACKAGE], { cwd: folder, limit });
  let answer = await download();
  // A fresh runner has no lists of packages yet. Nobody's own machine has them renewed by a test.
  if ("failure" in answer && process.env.CI && process.getuid?.() === 0) {
    await run(apt, ["update"], { limit });
    answer = await download();
  }
  if ("failure" in answer)
    return `${answer.failure} (\`apt-get update\` may be due, which only a pipeline runs by itself)`;
  const file = (await readdir(folder)).find((name) => name.endsWith(".deb"));
  if (file === undefined) return "nothing was downloaded";
  answer = await run(dpkg, ["--extract", join(folder, file), folder], { limit });
  await rm(join(folder, file), { force: true });
  return "failure" in answer ? answer.failure : undefined;
}
