import { z } from "zod";
import { revocationSchema } from "../core/evidence-schemas.ts";
import type { Revocation } from "../core/revocation.ts";
import type { Properties } from "./properties.ts";

/** A recorded text; null where it is missing or something else. */
export const recordedText = z.string().nullable().default(null).catch(null);

/** The attempt that a claim stands for, as the state keeps it. */
const claimSchema = z.object({
  sentAt: z.iso.datetime(),
  givenUpAt: z.iso.datetime(),
  clockAheadMs: z.number().nullable().default(null).catch(null),
  /** When the machine of the attempt had started, by the clock that dated it: it tells that clock from others. */
  bootedMs: z.number().nullable().default(null).catch(null),
  carriedOut: z.boolean().default(false).catch(false),
  before: z.array(z.string()).default([]).catch([]),
  sawAllBefore: z.boolean().default(false).catch(false),
});

/** The recorded attempt of a claim; null where there is none. */
export type RecordedClaim = z.infer<typeof claimSchema> | null;

/** Read key by key: what a newer build added must not take the rest with it. */
const recordedDeletion = z.object({
  alreadyGone: z.enum(["verify", "trust", "fail"]).optional().catch(undefined),
  disableFirst: z.boolean().optional().catch(undefined),
  /** Whatever it says: what this version does not know is a guard all the same. */
  onlyIf: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * The outputs of a recorded client that every vendor's operations need. Read leniently, because an older build, an
 * import or a person may have written them.
 */
const recordedFields = {
  name: recordedText,
  status: recordedText,
  connection: recordedText,
  /** Where the client was seen last; null for what no operation of ours has recorded (`.get`). */
  baseUrl: recordedText,
  deletion: recordedDeletion.nullable().default(null).catch(null),
  revocation: revocationSchema.nullable().default(null).catch(null),
  previousRevocation: revocationSchema.nullable().default(null).catch(null),
  /** What the vendor filled in at creation, or had at adoption, for inputs that the program leaves out. */
  __filledIn: z.record(z.string(), z.unknown()).nullable().default(null).catch(null),
  /** Inputs that an update may have changed, or not: its answer was lost. */
  __inDoubt: z.array(z.string()).default([]).catch([]),
  /** It was only ever read (`.get`): no program describes it. */
  __external: z.boolean().default(false).catch(false),
  /** The attempt to create it, while nobody knows what became of that. */
  __claim: claimSchema.nullable().default(null).catch(null),
};

const recordedCommon = z.object(recordedFields);

/** What is recorded about every client. */
export type RecordedCommon = z.infer<typeof recordedCommon>;

/**
 * What the state keeps of a client beside its inputs and what every vendor's clients have, by the names of outputs. Null
 * is unknown. Names that begin with `__` are hidden, and are left out where there is nothing to say.
 */
export type Own = Properties & { readonly clientSecret: string | null };

/** A recorded client. */
export interface RecordedClient<Kept extends Own = Own> extends RecordedCommon {
  kept: Kept;
}

/** What a client is known to have besides its inputs. */
export interface Known<Kept extends Own = Own> {
  kept: Kept;
  revocation: Revocation | null;
  previousRevocation: Revocation | null;
  baseUrl: string | null;
  /**
   * What the vendor filled in. Null before the client was read for the first time, where the answer to a create does not
   * show it: what was filled in must not look like a change that replaces the client.
   */
  filledIn: Properties | null;
}

/** Reads recorded outputs. */
export function readCommon(state: Properties): RecordedCommon {
  return recordedCommon.parse(state);
}

/** Whether the client was deleted through `status`, and only its evidence is kept. */
export function isTombstone(recorded: Pick<RecordedCommon, "status">): boolean {
  return recorded.status === "deleted";
}

/** The id of a resource that is over before it began: created with `status: "deleted"`, so nothing was called. */
export function neverCreatedId(name: unknown): string {
  return `never-created:${typeof name === "string" ? name : ""}`;
}

/** Where the id of a client comes from: what no operation of ours has recorded, the program names. */
export function idFrom({ baseUrl }: Pick<RecordedCommon, "baseUrl">): "state" | "program" {
  return baseUrl === null ? "program" : "state";
}
