import { appendFile } from "node:fs/promises";
import { Command } from "commander";
import { ConfigurationInvalid, OAuthClientsError } from "../../core/errors.ts";
import type { SafeText } from "../../core/redaction.ts";
import { counted, type Message, quoted, say } from "../../core/text.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { casesOf } from "../impact/cases.ts";
import { type Comment, commentOf, LONGEST_COMMENT } from "../impact/comment.ts";
import { plannedIn } from "../impact/hits.ts";
import { type Impact, impactsOf, titleOf, unseenImpacts } from "../impact/impact.ts";
import { failedLookIn, objectionsTo, totalImpacts } from "../impact/verdict.ts";
import { count, days, MARKDOWN_LENGTH_HELP, markdownLength, type SettingsOptions, withSettings } from "../options.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { assertOwn, jsonOf, type OutputOptions, print, withOutput } from "../output/print.ts";
import { proseOf } from "../output/prose.ts";
import { type Column, exactSheetOf, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { LAST_USED, named } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import { inSession, type Session } from "../session.ts";
import { documentOf } from "../stack/document.ts";

interface Options extends OutputOptions, SettingsOptions {
  look: boolean;
  failIfActiveTokens?: number;
  failIfUsedWithin?: number;
  maxLength: number;
  githubStepSummary?: true;
}

/** `oauth-clients impact`: what a command would delete, and whether that is in use. */
export function impactCommand(): Command {
  const command = withSettings(
    new Command("impact")
      .description("say what a preview, a destroy or a stack would delete, and whether that is in use; changes nothing")
      .argument("[file]", "preview (JSON) or stack export, - for standard input; default: the export of --stack"),
  )
    .option("--fail-if-active-tokens <n>", "object to clients with more active tokens, or of which nobody says", count)
    .option("--fail-if-used-within <days>", "object to clients used since, or of which nobody says, such as 30d", days)
    .option("--no-look", "ask no vendor: only what Pulumi says")
    .option("--max-length <characters>", MARKDOWN_LENGTH_HELP, markdownLength, LONGEST_COMMENT)
    .option("--github-step-summary", "append the Markdown to the file that GITHUB_STEP_SUMMARY names");
  return withOutput(command, ["table", "json", "csv", "markdown", "junit"])
    .addHelpText(
      "after",
      `
Of a stack export it says what a destroy would delete. Markdown is empty where nothing is deleted; its first line is a
comment by which a pipeline finds the one to edit. A threshold is exceeded by what nobody says, too. Without a threshold it
only tells: a client that is in use, or of which nobody knows, is no objection, and a look that failed is an error.

Examples:
  pulumi preview --json | oauth-clients impact - --format markdown --output comment.md
  pulumi destroy --preview-only --json | oauth-clients impact - --fail-if-used-within 30d
  oauth-clients impact --stack prod --fail-if-active-tokens 0
${exitCodesHelp("a threshold is exceeded, or a deletion would be refused")}`,
    )
    .action((file: string | undefined, options: Options) =>
      inSession(options, (session) => showImpact(session, file, options)),
    );
}

async function showImpact(session: Session, file: string | undefined, options: Options): Promise<number> {
  if (!options.look && (options.failIfActiveTokens ?? options.failIfUsedWithin) !== undefined) {
    throw new ConfigurationInvalid([
      say`Without a look nobody knows what is in use: leave out --no-look, or the thresholds.`,
    ]);
  }
  await assertOwn(options.output, file === undefined ? [] : [file]);
  const planned = plannedIn(await documentOf({ file, ...options, showSecrets: false }));
  const impacts = options.look ? await impactsOf(session, planned.hits) : unseenImpacts(planned.hits);
  const totals = totalImpacts(impacts);
  const objections = options.look
    ? objectionsTo(impacts, { activeTokens: options.failIfActiveTokens, usedWithinDays: options.failIfUsedWithin })
    : [];
  const shown = (message: Message) => session.redactor.show(message);
  const errors = planned.errors.map((error) => quoted(error.trim(), 500));
  const { isDestroy, stack } = planned;
  const comment: Comment = { impacts, totals, objections, isDestroy, isLookedAt: options.look, stack, errors };
  const markdown = commentOf(comment, options.maxLength);
  const columns = columnsWith(shown);
  await print(options, {
    table: ({ width, styled }) => {
      const table = tableOf(sheetOf(columns, impacts), width, (title) => styled("bold", title));
      const against = objections.map(({ because }) => `${styled("red", "against it:")} ${shown(because)}`);
      const lines = [inWords(comment), ...against].map((line) => `${proseOf(line, width)}\n`);
      return `${table}${lines.join("")}`;
    },
    json: () =>
      jsonOf({
        destroy: isDestroy,
        errors: errors.map(shown),
        totals,
        objections: objections.map(({ to, because }) => ({ urn: to.urn, id: to.id, because: shown(because) })),
        deletions: impacts.map((impact) => ({
          ...impact,
          refused: impact.refused === null ? null : shown(impact.refused),
          problem: impact.problem === null ? null : shown(impact.problem),
        })),
        spared: planned.spared,
      }),
    csv: () => csvOf(exactSheetOf(columns, impacts)),
    markdown: () => markdown,
    junit: () => junitOf("impact", casesOf(comment)),
  });
  if (options.githubStepSummary) await appendSummary(markdown);
  const [error] = errors;
  if (error !== undefined) {
    throw new OAuthClientsError(
      "configuration-invalid",
      say`The preview itself failed, so this may not be all that would be deleted: ${error}`,
      say`Mend the program, then make another preview.`,
    );
  }
  if (objections.length > 0 || totals.refused > 0) return EXIT.finding;
  const failed = failedLookIn(impacts);
  if (failed !== null) throw failed;
  return EXIT.ok;
}

async function appendSummary(markdown: string): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (!file)
    throw new ConfigurationInvalid([say`GITHUB_STEP_SUMMARY names no file: this runs in no step of GitHub Actions.`]);
  await appendFile(file, REDACTOR.redactKnown(markdown));
}

function columnsWith(shown: (message: Message) => SafeText): Column<Impact>[] {
  return [
    { title: "client", key: "name", cell: (impact) => shown(titleOf(impact)) },
    { title: "id", key: "id", cell: ({ id }) => named(id), cut: "middle", spare: 4 },
    { title: "tenant", key: "tenant", cell: ({ tenant }) => named(tenant), cut: "middle", spare: 5 },
    { title: "deleted by", key: "how", cell: ({ how }) => named(how) },
    LAST_USED,
    { title: "tokens", key: "activeTokens", cell: ({ activeTokens }) => activeTokens },
    { title: "requests/day", key: "requestsPerDay", cell: ({ requestsPerDay }) => requestsPerDay, spare: 3 },
    { title: "", key: "remark", cell: (impact) => remarkOn(impact, shown) },
    { title: "resource", key: "urn", cell: ({ urn }) => named(urn), cut: "middle", spare: 6 },
  ];
}

function remarkOn({ is, refused, problem }: Impact, shown: (message: Message) => SafeText): SafeText | null {
  if (refused !== null) return shown(say`refused: ${refused}`);
  if (problem !== null) return shown(problem);
  return named(is === "gone" ? "already gone" : "");
}

function inWords({ impacts, totals, isDestroy, errors }: Comment): string {
  const but = errors.length === 0 ? "" : " The preview failed, so this may not be all.";
  if (impacts.length === 0) return but === "" ? "Nothing is deleted." : but.trim();
  const { deletions, clients, alive, gone, unknown, refused, activeTokens, unknownTokenCounts } = totals;
  const tokens =
    activeTokens === null ? "nobody says how many tokens are active" : counted(activeTokens, "active token");
  const notSaid = activeTokens !== null && unknownTokenCounts > 0 ? ` (${unknownTokenCounts} not said)` : "";
  const parts = [`${alive} alive`, `${gone} already gone`, `${unknown} unknown`, `${refused} refused`];
  const of = clients < deletions ? ` of ${counted(clients, "client")}` : "";
  return `${counted(deletions, "deletion")}${of}${isDestroy ? " by a destroy" : ""}: ${parts.join(", ")}; ${tokens}${notSaid}.${but}`;
}
