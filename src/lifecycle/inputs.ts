import { z } from "zod";
import { identifierProblem } from "./identifier.ts";
import { type Properties, text } from "./properties.ts";

/** Schemas of inputs that several resources have. Their messages never quote a value: any input can be a secret. */
export const anyText = z.string({ error: "must be a text" });
export const named = anyText.min(1, "must not be empty");
/** So many at most. */
export const atMost = z.int({ error: "must be a whole number" }).min(1, "must be at least 1");
/** A vendor that trims a name would not be found to have it. */
export const clientName = named.refine((name) => name.trim() === name, "must not begin or end with white space");
export const texts = z.array(named, { error: "must be a list of texts" });

/** An id, or where clients live. */
export const identifier = anyText.superRefine((value, context) => refuse(identifierProblem(value), context));

/** How a deletion treats an answer that says the client is not there, and what it does first. */
export const deletionSchema = z.strictObject({
  alreadyGone: z.enum(["verify", "trust", "fail"], { error: 'must be "verify", "trust" or "fail"' }).optional(),
  disableFirst: z.boolean({ error: "must be true or false" }).optional(),
  /** Of a vendor that does not say how its clients are used. */
  onlyIf: z
    .undefined({ error: "cannot be fulfilled: this vendor does not report how its clients are used" })
    .optional(),
});

const days = z.number({ error: "must be a number of days" });
/** Of none at all, every client is unused. */
const unusedForDays = days.gt(0, "must be more than 0").optional();

const onlyIfSchema = z
  .strictObject(
    {
      unusedForDays,
      maxActiveTokens: z.int({ error: "must be a whole number" }).min(0, "must not be negative").optional(),
      disabledForDays: days.min(0, "must not be negative").optional(),
    },
    { error: ({ code }) => (code === "unrecognized_keys" ? undefined : "must be an object of conditions") },
  )
  .refine((onlyIf) => Object.values(onlyIf).some((wanted) => wanted !== undefined), {
    error: "must have at least one condition: unusedForDays, maxActiveTokens or disabledForDays",
  });

/** The same for a vendor that says how its clients are used. */
export const guardedDeletionSchema = deletionSchema.extend({ onlyIf: onlyIfSchema.optional() });

/** The inputs that every purge has, besides where clients live and what it selects by. */
export const purgeInputs = {
  targetIds: z.array(identifier, { error: "must be a list of ids" }).optional(),
  exclude: z
    .strictObject({
      ids: z.array(identifier).optional(),
      names: texts.optional(),
      namePrefixes: texts.optional(),
    })
    .optional(),
  limit: atMost.optional(),
  dryRun: z.boolean({ error: "must be true or false" }).optional(),
  connection: named.optional(),
};

export const selectPrefix = named.optional();
export const selectDate = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: "must be a date (2026-10-01) or a time in ISO 8601",
  })
  .optional();
export const selectDays = unusedForDays;

/** A purge says which clients it means in one way, and never by nothing. */
export function refuseEmptyPurge(
  { targetIds, select }: { targetIds?: unknown; select?: object | undefined },
  context: z.RefinementCtx,
): void {
  const add = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (targetIds === undefined && select === undefined) add("targetIds", "must be there, or select");
  if (targetIds !== undefined && select !== undefined)
    add("select", "must not stand beside targetIds: name clients or select them");
  const criteria = Object.entries(select ?? {}).filter(([, wanted]) => wanted !== undefined);
  const isWide = criteria.every(([key, wanted]) => narrowsNothing(key, wanted));
  if (select !== undefined && isWide) add("select", "must have a criterion: as it is, it would mean every client");
}

/** What most clients are: of a status that most have, created before a time that is still to come. */
function narrowsNothing(key: string, wanted: unknown): boolean {
  return key === "status" ? wanted === "active" : key === "createdBefore" && Date.parse(String(wanted)) > Date.now();
}

const mustMatch = z.boolean({ error: "must be true or false" }).optional();

/** Which existing client a new resource takes over. */
export const adoptSchema = z
  .union([z.strictObject({ id: anyText, mustMatch }), z.strictObject({ byName: z.literal(true), mustMatch })], {
    error: "must be { id } or { byName: true }, each with or without mustMatch: true",
  })
  .superRefine((adopt, context) => {
    if ("id" in adopt) refuse(identifierProblem(adopt.id), context, ["id"]);
  });

/** Refuses an input that has a problem. */
export function refuse(problem: string | null, context: z.RefinementCtx, path: PropertyKey[] = []): void {
  if (problem !== null) context.addIssue({ code: "custom", path, message: problem });
}

/** Which existing client a new resource takes over; null where none is wanted. */
export type Wanted = { id: string | null; mustMatch: boolean } | null;

/** What the input `adopt` says; an id of null stands for the client of the resource's name. */
export function wantedIn({ adopt }: Properties): Wanted {
  if (typeof adopt !== "object" || adopt === null) return null;
  const { id, mustMatch }: { id?: unknown; mustMatch?: unknown } = adopt;
  return { id: text(id), mustMatch: mustMatch === true };
}
