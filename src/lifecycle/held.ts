import { OAuthClientsError } from "../core/errors.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { identifier, type Message, say } from "../core/text.ts";
import type { Operation } from "./lifecycle.ts";
import type { Deleted, Holder } from "./ownership.ts";
import { connectionNameIn, whereIn } from "./place.ts";
import type { Properties } from "./properties.ts";
import { nameOf, type VendorWords } from "./words.ts";

/** A client that a state has, for the registry and for messages. */
interface Held {
  /** Null where the client cannot be told from others: then the vendor alone decides. */
  key: string | null;
  /** For example `OAuth client "CI bot" (client-1) in tenant t-1`. */
  named: Message;
}

/** The client of a resource, as its recorded properties say. */
export function heldClient(id: string, state: Properties, vendor: VendorWords, operation: Operation): Held {
  const named = say`${nameOf(state.name, id)} in ${whereIn(state, vendor)}`;
  try {
    const { baseUrl } = operation.connect(connectionNameIn(state)).http;
    return { key: keyOf(vendor.title, baseUrl, id), named };
  } catch (error) {
    // Where the connection cannot work, nothing will be sent either.
    if (error instanceof OAuthClientsError) return { key: null, named };
    throw error;
  }
}

/** Tells one client from all others: where a request about it goes, and its id, which no vendor gives twice. */
function keyOf(vendor: string, baseUrl: string, id: string): string {
  return JSON.stringify([vendor, baseUrl, id]);
}

/**
 * Notes that the resource of this operation goes on to have its client.
 *
 * @throws {OAuthClientsError} `client-shared` when another resource of this run has it too
 */
export function keepsClient({ key, named }: Held, operation: Operation): void {
  const other = key === null ? null : operation.owners.claim(key, "managed");
  if (other === null) return;
  throw new OAuthClientsError(
    "client-shared",
    say`Cannot manage ${named} as ${ownUrn(operation)}: ${has(other)}.`,
    wayOut(other, operation),
  );
}

function wayOut({ how }: Holder, operation: Operation): Message {
  switch (how) {
    case "deleted":
      return say`Run \`pulumi refresh\`: it leaves the state, and the next \`pulumi up\` creates it again.`;
    case "deletes":
      return say`Take one of the two out of the program. To delete the client of a resource and keep the counts, set its status to "deleted".`;
    case "had":
    case "managed":
    case "created":
    case "adopting":
    case "adopted":
      return say`Two resources cannot have one client: take one of them out of the program, and out of the state, which calls nothing. ${forgetting(operation)} leaves the client to the other one.`;
  }
}

/**
 * Before a client is changed or recorded that the resource of this operation did not have so far.
 *
 * @throws {OAuthClientsError} `client-shared` when another resource of this run has it
 */
export function takesClient(
  id: string,
  how: "created" | "adopting" | "adopted",
  subject: Subject,
  operation: Operation,
): void {
  const other = operation.owners.claim(keyOf(subject.vendor, subject.baseUrl, id), how);
  if (other === null) return;
  throw new OAuthClientsError(
    "client-shared",
    say`Cannot ${subject.action} ${whereabouts(subject)}: ${has(other)}.`,
    say`Nothing was changed. Two resources cannot have one client: give this one another name, or take one of the two out of the program.`,
  );
}

/**
 * Takes a client that a lost attempt of this resource made for certain.
 *
 * @returns why not, where another resource of this run takes it over
 */
export function takesFound(id: string, subject: Subject, operation: Operation): Message | null {
  const other = operation.owners.claim(keyOf(subject.vendor, subject.baseUrl, id), "created");
  return other === null ? null : has(other);
}

/** Clients that a lost attempt of the resource of this operation may have made, and what is known of the others. */
interface Unheld<Client> {
  clients: Client[];
  /** For example `client-1: this stack has it as urn:…`. */
  held: Message[];
}

/** Leaves out what another resource has, and what this run has made, taken over or deleted. */
export function unheld<Client extends { id: string }>(
  clients: readonly Client[],
  subject: Subject,
  { owners }: Pick<Operation, "owners">,
): Unheld<Client> {
  const found: Unheld<Client> = { clients: [], held: [] };
  for (const client of clients) {
    const holder = owners.holderOf(keyOf(subject.vendor, subject.baseUrl, client.id));
    if (holder === null) found.clients.push(client);
    else found.held.push(say`${identifier(client.id)}: ${has(holder)}`);
  }
  return found;
}

/**
 * Notes that the resource of this operation had a client before this run, as a client or as a tombstone. No lost attempt
 * of another resource made it, and where the program still adopts it in place of the tombstone, it means a new one.
 */
export function hadClient({ key }: Held, { owners }: Operation): void {
  if (key !== null) owners.hadBefore(key);
}

/** The same of a client that a claim turned out to be. */
export function foundClient(id: string, subject: Subject, { owners }: Pick<Operation, "owners">): void {
  owners.hadBefore(keyOf(subject.vendor, subject.baseUrl, id));
}

/** Whether this run has deleted a client, whoever did. */
export function isDeleted(id: string, subject: Subject, { owners }: Operation): boolean {
  return owners.isDeleted(keyOf(subject.vendor, subject.baseUrl, id));
}

/** Whether this run has deleted a client, or this resource is to have another one in its place. */
export function isReplaced(id: string, subject: Subject, { owners }: Operation): boolean {
  const key = keyOf(subject.vendor, subject.baseUrl, id);
  return owners.isDeleted(key) || owners.isPredecessor(key);
}

/**
 * Deletes the client of a resource that goes on as a tombstone.
 *
 * @throws {OAuthClientsError} `client-shared` when another resource of this run has it, and nothing was deleted
 */
export function deletesClient<Result extends Deleted>(
  held: Held,
  operation: Operation,
  task: () => Promise<Result>,
): Promise<Result> {
  assertSoleOwner(held, operation);
  return held.key === null ? task() : operation.owners.deleting(held.key, task);
}

/**
 * Deletes the client of a resource that leaves the state. Where several resources of a stack have one client, which a
 * destroy finds out last, it is deleted once.
 *
 * @returns null where there was nothing to do
 * @throws {OAuthClientsError} `client-shared` when another resource of this run has it, and nothing was deleted
 */
export async function deletesLeavingClient<Result extends Deleted>(
  held: Held,
  operation: Operation,
  task: () => Promise<Result>,
): Promise<Result | null> {
  assertSoleOwner(held, operation);
  const { key, named } = held;
  if (key === null) return task();
  // Pulumi may create a successor first, and then delete what it took over.
  if (operation.owners.hasAdopted(key)) {
    operation.log("info", say`${named} was not deleted: this run took it over again, as the same resource.`);
    return null;
  }
  const once = await operation.owners.deletingOnce(key, task);
  if (once.by === null) return once.result;
  operation.log("info", say`${named} was deleted a moment ago, as ${identifier(once.by)}.`);
  return null;
}

function assertSoleOwner({ key, named }: Held, operation: Operation): void {
  const other = key === null ? null : operation.owners.ownerOf(key);
  if (other === null) return;
  throw new OAuthClientsError(
    "client-shared",
    say`Cannot delete ${named} as ${ownUrn(operation)}: ${has(other)}.`,
    say`Nothing was deleted. To take this resource out of the state, which calls nothing: ${forgetting(operation)}`,
  );
}

/** Why a `…Deletion` resource must not delete its target; null where nothing speaks against it. */
export function problemWithTarget({ key }: Held, operation: Operation): Message | null {
  const other = key === null ? null : operation.owners.claim(key, "deletes");
  if (other === null) return null;
  return say`${has(other)}. Delete it there: set the status of that resource to "deleted", or take it out of the program.`;
}

function has({ urn, how }: Holder): Message {
  const shown = urn === null ? say`another resource` : identifier(urn);
  switch (how) {
    case "had":
    case "managed":
      return say`this stack has it as ${shown}`;
    case "created":
      return say`this run created it as ${shown}`;
    case "adopting":
    case "adopted":
      return say`this run takes it over as ${shown}`;
    case "deletes":
      return say`this stack deletes it with ${shown}`;
    case "deleted":
      return say`this run has deleted it, as ${shown}`;
  }
}

function ownUrn({ owners }: Operation): Message {
  return identifier(owners.urn ?? "");
}

function forgetting(operation: Operation): Message {
  return say`\`pulumi state delete '${ownUrn(operation)}'\``;
}
