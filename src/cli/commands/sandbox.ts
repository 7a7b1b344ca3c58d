import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { OAuthClientsError } from "../../core/errors.ts";
import { parsedJson } from "../../core/json.ts";
import { say } from "../../core/text.ts";

const PACKAGE = "pulumi-oauth-clients-sandbox";
const COMMAND = "oauth-clients-sandbox";

const load = createRequire(import.meta.url);

const manifestSchema = z.object({ bin: z.object({ [COMMAND]: z.string() }) });

/**
 * `oauth-clients sandbox`: hands over to the command of the package `pulumi-oauth-clients-sandbox`, which is installed by
 * those who want it: a server, and all that it is built on, does not belong where stacks are deployed.
 */
export function sandboxCommand(): Command {
  return new Command("sandbox")
    .description(`starts a local server that speaks the vendors' APIs, where ${PACKAGE} is installed`)
    .argument("[options...]", `what ${COMMAND} takes; --help lists it`)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (options: string[]) => {
      const manifestPath = installed();
      if (manifestPath === undefined) {
        throw new OAuthClientsError(
          "sandbox-missing",
          say`The sandbox is a package of its own, and it is not installed here.`,
          say`Install it with "npm install --save-dev pulumi-oauth-clients-sandbox", or run "npx pulumi-oauth-clients-sandbox".`,
        );
      }
      const manifest = manifestSchema.safeParse(parsedJson(await readFile(manifestPath, "utf8")));
      if (!manifest.success) {
        throw new OAuthClientsError(
          "sandbox-missing",
          say`What is installed as the sandbox does not have its command: ${manifestPath}.`,
          say`Install it anew with "npm install --save-dev pulumi-oauth-clients-sandbox".`,
        );
      }
      const script = join(manifestPath, "..", manifest.data.bin[COMMAND]);
      // In this process: signals, the exit code and the terminal are the sandbox's own.
      process.argv.splice(1, process.argv.length, script, ...options);
      load(script);
    });
}

/** The sandbox's package.json: in the current project or, for a global install, beside this package. */
function installed(): string | undefined {
  try {
    return load.resolve(`${PACKAGE}/package.json`, { paths: [process.cwd(), import.meta.dirname] });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
