/** Third way: build the CLI and its Node language host from Go modules, which a module proxy serves without internet. */
import { readFileSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedVersion, digest, publish } from "./cache.ts";
import { judgeGo, type Verdict } from "./choice.ts";
import { findProgram, pathFolders, run } from "./command.ts";
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

/** The environment of `go`: nothing of a workspace, a cross build or a C compiler gets in. */
function goEnvironment(): Record<string, string | undefined> {
  const { GOOS: _os, GOARCH: _arch, GOWORK: _work, GO111MODULE: _modules, ...environment } = process.env;
  return { ...environment, CGO_ENABLED: "0", GOWORK: "off", GO111MODULE: "on" };
}

export async function build(
  folder: string,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Verdict<string>> {
  const environment = goEnvironment();
  const go = await findProgram("go", pathFolders());
  const answer = go
    ? // In the module's folder, where a Go that is too old may fetch the one that go.mod asks for.
      await run(go, ["env", "GOVERSION"], { cwd: moduleFolder("cli"), environment, limit: 60_000, signal })
    : undefined;
  const verdict = judgeGo({ platform: process.platform, go, answer });
  if (!verdict.usable) return verdict;

  const started = Date.now();
  progress.note(`building Pulumi ${CLI_VERSION} with Go ${verdict.value.version}: about 4 minutes on 2 cores, once`);
  let reason: string | undefined;
  await publish(folder, async (unfinished) => {
    for (const step of STEPS) {
      reason = await compile(verdict.value.go, step, join(unfinished, step.output), environment, progress, signal);
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

/** Compiles one program; returns why it failed. */
async function compile(
  go: string,
  step: Step,
  output: string,
  environment: Record<string, string | undefined>,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const stamp = step.version ? ` -X ${VERSION_SYMBOL}=v${step.version}` : "";
  let modules = 0;
  let packages = 0;
  progress.begin(`building ${step.what}`);
  const answer = await run(
    go,
    // Read-only, so that a build never changes the clone. `-v` names each package as it is compiled.
    ["build", "-v", "-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", "osusergo,grpcnotrace"].concat(
      ["-ldflags", `-s -w${stamp}`, "-o", output],
      step.package,
    ),
    {
      cwd: moduleFolder(step.module),
      environment,
      signal,
      onLine(line) {
        if (line.startsWith("go: downloading ")) modules++;
        else if (/^[\w./~-]+$/.test(line)) packages++;
        else return false;
        progress.detail(packages > 0 ? `${packages} packages compiled` : `${modules} modules downloaded`);
        return true;
      },
    },
  );
  if ("failure" in answer) {
    progress.end();
    return `${step.what}: ${answer.failure}`;
  }
  progress.end(`built ${step.what}`);
  return undefined;
}
