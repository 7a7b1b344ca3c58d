import { OAuthClientsError } from "../../core/errors.ts";
import { saying } from "../../core/failure.ts";
import type { Safe } from "../../core/redaction.ts";
import type { Revocation } from "../../core/revocation.ts";
import { type Subject, whereabouts } from "../../core/subject.ts";
import { say } from "../../core/text.ts";
import { isNotFound } from "../../lifecycle/call.ts";
import { deleteWithEvidence } from "../../lifecycle/deletion.ts";
import type { Operation, Properties } from "../../lifecycle/lifecycle.ts";
import { nameOf, type Place, placeKey, placeOf } from "../../lifecycle/place.ts";
import { idFrom } from "../../lifecycle/recorded.ts";
import { RezolveApi } from "./api.ts";
import type { SecondLooks } from "./look.ts";
import { readRecorded } from "./state.ts";
import { namesClient, readDeletion } from "./wire.ts";
import { WORDS } from "./words.ts";

const ALREADY_DELETED = "OAUTH_CLIENT_ALREADY_DELETED";

/**
 * Deletes a client as its properties say, and writes the evidence down.
 *
 * @param properties where it is and how to delete it: outputs of a client, or inputs of a deletion
 */
export async function deleteRezolveClient(
  id: string,
  properties: Properties,
  looks: SecondLooks,
  operation: Operation,
): Promise<Safe<Revocation>> {
  const recorded = readRecorded(properties);
  const place = placeOf(properties, operation, WORDS);
  const api = apiOf(place);
  const subject = place.subject("delete", nameOf(recorded.name, id), idFrom(recorded));
  const isDisabled =
    recorded.deletion?.disableFirst === true &&
    recorded.status !== "inactive" &&
    (await disableFirst(id, recorded.baseUrl, api, subject, operation));
  const deleted = deleteWithEvidence(
    {
      connection: place.connection,
      subject,
      mode: recorded.deletion?.alreadyGone ?? "verify",
      recordedBaseUrl: recorded.baseUrl,
      alreadyDeletedCode: ALREADY_DELETED,
      details: readDeletion,
      names: (body) => namesClient(body, id),
      send: (judge, sent) => api.delete(id, judge, sent),
      look: () => looks.look(api, placeKey(place), id),
    },
    { id, clientId: recorded.clientId, name: recorded.name },
    operation,
  );
  return deleted.catch((error: unknown) => {
    if (!isDisabled || !(error instanceof OAuthClientsError)) throw error;
    const hint = say`It was disabled first (disableFirst) and stays disabled, which the state does not show before a refresh. ${error.hint}`;
    throw new OAuthClientsError(error.code, error.what, hint, { cause: error });
  });
}

/** The API at a client's place. */
export function apiOf(place: Place): RezolveApi {
  return new RezolveApi(place.connection.http, place.tenantId, place.realmName);
}

/** Disables a client before its deletion, as far as the vendor goes along; whether it did. */
async function disableFirst(
  id: string,
  baseUrl: string | null,
  api: RezolveApi,
  subject: Subject,
  operation: Operation,
): Promise<boolean> {
  if (baseUrl !== null && baseUrl !== subject.baseUrl) {
    operation.log(
      "warning",
      say`disableFirst: ${whereabouts(subject)} is not disabled, because it was created at ${baseUrl}, not at ${subject.baseUrl}; its deletion is tried all the same.`,
    );
    return false;
  }
  const called = await api.patch(id, { status: "inactive" });
  // A client that is not there: the DELETE itself will find out, with evidence.
  if (called.ok || isNotFound(called.answer)) return called.ok;
  const { answer } = called;
  const why = answer.kind === "response" ? say`HTTP ${answer.status}${saying(answer)}` : answer.message;
  operation.log(
    "warning",
    say`disableFirst: ${whereabouts(subject)} could not be disabled (${why}); its deletion is tried all the same.`,
  );
  return false;
}
