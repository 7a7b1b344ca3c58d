/** Compiles programs out of Go modules of ours, which pin what they are made of. */
import { judgeGo, type Verdict } from "./choice.ts";
import { findProgram, pathFolders, run } from "./command.ts";
import type { Progress } from "./progress.ts";

export interface GoProgram {
  /** As people are told of it. */
  what: string;
  /** Where the Go module is. */
  folder: string;
  package: string;
  tags?: string;
  /** Goes into the variables of a program: `<symbol>=<value>`. */
  stamp?: string | undefined;
}

/** The environment of `go`: nothing of a workspace, a cross build or a C compiler gets in. */
function goEnvironment(): Record<string, string | undefined> {
  const { GOOS: _os, GOARCH: _arch, GOWORK: _work, GO111MODULE: _modules, ...environment } = process.env;
  return { ...environment, CGO_ENABLED: "0", GOWORK: "off", GO111MODULE: "on" };
}

/** The Go on PATH, if it compiles the module in this folder. */
export async function findGo(
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Verdict<{ go: string; version: string }>> {
  const go = await findProgram("go", pathFolders());
  const answer = go
    ? // In the module's folder, where a Go that is too old may fetch the one that go.mod asks for.
      await run(go, ["env", "GOVERSION"], { cwd: folder, environment: goEnvironment(), limit: 60_000, signal })
    : undefined;
  return judgeGo({ platform: process.platform, go, answer });
}

/** Compiles one program; returns why it failed. */
export async function compile(
  go: string,
  program: GoProgram,
  output: string,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { what, folder, tags, stamp } = program;
  let modules = 0;
  let packages = 0;
  progress.begin(`building ${what}`);
  const answer = await run(
    go,
    // Read-only, so that a build never changes the clone. `-v` names each package as it is compiled.
    ["build", "-v", "-mod=readonly", "-buildvcs=false", "-trimpath", ...(tags ? ["-tags", tags] : [])].concat(
      ["-ldflags", `-s -w${stamp ? ` -X ${stamp}` : ""}`, "-o", output],
      program.package,
    ),
    {
      cwd: folder,
      environment: goEnvironment(),
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
    return `${what}: ${answer.failure}`;
  }
  progress.end(`built ${what}`);
  return undefined;
}
