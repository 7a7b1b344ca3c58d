import { counted, joined, type Message, say } from "../../core/text.ts";
import type { Done, Rest } from "../../lifecycle/purge.ts";
import { leftOf, progressOf, type Tally, totalsOf } from "../../lifecycle/purge-tally.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTable } from "../output/markdown.ts";
import { jsonOf, print } from "../output/print.ts";
import { proseOf } from "../output/prose.ts";
import { type Column, exactSheetOf, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { named } from "../output/words.ts";
import type { Session, Site } from "../session.ts";
import type { SweepOptions } from "./options.ts";

/** What became of a plan. */
export interface Swept extends Rest {
  tally: Tally;
  done: (Done & { name: string | null })[];
  /** Why some were not begun, as a sentence goes on; empty where all were. */
  because: Message;
}

/** Clients of a plan that are still to be deleted, as far as anybody knows: a sweep that leaves some has not done its work. */
export function openIn({ left, cutOff, done }: Swept): { id: string }[] {
  return [...left, ...cutOff, ...done.filter(({ outcome }) => outcome === "failed"), ...unseenIn(done)];
}

/** Clients that were left alone because these credentials do not see them: nobody knows whether they are there. */
function unseenIn(done: Swept["done"]): Swept["done"] {
  return done.filter(({ hiddenWithout }) => hiddenWithout !== undefined);
}

function unseenSentence([first, ...others]: Swept["done"]): Message {
  if (first === undefined) return say``;
  const many = counted(others.length + 1, "client");
  return say`${many} may be there all the same, which these credentials do not see: run the same command again with some that have ${first.hiddenWithout ?? ""}.`;
}

/** Prints what became of a plan. */
export async function printOutcome(
  { redactor }: Session,
  { vendor }: Site,
  swept: Swept,
  options: SweepOptions,
): Promise<void> {
  const { done, tally, left, cutOff, because } = swept;
  const results = done.map(
    (one): Result => ({
      ...one,
      because: redactor.show(one.because),
      code: one.code ?? null,
      hiddenWithout: one.hiddenWithout ?? null,
    }),
  );
  const open = left.length + cutOff.length;
  const rest = open === 0 ? say`` : say`${leftOf({ left, cutOff })}${because}.`;
  const unseen = unseenSentence(unseenIn(done));
  const next = open + tally.failed === 0 ? say`` : say`Run the same command again to go on with the rest.`;
  const summary = redactor.show(joined([say`${progressOf(tally, open)}.`, rest, unseen, next]));
  const caseOf = ({ name, id }: { name: string | null; id: string }, failure: string | null, output: string) => ({
    name: name ?? id,
    group: vendor.name,
    failure,
    output,
  });
  const idsOf = (some: readonly { id: string }[]) => some.map(({ id }) => id);
  await print(options, {
    table: ({ width, styled }) =>
      `${tableOf(sheetOf(RESULTS, results), width, (title) => styled("bold", title))}${proseOf(summary, width)}\n`,
    json: () => jsonOf({ totals: totalsOf(tally), notBegun: idsOf(left), cutOff: idsOf(cutOff), results }),
    csv: () => csvOf(exactSheetOf(RESULTS, results)),
    markdown: () => `${summary}\n\n${markdownTable(sheetOf(RESULTS, results))}`,
    junit: () =>
      junitOf("sweep", [
        ...results.map((one) =>
          caseOf(
            one,
            one.outcome === "failed" || one.hiddenWithout !== null ? one.because : null,
            `${one.outcome} ${one.because}`,
          ),
        ),
        ...left.map((one) => caseOf(one, "it was not begun", "not begun")),
        ...cutOff.map((one) => caseOf(one, "a DELETE may have been carried out, and nobody said so", "cut off")),
      ]),
  });
}

interface Result extends Omit<Done, "because" | "code" | "hiddenWithout"> {
  name: string | null;
  because: string;
  /** Null where it did not fail with an error of ours. */
  code: string | null;
  /** The permission that it takes to see it; null where that kept nobody from deleting it. */
  hiddenWithout: string | null;
}

const RESULTS: readonly Column<Result>[] = [
  { title: "client", key: "name", cell: ({ name }) => named(name) },
  { title: "id", key: "id", cell: ({ id }) => named(id), cut: "middle" },
  { title: "outcome", key: "outcome", cell: ({ outcome }) => named(outcome) },
  { title: "tokens", key: "tokensRevoked", cell: ({ tokensRevoked }) => tokensRevoked },
  {
    title: "sessions",
    key: "activeSessionsTerminated",
    cell: ({ activeSessionsTerminated }) => activeSessionsTerminated,
    spare: 1,
  },
  { title: "", key: "because", cell: ({ because }) => named(because) },
];
