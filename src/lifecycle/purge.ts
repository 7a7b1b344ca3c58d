import { describeError, type ErrorCode, OAuthClientsError } from "../core/errors.ts";
import type { Revocation } from "../core/revocation.ts";
import { type Exclusion, excludedBy, type Facts, type Selection, unprovedOf } from "../core/selection.ts";
import { identifier, joined, type Message, say } from "../core/text.ts";
import { type Failed, orThrow } from "./call.ts";
import { deleteClient } from "./deletion.ts";
import { type ClientDriver, type VendorClient, workOn } from "./driver.ts";
import { listFailure } from "./failures.ts";
import { NotMeant, type Proof } from "./guard.ts";
import { deletesClient, heldClient, problemWithTarget } from "./held.ts";
import type { Operation } from "./lifecycle.ts";
import type { Properties } from "./properties.ts";

/** Which clients are to be deleted. */
export interface Wish {
  /** Just these; null where a selection says which. */
  targetIds: readonly string[] | null;
  selection: Selection;
  exclusion: Exclusion;
  /** So many at most. */
  limit: number;
}

/** A client that is to be deleted. */
export interface Planned {
  id: string;
  /** Null where it is not known. */
  name: string | null;
}

/** What is to be done. */
export interface Plan {
  planned: Planned[];
  /** What was left out, and why. */
  skipped: Done[];
}

/** What became of one client. */
export interface Done {
  id: string;
  outcome: Revocation["outcome"] | "failed" | "skipped";
  /** Null where nobody says. */
  tokensRevoked: number | null;
  activeSessionsTerminated: number | null;
  /** Of a client that failed or was skipped; empty for others. */
  because: Message;
  /** Of a client that failed with an error of ours. */
  code?: ErrorCode;
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
  const { targetIds, selection, exclusion, limit } = wish;
  const result: Plan = { planned: [], skipped: [] };
  const take = (id: string, name: string | null, excluded: Message | null) => {
    if (excluded === null) result.planned.push({ id, name });
    else result.skipped.push(skipped(id, excluded));
  };
  if (targetIds !== null) {
    // Of names nothing is known yet: they are looked at right before each deletion.
    for (const id of new Set(targetIds)) take(id, null, excludedBy({ ids: exclusion.ids }, { id, name: null }));
  } else {
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
    for (const facts of Array.from(listed.clients.values(), (client) => factsOf(driver, client))) {
      take(facts.id, facts.name, excludedBy(exclusion, facts));
    }
  }
  if (result.planned.length > limit) {
    throw new OAuthClientsError(
      "too-many",
      say`${result.planned.length} clients would be deleted, more than the limit of ${limit}. Nothing was deleted.`,
      say`Narrow the selection, exclude some, or raise the limit.`,
    );
  }
  return result;
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

/**
 * Deletes what is planned, and nothing else. Right before each deletion whatever was not named is looked at once more: a
 * list is old by then. A client that fails does not keep the others; many that fail in a row do.
 *
 * @param done told of each client as soon as its deletion has ended
 * @returns those that were not begun: the process was told to stop, or too many failed in a row
 */
export async function carryOut(
  { driver, inputs, operation, wish }: Purge,
  planned: readonly Planned[],
  done: (one: Done) => void,
): Promise<Planned[]> {
  const open = [...planned];
  const own = await ownOf(driver, inputs, operation);
  let failedInARow = 0;
  const worker = async (): Promise<void> => {
    while (!operation.isStopping() && failedInARow < MOST_FAILURES) {
      const next = open.shift();
      if (next === undefined) return;
      const one = await operation
        .part((part) => deleteOne(driver, inputs, wish, next, own, part))
        // Its time was up, and it did not end: no reason to forget what became of the others.
        .catch((error: unknown) => failedDone(next.id, error));
      if (one === "interrupted") open.push(next);
      else {
        failedInARow = one.outcome === "failed" ? failedInARow + 1 : 0;
        done(one);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(WORKERS, open.length) }, worker));
  return open;
}

async function deleteOne(
  driver: ClientDriver,
  inputs: Properties,
  wish: Wish,
  { id, name }: Planned,
  own: ReadonlySet<string> | null,
  operation: Operation,
): Promise<Done | "interrupted"> {
  const properties = { ...inputs, name };
  try {
    const held = heldClient(id, properties, driver.words, operation);
    const shared = problemWithTarget(held, operation);
    if (shared !== null) return skipped(id, shared);
    const { outcome, tokensRevoked, activeSessionsTerminated } = await deletesClient(held, operation, () =>
      deleteClient(driver, id, properties, operation, {
        proof: proofOf(driver, wish),
        isOneOfMany: true,
        isOwn: own?.has(id) ?? null,
      }),
    );
    return { id, outcome, tokensRevoked, activeSessionsTerminated, because: say`` };
  } catch (error) {
    if (error instanceof NotMeant) return skipped(id, error.because);
    // Nothing was sent for it: it is still to be done.
    if (error instanceof OAuthClientsError && error.code === "interrupted") return "interrupted";
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
async function ownOf(
  driver: ClientDriver,
  inputs: Properties,
  operation: Operation,
): Promise<ReadonlySet<string> | null> {
  return operation.part(async (part) => {
    const { place, clients } = workOn(driver, inputs, part);
    const ids = await place.connection.http.credential.clientIds().catch((): readonly string[] => []);
    if (ids.length === 0) return new Set<string>();
    // Where a client's id says it, no list is needed.
    if (driver.oauthClientId("id", driver.keptIn({})) !== null) return null;
    const listed = await clients.all((client) => ids.includes(driver.clientIdOf(client) ?? ""));
    return listed.ok && listed.value.doubt === null ? new Set(listed.value.clients.keys()) : null;
  });
}

/** What is to be looked at right before each deletion; null where the program names the client, and excludes no name. */
function proofOf(driver: ClientDriver, { targetIds, selection, exclusion }: Wish): Proof | null {
  const isByName = (exclusion.names?.length ?? 0) + (exclusion.namePrefixes?.length ?? 0) > 0;
  if (targetIds !== null && !isByName) return null;
  return (client, nowMs) => {
    // One that is named may be gone, which its deletion finds out; of one that was selected nothing is proved then.
    if (client === null) return targetIds === null ? say`it is not there any more` : null;
    const facts = factsOf(driver, client);
    return excludedBy(exclusion, facts) ?? (targetIds === null ? unprovedOf(selection, facts, nowMs) : null);
  };
}

/** So many bytes of a line are beyond the id and what separates it: with both they are 64. */
const LONGEST_REST = 62;

/** What became of one client, in one short line: of a failure its kind, which is all that there is room for. */
export function lineOf(
  { id, outcome, tokensRevoked, activeSessionsTerminated, because, code }: Done,
  shown: Shown,
): string {
  const counts = [
    tokensRevoked === null ? say`` : say`${tokensRevoked} tokens`,
    activeSessionsTerminated === null ? say`` : say`${activeSessionsTerminated} sessions`,
  ];
  return lineFor(id, [say`${outcome}`, ...counts, code === undefined ? because : say`${code}`], shown);
}

/** What would become of one client, in one short line. */
export function dryLineOf({ id, name }: Planned, shown: Shown): string {
  return lineFor(id, [say`would be deleted`, name === null ? say`` : identifier(name)], shown);
}

type Shown = Operation["shown"];

function lineFor(id: string, parts: readonly Message[], shown: Shown): string {
  // Without secrets before it is cut: nobody knows half a one.
  const rest = shown(joined(parts, ", "));
  return `${shown(identifier(id))}: ${Buffer.byteLength(rest) <= LONGEST_REST ? rest : `${shortened(rest)}…`}`;
}

function shortened(text: string): string {
  let kept = text;
  while (Buffer.byteLength(kept) > LONGEST_REST - 3) kept = kept.slice(0, Math.max(0, kept.lastIndexOf(" ")));
  return kept;
}
