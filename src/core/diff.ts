import { isUnknown } from "./unknown.ts";

/** What a changed input takes: a request, a new client, or only a new state. */
export type ChangeEffect = "patch" | "replace" | "state-only";

/** How an input is compared: lists of values that mean a set are equal in any order. */
export type ComparedAs = "set" | "text" | "value";

/** How one declared input behaves when it changes. */
export interface FieldPolicy {
  effect: ChangeEffect;
  as: ComparedAs;
}

/** The inputs of a resource that are compared, by name. */
export type FieldPolicies<Field extends string = string> = Readonly<Record<Field, FieldPolicy>>;

/** The changed inputs, sorted by what they take. */
export interface DeclaredDiff<Field extends string = string> {
  patch: Field[];
  replace: Field[];
  stateOnly: Field[];
}

/**
 * The exact inputs in which the desired state differs from the recorded one.
 *
 * An input that the program leaves out means what the vendor filled in when the client was created, else nothing; and
 * nothing is the same as `[]`, `""` and `null`: a removed list is a change to `[]`, while an `allowedOrigins: []` that
 * the vendor adds by itself is none. An unknown value counts as changed, so that a preview never under-reports.
 *
 * @param recorded the outputs in the state
 * @param desired the inputs of the program
 * @param filledIn what the vendor filled in by itself at creation
 */
export function diffDeclared<Field extends string>(
  policies: FieldPolicies<Field>,
  recorded: Readonly<Record<string, unknown>>,
  desired: Readonly<Record<string, unknown>>,
  filledIn: Readonly<Record<string, unknown>> = {},
): DeclaredDiff<Field> {
  const diff: DeclaredDiff<Field> = { patch: [], replace: [], stateOnly: [] };
  for (const field of fieldsOf(policies)) {
    const policy = policies[field];
    const wanted = desired[field] ?? filledIn[field];
    if (sameValue(policy.as, recorded[field], wanted)) continue;
    if (policy.effect === "patch") diff.patch.push(field);
    else if (policy.effect === "replace") diff.replace.push(field);
    else diff.stateOnly.push(field);
  }
  return diff;
}

/** The values to send for changed inputs, with what a left-out one means written out. */
export function wantedValues<Field extends string>(
  policies: FieldPolicies<Field>,
  fields: readonly Field[],
  desired: Readonly<Record<string, unknown>>,
  filledIn: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => [field, desired[field] ?? filledIn[field] ?? emptyOf(policies[field])]),
  );
}

/** What a request sends to make a field empty. */
export function emptyOf(policy: FieldPolicy): [] | "" | null {
  return policy.as === "set" ? [] : policy.as === "text" ? "" : null;
}

/** Whether a value is left out, or the vendor's way of saying so. */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Whether two values mean the same. Unknown values are never the same as anything. */
export function sameValue(as: ComparedAs, a: unknown, b: unknown): boolean {
  if (isUnknown(a) || isUnknown(b)) return false;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (as === "set" && Array.isArray(a) && Array.isArray(b)) return canonical(asSet(a)) === canonical(asSet(b));
  return canonical(a) === canonical(b);
}

function asSet(values: readonly unknown[]): unknown[] {
  return [...new Map(values.map((value) => [canonical(value), value])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, value]) => value);
}

/** JSON with sorted keys, without what is undefined or null. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(
            Object.entries(inner)
              .filter(([, held]) => held !== undefined && held !== null)
              .sort(([a], [b]) => (a < b ? -1 : 1)),
          )
        : inner,
    ) ?? "null"
  );
}

function fieldsOf<Field extends string>(policies: FieldPolicies<Field>): Field[] {
  return Object.keys(policies).filter((key): key is Field => key in policies);
}
