import { Command } from "commander";
import { connectionsOf, environmentPrefix } from "../../connections/settings.ts";
import { joined, say } from "../../core/text.ts";
import { environmentName } from "../../lifecycle/words.ts";
import { neededKeys } from "../../vendors/credentials.ts";
import { vendors } from "../../vendors/registry.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { checkConnection } from "../check/connection.ts";
import { type Finding, Findings } from "../check/finding.ts";
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
  const meant = connectionsMeant(session, options);
  if (meant.length === 0) findings.push(...noConnection(options));
  for (const { vendor, connection } of meant) {
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

/** The connections that the options mean, of those that are set up. */
function connectionsMeant(
  { sources }: Session,
  { vendor, connection }: Options,
): { vendor: string; connection: string }[] {
  return vendorsMeant(vendor).flatMap((one) => {
    const known = connectionsOf(one, sources);
    const names =
      connection === undefined ? known : vendor === undefined && !known.includes(connection) ? [] : [connection];
    return names.map((name) => ({ vendor: one.name, connection: name }));
  });
}

/** What to set where nothing is: of each vendor, what its simplest connection has. */
function noConnection({ vendor: name, connection = "default" }: Options): Finding[] {
  const findings = new Findings("connections");
  const variables = vendorsMeant(name).map((vendor) => {
    const [simplest = []] = vendor.credentials;
    const needed = vendor.place.filter(({ optional }) => !optional).map(({ key }) => key);
    const keys = ["baseUrl", ...needed, ...simplest.flatMap(neededKeys)];
    const prefix = environmentPrefix(vendor, connection);
    return say`${vendor.title}: ${keys.map((key) => prefix + environmentName(key)).join(", ")}`;
  });
  findings.failed(
    "settings",
    say`No connection is set up. Set one in the environment (${joined(variables, "; ")}) or, with --stack, in a stack's config; docs/connections.md has all settings.`,
    "configuration-invalid",
  );
  return findings.all;
}

function vendorsMeant(name: string | undefined): readonly Vendor[] {
  return vendors.filter((vendor) => name === undefined || vendor.name === name);
}
