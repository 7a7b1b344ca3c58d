import { Command, Option } from "commander";
import { parsedJson } from "../../core/json.ts";
import { SHELL } from "../../core/shell.ts";
import { counted, say } from "../../core/text.ts";
import { CommandConsole } from "../console.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { textOfFile } from "../input.ts";
import { moved, type Way } from "../move/move.ts";
import { assertOwn, writeResult } from "../output/print.ts";
import { REDACTOR } from "../redactor.ts";
import { KIND_NAMES } from "../stack/state.ts";

/** What a stack has before it moves. */
const FROM = { packaged: "dynamic", dynamic: "packaged" } as const satisfies Record<Way, Way>;

interface Options {
  to: Way;
  output: string;
}

/** `oauth-clients move`: a stack export as the other kind of provider has it. */
export function moveCommand(): Command {
  return new Command("move")
    .description("rewrite a stack export, so that the other kind of provider manages its clients: nothing is called")
    .argument("<file>", "stack export, - for standard input")
    .addOption(
      new Option("--to <kind>", "which kind of provider").choices(["packaged", "dynamic"]).makeOptionMandatory(),
    )
    .requiredOption("--output <file>", "where the rewritten export goes")
    .addHelpText(
      "after",
      `
Secrets stay as the export has them, encrypted; one with secrets in clear is refused. Every resource of this package moves, with its
URN wherever that stands, to the default provider: the environment is what it works with until the next "pulumi up". One that has a
provider of its own is moved by the program. The program has to change with the state; aliases in it do the same without this command.

Examples:
  pulumi stack export > before.json
  oauth-clients move before.json --to packaged --output after.json
  pulumi stack import --file after.json
${exitCodesHelp("the export has nothing to move; no file is written")}`,
    )
    .action(async (file: string, { to, output }: Options) => {
      await assertOwn(output, [file]);
      const exported = parsedJson(await textOfFile(file, say`${file}`));
      const { document, urns } = moved(exported, { to, kinds: KIND_NAMES, shell: SHELL });
      if (urns.length === 0) {
        new CommandConsole().say(`Nothing to move: this export has no ${FROM[to]} resource of this package.`);
        process.exitCode = EXIT.finding;
        return;
      }
      await writeResult(output, `${JSON.stringify(document, null, 4)}\n`);
      const said = say`${counted(urns.length, "resource")} moved; \`pulumi stack import --file ${output}\` takes it.`;
      new CommandConsole().say(REDACTOR.show(said));
    });
}
