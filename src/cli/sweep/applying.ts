import { ConfigurationInvalid, describeError } from "../../core/errors.ts";
import type { Exclusion } from "../../core/selection.ts";
import { say } from "../../core/text.ts";
import type { Operation } from "../../lifecycle/lifecycle.ts";
import { carryOut, type Done, type Planned, type Purge } from "../../lifecycle/purge.ts";
import { NOTHING, pacedBy, progressOf, tallied } from "../../lifecycle/purge-tally.ts";
import { problemWithReceiptsFile } from "../../runtime/receipts-place.ts";
import { EXIT } from "../exit.ts";
import { assertWritable } from "../output/print.ts";
import type { Session, Site } from "../session.ts";
import { assertCurrent, assertOnlyNarrower, siteOf } from "./beside-plan.ts";
import { assertMeant } from "./confirm.ts";
import { Journal, journalFile } from "./journal.ts";
import type { SweepOptions } from "./options.ts";
import { openIn, printOutcome, type Swept } from "./outcome.ts";
import { readPlan, type SweepPlan } from "./plan-file.ts";
import { assertSelectable, exclusionIn, managedBy } from "./selection.ts";

/** Deletes what a plan has, as far as it is still what was planned. */
export async function applied(session: Session, file: string, options: SweepOptions): Promise<number> {
  assertOnlyNarrower(options);
  const written = await readPlan(file);
  const site = siteOf(session, written, options);
  const managed = await managedBy(options);
  assertCurrent(written, managed, options);
  assertSelectable(site, written.selection);
  const exclusion = both(written.exclusion, exclusionIn(options, managed, site));
  // Also where the settings name none, and so that the next run knows what this one has sent, whatever they name by then.
  session.alsoWriteReceipts(receiptsBeside(file));
  await assertWritable(options.output, [file, journalFile(file), ...session.receiptFiles()]);
  for (const one of session.receiptFiles()) await assertTakesReceipts(one);
  const journal = await Journal.beside(file, written.planId, session.redactor);
  try {
    const planned = written.clients.filter(({ id }) => !journal.finished.has(id));
    const limit = Math.min(written.limit, options.limit ?? written.limit);
    if (written.clients.length > limit)
      throw new ConfigurationInvalid([
        say`The plan has ${written.clients.length} clients, more than the limit of ${limit}. Nothing was deleted.`,
      ]);
    if (planned.length > 0) await assertMeant(session, planned.length, tenantOf(site), options);
    const swept = await deletePlanned(session, site, { ...written, exclusion }, planned, journal);
    await printOutcome(session, site, swept, options);
    return openIn(swept).length > 0 ? EXIT.finding : EXIT.ok;
  } finally {
    await journal.close();
  }
}

/** @throws {ConfigurationInvalid} for a file that would take no receipt: a deletion without one is not begun */
async function assertTakesReceipts(file: string): Promise<void> {
  const problem = await problemWithReceiptsFile(file);
  if (problem === null) return;
  throw new ConfigurationInvalid([say`The receipts file ${file} ${problem}. Nothing was deleted.`]);
}

/** Where the receipts of a plan's deletions stand, beside the files that the settings name. */
function receiptsBeside(plan: string): string {
  return `${plan}.receipts.jsonl`;
}

/** What either of them excludes. */
function both(one: Exclusion, other: Exclusion): Exclusion {
  const all = (key: keyof Exclusion) => [...new Set([...(one[key] ?? []), ...(other[key] ?? [])])];
  return { ids: all("ids"), names: all("names"), namePrefixes: all("namePrefixes"), nameParts: all("nameParts") };
}

function tenantOf({ vendor, where }: Site): string {
  return String(where[vendor.place[0].key]);
}

async function deletePlanned(
  session: Session,
  { vendor, driver, where }: Site,
  written: SweepPlan,
  planned: readonly Planned[],
  journal: Journal,
): Promise<Swept> {
  const { selection, exclusion, limit } = written;
  const wish = { targetIds: null, selection, exclusion, limit, isDry: false };
  const names = new Map(written.clients.map(({ id, name }) => [id, name]));
  const done: Done[] = [...journal.finished.values()].map((entry) => ({ ...entry, because: say`in an earlier run` }));
  let tally = tallied({ ...NOTHING, selected: written.clients.length }, done);
  const notes: Promise<void>[] = [];
  let lost: unknown = null;
  const rest = await session.run(vendor, "sweep", async (operation) => {
    // Without a journal, no next run could go on: nothing more is begun then.
    const going: Operation = { ...operation, isStopping: () => operation.isStopping() || lost !== null };
    const purge: Purge = { driver, inputs: where, operation: going, wish };
    const saying = pacedBy(operation, () => progressOf(tally, written.clients.length - done.length));
    const noted = (one: Done) => {
      done.push(one);
      tally = tallied(tally, [one]);
      notes.push(
        journal.note(one).catch((error: unknown) => {
          lost = error;
        }),
      );
      saying.tick();
    };
    return carryOut(purge, planned, noted, () => session.beginChanges()).finally(() => saying.end());
  });
  await Promise.all(notes);
  if (lost !== null) {
    await session.console.log(
      "warning",
      session.redactor.show(
        say`The journal could not be written to its end: ${describeError(lost)}. The receipts have what was deleted.`,
      ),
    );
  }
  const because =
    lost !== null
      ? say`, because the journal could not be written`
      : rest.isGivenUp
        ? say`, because so many failed in a row`
        : session.interrupt.signal.aborted
          ? say`, because of the interrupt`
          : say``;
  return { ...rest, tally, because, done: done.map((one) => ({ ...one, name: names.get(one.id) ?? null })) };
}
