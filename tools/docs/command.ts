/** The page of the command `oauth-clients`, made from its own help. */
import type { Command } from "commander";
import { program } from "../../src/cli/program.ts";

/** As wide as code is shown without a scroll bar. */
const WIDTH = 100;

/** Commands whose help is another program's. */
const OTHERS: ReadonlySet<string> = new Set(["sandbox", "complete"]);

/** The help of each command. */
export async function commandHelp(): Promise<string> {
  const root = await program();
  const own = root.commands.filter((command) => !OTHERS.has(command.name()));
  const parts = own.map(
    (command) => `## \`oauth-clients ${command.name()}\`\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``,
  );
  return parts.join("\n\n");
}

function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureHelp({ helpWidth: WIDTH });
  command.configureOutput({ writeOut: (part) => parts.push(part), getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  return parts.join("").trim();
}
