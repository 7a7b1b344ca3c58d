import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { diffDeclared, type FieldPolicies } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { isRecord } from "../core/json.ts";
import { identifier, joined, listed, type Message, say } from "../core/text.ts";
import { isUnknown } from "../core/unknown.ts";
import { checkInputs, isNew } from "./check.ts";
import type { Connection } from "./connection.ts";
import type { ClientDriver } from "./driver.ts";
import { heldClient, problemWithTarget } from "./held.ts";
import { type Lifecycle, PartialFailure, type Recorded } from "./lifecycle.ts";
import { isSamePlace, placeOf, placePolicies } from "./place.ts";
import { type Properties, pick, text, textsIn } from "./properties.ts";
import { carryOut, type Done, lineOf, type Planned, type Purge, plan, tooMany, wishIn } from "./purge.ts";
import { inBrief, NOTHING, pacedBy, type Tally, tallied, totalsOf } from "./purge-tally.ts";
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
          ? [say`This update DELETES the ${left} clients that are left of this purge.`]
          : [];
      return { changes: changed.length > 0, replaces: replace, changed, warnings };
    },

    async create(inputs, operation) {
      const purge = { driver, inputs, operation, wish: wishIn(inputs) };
      const { planned, skipped } = await operation.part((part) => plan({ ...purge, operation: part }));
      const begun = tallied({ ...NOTHING, selected: planned.length }, skipped);
      const lines = skipped.map((one) => lineOf(one, operation.shown));
      return finish(purge, `purge-${randomUUID()}`, planned, begun, lines);
    },

    read: async (id, state) => ({ id, outputs: { ...state } }),

    async update(id, olds, news, operation) {
      const open = openIn(olds);
      if (open.length === 0) return { id, outputs: { ...news, ...pick(olds, EVIDENCE) } };
      const purge = { driver, inputs: news, operation, wish: wishIn(news) };
      await assertMayGoOn(purge, open, text(olds.__baseUrl));
      const left = new Set(open.map((one): string => operation.shown(identifier(one))));
      // Of what failed, the line was that it did.
      const lines = textsIn(olds.results).filter((line) => !left.has(line.slice(0, line.indexOf(": failed"))));
      const planned = open.map((one) => ({ id: one, name: null }));
      const begun = { ...tallyIn(olds), failed: 0 };
      return finish(purge, id, planned, begun, lines);
    },

    async delete(_id, state, operation) {
      const open = openIn(state);
      if (open.length === 0) return;
      operation.log(
        "warning",
        say`This purge ends unfinished: ${open.length} clients of it were not deleted: ${severalOf(open)}.`,
      );
    },
  };
}

/**
 * Before an unfinished purge goes on.
 *
 * @throws {OAuthClientsError} `base-url-changed`, `too-many`; nothing was sent
 */
async function assertMayGoOn(purge: Purge, open: readonly string[], begunAt: string | null): Promise<void> {
  const { name, http } = await connectionOf(purge);
  if (begunAt !== null && begunAt !== http.baseUrl) {
    throw new OAuthClientsError(
      "base-url-changed",
      say`Cannot go on with this purge: it was begun at ${begunAt}, and what ${http.baseUrl} says of its ${open.length} clients proves nothing.`,
      say`Nothing was sent. Set connection "${name}" back to ${begunAt}, or make another purge of what is to be deleted at the new address.`,
    );
  }
  if (open.length > purge.wish.limit) throw tooMany(open.length, purge.wish.limit);
}

/** In a part of its own: a purge as a whole has no time limit. */
function connectionOf({ driver, inputs, operation }: Purge): Promise<Connection> {
  return operation.part(async (part) => placeOf(inputs, part, driver.words).connection);
}

/** Deletes what is planned, and says how far it is. */
async function finish(
  purge: Purge,
  id: string,
  planned: readonly Planned[],
  begun: Tally,
  before: readonly string[],
): Promise<Recorded> {
  const { operation, inputs } = purge;
  const { baseUrl } = (await connectionOf(purge)).http;
  const lines = [...before];
  const failed: Done[] = [];
  let tally = begun;
  let done = 0;
  const saying = pacedBy(operation, () => say`${done} of ${planned.length} clients: ${inBrief(tally)}`);
  const { left, isGivenUp } = await carryOut(purge, planned, (one) => {
    done += 1;
    tally = tallied(tally, [one]);
    lines.push(lineOf(one, operation.shown));
    if (one.outcome === "failed") failed.push(one);
    saying.tick();
  }).finally(() => saying.end());
  const why = isGivenUp && left.length > 0 ? say`, because so many failed in a row` : say``;
  if (purge.wish.isDry && left.length > 0) {
    throw new OAuthClientsError(
      "purge-incomplete",
      say`The dry run did not come to its end: ${left.length} of ${planned.length} clients were not looked at${why}. ${severalFailures(failed)}`,
      say`Nothing was changed. Run the command again.`,
    );
  }
  // What failed comes last, so that it keeps nobody from being tried. A look has nothing to go on with.
  const open = purge.wish.isDry ? [] : [...left, ...failed].map((one) => one.id);
  const recorded = { id, outputs: outputsOf(inputs, tally, lines, open, baseUrl) };
  operation.log(failed.length > 0 ? "warning" : "info", say`${done} of ${planned.length} clients: ${inBrief(tally)}.`);
  if (open.length === 0) return recorded;
  throw new PartialFailure(
    recorded,
    new OAuthClientsError(
      "purge-incomplete",
      say`${failed.length} clients could not be deleted, and ${left.length} were not begun${why}. ${severalFailures(failed)}`,
      say`What was done is in the state and in the receipts. The next \`pulumi up\` goes on with the rest.`,
    ),
  );
}

function severalFailures(failed: readonly Done[]): Message {
  return joined(
    failed.slice(0, MOST_NAMED).map((one) => say`${identifier(one.id)}: ${one.because}`),
    "; ",
  );
}

function outputsOf(
  inputs: Properties,
  tally: Tally,
  results: readonly string[],
  open: readonly string[],
  baseUrl: string,
) {
  const unfinished = open.length === 0 ? {} : { __open: [...open], __tally: tally, __baseUrl: baseUrl };
  return { ...inputs, totals: totalsOf(tally), results: [...results], ...unfinished };
}

/** Ids of the clients that an unfinished purge still has to delete. */
function openIn({ __open }: Properties): string[] {
  return textsIn(__open);
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
  if (targetIds !== null) return say`${targetIds.length} OAuth clients: ${severalOf(targetIds)}`;
  const criteria = Object.entries(selection).filter(([, wanted]) => wanted !== undefined);
  const said = joined(
    criteria.map(([key, wanted]) => say`${key} "${identifier(String(wanted))}"`),
    ", ",
  );
  return say`every OAuth client of ${said}, at most ${limit}`;
}
