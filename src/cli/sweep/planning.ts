import { randomUUID } from "node:crypto";
import { usageOf } from "../../core/guard.ts";
import { counted, identifier, joined, type Message, say } from "../../core/text.ts";
import { type Done, LIMIT, plan } from "../../lifecycle/purge.ts";
import { notAll } from "../clients.ts";
import { EXIT } from "../exit.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTable } from "../output/markdown.ts";
import { assertOwn, jsonOf, print, writeResult } from "../output/print.ts";
import { type Column, exactSheetOf, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { are, LAST_USED, minute, named } from "../output/words.ts";
import type { Session } from "../session.ts";
import type { Manager } from "../stack/managed.ts";
import { applying } from "./next.ts";
import type { SweepOptions } from "./options.ts";
import { planText, type SweepPlan } from "./plan-file.ts";
import { assertSelectable, exclusionIn, managedBy, selectionIn } from "./selection.ts";

/** Says what would be deleted, and writes it down where a plan is asked for. */
export async function planned(session: Session, options: SweepOptions): Promise<number> {
  const selection = selectionIn(options);
  const needed = [...(options.excludeManaged || []), ...session.receiptFiles()];
  await assertOwn(options.output, [...needed, ...(options.plan === undefined ? [] : [options.plan])]);
  await assertOwn(options.plan, needed);
  const site = session.site(options);
  assertSelectable(site, selection, options);
  const managed = await managedBy(options);
  const exclusion = exclusionIn(options, managed, site);
  const limit = options.limit ?? LIMIT;
  const { vendor, driver, where } = site;
  const made = await session.run(vendor, "plan", async (operation) => {
    const wish = { targetIds: null, selection, exclusion, limit, isDry: false };
    const found = await plan({ driver, inputs: where, operation, wish });
    return { ...found, baseUrl: operation.connect(String(where.connection)).http.baseUrl };
  });
  const { connection, ...place } = where;
  const written: SweepPlan = {
    sweep: 1,
    planId: randomUUID(),
    plannedAt: new Date().toISOString(),
    vendor: vendor.name,
    connection: String(connection),
    baseUrl: made.baseUrl,
    place: Object.fromEntries(Object.entries(place).map(([key, value]) => [key, String(value)])),
    selection,
    exclusion,
    limit,
    besideStacks: managed.isAsked,
    clients: made.planned.map(({ id, facts }) => {
      const use = facts?.use ?? null;
      const { lastUsedAt, everUsed } = usageOf(use);
      return {
        id,
        name: facts?.name ?? null,
        status: facts?.status ?? null,
        createdAt: use?.createdMs == null ? null : new Date(use.createdMs).toISOString(),
        lastUsedAt,
        everUsed,
      };
    }),
  };
  if (options.plan !== undefined) await writeResult(options.plan, planText(written));
  await print(options, {
    table: ({ width, styled }) => tableOf(sheetOf(PLANNED, written.clients), width, (title) => styled("bold", title)),
    json: () =>
      jsonOf({
        ...written,
        hiddenWithout: made.hiddenWithout,
        skipped: made.skipped.map((one) => ({ id: one.id, because: session.redactor.show(one.because) })),
      }),
    csv: () => csvOf(exactSheetOf(PLANNED, written.clients)),
    markdown: () => markdownTable(sheetOf(PLANNED, written.clients)),
    junit: () =>
      junitOf(
        "sweep",
        written.clients.map((one) => ({ name: one.name ?? one.id, group: vendor.name, failure: null, output: one.id })),
      ),
  });
  if (made.hiddenWithout !== null) session.console.say(session.redactor.show(notAll(made.hiddenWithout)));
  const clients = written.clients.length;
  const next =
    options.plan === undefined
      ? say`--plan FILE writes a plan of them.`
      : say`\`${applying(options.plan, options)}\` deletes them.`;
  const left = leftOut(made.skipped, (id) => managed.of(vendor, id));
  session.console.say(
    session.redactor.show(say`${counted(clients, "client")} would be deleted, ${left}. Nothing was deleted.`),
  );
  // A line of its own: a command that is wrapped cannot be copied.
  if (clients > 0) session.console.say(session.redactor.show(next));
  return EXIT.ok;
}

/** How many are left out, and how many of those for which reason. */
function leftOut(skipped: readonly Done[], managerOf: (id: string) => Manager | null): Message {
  const reasons = skipped.map(({ id, because }) => {
    const manager = managerOf(id);
    return manager === null ? because : say`managed by ${identifier(manager.stack)}`;
  });
  const alike = [...Map.groupBy(reasons, String).values()].flatMap((of) =>
    of[0] === undefined ? [] : [say`${of.length} ${of[0]}`],
  );
  const counts = say`${skipped.length} ${are(skipped.length)} left out`;
  return alike.length === 0 ? counts : say`${counts} (${joined(alike, "; ")})`;
}

const PLANNED: readonly Column<SweepPlan["clients"][number]>[] = [
  { title: "client", key: "name", cell: ({ name }) => named(name) },
  { title: "id", key: "id", cell: ({ id }) => named(id), cut: "middle" },
  { title: "status", key: "status", cell: ({ status }) => named(status), spare: 2 },
  {
    title: "created",
    key: "createdAt",
    cell: ({ createdAt }) => minute(createdAt),
    exact: ({ createdAt }) => named(createdAt),
    spare: 1,
  },
  LAST_USED,
];
