import { Command, InvalidArgumentError } from "commander";
import { ConfigurationInvalid } from "../../core/errors.ts";
import { say } from "../../core/text.ts";
import { LIMIT } from "../../lifecycle/purge.ts";
import { exitCodesHelp } from "../exit.ts";
import { days, list, positive, SOME_VENDOR, time, withPlace } from "../options.ts";
import { withOutput } from "../output/print.ts";
import { inSession, type Session } from "../session.ts";
import { applied } from "../sweep/applying.ts";
import { REFUSED, type SweepOptions } from "../sweep/options.ts";
import { planned } from "../sweep/planning.ts";

/** A plan that is older is not carried out, in days. */
const LONGEST_PLAN_AGE = 1;

/** `oauth-clients sweep`: deletes what preview stacks have left behind. */
export function sweepCommand(): Command {
  let hasExports = false;
  const command = withPlace(
    new Command("sweep").description(
      "delete clients that no stack manages, such as leftovers of preview stacks: first a plan, then exactly that",
    ),
  )
    .option("--name-prefix <prefix>", "clients whose name begins so")
    .option("--created-before <time>", "clients created before this time", time)
    .option("--older-than <days>", "clients created so long ago, such as 7d", days)
    .option(
      "--unused-for <days>",
      "clients not used for so long, such as 14d; never used counts from the creation",
      days,
    )
    .option("--status <status>", "clients of this status")
    .option("--exclude <id>", "never this client; may be repeated", list)
    .option("--exclude-name <name>", "never a client of this name; may be repeated", list)
    .option("--exclude-name-prefix <prefix>", "never a client whose name begins so; may be repeated", list)
    .option(
      "--exclude-managed <file>",
      "never what this stack export has; may be repeated",
      (file, before: string[] | false = []) => {
        if (before === false)
          throw new InvalidArgumentError("--no-exclude-managed says that there are no such stacks.");
        hasExports = true;
        return list(file, before);
      },
    )
    .option("--no-exclude-managed", "no stack can have any of these clients; else exports or --stack are needed")
    .option("--refuse <text>", 'never a client with this in its name; may be repeated, "" for none', refused, REFUSED)
    .option(
      "--limit <n>",
      `delete nothing at all where it would be more clients; default: ${LIMIT}, or the plan's`,
      positive,
    )
    .option("--plan <file>", "write the exact clients to this file, and delete nothing")
    .option("--apply <file>", "delete the clients of this plan that are still what was planned, and nothing else")
    .option("--max-plan-age <days>", "carry out no plan that is older", days, LONGEST_PLAN_AGE)
    .option("--yes", "do not ask; needs --tenant");
  return withOutput(command, ["table", "json", "csv", "markdown", "junit"])
    .addHelpText(
      "after",
      `
Without --plan and --apply it shows what it would delete. All criteria count together, and at least one is needed. A client
does not fulfil what the vendor does not say of it; what the vendor says of no client is refused. With --stack, what that
stack manages is never deleted. Right before each deletion the client is looked at once more. What became of each client
stands in FILE.journal.jsonl beside the plan: run --apply again after an interrupt, and it goes on with the rest. Receipts
are in FILE.receipts.jsonl, and in the configured file.

Examples:
  oauth-clients sweep --vendor ${SOME_VENDOR} --name-prefix pr- --older-than 7d --exclude-managed dev.json --plan sweep.json
  oauth-clients sweep --apply sweep.json --exclude-managed dev.json
  oauth-clients sweep --apply sweep.json --exclude-managed dev.json --yes --tenant "$TENANT"
${exitCodesHelp("some clients could not be deleted; the next --apply goes on with them")}`,
    )
    .action((options: SweepOptions) =>
      inSession(options, (session) => {
        if (hasExports || options.stack !== undefined) assertManagedMeant(options);
        return sweep(session, options);
      }),
    );
}

/** @throws {ConfigurationInvalid} where stacks are named, and said not to matter */
function assertManagedMeant({ excludeManaged }: SweepOptions): void {
  if (excludeManaged !== false) return;
  throw new ConfigurationInvalid([
    say`--no-exclude-managed says that no stack can have any of these clients, beside stacks that are named: leave out one of them. Nothing was deleted.`,
  ]);
}

function refused(text: string, before: readonly string[]): string[] {
  const own = before === REFUSED ? [] : before;
  return text === "" ? [...own] : list(text, own);
}

function sweep(session: Session, options: SweepOptions): Promise<number> {
  if (options.apply !== undefined && options.plan !== undefined) {
    throw new ConfigurationInvalid([say`--plan writes a plan, --apply carries one out: give one of them.`]);
  }
  return options.apply === undefined ? planned(session, options) : applied(session, options.apply, options);
}
