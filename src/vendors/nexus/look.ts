import type { Look } from "../../core/absence.ts";
import { type Place, placeKey } from "../place.ts";
import { failedLook } from "../reading.ts";
import type { NexusApi } from "./api.ts";
import type { Listing, Listings } from "./listing.ts";
import { seesEveryClient } from "./visibility.ts";
import { READ_ALL } from "./words.ts";

/** A second look at a client that the vendor says is not there: the tenant's list, asked once for many clients. */
export async function lookAgain(id: string, api: NexusApi, place: Place, listings: Listings): Promise<Look> {
  const asked = performance.now();
  let listed = await listings.list(api, placeKey(place));
  // Ids are never given twice, so an earlier listing can show that a client is gone, but not that it is still there.
  if (listed.ok && listed.value.clients.has(id)) listed = await listings.list(api, placeKey(place), asked);
  if (!listed.ok) {
    const look = failedLook(listed.answer);
    // Whether an existing client that is not the caller's answers 403 or 404 is not documented: a 404 alone is no word.
    return look.found === "not-permitted" ? { found: "invisible", needs: READ_ALL } : look;
  }
  if (listed.value.clients.has(id)) return { found: "alive", status: null };
  return lookAtAbsence(listed.value, place);
}

/** What it means that a listing does not have a client. */
export async function lookAtAbsence(listing: Listing, place: Place): Promise<Look> {
  const proves = listing.complete && (await seesEveryClient(place.connection));
  return proves ? { found: "absent" } : { found: "invisible", needs: READ_ALL };
}
