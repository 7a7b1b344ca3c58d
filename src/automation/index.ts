/**
 * Runs of the Automation API with the evidence of what they deleted, and receipts that programs read.
 *
 * @module pulumi-oauth-clients/automation
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DestroyOptions, DestroyResult, Stack, UpOptions, UpResult } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import { describeError } from "../core/errors.ts";
import { type Receipt, type ReceiptTotals, totalReceipts } from "../core/receipt.ts";
import { parseReceipts, type ReadReceipts, unreadableIn } from "../core/receipts-file.ts";
import { NO_SECRETS, type SafeText } from "../core/redaction.ts";
import { identifier, say } from "../core/text.ts";

export type { Receipt, ReceiptTotals } from "../core/receipt.ts";
export { onePerClient, totalReceipts } from "../core/receipt.ts";
export { receiptLine } from "../core/receipt-line.ts";
export { parseReceipts, type ReadReceipts } from "../core/receipts-file.ts";
export type { Revocation } from "../core/revocation.ts";

/** Names the file into which the provider writes the receipts of one run. */
const REPORT_FILE = "OAUTH_CLIENTS_REPORT_FILE";

/** What a run deleted, and what is left of the stack. */
export interface RunReport {
  /** Receipts of this run, in the order in which the deletions ended. */
  receipts: Receipt[];
  /** Over those receipts, each client once. */
  totals: ReceiptTotals;
  /** URNs of resources that are still in the state, without the stack itself and providers; null when not known. */
  remaining: string[] | null;
  /**
   * Creations that a killed run left open, before or in this one: nobody knows whether there is such a resource, and no
   * state has it. Pulumi only warns of them, and its next command forgets them. Null when not known.
   */
  pendingCreates: PendingCreate[] | null;
  /**
   * Whether nothing remains; null when not known, as where creations were left open. After an interrupt the CLI exits with 0 and says "have been deleted"
   * all the same.
   */
  empty: boolean | null;
  /**
   * What is not known and why, a sentence each: a state that could not be exported, receipts that could not be read, and
   * where those are kept; creations that were left open. Empty when all is known.
   */
  problems: string[];
}

/**
 * A report, and what the Automation API returned.
 *
 * @typeParam Result a `DestroyResult` or an `UpResult`
 */
export interface ReportOf<Result> extends RunReport {
  /** What the Automation API returned. */
  result: Result;
}

/** A resource whose creation Pulumi began, and of which it does not know the end. */
export interface PendingCreate {
  /** Pulumi's name of the resource. */
  urn: string;
  /** What the program called it at the vendor; null when it said nothing, or says it in secret. */
  name: string | null;
}

/** As much of the Automation API's `Stack` as every report needs. */
export interface ReportedStack {
  /** Its environment names the report's file while a run lasts. */
  readonly workspace: {
    /** What the CLI is started with, besides the process' own. */
    envVars: Record<string, string>;
  };
  /** The state, which is read before and after a run. */
  exportStack(): Promise<{
    /** As `pulumi stack export` has it. */
    deployment: unknown;
  }>;
}

/**
 * A run that failed: what it deleted before is not lost. The failure, as the Automation API threw it, is the `cause`.
 *
 * @example
 * try {
 *   await destroyWithReport(stack);
 * } catch (error) {
 *   if (error instanceof RunFailed) console.error(error.report.totals, error.report.problems, error.cause);
 *   throw error;
 * }
 */
export class RunFailed extends Error {
  /** What is known all the same. */
  readonly report: RunReport;

  /** @internal */
  constructor(report: RunReport, cause: unknown) {
    const { totals, remaining, problems } = report;
    const left = remaining === null ? "what remains is not known" : `${remaining.length} resources remain`;
    const known = problems.length > 0 ? "at least " : "";
    const { unconfirmed, abandoned } = totals.outcomes;
    const forgotten = abandoned === 0 ? "" : ` and ${abandoned} that the state only forgot`;
    const open = unconfirmed === 0 ? "" : ` and ${unconfirmed} that nobody has confirmed`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      [
        `The run failed after ${known}${totals.clients - unconfirmed - abandoned} deletions${forgotten}${open}; ${left}: ${reason}`,
        ...problems,
      ].join("\n"),
      {
        cause,
      },
    );
    this.name = "RunFailed";
    this.report = report;
  }
}

/**
 * `stack.destroy()`, with the evidence that a destroy cannot put into stack outputs. Runs with a report wait for each
 * other where they have the workspace in common.
 *
 * @param stack a stack of the Automation API
 * @param options those of `stack.destroy()`
 * @returns the report, and as `result` what the Automation API returned
 * @throws {RunFailed} when the destroy fails, with the report of what it did before
 * @example
 * const { totals, empty, problems } = await destroyWithReport(stack, { onOutput: console.log });
 * console.log(totals.tokensRevoked ?? "not said", empty ?? "not known", problems);
 */
export function destroyWithReport(
  stack: ReportedStack & Pick<Stack, "destroy">,
  options?: DestroyOptions,
): Promise<ReportOf<DestroyResult>> {
  return withReport(stack, async () => stack.destroy(options), options?.remove ?? false);
}

/**
 * `stack.up()`, with the receipts of what it deleted: tombstones, replacements, removed resources. Waits for other runs
 * as {@link destroyWithReport} does.
 *
 * @param stack a stack of the Automation API
 * @param options those of `stack.up()`
 * @returns the report, and as `result` what the Automation API returned
 * @throws {RunFailed} when the update fails, with the report of what it did before
 * @example
 * const { receipts } = await upWithReport(stack);
 * for (const { name, tokensRevoked } of receipts) console.log(name, tokensRevoked ?? "not said");
 */
export function upWithReport(
  stack: ReportedStack & Pick<Stack, "up">,
  options?: UpOptions,
): Promise<ReportOf<UpResult>> {
  return withReport(stack, async () => stack.up(options));
}

/** When the last run of a workspace has ended: its environment can name the report of one run at a time. */
const lastRuns = new WeakMap<object, Promise<unknown>>();

/** @param removes whether the run, if it succeeds, removes the stack itself, which Pulumi does with empty ones only */
function withReport<Result>(
  stack: ReportedStack,
  run: () => Promise<Result>,
  removes = false,
): Promise<ReportOf<Result>> {
  const before = lastRuns.get(stack.workspace) ?? Promise.resolve();
  const mine = before.then(() => runWithReport(stack, run, removes));
  lastRuns.set(
    stack.workspace,
    mine.catch(() => undefined),
  );
  return mine;
}

async function runWithReport<Result>(
  stack: ReportedStack,
  run: () => Promise<Result>,
  removes: boolean,
): Promise<ReportOf<Result>> {
  // Its own state after the run does not have them any more.
  const before = await deploymentOf(stack);
  const folder = await mkdtemp(join(tmpdir(), "oauth-clients-report-"));
  const file = join(folder, "receipts.jsonl");
  const takeBack = lendEnvironment(stack.workspace, file);
  const [ended] = await Promise.allSettled([run()]);
  takeBack();
  // The receipts first: what fails afterwards must not cost them.
  const { receipts, problems } = await receiptsIn(folder, file);
  const isRemoved = removes && ended.status === "fulfilled";
  const after = isRemoved ? NOTHING_LEFT : await deploymentOf(stack);
  const remaining = after.ok ? after.remaining : null;
  const pendingCreates = before.ok && after.ok ? distinct([...before.pendingCreates, ...after.pendingCreates]) : null;
  problems.push(...unknownIn(before, after, pendingCreates ?? []));
  const report = {
    receipts,
    totals: totalReceipts(receipts),
    remaining,
    pendingCreates,
    empty: isEmpty(remaining, pendingCreates),
    problems,
  };
  if (ended.status === "rejected") throw new RunFailed(report, ended.reason);
  return { ...report, result: ended.value };
}

/** Names the file in the workspace's environment; the answer takes that back, and nothing that others set meanwhile. */
function lendEnvironment(workspace: ReportedStack["workspace"], file: string): () => void {
  const before = workspace.envVars[REPORT_FILE];
  workspace.envVars = { ...workspace.envVars, [REPORT_FILE]: file };
  return () => {
    const { [REPORT_FILE]: now, ...others } = workspace.envVars;
    if (now !== file) return;
    workspace.envVars = before === undefined ? others : { ...others, [REPORT_FILE]: before };
  };
}

/** How lines that do not count come into the report's file, which the provider alone writes. */
const CAUSES: readonly (readonly [is: keyof ReadReceipts["unreadable"], cause: string])[] = [
  ["altered", "This package alters no line: something else writes there, or the disk is bad."],
  ["torn", "A disk that was full, or a provider that was killed, leaves torn lines."],
  ["newer", "The Pulumi project has a newer version of this package than this program: give both the same."],
  ["other", "Something else writes there."],
];

/** The receipts in the folder, which is removed unless there is something in it that could not be read. */
async function receiptsIn(folder: string, file: string): Promise<{ receipts: Receipt[]; problems: string[] }> {
  let read: ReadReceipts;
  try {
    read = parseReceipts(await textOf(file));
  } catch (error) {
    return {
      receipts: [],
      problems: [`The receipts of this run could not be read, and are kept in ${file}: ${inOneLine(error)}`],
    };
  }
  const { receipts } = read;
  if (read.unreadableLines.length > 0) {
    return {
      receipts,
      problems: [
        [
          `Not all receipts of this run count: ${unreadableIn(read)}. They are kept in ${file}.`,
          ...CAUSES.flatMap(([is, cause]) => (read.unreadable[is].length > 0 ? [cause] : [])),
        ].join(" "),
      ],
    };
  }
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    return { receipts, problems: [`The folder ${folder} could not be removed: ${inOneLine(error)}`] };
  }
  return { receipts, problems: [] };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    // No deletion, no file.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

const deploymentSchema = z.object({
  resources: z.array(z.object({ urn: z.string(), type: z.string() })).nullish(),
  pending_operations: z
    .array(
      z.object({
        type: z.string(),
        resource: z.object({ urn: z.string(), inputs: z.record(z.string(), z.unknown()).nullish() }),
      }),
    )
    .nullish(),
});

/** What a state has, or why that is not known. */
type Deployment = { ok: true; remaining: string[]; pendingCreates: PendingCreate[] } | { ok: false; reason: SafeText };

const NOTHING_LEFT: Deployment = { ok: true, remaining: [], pendingCreates: [] };

async function deploymentOf(stack: ReportedStack): Promise<Deployment> {
  try {
    const { deployment } = await stack.exportStack();
    const { resources, pending_operations: operations } = deploymentSchema.parse(deployment);
    const remaining = (resources ?? [])
      .filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"))
      .map(({ urn }) => urn);
    const pendingCreates = (operations ?? [])
      .filter(({ type }) => type === "creating")
      .map(({ resource: { urn, inputs } }) => ({ urn, name: typeof inputs?.name === "string" ? inputs.name : null }));
    return { ok: true, remaining, pendingCreates };
  } catch (error) {
    return { ok: false, reason: inOneLine(error) };
  }
}

function distinct(creates: readonly PendingCreate[]): PendingCreate[] {
  return [...new Map(creates.map((create) => [create.urn, create])).values()];
}

function isEmpty(remaining: readonly string[] | null, pendingCreates: readonly PendingCreate[] | null): boolean | null {
  if (remaining === null) return null;
  if (remaining.length > 0) return false;
  return pendingCreates === null || pendingCreates.length > 0 ? null : true;
}

function unknownIn(before: Deployment, after: Deployment, pendingCreates: readonly PendingCreate[]): string[] {
  if (!after.ok) {
    return [`What remains in the stack is not known, because its state could not be exported: ${after.reason}`];
  }
  if (!before.ok) {
    return [
      `Whether a killed run left creations open is not known, because the state could not be exported: ${before.reason}`,
    ];
  }
  if (pendingCreates.length === 0) return [];
  const named = pendingCreates.map(({ urn, name }) =>
    NO_SECRETS.show(name === null ? identifier(urn) : say`"${identifier(name)}" (${identifier(urn)})`),
  );
  return [
    `A killed run began to create ${named.join(", ")}: nobody knows whether they exist, and no state has them. Look them up at the vendor by their names.`,
  ];
}

function inOneLine(error: unknown): SafeText {
  return NO_SECRETS.show(describeError(error));
}
