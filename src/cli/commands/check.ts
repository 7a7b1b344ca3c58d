import { Command } from "commander";
import { connectionsOf } from "../../connections/settings.ts";
import { ConfigurationInvalid } from "../../core/errors.ts";
import { say } from "../../core/text.ts";
import { vendors } from "../../vendors/registry.ts";
import { checkConnection } from "../check/connection.ts";
import type { Finding } from "../check/finding.ts";
import { checkMachine } from "../check/machine.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { type PlaceOptions, SOME_VENDOR, withPlace } from "../options.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTable } from "../output/markdown.ts";
import { jsonOf, type OutputOptions, print, withOutput } from "../output/print.ts";
import { type Column, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { named } from "../output/words.ts";
import { inSession, type Session } from "../session.ts";

interface Options extends Omit<PlaceOptions, "connection">, OutputOptions {
  connection?: string;
}

/** `oauth-clients check`: whether a deployment could work from here. */
export function checkCommand(): Command {
  const command = withPlace(
    new Command("check")
      .alias("doctor")
      .description("say whether a deployment could work from here, and what to fix; changes nothing"),
    { vendor: "default: all that are set up", connection: "default: all that are set up" },
  );
  return withOutput(command, ["table", "json", "csv", "markdown", "junit"])
    .addHelpText(
      "after",
      `
Checks Node.js, Pulumi, the project in --cwd, the receipts file, and of each connection: settings, address and TLS, whether
the credentials are accepted, whether the tenant is known, and what they may do. It reads the tenant's list, once.

Examples:
  oauth-clients check
  oauth-clients check --stack prod --vendor ${SOME_VENDOR} --connection eu
${exitCodesHelp("a deployment could not work")}`,
    )
    .action((options: Options) => inSession(options, (session) => check(session, options)));
}

async function check(session: Session, options: Options): Promise<number> {
  const findings = await checkMachine(options.cwd ?? process.cwd(), session.receiptFiles());
  for (const { vendor, connection } of connectionsMeant(session, options)) {
    await session.console.progress(session.redactor.show(say`checking ${vendor}:${connection}`));
    findings.push(...(await checkConnection(session, { ...options, vendor, connection })));
  }
  const shown = findings.map((finding): Shown => ({ ...finding, message: session.redactor.show(finding.message) }));
  const isGood = shown.every(({ result }) => result !== "failure");
  const sheet = sheetOf(COLUMNS, shown);
  await print(options, {
    table: ({ width, styled }) => {
      const table = tableOf(sheet, width, (title) => styled("bold", title));
      return `${table}${isGood ? styled("green", "A deployment could work.") : styled("red", "A deployment could not work.")}\n`;
    },
    json: () => jsonOf({ ok: isGood, checks: shown }),
    csv: () => csvOf(sheet),
    markdown: () => markdownTable(sheet),
    junit: () =>
      junitOf(
        "check",
        shown.map(({ subject, check, result, message }) => ({
          name: check,
          group: subject,
          failure: result === "failure" ? message : null,
          output: `${result}: ${message}`,
        })),
      ),
  });
  return isGood ? EXIT.ok : EXIT.finding;
}

type Shown = Omit<Finding, "message"> & { message: string };

const COLUMNS: readonly Column<Shown>[] = [
  { title: "of", key: "subject", cell: ({ subject }) => named(subject) },
  { title: "check", key: "check", cell: ({ check }) => named(check) },
  { title: "result", key: "result", cell: ({ result }) => named(result) },
  { title: "what was found", key: "message", cell: ({ message }) => named(message) },
];

/** @throws {ConfigurationInvalid} where there is none */
function connectionsMeant(
  { sources }: Session,
  { vendor, connection }: Options,
): { vendor: string; connection: string }[] {
  const meant = vendors
    .filter(({ name }) => vendor === undefined || name === vendor)
    .flatMap((one) => {
      const known = connectionsOf(one, sources);
      const names =
        connection === undefined ? known : vendor === undefined && !known.includes(connection) ? [] : [connection];
      return names.map((name) => ({ vendor: one.name, connection: name }));
    });
  if (meant.length > 0) return meant;
  throw new ConfigurationInvalid([
    say`No connection is set up${vendor === undefined ? "" : ` of ${vendor}`}. Set one in the environment or, with --stack, in a stack's config.`,
  ]);
}
