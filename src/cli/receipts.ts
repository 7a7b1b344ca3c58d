import { readFile } from "node:fs/promises";
import Table from "cli-table3";
import { Command } from "commander";
import { OAuthClientsError } from "../core/errors.ts";
import { onePerClient, type Receipt, type ReceiptTotals, totalReceipts } from "../core/receipt.ts";
import { linesInBrief, parseReceipts } from "../core/receipts-file.ts";
import { NO_SECRETS, type SafeText } from "../core/redaction.ts";
import { say } from "../core/text.ts";

/** `oauth-clients receipts`: what was deleted, as a table with totals. */
export function receiptsCommand(): Command {
  return new Command("receipts")
    .description("shows a receipts file: each deleted client once, with what its deletion revoked, and totals")
    .argument("[file]", "receipts file; default: the environment variable OAUTH_CLIENTS_RECEIPTS_FILE")
    .option("--json", "print receipts and totals as JSON")
    .action(async (argument: string | undefined, options: { json?: true }) => {
      const file = argument ?? process.env.OAUTH_CLIENTS_RECEIPTS_FILE;
      if (!file) {
        throw new OAuthClientsError(
          "configuration-invalid",
          say`There is no receipts file.`,
          say`Name it: oauth-clients receipts <file>, or set OAUTH_CLIENTS_RECEIPTS_FILE.`,
        );
      }
      const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
        throw new OAuthClientsError(
          "configuration-invalid",
          say`The receipts file ${file} cannot be read: ${error.code ?? error.message}.`,
          say`It is written at the first deletion of a run that has it configured.`,
        );
      });
      const { receipts, unreadableLines } = parseReceipts(text);
      if (receipts.length === 0 && unreadableLines.length > 0) {
        throw new OAuthClientsError(
          "configuration-invalid",
          say`${file} is no receipts file: none of its lines is a receipt.`,
          say`OAUTH_CLIENTS_RECEIPTS_FILE or oauth-clients:receiptsFile says where receipts are written.`,
        );
      }
      const once = onePerClient(receipts);
      const totals = totalReceipts(receipts);
      process.stdout.write(
        options.json ? `${JSON.stringify({ receipts: once, totals }, null, 2)}\n` : receiptsTable(once, totals),
      );
      if (unreadableLines.length > 0) {
        throw new OAuthClientsError(
          "configuration-invalid",
          say`${file} has lines that are no receipts: ${linesInBrief(unreadableLines)}.`,
          say`They are not counted.`,
        );
      }
    });
}

/** Receipts as people read them; `–` is what the vendor did not say. */
export function receiptsTable(receipts: readonly Receipt[], totals: ReceiptTotals): string {
  const table = new Table({
    head: ["client", "tenant", "outcome", "tokens revoked", "sessions ended", "deleted at", "by"],
    style: { head: [], border: [] },
    colAligns: ["left", "left", "left", "right", "right", "left", "left"],
  });
  for (const receipt of receipts) {
    table.push([
      named(receipt.name ?? receipt.id),
      named(receipt.tenantId),
      receipt.responseLost && receipt.outcome !== "unconfirmed"
        ? `${receipt.outcome} (response lost)`
        : receipt.outcome,
      shown(receipt.tokensRevoked),
      shown(receipt.activeSessionsTerminated),
      shown(receipt.deletedAt),
      named(receipt.deletedBy?.name ?? receipt.deletedBy?.id ?? null),
    ]);
  }
  table.push([
    `total: ${totals.clients}`,
    "",
    Object.entries(totals.outcomes)
      .filter(([, count]) => count > 0)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(", "),
    withUnknown(totals.tokensRevoked, totals.unknownTokenCounts),
    withUnknown(totals.activeSessionsTerminated, totals.unknownSessionCounts),
    "",
    "",
  ]);
  return `${table.toString()}\n`;
}

function shown(value: string | number | null): SafeText {
  return NO_SECRETS.clean(value === null ? "–" : String(value));
}

function named(value: string | null): SafeText {
  return NO_SECRETS.identifier(value ?? "–");
}

function withUnknown(sum: number | null, unknown: number): string {
  return unknown === 0 ? shown(sum) : `${shown(sum)} (+ ${unknown} not said)`;
}
