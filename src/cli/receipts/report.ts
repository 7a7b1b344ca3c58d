import { onePerClient, type Receipt, totalReceipts } from "../../core/receipt.ts";
import { parseReceipts, unreadableIn } from "../../core/receipts-file.ts";
import { type Message, say } from "../../core/text.ts";
import { CommandConsole } from "../console.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTableWithin } from "../output/markdown.ts";
import { jsonOf, print } from "../output/print.ts";
import { proseOf } from "../output/prose.ts";
import { sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { stackOf } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import { nameOf, noReceiptsFile, textOfReceipts } from "./files.ts";
import type { ReceiptsOptions } from "./options.ts";
import { ALL, asTestCase, columnsFor } from "./rows.ts";
import { summaryOf } from "./summary.ts";

/** Shows each client of the files once, with totals. */
export async function reported(files: readonly string[], options: ReceiptsOptions): Promise<ExitCode> {
  const read = await readAll(files);
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

interface Read {
  receipts: Receipt[];
  /** What is wrong with the files, a sentence each. */
  complaints: Message[];
}

async function readAll(files: readonly string[]): Promise<Read> {
  const all: Read = { receipts: [], complaints: [] };
  for (const file of files) {
    const read = parseReceipts(await textOfReceipts(file));
    const { receipts, unreadableLines, unreadable } = read;
    const isForeign = receipts.length + unreadable.altered.length + unreadable.newer.length === 0;
    if (isForeign && unreadableLines.length > 0) throw noReceiptsFile(file);
    for (const receipt of receipts) all.receipts.push(receipt);
    if (unreadableLines.length > 0) {
      all.complaints.push(say`Not all of ${nameOf(file)} counts: ${unreadableIn(read)}.`);
    }
  }
  return all;
}

/** Whether a stack is called so: `stack`, `project/stack` or `organization/project/stack`. */
function isStack(name: string, { project, stack }: ReturnType<typeof stackOf>): boolean {
  const parts = name.split("/").slice(-2);
  return parts.length === 1 ? parts[0] === stack : parts[0] === project && parts[1] === stack;
}

function isMeant(receipt: Receipt, { since, until, stack, tenant, vendor }: ReceiptsOptions): boolean {
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
