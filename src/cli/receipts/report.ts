import { onePerClient, type Receipt, totalReceipts } from "../../core/receipt.ts";
import { parseReceipts, type ReadReceipts, unreadableIn } from "../../core/receipts-file.ts";
import { counted, type Message, say } from "../../core/text.ts";
import { CommandConsole } from "../console.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf, type TestCase } from "../output/junit.ts";
import { code, markdownTableWithin } from "../output/markdown.ts";
import { jsonOf, print } from "../output/print.ts";
import { proseOf } from "../output/prose.ts";
import { type Sheet, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { stackOf } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import { assertReceiptsFile, nameOf, textOfReceipts } from "./files.ts";
import type { ReceiptsOptions } from "./options.ts";
import { ALL, asTestCase, columnsFor } from "./rows.ts";
import { summaryOf } from "./summary.ts";

/** Shows each client of the files once, with totals, and which lines are in none of them. */
export async function reported(files: readonly string[], options: ReceiptsOptions): Promise<ExitCode> {
  const read = await readAll(files);
  const receipts = read.receipts.filter((receipt) => isMeant(receipt, options));
  const once = onePerClient(receipts);
  const totals = totalReceipts(receipts);
  const sheet = sheetOf(columnsFor(once), once);
  const summary = summaryOf(totals);
  const complaints = read.unreadable.map((one) => REDACTOR.show(complaintOf(one)));
  await print(options, {
    table: ({ width, styled }) => {
      const table = tableOf(sheet, width, (title) => styled("bold", title));
      return `${table}${[summary, ...complaints].map((line) => `${proseOf(line, width)}\n`).join("")}`;
    },
    json: () => {
      const unreadable = read.unreadable.map(({ file, lines }) => ({ file, ...lines }));
      return jsonOf({ receipts: once, totals, unreadable });
    },
    csv: () => csvOf(sheetOf(ALL, once)),
    markdown: () => markdownOf(sheet, summary, complaints, options.maxLength),
    junit: () => junitOf("receipts", [...read.unreadable.map(asFailure), ...once.map(asTestCase)]),
    html: async () => (await import("../output/html.ts")).htmlReport(receipts, sheet, summary, complaints),
  });
  // Whoever looks at the table has read it there.
  const isSeen = options.format === "table" && !options.json && options.output === undefined;
  if (!isSeen) {
    const console = new CommandConsole();
    for (const complaint of complaints) console.say(`oauth-clients: ${complaint}`);
  }
  return complaints.length > 0 ? EXIT.finding : EXIT.ok;
}

/** Lines of a file that do not count, by what is wrong with them. */
interface Unreadable {
  file: string;
  lines: ReadReceipts["unreadable"];
}

async function readAll(files: readonly string[]): Promise<{ receipts: Receipt[]; unreadable: Unreadable[] }> {
  const receipts: Receipt[] = [];
  const unreadable: Unreadable[] = [];
  for (const file of files) {
    const read = parseReceipts(await textOfReceipts(file));
    assertReceiptsFile(file, read.receipts.length + read.unreadableLines.length, read.unreadable);
    for (const receipt of read.receipts) receipts.push(receipt);
    if (read.unreadableLines.length > 0) unreadable.push({ file, lines: read.unreadable });
  }
  return { receipts, unreadable };
}

function complaintOf({ file, lines }: Unreadable): Message {
  return say`Not all of ${nameOf(file)} counts: ${unreadableIn({ unreadable: lines })}.`;
}

function asFailure(one: Unreadable): TestCase {
  const name = String(REDACTOR.show(nameOf(one.file)));
  return { name, group: "receipts", failure: REDACTOR.show(complaintOf(one)), output: "" };
}

/** @param longest in characters: the rows have half of it at least */
function markdownOf(
  sheet: Sheet,
  summary: string,
  complaints: readonly string[],
  longest = Number.POSITIVE_INFINITY,
): string {
  const whole = [summary, ...complaints.map(code)].join("\n\n");
  const brief = `In ${counted(complaints.length, "file")}, lines do not count: \`oauth-clients receipts --verify\` says which.`;
  const head = whole.length <= longest / 2 ? whole : `${summary}\n\n${brief}`;
  return `${head}\n\n${markdownTableWithin(longest - head.length - 2, sheet, "the receipts file")}`;
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
