import { z } from "zod";
import { isNothing } from "../../core/diff.ts";
import { type Revocation, revocationSchema } from "../../core/revocation.ts";
import type { Properties } from "../lifecycle.ts";
import { CLIENT_FIELDS, deletionSchema } from "./inputs.ts";
import type { WireClient } from "./wire.ts";

const text = z.string().nullish().catch(null);

/**
 * The outputs of a recorded client that operations need. Read leniently, because an older build, an import or a person
 * may have written them: what a deletion cannot do without is the tenant.
 */
const recordedSchema = z.object({
  name: text,
  clientId: text,
  clientSecret: text,
  tenantId: text,
  realmName: text,
  status: text,
  connection: text,
  createdAt: text,
  secretRotatedAt: text,
  /** The base URL where the client was seen last. */
  baseUrl: text,
  deletion: deletionSchema.nullish().catch(null),
  revocation: revocationSchema.nullish().catch(null),
  previousRevocation: revocationSchema.nullish().catch(null),
  /** What the vendor filled in at creation for inputs that the program leaves out. */
  __filledIn: z.record(z.string(), z.unknown()).nullish().catch(null),
  /** The client's secret was lost with a response and still has to be replaced. */
  __secretLost: z.boolean().nullish().catch(null),
});
export type RecordedClient = z.infer<typeof recordedSchema>;

/** Reads recorded outputs. */
export function readRecorded(state: Properties): RecordedClient {
  return recordedSchema.parse(state);
}

/** Whether the client was deleted through `status` and only its evidence is kept. */
export function isTombstone(recorded: RecordedClient): boolean {
  return recorded.status === "deleted";
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

/** What a recorded client is known to have. */
export function knownOf(recorded: RecordedClient): Known {
  return {
    clientId: recorded.clientId ?? null,
    clientSecret: recorded.clientSecret ?? null,
    createdAt: recorded.createdAt ?? null,
    secretRotatedAt: recorded.secretRotatedAt ?? null,
    revocation: recorded.revocation ?? null,
    previousRevocation: recorded.previousRevocation ?? null,
    baseUrl: recorded.baseUrl ?? null,
    __filledIn: recorded.__filledIn ?? null,
  };
}

/** The outputs to record for inputs and what the vendor says about the client. */
export function outputsOf(inputs: Properties, wire: WireClient | null, known: Known): Record<string, unknown> {
  const { __filledIn, ...rest } = known;
  return {
    ...inputs,
    ...(wire === null ? {} : readable(inputs, wire)),
    ...rest,
    ...(__filledIn === null || Object.keys(__filledIn).length === 0 ? {} : { __filledIn }),
  };
}

/** The vendor's own values of the inputs; an empty one that the program leaves out is left out too. */
function readable(inputs: Properties, wire: WireClient): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of [...CLIENT_FIELDS, "status"] as const) {
    const value = wire[field];
    if (value === undefined) continue;
    if (isNothing(value) && inputs[field] === undefined) continue;
    values[field] = value ?? (Array.isArray(inputs[field]) ? [] : "");
  }
  return values;
}

/** What the vendor filled in by itself: values of inputs that the program leaves out. */
export function filledInBy(inputs: Properties, wire: WireClient): Properties {
  return Object.fromEntries(
    CLIENT_FIELDS.filter((field) => inputs[field] === undefined)
      .map((field) => [field, wire[field]] as const)
      .filter(([, value]) => !isNothing(value)),
  );
}

/** How messages name a client. */
export function nameOf(name: string | null | undefined, id: string | null): string {
  const called = name ? ` "${name}"` : "";
  return `OAuth client${called}${id === null ? "" : ` (${id})`}`;
}
