import { createRequire } from "node:module";
import { Command } from "commander";
import { z } from "zod";
import { receiptsCommand } from "./receipts.ts";
import { sandboxCommand } from "./sandbox.ts";

const packageSchema = z.object({ version: z.string(), description: z.string() });

/** The `oauth-clients` command. */
export function program(): Command {
  const { version, description } = packageSchema.parse(
    createRequire(import.meta.url)("pulumi-oauth-clients/package.json"),
  );
  return new Command("oauth-clients")
    .description(description)
    .version(version)
    .showHelpAfterError("(oauth-clients --help says more)")
    .addCommand(sandboxCommand())
    .addCommand(receiptsCommand());
}
