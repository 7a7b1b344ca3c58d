import { z } from "zod";
import type { Safe } from "../../core/redaction.ts";
import type { Revocation } from "../../core/revocation.ts";
import type { Properties } from "../../lifecycle/lifecycle.ts";
import { fieldsOf } from "../../lifecycle/outputs.ts";
import { neverCreatedId, recordedFields, recordedText } from "../../lifecycle/recorded.ts";
import { CLIENT_FIELDS, clientPolicies } from "./inputs.ts";
import type { WireClient } from "./wire.ts";

const recordedSchema = z.object({
  ...recordedFields,
  clientId: recordedText,
  clientSecret: recordedText,
  createdAt: recordedText,
  secretRotatedAt: recordedText,
  /** The client's secret was lost with a response and still has to be replaced. */
  __secretLost: z.boolean().default(false).catch(false),
});

/** The outputs of a recorded client. */
export type RecordedClient = z.infer<typeof recordedSchema>;

/** Reads recorded outputs. */
export function readRecorded(state: Properties): RecordedClient {
  return recordedSchema.parse(state);
}

/** What the client is known to have besides its inputs. */
export interface Known {
  clientId: string | null;
  clientSecret: string | null;
  createdAt: string | null;
  secretRotatedAt: string | null;
  revocation: Revocation | null;
  previousRevocation: Revocation | null;
  baseUrl: string | null;
  __filledIn: Properties | null;
}

/** Nothing is known. */
export const NOTHING_KNOWN: Known = {
  clientId: null,
  clientSecret: null,
  createdAt: null,
  secretRotatedAt: null,
  revocation: null,
  previousRevocation: null,
  baseUrl: null,
  __filledIn: null,
};

/** What a recorded client is known to have. */
export function knownOf(recorded: RecordedClient): Known {
  const { clientId, clientSecret, createdAt, secretRotatedAt } = recorded;
  const { revocation, previousRevocation, baseUrl, __filledIn } = recorded;
  return { clientId, clientSecret, createdAt, secretRotatedAt, revocation, previousRevocation, baseUrl, __filledIn };
}

/** What the vendor can say of the inputs. */
export const SAID_FIELDS = [...CLIENT_FIELDS, "status"] as const;

/**
 * The outputs to record for inputs and what the vendor says about the client.
 *
 * @param before recorded values that still hold where neither says anything
 */
export function outputsOf(
  inputs: Properties,
  wire: WireClient | null,
  known: Known,
  before: Properties = {},
): Record<string, unknown> {
  const { __filledIn, ...rest } = known;
  const filledIn = __filledIn ?? {};
  return {
    ...inputs,
    ...fieldsOf(clientPolicies, SAID_FIELDS, inputs, wire, { ...filledIn, ...before }),
    ...rest,
    __filledIn: Object.keys(filledIn).length === 0 ? undefined : filledIn,
    __secretLost: undefined,
  };
}

/** A new resource that is over before it began: a fresh stack of an old program. Nothing was there to be called. */
export function neverCreated(inputs: Properties, previousRevocation: Revocation | null) {
  return {
    id: neverCreatedId(inputs.name),
    outputs: outputsOf(inputs, null, { ...NOTHING_KNOWN, previousRevocation }),
  };
}

/** A deleted client as the state keeps it: what it was, the evidence, no secret. */
export function tombstoneOf(state: Properties, recorded: RecordedClient, revocation: Safe<Revocation>) {
  const known = { ...knownOf(recorded), clientSecret: null, revocation, __filledIn: null };
  return outputsOf({ ...state, status: "deleted" }, null, known);
}

/** When the client was created: at the top level in create and list, below `audit` in get. */
export function createdAtOf(client: WireClient): string | null {
  return client.createdAt ?? client.audit?.createdAt ?? null;
}
