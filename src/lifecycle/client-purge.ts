import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { diffDeclared, type FieldPolicies } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { isRecord } from "../core/json.ts";
import { counted, identifier, joined, listed, type Message, say } from "../core/text.ts";
import { isUnknown } from "../core/unknown.ts";
import { checkInputs, isNew } from "./check.ts";
import type { Connection } from "./connection.ts";
import type { ClientDriver } from "./driver.ts";
import { heldClient, problemWithTarget } from "./held.ts";
import { type Lifecycle, PartialFailure, type Recorded } from "./lifecycle.ts";
import { isSamePlace, placeOf, placePolicies } from "./place.ts";
import { type Properties, pick, text, textsIn } from "./properties.ts";
import { carryOut, type Done, type Planned, type Purge, plan, refusalOf, wishIn } from "./purge.ts";
import { lineOf } from "./purge-lines.ts";
import { leftOf, NOTHING, pacedBy, progressOf, type Tally, tallied, totalsOf } from "./purge-tally.ts";
import type { VendorWords } from "./words.ts";

/** What another selection means is another purge. */
const MEANT: FieldPolicies = {
  targetIds: { effect: "replace", as: "set" },
  select: { effect: "replace", as: "value" },
  exclude: { effect: "replace", as: "value" },
  dryRun: { effect: "replace", as: "value" },
};

/** How the last one was to be done changes nothing any more. */
function policiesFor(words: VendorWords): FieldPolicies {
  return {
    ...MEANT,
    ...placePolicies(words),
    limit: { effect: "state-only", as: "value" },
    deletion: { effect: "state-only", as: "value" },
    connection: { effect: "state-only", as: "text" },
  };
}

/** Whether the purge that the inputs ask for is the one that was made. */
function isMade(olds: Properties, news: Properties, words: VendorWords): boolean {
  return !isNew(olds) && isSamePlace(olds, news, words) && diffDeclared(MEANT, olds, news).replace.length === 0;
}

const EVIDENCE = ["totals", "results", "__open", "__tally", "__baseUrl"] as const;

/** So many clients are named in a sentence. */
const MOST_NAMED = 10;

/**
 * The life cycle of a `…Purge` resource: creating it deletes many clients that no stack manages, its outputs are the
 * evidence, and deleting it calls nothing. What failed, or was not begun, the next update goes on with.
 */
export function clientPurge(driver: ClientDriver, { kind, schema }: { kind: string; schema: z.ZodType }): Lifecycle {
  const { words } = driver;
  const policies = policiesFor(words);
  return {
    kind,
    outputs: { computed: EVIDENCE.filter((name) => !name.startsWith("__")), stable: [] },
    deletesFirst: false,

    async check(olds, news, operation) {
      const isOld = isMade(olds, news, words);
      const checked = await checkInputs({
        schema,
        words,
        defaults: {},
        olds,
        news,
        settled: isOld,
        operation,
      });
      if (isOld) return checked;
      const { inputs } = checked;
      const shared = targetsIn(inputs).flatMap((id) => {
        const problem = problemWithTarget(heldClient(id, inputs, words, operation), operation);
        return problem === null ? [] : [say`targetIds, ${identifier(id)}: ${problem}`];
      });
      const problems = [...checked.problems, ...shared];
      const isSomething = wishIn(inputs).targetIds?.length !== 0;
      if (isNew(olds) && problems.length === 0 && inputs.dryRun !== true && isSomething) {
        operation.log("warning", say`Creating this resource DELETES ${shown(inputs)}.`);
        operation.explain(
          say`A resource of the kind ${kind} deletes clients at ${words.title} when it is created: their tokens are revoked, and it cannot be undone. dryRun: true only looks.`,
        );
      }
      return { inputs, problems };
    },

    diff(_id, olds, news) {
      const { replace, stateOnly } = diffDeclared(policies, olds, news);
      const left = openIn(olds).length;
      const changed = [...replace, ...stateOnly, ...(left > 0 && replace.length === 0 ? ["results"] : [])];
      const warnings =
        left > 0 && replace.length === 0
          ? [
              say`This update DELETES the ${counted(left, "client")} that ${left === 1 ? "is" : "are"} left of this purge.`,
            ]
          : [];
      return { changes: changed.length > 0, replaces: replace, changed, warnings };
    },

    async create(inputs, operation) {
      const purge = { driver, inputs, operation, wish: wishIn(inputs) };
      const { planned, skipped, hiddenWithout } = await operation.part((part) => plan({ ...purge, operation: part }));
      if (hiddenWithout !== null) {
        operation.log(
          "warning",
          say`This purge means only what these credentials see, which may not be all: to see every client takes ${hiddenWithout}.`,
        );
      }
      const tally = tallied({ ...NOTHING, selected: planned.length }, skipped);
      const lines = skipped.map((one) => lineOf(one, operation.shown));
      return finish(purge, `purge-${randomUUID()}`, planned, { tally, lines, skipped });
    },

    read: async (id, state) => ({ id, outputs: { ...state } }),

    async update(id, olds, news, operation) {
      const open = openIn(olds);
      if (open.length === 0) return { id, outputs: { ...news, ...pick(olds, EVIDENCE) } };
      const purge = { driver, inputs: news, operation, wish: wishIn(news) };
      await assertMayGoOn(purge, open, text(olds.__baseUrl));
      const left = new Set(open.map((one): string => operation.shown(identifier(one.id))));
      // Of what failed, the line was that it did.
      const lines = textsIn(olds.results).filter((line) => !left.has(line.slice(0, line.indexOf(": failed"))));
      return finish(purge, id, open, { tally: { ...tallyIn(olds), failed: 0 }, lines, skipped: [] });
    },

    async delete(_id, state, operation) {
      const open = openIn(state);
      if (open.length === 0) return;
      operation.log(
        "warning",
        say`This purge ends unfinished: ${counted(open.length, "client")} of it ${open.length === 1 ? "was" : "were"} not deleted: ${severalOf(open.map((one) => one.id))}.`,
      );
    },
  };
}

/**
 * Before an unfinished purge goes on.
 *
 * @throws {OAuthClientsError} `base-url-changed`, `too-many`; nothing was sent
 */
async function assertMayGoOn(purge: Purge, open: readonly Planned[], begunAt: string | null): Promise<void> {
  const { name, http } = await connectionOf(purge);
  if (begunAt !== null && begunAt !== http.baseUrl) {
    throw new OAuthClientsError(
      "base-url-changed",
      say`Cannot go on with this purge: it was begun at ${begunAt}, and what ${http.baseUrl} says of its ${counted(open.length, "client")} proves nothing.`,
      say`Nothing was sent. Set connection "${name}" back to ${begunAt}, or make another purge of what is to be deleted at the new address.`,
    );
  }
  const refusal = refusalOf(open.length, purge.wish.limit);
  if (refusal !== null) throw refusal;
}

/** In a part of its own: a purge as a whole has no time limit. */
function connectionOf({ driver, inputs, operation }: Purge): Promise<Connection> {
  return operation.part(async (part) => placeOf(inputs, part, driver.words).connection);
}

/** What was there before a purge begins, or goes on. */
interface Begun {
  tally: Tally;
  lines: readonly string[];
  /** What was left out just now. */
  skipped: readonly Done[];
}

/** Deletes what is planned, and says how far it is. */
async function finish(purge: Purge, id: string, planned: readonly Planned[], begun: Begun): Promise<Recorded> {
  const { operation, inputs, wish } = purge;
  const { baseUrl } = (await connectionOf(purge)).http;
  const lines = [...begun.lines];
  const failed: Done[] = [];
  const skipped = [...begun.skipped];
  let { tally } = begun;
  let left = planned.length;
  const saying = pacedBy(operation, () => progressOf(tally, left));
  const rest = await carryOut(purge, planned, (one) => {
    left -= 1;
    tally = tallied(tally, [one]);
    lines.push(lineOf(one, operation.shown));
    if (one.outcome === "failed") failed.push(one);
    if (one.outcome === "skipped") skipped.push(one);
    saying.tick();
  }).finally(() => saying.end());
  const why = rest.isGivenUp && left > 0 ? say`, because so many failed in a row` : say``;
  // A line of the results has no room for a whole reason.
  const isUnseen = skipped.some(({ hiddenWithout }) => hiddenWithout !== undefined);
  if (skipped.length > 0) operation.log(isUnseen ? "warning" : "info", say`Skipped: ${reasonsOf(skipped)}.`);
  if (wish.isDry && left > 0) {
    throw new OAuthClientsError(
      "purge-incomplete",
      say`The dry run did not come to its end: ${left} of ${counted(planned.length, "client")} were not looked at${why}. ${reasonsOf(failed)}`,
      say`Nothing was changed. Run the command again.`,
    );
  }
  const dry = wish.isDry ? say`Dry run, nothing was changed: ` : say``;
  operation.log(failed.length > 0 ? "warning" : "info", say`${dry}${progressOf(tally, left)}.`);
  if (wish.isDry && failed.length > 0) operation.log("warning", say`The purge itself would fail: ${reasonsOf(failed)}`);
  // What failed comes last, so that it keeps nobody from being tried. A look has nothing to go on with.
  const names = new Map(planned.map((one) => [one.id, one.name]));
  const open = wish.isDry
    ? []
    : [...rest.cutOff, ...rest.left, ...failed.map((one) => ({ id: one.id, name: names.get(one.id) ?? null }))];
  const recorded = { id, outputs: outputsOf(inputs, tally, lines, open, baseUrl) };
  if (open.length === 0) return recorded;
  throw new PartialFailure(
    recorded,
    new OAuthClientsError(
      "purge-incomplete",
      say`${counted(failed.length, "client")} could not be deleted, and ${leftOf(rest)}${why}. ${reasonsOf(failed)}`,
      say`What was done is in the state and in the receipts. The next \`pulumi up\` goes on with the rest.`,
    ),
  );
}

/** Why clients failed, or were skipped: of many, the first ones. */
function reasonsOf(several: readonly Done[]): Message {
  const more = several.length - MOST_NAMED;
  const first = several.slice(0, MOST_NAMED).map((one) => say`${identifier(one.id)}: ${one.because}`);
  return joined([...first, more > 0 ? say`and ${more} more` : say``], "; ");
}

function outputsOf(
  inputs: Properties,
  tally: Tally,
  results: readonly string[],
  open: readonly Planned[],
  baseUrl: string,
) {
  const left = open.map(({ id, name }) => (name === null ? id : { id, name }));
  const unfinished = open.length === 0 ? {} : { __open: left, __tally: tally, __baseUrl: baseUrl };
  return { ...inputs, totals: totalsOf(tally), results: [...results], ...unfinished };
}

/** The clients that an unfinished purge still has to delete. */
export function openIn({ __open }: Properties): Planned[] {
  if (!Array.isArray(__open)) return [];
  return __open.flatMap((one: unknown) => {
    const id = isRecord(one) ? text(one.id) : text(one);
    return id === null ? [] : [{ id, name: isRecord(one) ? text(one.name) : null }];
  });
}

function tallyIn({ __tally }: Properties): Tally {
  const known: Tally = { ...NOTHING };
  if (!isRecord(__tally)) return known;
  for (const key of Object.keys(NOTHING)) {
    const count = __tally[key];
    if (typeof count === "number") Object.assign(known, { [key]: count });
  }
  return known;
}

/** The clients that a purge names, as far as they are known. */
function targetsIn({ targetIds }: Properties): string[] {
  return textsIn(targetIds).filter((id) => !isUnknown(id));
}

function severalOf(ids: readonly string[]): Message {
  const more = ids.length - MOST_NAMED;
  return say`${listed(ids.slice(0, MOST_NAMED))}${more > 0 ? say` and ${more} more` : say``}`;
}

/** What a purge deletes, in a sentence of a preview. */
function shown(inputs: Properties): Message {
  if (isUnknown(inputs.targetIds) || isUnknown(inputs.select)) return say`clients that are not known yet`;
  const { targetIds, selection, limit } = wishIn(inputs);
  if (targetIds !== null) {
    const ids = [...new Set(targetIds)];
    return say`${counted(ids.length, "OAuth client")}: ${severalOf(ids)}`;
  }
  const criteria = Object.entries(selection).filter(([, wanted]) => wanted !== undefined);
  const said = joined(
    criteria.map(([key, wanted]) => say`${key} "${identifier(String(wanted))}"`),
    ", ",
  );
  return say`every OAuth client of ${said}, at most ${limit}`;
}
