import type { Safe } from "../core/redaction.ts";
import type { Revocation } from "../core/revocation.ts";
import type { ClientDriver } from "./driver.ts";
import { type FieldTable, namesOf } from "./fields.ts";
import type { Recorded } from "./lifecycle.ts";
import { fieldsOf } from "./outputs.ts";
import type { Properties } from "./properties.ts";
import { type Known, neverCreatedId, type Own, type RecordedClient, readCommon } from "./recorded.ts";

/** What any driver says about the records of its clients. */
type Records = Pick<ClientDriver, "fields" | "createShowsClient" | "keptIn">;

/** Reads recorded outputs. */
export function readRecorded(driver: Records, state: Properties): RecordedClient {
  const common = readCommon(state);
  const __filledIn = common.__filledIn ?? (driver.createShowsClient ? {} : null);
  return { ...common, __filledIn, kept: driver.keptIn(state) };
}

/** Nothing is known. */
export function nothingKnown(driver: Records): Known {
  return { kept: driver.keptIn({}), revocation: null, previousRevocation: null, baseUrl: null, filledIn: null };
}

/** What a recorded client is known to have. */
export function knownOf(recorded: RecordedClient): Known {
  const { kept, revocation, previousRevocation, baseUrl, __filledIn: filledIn } = recorded;
  return { kept, revocation, previousRevocation, baseUrl, filledIn };
}

/**
 * The outputs to record for inputs and what the vendor says about the client.
 *
 * @param values what the vendor says; null where it says nothing
 * @param before recorded values that still hold where neither says anything
 */
export function outputsOf(
  driver: Records,
  inputs: Properties,
  values: Properties | null,
  known: Known,
  before: Properties = {},
): Record<string, unknown> {
  const { kept, filledIn, ...rest } = known;
  const hidden = driver.createShowsClient && Object.keys(filledIn ?? {}).length === 0 ? null : filledIn;
  return {
    ...inputs,
    ...fieldsOf(driver.fields, saidFields(driver.fields), inputs, values, { ...filledIn, ...before }),
    ...shown(kept),
    ...rest,
    __filledIn: hidden ?? undefined,
    __inDoubt: undefined,
  };
}

/** What the vendor can say of the inputs. */
export function saidFields(fields: FieldTable): string[] {
  return [...namesOf(fields, "client"), ...namesOf(fields, "status")];
}

/** A new resource that is over before it began: a fresh stack of an old program. Nothing was there to be called. */
export function neverCreated(driver: Records, inputs: Properties, previousRevocation: Revocation | null): Recorded {
  const outputs = outputsOf(driver, inputs, null, { ...nothingKnown(driver), previousRevocation });
  return { id: neverCreatedId(inputs.name), outputs };
}

/** A deleted client as the state keeps it: what it was, the evidence, no secret. */
export function tombstoneOf(
  driver: Records,
  state: Properties,
  recorded: RecordedClient,
  revocation: Safe<Revocation>,
): Record<string, unknown> {
  const outputs = outputsOf(driver, { ...state, status: "deleted" }, null, {
    ...knownOf(recorded),
    revocation,
    filledIn: null,
  });
  const hidden = Object.keys(recorded.kept).filter((key) => key.startsWith("__"));
  return { ...outputs, clientSecret: null, ...Object.fromEntries(hidden.map((key) => [key, undefined])) };
}

function shown(kept: Own): Record<string, unknown> {
  const isNothing = (value: unknown) => value === null || value === false;
  return Object.fromEntries(
    Object.entries(kept).map(([key, value]) => [key, key.startsWith("__") && isNothing(value) ? undefined : value]),
  );
}
