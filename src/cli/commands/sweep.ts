import { randomUUID } from "node:crypto";
import { Command } from "commander";
import { ConfigurationInvalid, describeError, OAuthClientsError } from "../../core/errors.ts";
import { usageOf } from "../../core/guard.ts";
import type { Exclusion, Selection } from "../../core/selection.ts";
import { counted, identifier, joined, type Message, say } from "../../core/text.ts";
import type { Operation } from "../../lifecycle/lifecycle.ts";
import { carryOut, type Done, LIMIT, type Planned, type Purge, plan } from "../../lifecycle/purge.ts";
import { NOTHING, pacedBy, progressOf, tallied, totalsOf } from "../../lifecycle/purge-tally.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { days, list, type PlaceOptions, positive, SOME_VENDOR, time, withPlace } from "../options.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTable } from "../output/markdown.ts";
import { assertWritable, jsonOf, type OutputOptions, print, withOutput, writeResult } from "../output/print.ts";
import { type Column, exactSheetOf, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { LAST_USED, minute, named } from "../output/words.ts";
import { inSession, type Session, type Site } from "../session.ts";
import { Managed } from "../stack/managed.ts";
import { assertMeant } from "../sweep/confirm.ts";
import { Journal, journalFile } from "../sweep/journal.ts";
import { readPlan, type SweepPlan } from "../sweep/plan-file.ts";

interface Options extends PlaceOptions, OutputOptions {
  namePrefix?: string;
  createdBefore?: number;
  olderThan?: number;
  unusedFor?: number;
  status?: string;
  exclude?: string[];
  excludeName?: string[];
  excludeNamePrefix?: string[];
  /** False: there are no stacks that could have any of these clients. */
  excludeManaged?: string[] | false;
  refuse: string[];
  limit?: number;
  plan?: string;
  apply?: string;
  maxPlanAge: number;
  yes?: true;
}

/** What no name of a client that is swept may have in it, unless somebody says otherwise. */
const REFUSED = ["prod"];

/** A plan that is older is not carried out, in days. */
const LONGEST_PLAN_AGE = 1;

const DAY_MS = 86_400_000;

/** So far may the clocks of two machines be apart. */
const CLOCK_DOUBT_MS = 5 * 60_000;

/** `oauth-clients sweep`: deletes what preview stacks have left behind. */
export function sweepCommand(): Command {
  const command = withPlace(
    new Command("sweep").description(
      "delete clients that no stack manages, such as leftovers of preview stacks: first a plan, then exactly that",
    ),
  )
    .option("--name-prefix <prefix>", "clients whose name begins so")
    .option("--created-before <time>", "clients created before this time", time)
    .option("--older-than <days>", "clients created so long ago, such as 7d", days)
    .option(
      "--unused-for <days>",
      "clients not used for so long, such as 14d; never used counts from the creation",
      days,
    )
    .option("--status <status>", "clients of this status")
    .option("--exclude <id>", "never this client; may be repeated", list)
    .option("--exclude-name <name>", "never a client of this name; may be repeated", list)
    .option("--exclude-name-prefix <prefix>", "never a client whose name begins so; may be repeated", list)
    .option("--exclude-managed <file>", "never what this stack export has; may be repeated", list)
    .option("--no-exclude-managed", "no stack can have any of these clients; else exports or --stack are needed")
    .option("--refuse <text>", 'never a client with this in its name; may be repeated, "" for none', refused, REFUSED)
    .option(
      "--limit <n>",
      `delete nothing at all where it would be more clients; default: ${LIMIT}, or the plan's`,
      positive,
    )
    .option("--plan <file>", "write the exact clients to this file, and delete nothing")
    .option("--apply <file>", "delete the clients of this plan that are still what was planned, and nothing else")
    .option("--max-plan-age <days>", "carry out no plan that is older", days, LONGEST_PLAN_AGE)
    .option("--yes", "do not ask; needs --tenant");
  return withOutput(command, ["table", "json", "csv", "markdown", "junit"])
    .addHelpText(
      "after",
      `
Without --plan and --apply it shows what it would delete. All criteria count together, and at least one is needed; what the
vendor does not say fulfils none. With --stack, what that stack manages is never deleted. Right before each deletion the
client is looked at once more. What became of each client stands in FILE.journal.jsonl beside the plan: run --apply again
after an interrupt, and it goes on with the rest.

Examples:
  oauth-clients sweep --vendor ${SOME_VENDOR} --name-prefix pr- --older-than 7d --exclude-managed dev.json --plan sweep.json
  oauth-clients sweep --apply sweep.json --exclude-managed dev.json
  oauth-clients sweep --apply sweep.json --exclude-managed dev.json --yes --tenant "$TENANT"
${exitCodesHelp("some clients could not be deleted; the next --apply goes on with them")}`,
    )
    .action((options: Options) => inSession(options, (session) => sweep(session, options)));
}

function refused(text: string, before: readonly string[]): string[] {
  const own = before === REFUSED ? [] : before;
  return text === "" ? [...own] : list(text, own);
}

function sweep(session: Session, options: Options): Promise<number> {
  if (options.apply !== undefined && options.plan !== undefined) {
    throw new ConfigurationInvalid([say`--plan writes a plan, --apply carries one out: give one of them.`]);
  }
  return options.apply === undefined ? planned(session, options) : applied(session, options.apply, options);
}

/**
 * Which clients stacks manage.
 *
 * @throws {ConfigurationInvalid} where nobody says which stacks there are: a client of a stack must never be swept
 */
function managedBy(options: Options): Promise<Managed> {
  const { excludeManaged, stack } = options;
  if (excludeManaged === undefined && stack === undefined) {
    throw new ConfigurationInvalid([
      say`Nobody says which clients stacks manage. Give the exports of the stacks (--exclude-managed, --stack), or --no-exclude-managed where no stack can have any of these clients.`,
    ]);
  }
  return Managed.by(excludeManaged === false ? [] : (excludeManaged ?? []), options);
}

/** Says what would be deleted, and writes it down where a plan is asked for. */
async function planned(session: Session, options: Options): Promise<number> {
  const selection = selectionIn(options);
  const site = session.site(options);
  assertSelectable(site, selection);
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
  if (options.plan !== undefined) await writeResult(options.plan, jsonOf(written));
  await print(options, {
    table: ({ width, styled }) => tableOf(sheetOf(PLANNED, written.clients), width, (title) => styled("bold", title)),
    json: () =>
      jsonOf({
        ...written,
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
  const clients = written.clients.length;
  const next =
    options.plan === undefined
      ? "--plan FILE writes a plan of them."
      : `\`oauth-clients sweep --apply ${options.plan}\` deletes them.`;
  session.console.say(
    `${counted(clients, "client")} would be deleted, ${made.skipped.length} are excluded. Nothing was deleted. ${clients === 0 ? "" : next}`.trimEnd(),
  );
  return EXIT.ok;
}

/** @throws {ConfigurationInvalid} for a selection that selects everything, or what must not be swept */
function selectionIn({ namePrefix, createdBefore, olderThan, unusedFor, status, refuse }: Options): Selection {
  const term = refuse.find((one) => namePrefix?.toLowerCase().includes(one.toLowerCase()));
  if (term !== undefined) {
    throw new ConfigurationInvalid([
      say`Clients with "${identifier(term)}" in their names are not swept. Say --refuse with other terms, or "" for none, if you mean it.`,
    ]);
  }
  const before = [createdBefore, olderThan === undefined ? undefined : Date.now() - olderThan * DAY_MS].filter(
    (one) => one !== undefined,
  );
  const selection: Selection = {
    ...(namePrefix === undefined || namePrefix === "" ? {} : { namePrefix }),
    ...(before.length === 0 ? {} : { createdBefore: new Date(Math.min(...before)).toISOString() }),
    ...(unusedFor === undefined ? {} : { unusedForDays: unusedFor }),
    ...(status === undefined ? {} : { status }),
  };
  if (Object.keys(selection).length > 0) return selection;
  throw new ConfigurationInvalid([
    say`Every client would be deleted. Say which ones: --name-prefix, --older-than, --unused-for, --created-before or --status.`,
  ]);
}

/** @throws {ConfigurationInvalid} for a criterion that the vendor says nothing of */
function assertSelectable({ vendor, where }: Site, selection: Selection): void {
  const { error } = vendor.purge.schema.safeParse({ ...where, select: selection });
  const problems = (error?.issues ?? []).map((issue) =>
    issue.code === "unrecognized_keys"
      ? say`${vendor.title} says nothing of its clients by which ${issue.keys.join(", ")} could be told.`
      : say`${issue.path.join(".")} ${issue.message}.`,
  );
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
}

function exclusionIn(options: Options, managed: Managed, { vendor }: Pick<Site, "vendor">): Exclusion {
  return {
    ids: [...(options.exclude ?? []), ...managed.idsOf(vendor)],
    names: options.excludeName ?? [],
    namePrefixes: options.excludeNamePrefix ?? [],
    nameParts: options.refuse,
  };
}

/** Deletes what a plan has, as far as it is still what was planned. */
async function applied(session: Session, file: string, options: Options): Promise<number> {
  assertOnlyNarrower(options);
  const written = await readPlan(file);
  const site = siteOf(session, written, options);
  const managed = await managedBy(options);
  assertCurrent(written, managed, options);
  assertSelectable(site, written.selection);
  const exclusion = both(written.exclusion, exclusionIn(options, managed, site));
  await assertWritable(options.output, [file, journalFile(file)]);
  const journal = await Journal.beside(file, written.planId, session.redactor);
  try {
    const planned = written.clients.filter(({ id }) => !journal.finished.has(id));
    const limit = Math.min(written.limit, options.limit ?? written.limit);
    if (written.clients.length > limit)
      throw new ConfigurationInvalid([
        say`The plan has ${written.clients.length} clients, more than the limit of ${limit}. Nothing was deleted.`,
      ]);
    if (planned.length > 0) await assertMeant(session, planned.length, tenantOf(site), options);
    return await deletePlanned(session, site, { ...written, exclusion }, planned, journal, options);
  } finally {
    await journal.close();
  }
}

/** @throws {ConfigurationInvalid} where the options speak of another place than the plan */
function siteOf(session: Session, written: SweepPlan, options: Options): Site {
  const { vendor, connection, place, baseUrl } = written;
  const asked = session.site({ ...options, vendor, connection });
  const needed = asked.vendor.place.filter(({ optional }) => !optional).map(({ key }) => key);
  const known = asked.vendor.place.map(({ key }) => key);
  const isPlace = needed.every((key) => place[key]) && Object.keys(place).every((key) => known.includes(key));
  if (!isPlace)
    throw new ConfigurationInvalid([say`The plan does not say where its clients are. Nothing was deleted.`]);
  const named = { tenantId: options.tenant, realmName: options.realm };
  const differs = asked.vendor.place.some(
    ({ key, receipt }) => named[receipt] !== undefined && named[receipt] !== place[key],
  );
  const wrong: Message[] = [
    ...(options.vendor !== undefined && options.vendor !== vendor
      ? [say`The plan is about ${vendor}, not ${options.vendor}.`]
      : []),
    ...(options.connection !== "default" && options.connection !== connection
      ? [say`The plan is about the connection "${connection}", not "${options.connection}".`]
      : []),
    ...(differs
      ? [say`The plan is about ${identifier(Object.values(place).join(" / "))}, and the options name another place.`]
      : []),
  ];
  if (wrong.length > 0) throw new ConfigurationInvalid([...wrong, say`Nothing was deleted.`]);
  const current = session.baseUrlOf(asked);
  if (current !== baseUrl) {
    throw new OAuthClientsError(
      "base-url-changed",
      say`The plan was made at ${baseUrl}, and connection "${connection}" talks to ${current}: what that says of these clients proves nothing.`,
      say`Nothing was deleted. Make a new plan.`,
    );
  }
  return { ...asked, where: { connection, ...place } };
}

function assertCurrent(written: SweepPlan, managed: Managed, { maxPlanAge }: Options): void {
  const ageMs = Date.now() - Date.parse(written.plannedAt);
  if (ageMs < -CLOCK_DOUBT_MS) {
    throw new ConfigurationInvalid([
      say`The plan is from ${written.plannedAt}, which is still to come. Nothing was deleted.`,
    ]);
  }
  if (ageMs > maxPlanAge * DAY_MS) {
    throw new ConfigurationInvalid([
      say`The plan is from ${written.plannedAt}, more than ${maxPlanAge} days ago. Make a new one, or say --max-plan-age. Nothing was deleted.`,
    ]);
  }
  if (written.besideStacks && !managed.isAsked) {
    throw new ConfigurationInvalid([
      say`The plan leaves out what stacks manage, and they may manage more by now: give their exports again (--exclude-managed, --stack). Nothing was deleted.`,
    ]);
  }
}

/** What either of them excludes. */
function both(one: Exclusion, other: Exclusion): Exclusion {
  const all = (key: keyof Exclusion) => [...new Set([...(one[key] ?? []), ...(other[key] ?? [])])];
  return { ids: all("ids"), names: all("names"), namePrefixes: all("namePrefixes"), nameParts: all("nameParts") };
}

/**
 * Beside a plan, options can only leave more out.
 *
 * @throws {ConfigurationInvalid} for those that would select something else, and that nobody should believe to count
 */
function assertOnlyNarrower(options: Options): void {
  const { namePrefix, createdBefore, olderThan, unusedFor, status } = options;
  const selecting = { "--name-prefix": namePrefix, "--created-before": createdBefore, "--older-than": olderThan };
  const more = { "--unused-for": unusedFor, "--status": status };
  const given = Object.entries({ ...selecting, ...more }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const names = given.map(([name]) => name).join(", ");
  throw new ConfigurationInvalid([
    say`The plan says which clients are meant: ${names} cannot stand beside --apply. Make a new plan. Nothing was deleted.`,
  ]);
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
  options: Options,
): Promise<number> {
  const { selection, exclusion, limit } = written;
  const wish = { targetIds: null, selection, exclusion, limit, isDry: false };
  const names = new Map(written.clients.map(({ id, name }) => [id, name]));
  const done: Done[] = [...journal.finished.values()].map((entry) => ({ ...entry, because: say`in an earlier run` }));
  let tally = tallied({ ...NOTHING, selected: written.clients.length }, done);
  const notes: Promise<void>[] = [];
  let lost: unknown = null;
  const { left, isGivenUp } = await session.run(vendor, "sweep", async (operation) => {
    // Without a journal, no next run could go on: nothing more is begun then.
    const going: Operation = { ...operation, isStopping: () => operation.isStopping() || lost !== null };
    const purge: Purge = { driver, inputs: where, operation: going, wish };
    const saying = pacedBy(operation, () => progressOf(tally, written.clients.length - done.length));
    return carryOut(purge, planned, (one) => {
      done.push(one);
      tally = tallied(tally, [one]);
      notes.push(
        journal.note(one).catch((error: unknown) => {
          lost = error;
        }),
      );
      saying.tick();
    }).finally(() => saying.end());
  });
  await Promise.all(notes);
  if (lost !== null) {
    const kept = session.receiptFiles().length > 0 ? say` The receipts have what was deleted.` : say``;
    await session.console.log(
      "warning",
      session.redactor.show(say`The journal could not be written to its end: ${describeError(lost)}.${kept}`),
    );
  }
  const results = done.map(
    (one): Result => ({ ...one, name: names.get(one.id) ?? null, because: session.redactor.show(one.because) }),
  );
  const totals = totalsOf(tally);
  const why =
    lost !== null
      ? say`, because the journal could not be written`
      : isGivenUp
        ? say`, because so many failed in a row`
        : session.interrupt.signal.aborted
          ? say`, because of the interrupt`
          : say``;
  const rest = left.length === 0 ? say`` : say`${left.length} were not begun${why}.`;
  const next = left.length + tally.failed === 0 ? say`` : say`Run the same command again to go on with the rest.`;
  const summary = session.redactor.show(joined([say`${progressOf(tally, left.length)}.`, rest, next]));
  await print(options, {
    table: ({ width, styled }) =>
      `${tableOf(sheetOf(RESULTS, results), width, (title) => styled("bold", title))}${summary}\n`,
    json: () => jsonOf({ totals, notBegun: left.map(({ id }) => id), results }),
    csv: () => csvOf(exactSheetOf(RESULTS, results)),
    markdown: () => `${summary}\n\n${markdownTable(sheetOf(RESULTS, results))}`,
    junit: () =>
      junitOf(
        "sweep",
        results.map((one) => ({
          name: one.name ?? one.id,
          group: vendor.name,
          failure: one.outcome === "failed" ? one.because : null,
          output: `${one.outcome} ${one.because}`,
        })),
      ),
  });
  return left.length + tally.failed > 0 ? EXIT.finding : EXIT.ok;
}

type Result = Omit<Done, "because"> & { name: string | null; because: string };

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
