import { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { receiptsCommand } from "./receipts.ts";
import { sandboxCommand } from "./sandbox.ts";

/** The `oauth-clients` command. */
export function program(): Command {
  return new Command("oauth-clients")
    .description(manifest.description)
    .version(manifest.version)
    .showHelpAfterError("(oauth-clients --help says more)")
    .enablePositionalOptions()
    .addCommand(sandboxCommand())
    .addCommand(receiptsCommand());
}
