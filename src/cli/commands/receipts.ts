import { Command, Option } from "commander";
import { OAuthClientsError } from "../../core/errors.ts";
import {
  deletedAt,
  mayBeAlive,
  onePerClient,
  type Receipt,
  type ReceiptTotals,
  totalReceipts,
} from "../../core/receipt.ts";
import { linesInBrief, parseReceipts } from "../../core/receipts-file.ts";
import { counted, joined, type Message, say } from "../../core/text.ts";
import { vendors } from "../../vendors/registry.ts";
import { CommandConsole } from "../console.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { textOfFile } from "../input.ts";
import { list, MARKDOWN_LENGTH_HELP, markdownLength, time } from "../options.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTableWithin } from "../output/markdown.ts";
import { assertOwn, jsonOf, type OutputOptions, print, withOutput } from "../output/print.ts";
import { proseOf } from "../output/prose.ts";
import { type Column, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { minute, named, stackOf } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import { stackConfig } from "../stack/pulumi.ts";

interface Options extends OutputOptions {
  since?: number;
  until?: number;
  stack?: string[];
  cwd?: string;
  tenant?: string[];
  vendor?: string;
  maxLength?: number;
}

/** `oauth-clients receipts`: what was deleted, each client once, with totals. */
export function receiptsCommand(): Command {
  const command = new Command("receipts")
    .alias("report")
    .description("show what was deleted: each client of the receipts files once, what its deletion revoked, and totals")
    .argument(
      "[files...]",
      "receipts files, - for standard input; default: OAUTH_CLIENTS_RECEIPTS_FILE, or what the config of --stack names",
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
${exitCodesHelp("a file has lines that are no receipts; they are not counted, and named")}`,
    )
    .action(async (files: string[], options: Options) => {
      process.exitCode = await report(files, options);
    });
}

async function report(files: readonly string[], options: Options): Promise<number> {
  const named = files.length > 0 ? files : await configuredFiles(options);
  await assertOwn(options.output, named);
  const read = await readAll(named);
  const receipts = read.receipts.filter((receipt) => isMeant(receipt, options));
  const once = onePerClient(receipts);
  const totals = totalReceipts(receipts);
  const sheet = sheetOf(columnsFor(once), once);
  const summary = summaryOf(totals);
  const { maxLength: longest = Number.POSITIVE_INFINITY } = options;
  await print(options, {
    table: ({ width, styled }) =>
      `${tableOf(sheet, width, (title) => styled("bold", title))}${proseOf(summary, width)}\n`,
    json: () => jsonOf({ receipts: once, totals }),
    csv: () => csvOf(sheetOf(ALL, once)),
    markdown: () => `${summary}\n\n${markdownTableWithin(longest - summary.length - 2, sheet, "the receipts file")}`,
    junit: () => junitOf("receipts", once.map(asTestCase)),
    html: async () => (await import("../output/html.ts")).htmlReport(receipts, sheet, summary),
  });
  const console = new CommandConsole();
  for (const complaint of read.complaints) console.say(`oauth-clients: ${REDACTOR.show(complaint)}`);
  return read.complaints.length > 0 ? EXIT.finding : EXIT.ok;
}

/** Where receipts are, as settings say: the environment, or else the config of the stacks that are meant. */
async function configuredFiles({ stack = [], cwd }: Options): Promise<string[]> {
  if (process.env.OAUTH_CLIENTS_RECEIPTS_FILE) return [process.env.OAUTH_CLIENTS_RECEIPTS_FILE];
  const configured = await Promise.all(
    stack.map(async (one) => (await stackConfig({ stack: inProject(one), cwd }))["oauth-clients:receiptsFile"]?.value),
  );
  const files = configured.flatMap((file) => file || []);
  if (files.length > 0) return [...new Set(files)];
  throw new OAuthClientsError(
    "configuration-invalid",
    say`There is no receipts file.`,
    say`Name it: oauth-clients receipts <file>, or set OAUTH_CLIENTS_RECEIPTS_FILE or, for --stack, oauth-clients:receiptsFile.`,
  );
}

interface Read {
  receipts: Receipt[];
  /** What is wrong with the files, a sentence each. */
  complaints: Message[];
}

async function readAll(files: readonly string[]): Promise<Read> {
  const read: Read = { receipts: [], complaints: [] };
  for (const file of files) {
    const { receipts, unreadableLines } = parseReceipts(
      await textOfFile(
        file,
        say`The receipts file ${file}`,
        say`It is written at the first deletion of a run that has it configured.`,
      ),
    );
    if (receipts.length === 0 && unreadableLines.length > 0) {
      throw new OAuthClientsError(
        "configuration-invalid",
        say`${file} is no receipts file: none of its lines is a receipt.`,
        say`OAUTH_CLIENTS_RECEIPTS_FILE or oauth-clients:receiptsFile says where receipts are written.`,
      );
    }
    for (const receipt of receipts) read.receipts.push(receipt);
    if (unreadableLines.length > 0) {
      read.complaints.push(
        say`${file} has lines that are no receipts: ${linesInBrief(unreadableLines)}. They are not counted.`,
      );
    }
  }
  return read;
}

/** As Pulumi takes it in the project's folder: of `project/stack` it would take the first part for an organization. */
function inProject(stack: string): string {
  const parts = stack.split("/");
  return parts.length === 2 ? (parts[1] ?? stack) : stack;
}

/** Whether a stack is called so: `stack`, `project/stack` or `organization/project/stack`. */
function isStack(name: string, { project, stack }: ReturnType<typeof stackOf>): boolean {
  const parts = name.split("/").slice(-2);
  return parts.length === 1 ? parts[0] === stack : parts[0] === project && parts[1] === stack;
}

function isMeant(receipt: Receipt, { since, until, stack, tenant, vendor }: Options): boolean {
  const atMs = Date.parse(receipt.at);
  const { stack: of, project } = stackOf(receipt.urn);
  return (
    (since === undefined || atMs >= since) &&
    (until === undefined || atMs < until) &&
    (stack === undefined || stack.some((one) => isStack(one, { project, stack: of }))) &&
    (tenant === undefined || tenant.includes(receipt.tenantId)) &&
    (vendor === undefined || receipt.kind.startsWith(`${vendor}:`))
  );
}

/** The columns of a table of these receipts: where two clients have one name, their ids tell them apart on any terminal. */
function columnsFor(receipts: readonly Receipt[]): Column<Receipt>[] {
  const hasTwins = new Set(receipts.map(({ name }) => name)).size < receipts.length;
  return [
    { title: "deleted at", key: "deletedAt", cell: (receipt) => minute(deletedAt(receipt)) },
    { title: "client", key: "name", cell: ({ name, id }) => named(name ?? id) },
    { title: "id", key: "id", cell: ({ id }) => named(id), cut: "middle", ...(hasTwins ? {} : { spare: 2 }) },
    { title: "OAuth client id", key: "clientId", cell: ({ clientId }) => named(clientId), cut: "middle", spare: 5 },
    { title: "tenant", key: "tenantId", cell: ({ tenantId }) => named(tenantId), cut: "middle", spare: 4 },
    { title: "stack", key: "stack", cell: ({ urn }) => named(stackOf(urn).stack), spare: 3 },
    { title: "outcome", key: "outcome", cell: (receipt) => REDACTOR.show(outcomeOf(receipt)) },
    { title: "tokens", key: "tokensRevoked", cell: ({ tokensRevoked }) => tokensRevoked },
    {
      title: "sessions",
      key: "activeSessionsTerminated",
      cell: ({ activeSessionsTerminated }) => activeSessionsTerminated,
    },
    {
      title: "by",
      key: "deletedBy",
      cell: ({ deletedBy }) => named(deletedBy?.name ?? deletedBy?.id ?? null),
      spare: 6,
    },
  ];
}

/** All that a receipt has, for a spreadsheet. */
const ALL: readonly Column<Receipt>[] = [
  ...(["at", "deletedAt", "kind", "name", "id", "clientId", "connection", "tenantId", "realmName", "urn"] as const).map(
    (key) => ({ title: key, key, cell: (receipt: Receipt) => named(receipt[key]) }),
  ),
  { title: "outcome", key: "outcome", cell: ({ outcome }) => named(outcome) },
  ...(["tokensRevoked", "activeSessionsTerminated", "retentionDays", "httpStatus"] as const).map((key) => ({
    title: key,
    key,
    cell: (receipt: Receipt) => receipt[key],
  })),
  ...(["permanentDeletionDate", "previousStatus", "vendorCode"] as const).map((key) => ({
    title: key,
    key,
    cell: (receipt: Receipt) => named(receipt[key]),
  })),
  ...(["verified", "responseLost", "forced"] as const).map((key) => ({
    title: key,
    key,
    cell: (receipt: Receipt) => named(receipt[key] === null ? null : String(receipt[key])),
  })),
  { title: "deletedById", key: "deletedById", cell: ({ deletedBy }) => named(deletedBy?.id) },
  { title: "deletedByName", key: "deletedByName", cell: ({ deletedBy }) => named(deletedBy?.name) },
  { title: "deletedByEmail", key: "deletedByEmail", cell: ({ deletedBy }) => named(deletedBy?.email) },
  { title: "lastUsedAt", key: "lastUsedAt", cell: ({ usage }) => named(usage?.lastUsedAt) },
  { title: "activeTokens", key: "activeTokens", cell: ({ usage }) => usage?.activeTokens ?? null },
];

function outcomeOf({ outcome, responseLost, forced }: Receipt): Message {
  const notes = [responseLost && outcome !== "unconfirmed" ? say`response lost` : say``, forced ? say`forced` : say``];
  const noted = joined(notes, ", ");
  return noted.isEmpty ? say`${outcome}` : say`${outcome} (${noted})`;
}

/** Totals as a sentence: a sum of what nobody said is none. */
export function summaryOf({
  clients,
  outcomes,
  tokensRevoked,
  activeSessionsTerminated,
  unknownTokenCounts,
  unknownSessionCounts,
}: ReceiptTotals): string {
  const parts = Object.entries(outcomes).flatMap(([outcome, count]) => (count > 0 ? [`${count} ${outcome}`] : []));
  const counts = [
    sumOf(tokensRevoked, unknownTokenCounts, "token", "revoked"),
    sumOf(activeSessionsTerminated, unknownSessionCounts, "session", "ended"),
  ];
  const what = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  return `${counted(clients, "client")}${what}; ${counts.join(", ")}.`;
}

function sumOf(sum: number | null, unknown: number, noun: string, verb: string): string {
  const known = sum === null ? `nobody says how many ${noun}s were ${verb}` : `${counted(sum, noun)} ${verb}`;
  return unknown === 0 || sum === null ? known : `${known} (${unknown} not said)`;
}

/** Of a client that may be alive, nobody should read that all went well. */
function asTestCase(receipt: Receipt) {
  return {
    name: String(named(receipt.name ?? receipt.id)),
    group: `${receipt.kind.split(":")[0] ?? ""}.${named(receipt.tenantId) ?? ""}`,
    failure: mayBeAlive(receipt) ? `${receipt.outcome}: the client may be alive` : null,
    output: REDACTOR.show(
      say`${outcomeOf(receipt)}; tokens revoked: ${receipt.tokensRevoked ?? "not said"}; sessions ended: ${receipt.activeSessionsTerminated ?? "not said"}; ${named(receipt.id) ?? ""}`,
    ),
  };
}
