import { z } from "zod";
import type { Safe } from "../../core/redaction.ts";
import type { Revocation } from "../../core/revocation.ts";
import type { Properties, Recorded } from "../../lifecycle/lifecycle.ts";
import { fieldsOf } from "../../lifecycle/outputs.ts";
import { neverCreatedId, recordedFields, recordedText } from "../../lifecycle/recorded.ts";
import { CLIENT_FIELDS, clientPolicies } from "./inputs.ts";
import { readableOf, type WireClient } from "./wire.ts";

const recordedSchema = z.object({
  ...recordedFields,
  clientSecret: recordedText,
  /** When this package created the client, by the clock of the machine it ran on; null where it did not, or did not note it. */
  __createdMs: z.number().nullable().default(null).catch(null),
});

/** The outputs of a recorded client. */
export type RecordedClient = z.infer<typeof recordedSchema>;

/** Reads recorded outputs. */
export function readRecorded(state: Properties): RecordedClient {
  return recordedSchema.parse(state);
}

/** What the client is known to have besides its inputs. */
export interface Known {
  clientSecret: string | null;
  revocation: Revocation | null;
  previousRevocation: Revocation | null;
  baseUrl: string | null;
  /**
   * Null before the client was read for the first time: the response to a create does not say what the vendor filled in
   * (Auth0 fills in grant types, for example, and what it fills in must not look like a change that replaces the client).
   */
  __filledIn: Properties | null;
  __createdMs: number | null;
}

/** Nothing is known. */
export const NOTHING_KNOWN: Known = {
  clientSecret: null,
  revocation: null,
  previousRevocation: null,
  baseUrl: null,
  __filledIn: null,
  __createdMs: null,
};

/** What a recorded client is known to have. */
export function knownOf(recorded: RecordedClient): Known {
  const { clientSecret, revocation, previousRevocation, baseUrl, __filledIn, __createdMs } = recorded;
  return { clientSecret, revocation, previousRevocation, baseUrl, __filledIn, __createdMs };
}

/**
 * The outputs to record for inputs and what the vendor says about the client, where it says anything.
 *
 * @param before recorded values that still hold where neither says anything
 */
export function outputsOf(
  inputs: Properties,
  wire: WireClient | null,
  known: Known,
  before: Properties = {},
): Record<string, unknown> {
  const { __filledIn, __createdMs, ...rest } = known;
  const read = wire === null ? null : readableOf(wire);
  return {
    ...inputs,
    ...fieldsOf(clientPolicies, CLIENT_FIELDS, inputs, read, { ...__filledIn, ...before }),
    ...rest,
    __filledIn: __filledIn ?? undefined,
    __createdMs: __createdMs ?? undefined,
  };
}

/** A new resource that is over before it began: a fresh stack of an old program. Nothing was there to be called. */
export function neverCreated(inputs: Properties, previousRevocation: Revocation | null): Recorded {
  const outputs = outputsOf(inputs, null, { ...NOTHING_KNOWN, previousRevocation });
  return { id: neverCreatedId(inputs.name), outputs };
}

/** A deleted client as the state keeps it: what it was, the evidence, no secret. */
export function tombstoneOf(state: Properties, recorded: RecordedClient, revocation: Safe<Revocation>) {
  const known = { ...knownOf(recorded), clientSecret: null, revocation, __filledIn: null, __createdMs: null };
  return outputsOf({ ...state, status: "deleted" }, null, known);
}
