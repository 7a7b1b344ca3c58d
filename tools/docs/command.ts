/** The page of the command `oauth-clients`, made from its own help. */
import type { Command } from "commander";
import { program } from "../../src/cli/program.ts";
import { PICTURES } from "../pictures/pictures.ts";

/** As wide as code is shown without a scroll bar. */
const WIDTH = 100;

/** Commands whose help is another program's. */
const OTHERS: ReadonlySet<string> = new Set(["sandbox", "complete"]);

/** Of each command a picture, if there is one, and the help. */
export async function commandHelp(): Promise<string> {
  const root = await program();
  const own = root.commands.filter((command) => !OTHERS.has(command.name()));
  const parts = own.map((command) => {
    const help = `\`\`\`text\n${helpOf(command)}\n\`\`\``;
    return [`## \`oauth-clients ${command.name()}\``, ...picturesOf(command), help].join("\n\n");
  });
  return parts.join("\n\n");
}

/** What it looks like, where there is a picture of it. */
function picturesOf(command: Command): string[] {
  const own = PICTURES.filter(({ name }) => name === command.name());
  return own.map(({ name, description }) => `![${description}](pictures/${name}.svg)`);
}

function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureHelp({ helpWidth: WIDTH });
  command.configureOutput({ writeOut: (part) => parts.push(part), getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  return parts.join("").trim();
}
