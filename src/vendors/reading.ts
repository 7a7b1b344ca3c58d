import { baseUrlChanged, type Look } from "../core/absence.ts";
import type { Answer } from "../core/answer.ts";
import { diffDeclared, type FieldPolicies } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import type { EarlierDeed } from "../core/receipt.ts";
import { NO_DETAILS } from "../core/revocation.ts";
import { idToCheck, type Subject, whereabouts } from "../core/subject.ts";
import { type Message, say } from "../core/text.ts";
import { vendorStatus } from "./call.ts";
import type { Operation, Properties, Read } from "./lifecycle.ts";
import { inputsOf } from "./outputs.ts";
import { type Place, placeOf, type VendorWords } from "./place.ts";
import { text } from "./properties.ts";
import type { RecordedCommon } from "./recorded.ts";

type Seen = Pick<RecordedCommon, "baseUrl">;

/**
 * @param answer null before anything is sent
 * @throws {OAuthClientsError} `base-url-changed`: the answer comes from another address than the one recorded
 */
export function assertSameAddress(
  { baseUrl }: Seen,
  subject: Subject,
  answer: Message | null = say`it is not there`,
): void {
  if (baseUrl !== null && baseUrl !== subject.baseUrl) throw baseUrlChanged(subject, baseUrl, answer);
}

/**
 * Where to read a client. What no operation of ours has recorded (`.get`) lives where the connection's defaults say,
 * unless the program says otherwise.
 */
export function placeToRead(state: Properties, { baseUrl }: Seen, operation: Operation, vendor: VendorWords): Place {
  if (baseUrl !== null || state.realmName !== undefined) return placeOf(state, operation, vendor);
  const { realmName } = operation.connect(text(state.connection) ?? "default");
  return placeOf({ ...state, ...(realmName === null ? {} : { realmName }) }, operation, vendor);
}

/**
 * Says that a client, absent for certain, leaves the state, and as whose deed: where a DELETE of ours was left open, this
 * settles it, with a receipt.
 *
 * @param client what identifies it, and the status of the answer that it was missed in
 * @throws {OAuthClientsError} `client-missing` for a `.get`, which reads what no operation of ours recorded: there,
 *   empty outputs would look like a client
 */
export async function leaveState(
  { baseUrl, name }: Pick<RecordedCommon, "baseUrl" | "name">,
  subject: Subject,
  client: { id: string; clientId: string | null; httpStatus: number },
  operation: Operation,
): Promise<void> {
  if (baseUrl === null) {
    throw new OAuthClientsError(
      "client-missing",
      say`Cannot ${subject.action} ${whereabouts(subject)}: there is no such client at ${subject.baseUrl}.`,
      say`${idToCheck(subject)} Check the tenant, too.`,
    );
  }
  const { vendor, connection, tenantId, realmName } = subject;
  const { httpStatus, ...ids } = client;
  const named = say`${vendor} ${whereabouts(subject)}`;
  const earlier = await operation.earlier({ tenantId, id: ids.id });
  if (earlier?.outcome === "open") {
    const lost = { vendorCode: null, verified: true, responseLost: true };
    await operation.evidence({
      client: named,
      severity: "info",
      connection,
      tenantId,
      realmName,
      ...ids,
      name,
      revocation: { outcome: "already-gone", ...NO_DETAILS, httpStatus, ...lost },
    });
  }
  operation.explain(
    say`A client that no longer exists leaves the state; the next \`pulumi up\` creates it again if the program still has it.`,
  );
  operation.log("warning", say`${named} no longer exists: ${byWhom(earlier)}.`);
}

function byWhom(earlier: EarlierDeed | null): Message {
  switch (earlier?.outcome) {
    case "deleted":
      return say`this project deleted it before, see the receipt of ${earlier.at}`;
    case "open":
      return say`a DELETE of this project, whose response was lost, may have deleted it`;
    case undefined:
      return say`somebody deleted it outside of Pulumi`;
  }
}

/**
 * A client as it was read, with the inputs that describe it. What was only ever read (`.get`) has no inputs but where it
 * is.
 */
export function readAs(
  id: string,
  outputs: Properties,
  policies: FieldPolicies,
  keys: readonly string[],
  recorded: Pick<RecordedCommon, "baseUrl" | "__external">,
): Read {
  if (recorded.__external || recorded.baseUrl === null) return { id, outputs: { ...outputs, __external: true } };
  return { id, outputs: { ...outputs }, inputs: inputsOf(policies, keys, outputs) };
}

/**
 * Names what differs from the recorded client: the CLI shows only that a refresh updated something. Before the first
 * read, what the program leaves out was not known, and is no drift.
 */
export function sayDrift(
  policies: FieldPolicies,
  { baseUrl, __filledIn }: Pick<RecordedCommon, "baseUrl" | "__filledIn">,
  before: Properties,
  now: Properties,
  subject: Subject,
  operation: Operation,
): void {
  const known = __filledIn === null ? { ...now, ...before } : before;
  const { patch, replace } = diffDeclared(policies, now, known);
  const drifted = [...patch, ...replace];
  if (baseUrl === null || drifted.length === 0) return;
  operation.log("info", say`${whereabouts(subject)} was changed outside of Pulumi: ${drifted.join(", ")}.`);
  operation.explain(say`What was changed outside of Pulumi the next \`pulumi up\` sets back to what the program says.`);
}

/** What a look at a tenant's clients found when it brought no list. */
export function failedLook(answer: Answer): Look {
  switch (vendorStatus(answer)) {
    case 404:
      return { found: "no-tenant", answer };
    case 403:
      return { found: "not-permitted", answer };
    default:
      return { found: "nothing", answer };
  }
}
