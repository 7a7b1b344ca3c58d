import { describeError, type ErrorCode, OAuthClientsError } from "../core/errors.ts";
import type { Use } from "../core/guard.ts";
import { type Message, say } from "../core/text.ts";
import { assertDeletable } from "./deletion.ts";
import { type ClientDriver, clientIn, type Found } from "./driver.ts";
import { NotMeant, type Proof, REFUSALS } from "./guard.ts";
import type { Operation } from "./lifecycle.ts";
import { type Properties, text } from "./properties.ts";
import { readRecorded } from "./state.ts";

/** A client that is about to be deleted, as its vendor shows it now. */
export interface Inspection {
  /** `unknown`: nobody can tell. */
  is: "there" | "gone" | "unknown";
  /** Null where nobody says; so the next. */
  name: string | null;
  clientId: string | null;
  status: string | null;
  use: Use | null;
  /** Why the deletion does not mean it, and leaves it alone; null where it does. */
  left: Message | null;
  /** Why its deletion would be refused, by a guard or because the client is the connection's own; null where it would be tried. */
  refused: Message | null;
  /** Why it is not known whether the client is there; null where it is. */
  problem: Message | null;
  /** The code of the error, where that is because the look failed; null where nothing is wrong with that. */
  problemCode: ErrorCode | null;
}

/**
 * Looks at a client as its deletion would, and changes nothing. Never fails for what is to be found out: that is a part of
 * the answer.
 *
 * @param properties where it is and how to delete it: outputs of a client, or inputs of a deletion
 * @param meant what the deletion proves right before; null where it means this client for certain
 */
export async function inspect(
  driver: ClientDriver,
  id: string,
  properties: Properties,
  operation: Operation,
  meant: Proof | null = null,
): Promise<Inspection> {
  const elsewhere = problemElsewhere(driver, properties, operation);
  if (elsewhere !== null) {
    return { ...seenIn(driver, null), left: null, refused: null, problem: elsewhere, problemCode: "base-url-changed" };
  }
  let found: Found | null = null;
  const proof: Proof = (seen, nowMs) => {
    found = seen;
    return meant?.(seen, nowMs) ?? null;
  };
  const error = await assertDeletable(driver, id, properties, operation, { proof }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const seen = { ...seenIn(driver, found), left: null, refused: null, problem: doubtIn(found), problemCode: null };
  if (error === null) return seen;
  if (error instanceof NotMeant) return { ...seen, left: error.because };
  if (error instanceof OAuthClientsError && REFUSALS.has(error.code)) return { ...seen, refused: describeError(error) };
  return { ...seen, problem: describeError(error), problemCode: codeOf(error) };
}

/** The code of whatever was thrown. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof OAuthClientsError ? error.code : "vendor-unavailable";
}

/** Why a client that was not seen may be there all the same; null where nothing speaks for it. */
function doubtIn(found: Found | null): Message | null {
  if (found?.is !== "missing" || found.unsure === null) return null;
  if (found.unsure === "permission") {
    return say`It is not in the list, but these credentials need not see every client: that takes ${found.needs}.`;
  }
  return say`It is not in the list, but the list leaves open this time which clients there are.`;
}

/** Why nothing that the connection's address says of the client proves anything; null where it was made there. */
function problemElsewhere(driver: ClientDriver, properties: Properties, operation: Operation): Message | null {
  const { baseUrl: recorded, connection } = readRecorded(driver, properties);
  if (recorded === null) return null;
  const { baseUrl } = operation.connect(connection ?? "default").http;
  return recorded === baseUrl
    ? null
    : say`It was created at ${recorded}, and connection "${connection ?? "default"}" talks to ${baseUrl}, which proves nothing about it.`;
}

function seenIn(
  driver: ClientDriver,
  found: Found | null,
): Omit<Inspection, "left" | "refused" | "problem" | "problemCode"> {
  const client = found === null ? null : clientIn(found);
  if (client !== null) {
    const { name, status } = driver.valuesOf(client);
    return {
      is: "there",
      name: text(name),
      clientId: driver.clientIdOf(client),
      status: text(status),
      use: driver.useOf?.(client) ?? null,
    };
  }
  const isGone = found !== null && (found.is === "deleted" || (found.is === "missing" && found.unsure === null));
  return { is: isGone ? "gone" : "unknown", name: null, clientId: null, status: null, use: null };
}
