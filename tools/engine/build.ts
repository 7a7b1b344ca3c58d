/** Third way: build the CLI and its Node language host from Go modules, which a module proxy serves without internet. */
import { readFileSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedVersion, digest, publish } from "./cache.ts";
import type { Verdict } from "./choice.ts";
import { compile, findGo } from "./go.ts";
import { duration, type Progress } from "./progress.ts";

/** Pinned in `cli/go.mod`. */
export const CLI_VERSION = "3.259.0";
/** Pinned in `nodejs-host/go.mod`: the last release in which the Node host was part of the sdk module. */
export const HOST_VERSION = "3.68.0";

const VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

interface Step {
  what: string;
  /** The folder of the Go module, beside this file. */
  module: "cli" | "nodejs-host";
  package: string;
  version?: string;
  output: string;
}

const STEPS: readonly Step[] = [
  {
    what: `Pulumi's Node language host ${HOST_VERSION}`,
    module: "nodejs-host",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    version: HOST_VERSION,
    output: "pulumi-nodejs-host",
  },
  {
    what: "its wrapper",
    module: "nodejs-host",
    package: ".",
    output: "pulumi-language-nodejs",
  },
  {
    what: `Pulumi CLI ${CLI_VERSION}`,
    module: "cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: CLI_VERSION,
    output: "pulumi",
  },
];

const moduleFolder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Where this recipe's result is kept: by version, platform, and a digest of what it is built from. */
export function buildFolder(cache: string): string {
  const sources = ["cli/go.mod", "cli/go.sum", "nodejs-host/go.mod", "nodejs-host/go.sum", "nodejs-host/main.go"];
  const recipe = digest([JSON.stringify(STEPS), ...sources.map((file) => readFileSync(moduleFolder(file)))]);
  return join(cache, "engine", `build-${CLI_VERSION}-${process.platform}-${process.arch}-${recipe}`);
}

export async function build(
  folder: string,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Verdict<string>> {
  const verdict = await findGo(moduleFolder("cli"), signal);
  if (!verdict.usable) return verdict;

  const started = Date.now();
  progress.note(`building Pulumi ${CLI_VERSION} with Go ${verdict.value.version}: about 4 minutes on 2 cores, once`);
  let reason: string | undefined;
  await publish(folder, async (unfinished) => {
    for (const step of STEPS) {
      const program = {
        what: step.what,
        folder: moduleFolder(step.module),
        package: step.package,
        tags: "osusergo,grpcnotrace",
        stamp: step.version && `${VERSION_SYMBOL}=v${step.version}`,
      };
      reason = await compile(verdict.value.go, program, join(unfinished, step.output), progress, signal);
      if (reason !== undefined) return undefined;
    }
    // Any dynamic resource is served by this script; it finds the SDK from the program's folder.
    const shim = join(unfinished, "pulumi-resource-pulumi-nodejs");
    await copyFile(fileURLToPath(import.meta.resolve("@pulumi/pulumi/pulumi-resource-pulumi-nodejs")), shim);
    await chmod(shim, 0o755);
    return CLI_VERSION;
  });
  const version = await cachedVersion(folder);
  if (reason === undefined && version) {
    progress.note(`built Pulumi ${version} in ${duration(Date.now() - started)}, kept in ${folder}`);
    return { usable: true, value: version };
  }
  return { usable: false, reason: reason ?? "the result is not complete" };
}
