import type { Command } from "commander";

/**
 * `oauth-clients complete <shell>`: prints the script by which a shell completes commands, options and their values.
 *
 * @param root the whole command, with all of its subcommands
 */
export async function addCompletion(root: Command): Promise<void> {
  // An ES module, which a CommonJS build can only load so.
  const { default: tab } = await import("@bomb.sh/tab/commander");
  tab(root);
}
