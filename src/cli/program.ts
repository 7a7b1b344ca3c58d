import { Command, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { adoptCommand } from "./commands/adopt.ts";
import { checkCommand } from "./commands/check.ts";
import { addCompletion } from "./commands/completion.ts";
import { impactCommand } from "./commands/impact.ts";
import { listCommand } from "./commands/list.ts";
import { moveCommand } from "./commands/move.ts";
import { receiptsCommand } from "./commands/receipts.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { verifySecretsCommand } from "./commands/verify-secrets.ts";
import { EXIT } from "./exit.ts";

/** The `oauth-clients` command. */
export async function program(): Promise<Command> {
  const root = new Command("oauth-clients")
    .description(manifest.description)
    .version(manifest.version)
    .addOption(
      new Option("--color <when>", "colours: auto, on a terminal only")
        .choices(["auto", "always", "never"])
        .default("auto"),
    )
    .showHelpAfterError("(oauth-clients --help says more)")
    .enablePositionalOptions()
    .hook("preAction", (command) => setColours(command.opts<{ color: string }>().color));
  for (const command of [
    checkCommand(),
    listCommand(),
    impactCommand(),
    receiptsCommand(),
    adoptCommand(),
    sweepCommand(),
    verifySecretsCommand(),
    moveCommand(),
    sandboxCommand(),
  ]) {
    root.addCommand(command);
  }
  await addCompletion(root);
  for (const command of [root, ...root.commands]) command.exitOverride(asUsage);
  return root;
}

/** Wrong usage is a failure, and exits as one; help and version are none. */
function asUsage({ exitCode }: { exitCode: number }): never {
  process.exit(exitCode === 0 ? EXIT.ok : EXIT.failure);
}

function setColours(when: string): void {
  if (when === "auto") return;
  delete process.env.NO_COLOR;
  delete process.env.FORCE_COLOR;
  process.env[when === "always" ? "FORCE_COLOR" : "NO_COLOR"] = "1";
}
