import { z } from "zod";
import { ConfigurationInvalid, OAuthClientsError } from "../core/errors.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { listed, say } from "../core/text.ts";
import { type Failed, orThrow } from "./call.ts";
import { type ClientDriver, clientIn, type VendorClient } from "./driver.ts";
import { listFailure } from "./failures.ts";
import { namesOf } from "./fields.ts";
import { atMost, identifier, named } from "./inputs.ts";
import { type Place, placeIn } from "./place.ts";
import { asStored, type Properties } from "./properties.ts";
import { saidFields } from "./state.ts";

const criteriaSchema = z.strictObject({
  id: identifier.optional(),
  /** The OAuth client id. */
  clientId: named.optional(),
  name: named.optional(),
  namePrefix: named.optional(),
  /** Without it, whatever is not deleted. */
  status: named.optional(),
  limit: atMost.default(1_000),
});

/** What a client that is looked up must be: all of it together; what is left out may be anything. So many are found at most. */
export type Criteria = z.infer<typeof criteriaSchema>;

/** @throws {ConfigurationInvalid} for a filter that there is not: a misspelt one must not find every client */
export function criteriaIn(filter: Properties): Criteria {
  const { limit, ...wanted } = filter;
  // What a program has no value for must not find every client, which then perhaps goes into a deletion.
  const missing = Object.keys(wanted).filter((key) => wanted[key] === undefined || wanted[key] === null);
  if (missing.length > 0) {
    throw new ConfigurationInvalid(
      missing.map((key) => say`The filter ${key} has no value. Leave it out to find clients whatever theirs is.`),
    );
  }
  const parsed = criteriaSchema.safeParse({ ...wanted, limit: limit ?? undefined });
  if (parsed.success) return parsed.data;
  throw new ConfigurationInvalid(
    parsed.error.issues.map((issue) =>
      issue.code === "unrecognized_keys"
        ? say`There is no filter ${issue.keys.join(", ")}. Check the spelling.`
        : say`The filter ${issue.path.join(".")} ${issue.message}.`,
    ),
  );
}

/**
 * Looks up clients that the credentials may see, in one request where their id is known, else through the list.
 *
 * @returns their inputs, ids and dates by name; null where the vendor does not say one
 * @throws {OAuthClientsError} `too-many` where more are found; `response-invalid` where the list leaves open whether one is
 *   missing; as for any request
 */
export async function lookUp(driver: ClientDriver, place: Place, criteria: Criteria): Promise<Properties[]> {
  const { clients } = await search(driver, place, criteria);
  return clients.map((client) => shownClient(driver, client, place));
}

/** The same, as the vendor shows them, and what it takes to see every client: null where the credentials certainly do. */
export async function search(
  driver: ClientDriver,
  place: Place,
  criteria: Criteria,
): Promise<{ clients: VendorClient[]; hiddenWithout: string | null }> {
  assertStatus(driver, criteria);
  const subject = place.subject("look up", "read", say`OAuth clients`, "program");
  const clients = driver.at(place);
  const failure = (failed: Failed) => listFailure(failed, subject);
  const isWanted = (client: VendorClient) => fulfils(driver, client, criteria);
  if (criteria.id !== undefined) {
    const found = orThrow(await clients.find(criteria.id, false), failure);
    if (found.is === "missing" && found.unsure === "list")
      throw unclear(subject, "leaves open whether it has this one");
    const client = clientIn(found);
    return { clients: client !== null && isWanted(client) ? [client] : [], hiddenWithout: null };
  }
  const { clients: found, odd, doubt, hiddenWithout } = orThrow(await clients.all(isWanted), failure);
  const open = doubt ?? ([...odd].some((name) => mayFulfil(name, criteria)) ? "has entries without an id" : null);
  if (open !== null) throw unclear(subject, open);
  if (found.size > criteria.limit) throw tooMany(subject, found.size, criteria.limit);
  return { clients: [...found.values()], hiddenWithout };
}

/** @throws {ConfigurationInvalid} for a status that no client has: it would find none, and look like an answer */
function assertStatus({ statuses, words }: Pick<ClientDriver, "statuses" | "words">, { status }: Criteria): void {
  if (status === undefined || statuses.includes(status)) return;
  throw new ConfigurationInvalid([
    say`The filter status is none that clients of ${words.title} have: ${listed(statuses, (one) => say`"${one}"`)}.`,
  ]);
}

function fulfils(driver: ClientDriver, client: VendorClient, criteria: Criteria): boolean {
  const { name, status } = driver.valuesOf(client);
  const { clientId = driver.clientIdOf(client), status: wanted } = criteria;
  return (
    (wanted === undefined ? status !== "deleted" : status === wanted) &&
    driver.clientIdOf(client) === clientId &&
    mayFulfil(typeof name === "string" ? name : "", criteria)
  );
}

/** @param name null where it is not known */
function mayFulfil(name: string | null, { name: wanted, namePrefix = "" }: Criteria): boolean {
  return name === null || ((wanted === undefined || name === wanted) && name.startsWith(namePrefix));
}

/** A client's inputs, ids and dates by name; null where the vendor does not say one. */
export function shownClient(driver: ClientDriver, client: VendorClient, place: Place): Properties {
  const { fields, words } = driver;
  const nothing = [...saidFields(fields), ...namesOf(fields, "place")].map((name) => [name, null]);
  return asStored({
    ...Object.fromEntries(nothing),
    ...driver.valuesOf(client),
    ...placeIn(place.values, words),
    ...driver.shown(client),
    id: client.id,
  });
}

function unclear(subject: Subject, doubt: string): OAuthClientsError {
  return new OAuthClientsError(
    "response-invalid",
    say`Cannot look up ${whereabouts(subject)}: the list ${doubt}, so nobody knows whether these are all.`,
    say`Run the command again.`,
  );
}

function tooMany(subject: Subject, found: number, limit: number): OAuthClientsError {
  return new OAuthClientsError(
    "too-many",
    say`Cannot look up ${whereabouts(subject)}: ${found} are found, and the limit is ${limit}.`,
    say`Narrow what is looked for, or raise the limit.`,
  );
}
