/** Provider processes as the engine starts them, many operations on them, and what a vendor saw of that. */
import { readFile, writeFile } from "node:fs/promises";
import { arch, cpus, platform } from "node:os";
import { join } from "node:path";
import type { RecordedRequest } from "pulumi-oauth-clients-sandbox";
import { SHELL } from "../../src/core/shell.ts";
import { EngineStub, type Properties, ProviderProcess } from "../../tools/bench/provider-process.ts";
import { versionOfTree } from "../../tools/release/version.ts";
import { plainEnvironment, REPOSITORY } from "../cli/command.ts";
import { type Figure, readLoadReport, reportWith } from "./figures.ts";

/** `npm run soak`: the long forms, whose figures are written for docs/reliability.md. */
export const IS_SOAK = process.env.SOAK === "write";

/** A client that was made, as the engine would record it. */
export interface Made {
  id: string;
  outputs: Properties;
}

/** Processes for one test: `await using`. */
export class Processes {
  readonly #engine: EngineStub;
  readonly #started: ProviderProcess[] = [];

  private constructor(engine: EngineStub) {
    this.#engine = engine;
  }

  static async open(): Promise<Processes> {
    return new Processes(await EngineStub.start());
  }

  async start(environment: Readonly<Record<string, string>>, probed = false): Promise<ProviderProcess> {
    const started = await ProviderProcess.start({
      cwd: REPOSITORY,
      shell: SHELL,
      environment: plainEnvironment(environment),
      engineAddress: this.#engine.address,
      probed,
    });
    this.#started.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const started of this.#started) await started.end();
    this.#engine.close();
  }
}

export const named = (count: number, prefix = "Bot"): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix} ${at}`);

/** Makes a client of Rezolve's. */
export async function make(provider: ProviderProcess, name: string): Promise<Made> {
  const inputs = await provider.check({
    __kind: "rezolve:OAuthClient",
    name,
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  });
  return provider.create(inputs);
}

/** The most requests that came within any so many milliseconds, by the vendor's clock. */
export function mostWithin(requests: readonly RecordedRequest[], windowMs = 1_000): number {
  const times = requests.map(({ timestamp }) => Date.parse(timestamp)).sort((one, other) => one - other);
  let most = 0;
  let from = 0;
  for (const [at, time] of times.entries()) {
    while (time - (times[from] ?? 0) >= windowMs) from += 1;
    most = Math.max(most, at - from + 1);
  }
  return most;
}

/** Seconds from the first request to the last, by the vendor's clock. */
export function secondsOf(requests: readonly RecordedRequest[]): number {
  const times = requests.map(({ timestamp }) => Date.parse(timestamp));
  return (Math.max(...times) - Math.min(...times)) / 1_000;
}

const REPORT = join(REPOSITORY, "test", "golden", "soak-load.json");

/** Puts figures into the report, with when, with which version and where they were measured. */
export async function written(figures: Partial<Record<Figure, string>>): Promise<void> {
  const report = reportWith(readLoadReport(await readFile(REPORT, "utf8")), figures, {
    measured: new Date().toISOString().slice(0, 10),
    version: await versionOfTree(),
    machine: `${cpus().length} cores, ${platform()} ${arch()}, Node.js ${process.versions.node}`,
  });
  await writeFile(REPORT, `${JSON.stringify(report, null, 2)}\n`);
}
