import type { Look } from "../../core/absence.ts";
import type { Called } from "../../lifecycle/call.ts";
import type { Sought } from "../../lifecycle/driver.ts";
import { failedLook } from "../../lifecycle/failures.ts";
import { type Place, placeKey } from "../../lifecycle/place.ts";
import { lookAtAbsence } from "../../lifecycle/walk.ts";
import type { NexusApi } from "./api.ts";
import type { Listing, Listings } from "./listing.ts";
import { READ_ALL } from "./words.ts";

/** A second look at a client that the vendor says is not there: the tenant's list, asked once for many clients. */
export async function lookAgain(sought: Sought, api: NexusApi, place: Place, listings: Listings): Promise<Look> {
  const { id } = sought;
  if (listings.isGone(placeKey(place), id)) return { found: "absent" };
  const asked = performance.now();
  let listed = await listings.ofThisRun(api, placeKey(place), id);
  // An earlier listing can show that a client is gone, but not that it is still there. One that is under way may do.
  if (listed.ok && listed.value.clients.has(id)) listed = await listings.list(api, placeKey(place));
  if (listed.ok && listed.value.clients.has(id)) listed = await listings.list(api, placeKey(place), asked);
  if (listed.ok && !listed.value.clients.has(id))
    listed = (await listLater(sought.createdMs, listed.value, api, place, listings)) ?? listed;
  if (!listed.ok) return failedLook(listed);
  return listed.value.clients.has(id) ? { found: "alive", status: null } : lookAtListing(listed.value, sought.name);
}

/**
 * The list once more, where the one that misses a client is from before it must have it; null where it is not. All that
 * one list misses wait for the same next one.
 *
 * @param createdMs when the client was created; null where it is not known to be young
 */
async function listLater(
  createdMs: number | null,
  missing: Listing,
  api: NexusApi,
  place: Place,
  listings: Listings,
): Promise<Called<Listing> | null> {
  const { settlesMs, http } = place.connection;
  if (createdMs === null || performance.timeOrigin + missing.startedMs >= createdMs + settlesMs) return null;
  const notBefore = missing.startedMs + settlesMs;
  await http.pause(notBefore - performance.now());
  return listings.list(api, placeKey(place), notBefore);
}

/**
 * What it means that a listing does not have a client.
 *
 * @param name the client's, where it is known
 */
export function lookAtListing(listing: Listing, name: string | null): Extract<Look, { found: "absent" | "invisible" }> {
  return listing.everyClient ? lookAtAbsence(listing, name) : { found: "invisible", needs: READ_ALL };
}
