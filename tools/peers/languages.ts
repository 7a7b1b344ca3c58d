/** Programs in YAML and Python: Pulumi's language hosts, and a Python with Pulumi's package. */
import { chmod, copyFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedVersion, cacheFolder, digest, publish } from "../engine/cache.ts";
import type { Verdict } from "../engine/choice.ts";
import { findProgram, pathFolders, run } from "../engine/command.ts";
import { findGo } from "../engine/go.ts";
import { obtained, type Recipe } from "../engine/program.ts";
import type { Progress } from "../engine/progress.ts";

const YAML_HOST: Recipe = {
  name: "pulumi-language-yaml",
  variable: "OAUTH_CLIENTS_TEST_YAML_HOST",
  what: "Pulumi's language host for YAML",
  version: "1.25.0",
  module: fileURLToPath(new URL("languages/yaml", import.meta.url)),
  package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
  takes: "a minute and a half",
  kept: "peers",
};

/** The last release in which this host was part of the sdk module. */
const PYTHON_HOST: Recipe = {
  name: "pulumi-language-python",
  variable: "OAUTH_CLIENTS_TEST_PYTHON_HOST",
  what: "Pulumi's language host for Python",
  version: "3.68.0",
  module: fileURLToPath(new URL("../engine/nodejs-host", import.meta.url)),
  package: "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
  takes: "half a minute",
  kept: "peers",
};

/** What the host starts; it is not compiled. */
const PYTHON_STARTER = "pulumi-language-python-exec";
const SDK = "github.com/pulumi/pulumi/sdk/v3";
const PACKAGES = fileURLToPath(new URL("languages/python-packages.txt", import.meta.url));
const INSTALL_LIMIT_MS = 300_000;

/** The folders that a PATH needs before others for programs in YAML. */
export async function yamlOn(progress: Progress): Promise<Verdict<string[]>> {
  const found = await obtained(YAML_HOST, progress);
  return found.usable ? { usable: true, value: [dirname(found.value.program)] } : found;
}

/** The same for Python: its host, and a virtual environment with Pulumi's package. */
export async function pythonOn(progress: Progress): Promise<Verdict<string[]>> {
  const host = await obtained(PYTHON_HOST, progress);
  if (!host.usable) return host;
  const folder = dirname(host.value.program);
  if (host.value.isBuilt) {
    const reason = await withStarter(folder);
    if (reason !== undefined) return { usable: false, reason };
  }
  const environment = await virtualEnvironment(progress);
  return environment.usable ? { usable: true, value: [join(environment.value, "bin"), folder] } : environment;
}

/** Has the script beside the host that starts programs; returns why it failed. */
async function withStarter(folder: string): Promise<string | undefined> {
  const starter = join(folder, PYTHON_STARTER);
  if ((await findProgram(PYTHON_STARTER, [folder])) !== undefined) return undefined;
  const go = await findGo(PYTHON_HOST.module, undefined);
  if (!go.usable) return go.reason;
  const answer = await run(go.value.go, ["list", "-m", "-mod=readonly", "-f", "{{.Dir}}", SDK], {
    cwd: PYTHON_HOST.module,
    environment: { ...process.env, GOWORK: "off" },
  });
  if ("failure" in answer) return answer.failure;
  await copyFile(join(answer.output.trim(), "python", "cmd", PYTHON_STARTER), starter);
  await chmod(starter, 0o755);
  return undefined;
}

/** A folder with a Python that has Pulumi's package, made once for each machine. */
async function virtualEnvironment(progress: Progress): Promise<Verdict<string>> {
  const python = await findProgram("python3", pathFolders());
  if (python === undefined) return { usable: false, reason: "no python3 on PATH" };
  const version = await run(python, ["-c", "import sys; print(sys.version, sys.prefix)"]);
  if ("failure" in version) return { usable: false, reason: `python3: ${version.failure}` };
  const made = digest([python, version.output, await readFile(PACKAGES)]);
  const folder = join(cacheFolder(), "peers", `python-${process.platform}-${process.arch}-${made}`);
  const isThere = async () => (await cachedVersion(folder, "bin", ["python3"])) !== undefined;
  if (!(await isThere())) {
    progress.begin("installing Pulumi's package for Python");
    let reason: string | undefined;
    await publish(folder, async (unfinished) => {
      const steps = [
        [python, "-m", "venv", unfinished],
        [
          join(unfinished, "bin", "python3"),
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "-r",
          PACKAGES,
        ],
      ];
      for (const [command = "", ...args] of steps) {
        const answer = await run(command, args, { limit: INSTALL_LIMIT_MS });
        if ("failure" in answer) {
          reason = `${args.slice(0, 2).join(" ")}: ${answer.failure}`;
          return undefined;
        }
      }
      return "3";
    });
    progress.end(reason === undefined ? "installed Pulumi's package for Python" : undefined);
    if (reason !== undefined) return { usable: false, reason };
  }
  return { usable: true, value: folder };
}
