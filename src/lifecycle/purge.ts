import { DeletionOpen } from "../core/deletion.ts";
import { describeError, type ErrorCode, OAuthClientsError } from "../core/errors.ts";
import { isRecord } from "../core/json.ts";
import type { Revocation } from "../core/revocation.ts";
import {
  type Exclusion,
  excludedBy,
  type Facts,
  namesExcludedBy,
  type Selection,
  unprovedOf,
} from "../core/selection.ts";
import { counted, identifier, type Message, say } from "../core/text.ts";
import { type Failed, orThrow } from "./call.ts";
import { assertDeletable, deleteClient } from "./deletion.ts";
import { type ClientDriver, type VendorClient, workOn } from "./driver.ts";
import { listFailure } from "./failures.ts";
import { isAmong, NotBegun, NotMeant, NotSeen, type Proof, REFUSALS } from "./guard.ts";
import { deletesClient, heldClient, problemWithTarget } from "./held.ts";
import type { Operation } from "./lifecycle.ts";
import { type Properties, text, textsIn } from "./properties.ts";

/** Which clients are to be deleted. */
export interface Wish {
  /** Just these; null where a selection says which. */
  targetIds: readonly string[] | null;
  selection: Selection;
  exclusion: Exclusion;
  /** So many at most. */
  limit: number;
  /** Only look, and change nothing. */
  isDry: boolean;
}

/** A selection that is not told how many it may mean means no more. */
export const LIMIT = 100;

/** What the inputs of a purge ask for. */
export function wishIn({ targetIds, select, exclude, limit, dryRun }: Properties): Wish {
  const selection = isRecord(select) ? select : {};
  const exclusion = isRecord(exclude) ? exclude : {};
  const isNamed = Array.isArray(targetIds);
  return {
    targetIds: isNamed ? textsIn(targetIds) : null,
    selection: {
      namePrefix: text(selection.namePrefix) ?? undefined,
      createdBefore: text(selection.createdBefore) ?? undefined,
      status: text(selection.status) ?? undefined,
      unusedForDays: typeof selection.unusedForDays === "number" ? selection.unusedForDays : undefined,
    },
    exclusion: {
      ids: textsIn(exclusion.ids),
      names: textsIn(exclusion.names),
      namePrefixes: textsIn(exclusion.namePrefixes),
    },
    limit: typeof limit === "number" ? limit : isNamed ? Number.POSITIVE_INFINITY : LIMIT,
    isDry: dryRun === true,
  };
}

/** A client that is to be deleted. */
export interface Planned {
  id: string;
  /** Null where it is not known. */
  name: string | null;
  /** What put it on the plan; left out where the program names it. */
  facts?: Facts;
}

/** What is to be done. */
export interface Plan {
  planned: Planned[];
  /** What was left out, and why. */
  skipped: Done[];
  /** The permission that it takes to see every client that a selection may mean; null where nothing can be hidden. */
  hiddenWithout: string | null;
}

/** What became of one client. */
export interface Done {
  id: string;
  outcome: Revocation["outcome"] | "failed" | "skipped" | "would be deleted";
  /** Null where nobody says. */
  tokensRevoked: number | null;
  activeSessionsTerminated: number | null;
  /** Of a client that failed or was skipped; the name of one that would be deleted; empty for others. */
  because: Message;
  /** Of a client that failed with an error of ours. */
  code?: ErrorCode;
  /** The permission that it takes to see it, of a client that was skipped because these credentials do not. */
  hiddenWithout?: string;
}

/** Where the clients are and how they are deleted: inputs of a purge. */
export interface Purge {
  driver: ClientDriver;
  inputs: Properties;
  operation: Operation;
  wish: Wish;
}

/**
 * Says which clients a wish means, by exact ids: those that are named, without a request; else those of the vendor's list
 * that prove every criterion of the selection. What is excluded is left out in either case.
 *
 * @throws {OAuthClientsError} `too-many` where it means more than its limit, `response-invalid` where the list leaves open
 *   which clients there are; nothing was deleted
 */
export async function plan({ driver, inputs, operation, wish }: Purge): Promise<Plan> {
  const { targetIds, exclusion, limit } = wish;
  const result =
    targetIds === null ? await planSelected({ driver, inputs, operation, wish }) : planNamed(targetIds, exclusion);
  const refusal = refusalOf(result.planned.length, limit);
  if (refusal !== null) throw refusal;
  return result;
}

/** The plan of those that are named, without a request, and however many they are. */
export function planNamed(targetIds: readonly string[], { ids }: Exclusion): Plan {
  // Of names nothing is known yet: they are looked at right before each deletion.
  return planOf(
    [...new Set(targetIds)].map((id) => ({ id, name: null })),
    (client) => excludedBy({ ids }, client),
    null,
  );
}

async function planSelected({ driver, inputs, operation, wish }: Purge): Promise<Plan> {
  const { selection, exclusion } = wish;
  const { place, clients } = workOn(driver, inputs, operation);
  const subject = place.subject("list", "read", say`OAuth clients`, "program");
  const answer = await clients.all((client) => isSelected(factsOf(driver, client), selection, Date.now()));
  const listed = orThrow(answer, (failed: Failed) => listFailure(failed, subject));
  if (listed.doubt !== null) {
    throw new OAuthClientsError(
      "response-invalid",
      say`Cannot tell which clients to delete in ${subject.where}: the list ${listed.doubt}. Nothing was deleted.`,
      say`Run the command again, or name the clients (targetIds).`,
    );
  }
  const selected = Array.from(listed.clients.values(), (client) => factsOf(driver, client));
  return planOf(
    selected.map((facts) => ({ id: facts.id, name: facts.name, facts })),
    (client) => excludedBy(exclusion, client),
    listed.hiddenWithout,
  );
}

function planOf(
  clients: readonly Planned[],
  excluded: (client: Planned) => Message | null,
  hiddenWithout: string | null,
): Plan {
  const plan: Plan = { planned: [], skipped: [], hiddenWithout };
  for (const client of clients) {
    const because = excluded(client);
    if (because === null) plan.planned.push(client);
    else plan.skipped.push(skipped(client.id, because));
  }
  return plan;
}

/** Why a purge of so many is refused as a whole; null where it is not. */
export function refusalOf(count: number, limit: number): OAuthClientsError | null {
  if (count <= limit) return null;
  return new OAuthClientsError(
    "too-many",
    say`${counted(count, "client")} would be deleted, more than the limit of ${limit}. Nothing was deleted.`,
    say`Narrow the selection, exclude some, or raise the limit.`,
  );
}

function isSelected(facts: Facts, selection: Selection, nowMs: number): boolean {
  return facts.status !== "deleted" && unprovedOf(selection, facts, nowMs) === null;
}

function factsOf(driver: ClientDriver, client: VendorClient): Facts {
  const { name, status } = driver.valuesOf(client);
  const said = (value: unknown) => (typeof value === "string" ? value : null);
  return { id: client.id, name: said(name), status: said(status), use: driver.useOf?.(client) ?? null };
}

function skipped(id: string, because: Message): Done {
  return { id, outcome: "skipped", tokensRevoked: null, activeSessionsTerminated: null, because };
}

/** So many are at work at a time; how many requests there are at a time the connection says (`maxConcurrency`). */
const WORKERS = 64;

/** So many failures in a row, whatever is tried, are the vendor's or the credentials', and no single client's. */
const MOST_FAILURES = 20;

/** What was not done. */
export interface Rest {
  /** Those of which no DELETE has left. */
  left: Planned[];
  /** Those that an interrupt cut off: a DELETE may have been carried out, and their receipts say `unconfirmed`. */
  cutOff: Planned[];
  /** Whether too many failed in a row. */
  isGivenUp: boolean;
}

/**
 * Deletes what is planned, and nothing else. Right before each deletion whatever was not named is looked at once more: a
 * list is old by then. A client that fails does not keep the others; many that fail in a row do. Where only a look is asked
 * for, that is all that is done, and nothing is changed.
 *
 * @param done told of each client as soon as its deletion has ended
 * @param begins called before the first client is handled
 */
export async function carryOut(
  purge: Purge,
  planned: readonly Planned[],
  done: (one: Done) => void,
  begins: () => void = () => {},
): Promise<Rest> {
  const { operation } = purge;
  const open = [...planned];
  const underWay = new Set<Planned>();
  const sent = new Set<Planned>();
  const cutOff: Planned[] = [];
  const own = await ownOf(purge);
  begins();
  let failedInARow = 0;
  const isGivenUp = () => failedInARow >= MOST_FAILURES;
  const worker = async (): Promise<void> => {
    while (!operation.isStopping() && !isGivenUp()) {
      const next = open.shift();
      if (next === undefined) return;
      underWay.add(next);
      const one = await operation
        .part((part) =>
          handleOne({ ...purge, operation: part }, next, own, () => {
            if (isGivenUp()) return false;
            sent.add(next);
            return true;
          }),
        )
        // Its time was up, and it did not end: no reason to forget what became of the others.
        .catch((error: unknown) => failedDone(next.id, error));
      // What was taken for open meanwhile stays so.
      if (!underWay.delete(next)) return;
      if (one === "left") open.push(next);
      else if (one === "cut off") cutOff.push(next);
      else {
        if (one.outcome !== "failed") failedInARow = 0;
        else if (!REFUSALS.has(one.code ?? "")) failedInARow += 1;
        done(one);
      }
    }
  };
  // Who interrupted is about to kill the process: what is known by then has to be in the state. No request is begun after an
  // interrupt, so that what is called not begun stays so.
  const overdue = Promise.withResolvers<void>();
  const takeBack = operation.ifCutOff(async () => overdue.resolve());
  const workers = Promise.all(Array.from({ length: Math.min(WORKERS, open.length) }, worker));
  await Promise.race([workers, overdue.promise]).finally(takeBack);
  for (const one of underWay) (sent.has(one) ? cutOff : open).push(one);
  underWay.clear();
  return { left: open, cutOff, isGivenUp: isGivenUp() };
}

async function handleOne(
  { driver, inputs, wish, operation }: Purge,
  { id, name }: Planned,
  own: ReadonlySet<string> | null,
  mayGo: () => boolean,
): Promise<Done | "left" | "cut off"> {
  const properties = { ...inputs, name };
  const proof = proofOf(driver, wish, id);
  const how = { isOneOfMany: true, isOwn: own?.has(id) ?? null, mayGo };
  const deleteIt = async (proof: Proof | null): Promise<Done> => {
    const held = heldClient(id, properties, driver.words, operation);
    const { outcome, tokensRevoked, activeSessionsTerminated } = await deletesClient(held, operation, () =>
      deleteClient(driver, id, properties, operation, { ...how, proof }),
    );
    return { id, outcome, tokensRevoked, activeSessionsTerminated, because: say`` };
  };
  try {
    const shared = problemWithTarget(heldClient(id, properties, driver.words, operation), operation);
    if (shared !== null) return skipped(id, shared);
    if (wish.isDry) {
      await assertDeletable(driver, id, properties, operation, { ...how, proof });
      return { ...skipped(id, name === null ? say`` : identifier(name)), outcome: "would be deleted" };
    }
    return await deleteIt(proof).catch(async (error: unknown) => {
      const isGone = error instanceof NotMeant && error.because === NOT_THERE;
      // A DELETE of an earlier run, which nobody answered: another one finds out what became of it, and says so.
      if (isGone && (await wasSent(driver, id, properties, operation))) return deleteIt(null);
      throw error;
    });
  } catch (error) {
    if (error instanceof NotSeen) return { ...skipped(id, error.because), hiddenWithout: error.hiddenWithout };
    if (error instanceof NotMeant) return skipped(id, error.because);
    // It is still to be done.
    if (error instanceof NotBegun) return "left";
    if (error instanceof OAuthClientsError && error.code === "interrupted" && operation.isStopping()) {
      return error instanceof DeletionOpen ? "cut off" : "left";
    }
    return failedDone(id, error);
  }
}

function failedDone(id: string, error: unknown): Done {
  const failed: Done = { ...skipped(id, describeError(error)), outcome: "failed" };
  return error instanceof OAuthClientsError ? { ...failed, code: error.code } : failed;
}

/**
 * The clients that the connection itself works as, by the vendor's ids: one list instead of a look at each client; null
 * where nobody can tell.
 */
async function ownOf({ driver, inputs, operation }: Purge): Promise<ReadonlySet<string> | null> {
  return operation.part(async (part) => {
    const { place, clients } = workOn(driver, inputs, part);
    const ids = await place.connection.http.credential.clientIds().catch((): readonly string[] => []);
    if (ids.length === 0) return new Set<string>();
    // Where a client's id says it, no list is needed.
    if (driver.oauthClientId("id", driver.keptIn({})) !== null) return null;
    const isUnnamed = (client: VendorClient) => text(driver.clientIdOf(client)) === null;
    const isOwn = (client: VendorClient) => isAmong(ids, client.id, driver.clientIdOf(client));
    const listed = await clients.all((client) => isOwn(client) || isUnnamed(client));
    if (!listed.ok || listed.value.doubt !== null) return null;
    const found = [...listed.value.clients.values()];
    return found.some(isUnnamed) ? null : new Set(found.map(({ id }) => id));
  });
}

/** Why a selection does not mean a client that is gone. */
const NOT_THERE = say`it is not there any more`;

/** Whether an earlier run has sent a DELETE for a client, and nobody has confirmed it, as far as receipts tell. */
async function wasSent(
  driver: ClientDriver,
  id: string,
  properties: Properties,
  operation: Operation,
): Promise<boolean> {
  const { place } = workOn(driver, properties, operation);
  return (await operation.earlier({ tenantId: place.receipt.tenantId, id }))?.outcome === "open";
}

/** What is to be looked at right before each deletion; null where the program names the client, and excludes no name. */
export function proofOf(
  driver: ClientDriver,
  { targetIds, selection, exclusion, isDry }: Wish,
  id: string,
): Proof | null {
  const isNamed = targetIds !== null;
  const isByName = namesExcludedBy(exclusion) > 0;
  if (isNamed && !isByName && !isDry) return null;
  return (found, nowMs) => {
    if (found.is === "there") {
      const facts = factsOf(driver, found.client);
      return excludedBy(exclusion, facts) ?? (isNamed ? null : unprovedOf(selection, facts, nowMs));
    }
    const unsure = found.is === "missing" ? found.unsure : null;
    // Of one that is named, its deletion finds out whether it is gone, unless it may have a name that is excluded.
    if (isNamed && unsure !== null) return excludedBy(exclusion, { id, name: null });
    if (unsure === "list") {
      throw new OAuthClientsError(
        "response-invalid",
        say`Cannot tell whether ${identifier(id)} is still what the selection means: the list leaves open whether it is there.`,
        say`Run the command again.`,
      );
    }
    if (found.is === "missing" && found.unsure === "permission") throw new NotSeen(found.needs);
    return isNamed && !isDry ? null : NOT_THERE;
  };
}
