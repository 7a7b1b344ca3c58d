import { say } from "../core/text.ts";
import { orThrow } from "../lifecycle/call.ts";
import { type ClientDriver, clientIn, type VendorClient, workOn } from "../lifecycle/driver.ts";
import { listFailure } from "../lifecycle/failures.ts";
import type { Operation } from "../lifecycle/lifecycle.ts";
import { criteriaIn, search } from "../lifecycle/lookup.ts";
import { type Place, placeOf } from "../lifecycle/place.ts";
import type { Properties } from "../lifecycle/properties.ts";
import { nameOf } from "../lifecycle/words.ts";
import { inTurn } from "./in-turn.ts";
import type { Site } from "./session.ts";

/** Which clients of a site are meant. */
export interface Wanted {
  /** These; default: all that the rest means. */
  ids?: readonly string[];
  namePrefix?: string | undefined;
  /** Default: all that are not deleted. */
  status?: string | undefined;
  /** Whether to look at each of them, which says more than the list, and takes a request for each. */
  isLookedAt: boolean;
}

/** Clients as the vendor shows them now. */
export interface FoundClients {
  place: Place;
  clients: VendorClient[];
  /** Ids of those that are not there. */
  missing: string[];
}

/** A bound against a list without an end; no tenant comes near it. */
const MOST = 100_000;

/** Finds a site's clients. */
export async function findClients(
  { driver, where }: Site,
  { ids = [], namePrefix, status, isLookedAt }: Wanted,
  operation: Operation,
): Promise<FoundClients> {
  const filter = Object.entries({ namePrefix, status }).filter(([, value]) => value !== undefined);
  const criteria = criteriaIn({ ...Object.fromEntries(filter), limit: MOST });
  // A part of its own: the whole, with a look at each, has no time limit.
  const { place, listed } = await operation.part(async (part) => {
    const at = placeOf(where, part, driver.words);
    return { place: at, listed: ids.length > 0 ? null : await search(driver, at, criteria) };
  });
  if (listed !== null && !isLookedAt) return { place, clients: listed, missing: [] };
  const sought = listed === null ? [...new Set(ids)] : listed.map(({ id }) => id);
  const found: FoundClients = { place, clients: [], missing: [] };
  let done = 0;
  const looked = await inTurn(sought, async (id) => {
    const client = await operation.part((part) => lookAt(driver, where, id, part));
    done += 1;
    operation.progress(say`looked at ${done} of ${sought.length} clients`);
    return { id, client };
  });
  for (const { id, client } of looked) {
    if (client === null) found.missing.push(id);
    else found.clients.push(client);
  }
  return found;
}

/** One client; null where it is not there. */
async function lookAt(
  driver: ClientDriver,
  where: Properties,
  id: string,
  operation: Operation,
): Promise<VendorClient | null> {
  const { place, clients } = workOn(driver, where, operation);
  const subject = place.subject("look at", "read", nameOf(null, id), "program");
  return clientIn(orThrow(await clients.find(id, false), (failed) => listFailure(failed, subject)));
}
