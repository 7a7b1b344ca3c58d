import { baseUrlChanged, type Look } from "../core/absence.ts";
import type { Answer } from "../core/answer.ts";
import { diffDeclared, type FieldPolicies } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import type { EarlierDeed } from "../core/receipt.ts";
import { NO_DETAILS } from "../core/revocation.ts";
import { idToCheck, type Subject, whereabouts } from "../core/subject.ts";
import { type Message, say } from "../core/text.ts";
import { vendorStatus } from "./call.ts";
import type { Operation, Properties, Read, Recorded } from "./lifecycle.ts";
import { inputsOf } from "./outputs.ts";
import { type Place, placeOf, type VendorWords } from "./place.ts";
import { asStored, others, text } from "./properties.ts";
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
  { baseUrl, name, __external }: Pick<RecordedCommon, "baseUrl" | "name" | "__external">,
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
    __external
      ? say`A client that is only read and no longer exists leaves the state; the next \`pulumi up\` fails if the program still reads it.`
      : say`A client that no longer exists leaves the state; the next \`pulumi up\` creates it again if the program still has it.`,
  );
  operation.log("warning", say`${named} no longer exists: ${byWhom(earlier, __external)}.`);
}

function byWhom(earlier: EarlierDeed | null, isExternal: boolean): Message {
  switch (earlier?.outcome) {
    case "deleted":
      return say`this project deleted it before, see the receipt of ${earlier.at}`;
    case "open":
      return say`a DELETE of this project, whose response was lost, may have deleted it`;
    case undefined:
      // Whoever manages it may have done so with Pulumi.
      return isExternal ? say`it was deleted` : say`somebody deleted it outside of Pulumi`;
  }
}

/** How a kind of client is compared. */
interface Compared {
  policies: FieldPolicies;
  /** The names of all inputs. */
  keys: readonly string[];
  /** What takes a new client, as the client is now, beside what always does. */
  replacing: readonly string[];
}

/**
 * A client as it was read, with the inputs that describe it, and what that says of the recorded one. What was only ever
 * read (`.get`) has no inputs but where it is, and no program that it could differ from.
 *
 * @param before the outputs in the state
 */
export function readAs(
  { id, outputs }: Recorded,
  before: Properties,
  recorded: Pick<RecordedCommon, "baseUrl" | "__external" | "__filledIn">,
  compared: Compared,
  subject: Subject,
  operation: Operation,
): Read {
  if (recorded.baseUrl !== null && recorded.baseUrl !== subject.baseUrl) {
    operation.explain(
      say`Connection "${subject.connection}" leads to ${subject.baseUrl}, which shows clients that were recorded at ${recorded.baseUrl}: the state has the new address now.`,
    );
  }
  if (recorded.__external || recorded.baseUrl === null) return { id, outputs: { ...outputs, __external: true } };
  const now = asStored(outputs);
  sayDrift(compared, recorded.__filledIn, before, now, subject, operation);
  return { id, outputs: now, inputs: inputsOf(compared.policies, compared.keys, now) };
}

/**
 * Names what differs from the recorded client: the CLI shows only that a refresh updated something. Before the first
 * read, what the program leaves out was not known, and is no drift.
 */
function sayDrift(
  { policies, replacing }: Compared,
  filledIn: Properties | null,
  before: Properties,
  now: Properties,
  subject: Subject,
  operation: Operation,
): void {
  const known = filledIn === null ? { ...now, ...before } : before;
  const { patch, replace } = diffDeclared(policies, now, known);
  const kept = replace.filter((field) => field in Object(now.__filledIn ?? {}));
  const costly = [...others(replace, kept), ...patch.filter((field) => replacing.includes(field))];
  const setBack = others(patch, replacing);
  if (setBack.length + kept.length > 0) {
    const changed = [...setBack, ...kept].join(", ");
    operation.log("info", say`${subject.client} was changed outside of Pulumi: ${changed}.`);
  }
  if (setBack.length > 0) {
    operation.explain(
      say`What was changed outside of Pulumi the next \`pulumi up\` sets back to what the program says.`,
    );
  }
  if (kept.length > 0) {
    operation.explain(
      say`What only a new client can change, and the program does not name (${kept.join(", ")}), stays as it was changed outside of Pulumi.`,
    );
  }
  if (costly.length > 0) {
    operation.log(
      "warning",
      say`${whereabouts(subject)} was changed outside of Pulumi in what only a new client can change: ${costly.join(", ")}. Unless the program says the same, the next \`pulumi up\` DELETES it and creates another one.`,
    );
  }
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
