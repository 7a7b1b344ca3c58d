import { Command, Option } from "commander";
import { ConfigurationInvalid } from "../../core/errors.ts";
import { say } from "../../core/text.ts";
import { vendors } from "../../vendors/registry.ts";
import { exitCodesHelp } from "../exit.ts";
import { list, MARKDOWN_LENGTH_HELP, markdownLength, time } from "../options.ts";
import { assertOwn, withOutput } from "../output/print.ts";
import { configuredFiles } from "../receipts/files.ts";
import type { ReceiptsOptions } from "../receipts/options.ts";
import { reported } from "../receipts/report.ts";
import { verified } from "../receipts/verify.ts";

/** `oauth-clients receipts`: what was deleted, each client once, with totals. */
export function receiptsCommand(): Command {
  const command = new Command("receipts")
    .alias("report")
    .description("show what was deleted: each client of the receipts files once, what its deletion revoked, and totals")
    .argument(
      "[files...]",
      "receipts files, - for standard input; default: OAUTH_CLIENTS_RECEIPTS_FILE, or what the config of --stack names",
    )
    .addOption(
      new Option("--verify", "say instead of each file whether its lines are as they were written").conflicts([
        "since",
        "until",
        "tenant",
        "vendor",
        "maxLength",
      ]),
    )
    .option("--since <time>", "only receipts written at this time or later", time)
    .option("--until <time>", "only receipts written before this time", time)
    .option(
      "--stack <stack>",
      "only of this stack, as stack or project/stack; may be repeated; without files, those that its config names",
      list,
    )
    .option("--cwd <folder>", "folder of the Pulumi project; default: the current one")
    .option("--tenant <id>", "only of this tenant; may be repeated", list)
    .addOption(new Option("--vendor <vendor>", "only of this vendor").choices(vendors.map(({ name }) => name)))
    .option("--max-length <characters>", `${MARKDOWN_LENGTH_HELP}; default: all rows`, markdownLength);
  return withOutput(command, ["table", "json", "csv", "markdown", "junit", "html"])
    .addHelpText(
      "after",
      `
Examples:
  oauth-clients receipts receipts.jsonl
  oauth-clients receipts runs/*/receipts.jsonl --since 2026-11-01 --format csv --output november.csv
  cat receipts.jsonl | oauth-clients receipts - --format html --output report.html
  oauth-clients receipts --verify receipts.jsonl
${exitCodesHelp("a file has lines that are altered, torn, of a newer version or no receipts; they are not counted, and named")}`,
    )
    .action(async (files: string[], options: ReceiptsOptions) => {
      if (options.verify && options.stack !== undefined && files.length > 0) {
        throw new ConfigurationInvalid([
          say`--verify looks at every line of a file, of whatever stack: give --stack or files, not both.`,
        ]);
      }
      const meant = files.length > 0 ? files : await configuredFiles(options);
      await assertOwn(options.output, meant);
      process.exitCode = options.verify ? await verified(meant, options) : await reported(meant, options);
    });
}
