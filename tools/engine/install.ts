/** Second way: let Pulumi's Automation API download the CLI that fits the SDK of this repository. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedVersion, missingPrograms, publish } from "./cache.ts";
import type { Verdict } from "./choice.ts";
import { run } from "./command.ts";
import type { Progress } from "./progress.ts";

/** The download is some 150 MB. A network that does not answer is given up after 8 s, see install-worker.ts. */
const LIMIT = 120_000;

/** Where the CLI that fits the SDK is kept. The programs are in its folder `bin`. */
export function installFolder(cache: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(fileURLToPath(import.meta.resolve("@pulumi/pulumi/package.json")), "utf8"),
  );
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
  return join(cache, "engine", `install-${version}-${process.platform}-${process.arch}`);
}

export async function install(
  folder: string,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Verdict<string>> {
  const worker = fileURLToPath(new URL("install-worker.ts", import.meta.url));
  let reason: string | undefined;
  progress.begin("installing Pulumi by the Automation API");
  try {
    await publish(folder, async (unfinished) => {
      const answer = await run(process.execPath, [worker, unfinished], { limit: LIMIT, signal });
      if ("failure" in answer) reason = answer.failure;
      else {
        const missing = await missingPrograms(join(unfinished, "bin"));
        if (missing.length > 0) reason = `the installed CLI comes without ${missing.join(" and ")}`;
        else return answer.output.trim();
      }
      return undefined;
    });
  } finally {
    progress.end(reason === undefined ? "installed Pulumi" : undefined);
  }
  const version = await cachedVersion(folder, "bin");
  if (reason === undefined && version) return { usable: true, value: version };
  return { usable: false, reason: reason ?? "the installed CLI is not complete" };
}
