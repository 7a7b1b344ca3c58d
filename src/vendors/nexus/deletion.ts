import type { Safe } from "../../core/redaction.ts";
import { NO_DETAILS, type Revocation } from "../../core/revocation.ts";
import { say } from "../../core/text.ts";
import { deleteWithEvidence } from "../../lifecycle/deletion.ts";
import type { Operation, Properties } from "../../lifecycle/lifecycle.ts";
import { nameOf, type Place, placeKey, placeOf } from "../../lifecycle/place.ts";
import { idFrom } from "../../lifecycle/recorded.ts";
import { NexusApi } from "./api.ts";
import type { Listings } from "./listing.ts";
import { lookAgain } from "./look.ts";
import { readRecorded } from "./state.ts";
import { WORDS } from "./words.ts";

/**
 * Deletes a client as its properties say, and writes the evidence down. Nexus reports no counts, so they are null.
 *
 * @param properties where it is and how to delete it: outputs of a client, or inputs of a deletion
 */
export async function deleteNexusClient(
  id: string,
  properties: Properties,
  listings: Listings,
  operation: Operation,
): Promise<Safe<Revocation>> {
  const recorded = readRecorded(properties);
  const place = placeOf(properties, operation, WORDS);
  const api = apiOf(place);
  const subject = place.subject("delete", nameOf(recorded.name, id), idFrom(recorded));
  if (recorded.deletion?.disableFirst === true) {
    operation.explain(
      say`disableFirst does nothing at Nexus, where no client can be disabled: they are deleted all the same.`,
    );
  }
  const revocation = await deleteWithEvidence(
    {
      connection: place.connection,
      subject,
      mode: recorded.deletion?.alreadyGone ?? "verify",
      recordedBaseUrl: recorded.baseUrl,
      alreadyDeletedCode: null,
      details: () => NO_DETAILS,
      // Its successes have no form of their own.
      names: () => false,
      send: (judge, sent) => listings.deleting(placeKey(place), () => api.delete(id, judge, sent)),
      look: () => lookAgain({ id, name: recorded.name, createdMs: recorded.__createdMs }, api, place, listings),
    },
    { id, clientId: id, name: recorded.name },
    operation,
  );
  if (revocation.outcome === "deleted" || revocation.verified === true) listings.noteGone(placeKey(place), id);
  return revocation;
}

/** The API at a client's place. */
export function apiOf(place: Place): NexusApi {
  return new NexusApi(place.connection.http, place.tenantId);
}
