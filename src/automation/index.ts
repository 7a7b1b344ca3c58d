import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DestroyOptions, DestroyResult, Stack, UpOptions, UpResult } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import { parseReceipts, type Receipt, type ReceiptTotals, totalReceipts } from "../core/receipt.ts";

export type { Receipt, ReceiptTotals } from "../core/receipt.ts";
export { onePerClient, parseReceipts, totalReceipts } from "../core/receipt.ts";
export type { Revocation } from "../core/revocation.ts";

/** What a run deleted, and what is left of the stack. */
export interface RunReport {
  /** Receipts of this run, in the order in which the deletions ended. */
  receipts: Receipt[];
  totals: ReceiptTotals;
  /** URNs of resources that are still in the state, without the stack itself and providers. */
  remaining: string[];
  /** Whether nothing remains. After an interrupt the CLI exits with 0 and says "have been deleted" all the same. */
  empty: boolean;
}

/** A run that failed: what it deleted before is not lost. The failure is the `cause`. */
export class RunFailed extends Error {
  readonly report: RunReport;

  constructor(report: RunReport, cause: unknown) {
    super(
      `The run failed after ${report.totals.clients} deletions; ${report.remaining.length} resources remain: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.name = "RunFailed";
    this.report = report;
  }
}

/**
 * `stack.destroy()`, with the evidence that a destroy cannot put into stack outputs.
 *
 * @throws {RunFailed} when the destroy fails, with the report of what it did before
 * @example
 * const { totals, empty } = await destroyWithReport(stack, { onOutput: console.log });
 * console.log(totals.tokensRevoked ?? "not said", empty);
 */
export function destroyWithReport(
  stack: Stack,
  options?: DestroyOptions,
): Promise<RunReport & { result: DestroyResult }> {
  return withReport(stack, () => stack.destroy(options));
}

/**
 * `stack.up()`, with the receipts of what it deleted: tombstones, replacements, removed resources.
 *
 * @throws {RunFailed} when the update fails, with the report of what it did before
 */
export function upWithReport(stack: Stack, options?: UpOptions): Promise<RunReport & { result: UpResult }> {
  return withReport(stack, () => stack.up(options));
}

async function withReport<Result>(stack: Stack, run: () => Promise<Result>): Promise<RunReport & { result: Result }> {
  const folder = await mkdtemp(join(tmpdir(), "oauth-clients-report-"));
  const file = join(folder, "receipts.jsonl");
  const { workspace } = stack;
  const before = workspace.envVars;
  workspace.envVars = { ...before, OAUTH_CLIENTS_REPORT_FILE: file };
  try {
    const result = await run().catch(async (error: unknown) => {
      throw new RunFailed(await reportOf(stack, file), error);
    });
    return { ...(await reportOf(stack, file)), result };
  } finally {
    workspace.envVars = before;
    await rm(folder, { recursive: true, force: true });
  }
}

async function reportOf(stack: Stack, file: string): Promise<RunReport> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    // No deletion, no file.
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const { receipts, unreadableLines } = parseReceipts(text);
  if (unreadableLines.length > 0) {
    throw new Error(
      `The report of this run has lines that are no receipts (${unreadableLines.join(", ")}): the versions of this package in the Pulumi project and here differ.`,
    );
  }
  const remaining = await remainingIn(stack);
  return { receipts, totals: totalReceipts(receipts), remaining, empty: remaining.length === 0 };
}

const deploymentSchema = z.object({
  resources: z.array(z.object({ urn: z.string(), type: z.string() })).nullish(),
});

async function remainingIn(stack: Stack): Promise<string[]> {
  const { deployment } = await stack.exportStack();
  return (deploymentSchema.parse(deployment).resources ?? [])
    .filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"))
    .map(({ urn }) => urn);
}
