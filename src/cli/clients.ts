import { counted, type Message, say } from "../core/text.ts";
import { orThrow } from "../lifecycle/call.ts";
import { type ClientDriver, clientIn, type Found, type VendorClient, workOn } from "../lifecycle/driver.ts";
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
  /** Those that are not there, or not shown, and why. */
  missing: { id: string; because: Message }[];
  /** The permission that it takes to see every client; null where the credentials certainly do. */
  hiddenWithout: string | null;
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
  const found: FoundClients = { place, clients: [], missing: [], hiddenWithout: listed?.hiddenWithout ?? null };
  if (listed !== null && !isLookedAt) return { ...found, clients: listed.clients };
  const sought = listed === null ? [...new Set(ids)] : listed.clients.map(({ id }) => id);
  let done = 0;
  const looked = await inTurn(sought, async (id) => {
    const seen = await operation.part((part) => lookAt(driver, where, id, part));
    done += 1;
    operation.progress(say`looked at ${done} of ${counted(sought.length, "client")}`);
    return { id, seen };
  });
  for (const { id, seen } of looked) {
    const client = clientIn(seen);
    if (client === null) found.missing.push({ id, because: whyMissing(seen) });
    else found.clients.push(client);
  }
  return found;
}

function whyMissing(found: Found): Message {
  const unsure = found.is === "missing" ? found.unsure : null;
  if (unsure === "permission") return say`it is not shown to these credentials, which need not see every client`;
  if (unsure === "list") return say`the list leaves open whether it is there`;
  return say`it is not there`;
}

/** Looks at one client. */
async function lookAt(driver: ClientDriver, where: Properties, id: string, operation: Operation): Promise<Found> {
  const { place, clients } = workOn(driver, where, operation);
  const subject = place.subject("look at", "read", nameOf(null, id), "program");
  return orThrow(await clients.find(id, false), (failed) => listFailure(failed, subject));
}

/** That there may be more clients than are shown. */
export function notAll(permission: string): Message {
  return say`These may not be all: to see every client takes ${permission}.`;
}
