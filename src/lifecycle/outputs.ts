import { emptyOf, type FieldPolicies, isNothing, sameValue, wantedValues } from "../core/diff.ts";
import type { ClientDriver } from "./driver.ts";
import { type FieldTable, namesOf } from "./fields.ts";
import { type Properties, pick } from "./properties.ts";

/** Inputs that are none of a client's: `adopt` is only read at creation, and the class adds `protected`. */
const OTHER_INPUTS = ["adopt", "protected"] as const;

/**
 * What the vendor filled in by itself for inputs that the program leaves out, as far as it is known; null before the
 * client was read for the first time. What it filled in must not look like a change: Auth0 fills in grant types, for
 * example, and another grant type replaces a Nexus client. Once an input is declared, it is the program's for good.
 *
 * @param before what was known so far
 * @param read the vendor's values; null where it said nothing
 */
export function filledInBy(
  fields: FieldTable,
  inputs: Properties,
  read: Properties | null,
  before: Properties | null,
): Properties | null {
  const known = before ?? read;
  if (known === null) return null;
  const left = namesOf(fields, "client").filter((field) => inputs[field] === undefined && !isNothing(known[field]));
  return pick(known, left);
}

/**
 * What the program declared and now leaves out, as nothing: so the state has it until the client is read for the first
 * time, because what the vendor may still have of it then is nothing that it filled in.
 *
 * @param state the outputs in the state
 */
export function emptiedOf(fields: FieldTable, state: Properties, inputs: Properties): Properties {
  const emptied = namesOf(fields, "client").filter(
    (field) => fields[field]?.effect === "patch" && state[field] !== undefined && inputs[field] === undefined,
  );
  return wantedValues(fields, emptied, {}, {});
}

/**
 * What is known to be filled in, after the vendor showed the client: what only a new client can change, and the program
 * leaves out, is whatever the vendor has now. To set it back would cost the client.
 *
 * @param before what was known so far; null before the client was read for the first time
 * @param state the outputs in the state
 * @param read the vendor's values; null where it said nothing
 */
export function filledInNow(
  policies: FieldPolicies,
  before: Properties | null,
  state: Properties,
  read: Properties | null,
): Properties | null {
  if (before === null || read === null) return before;
  const left = Object.keys(read).filter((field) => {
    const isLeftOut = before[field] !== undefined || (state[field] === undefined && !isNothing(read[field]));
    return isLeftOut && policies[field]?.effect === "replace";
  });
  return { ...before, ...pick(read, left) };
}

/**
 * The client's fields as the state holds them: what the vendor says, else what the program declares, else what was
 * filled in or, for inputs that are left out, recorded before. An empty one that the program leaves out is left out too.
 * What means the same is kept as the program writes it: in which order a vendor lists scopes is no change of anything.
 *
 * @param read the vendor's values; null where it said nothing
 * @param before recorded values that still hold
 */
export function fieldsOf<Field extends string>(
  policies: FieldPolicies<Field>,
  fields: readonly Field[],
  inputs: Properties,
  read: Properties | null,
  before: Properties,
): Properties {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const declared = inputs[field];
    const told = read?.[field];
    const said = declared !== undefined && sameValue(policies[field].as, declared, told) ? declared : told;
    const value = said === undefined ? (declared ?? before[field]) : (said ?? emptyOf(policies[field]));
    if (declared !== undefined || !isNothing(value)) values[field] = value;
  }
  return values;
}

/**
 * What a program says of a client that it takes over as it is: what it has to say, also where that is empty, and what else
 * the vendor has.
 *
 * @param values the vendor's; null where it said nothing
 */
export function declaredOf({ fields, schema }: Pick<ClientDriver, "fields" | "schema">, values: Properties) {
  const missing = schema.safeParse({}).error?.issues ?? [];
  const needed = new Set(missing.map(({ path }) => String(path[0])));
  const names = namesOf(fields, "client").filter((name) => values[name] !== null);
  return {
    required: pick(
      values,
      names.filter((name) => needed.has(name)),
    ),
    optional: pick(
      values,
      names.filter((name) => !needed.has(name) && !isNothing(values[name])),
    ),
  };
}

/**
 * The inputs with which a program would describe the client as it is now, so that the engine shows field by field what
 * the next update sets back, and `ignoreChanges` keeps what it is to keep. What the vendor filled in by itself for inputs
 * that the program leaves out stays left out.
 *
 * @param outputs of the client as it was read
 */
export function inputsOf(fields: FieldTable, outputs: Properties): Properties {
  const filledIn = new Map(Object.entries(Object(outputs.__filledIn ?? {})));
  const isFilledIn = (key: string) =>
    filledIn.has(key) && sameValue(fields[key]?.as ?? "value", outputs[key], filledIn.get(key));
  const inputs = [...Object.keys(fields), ...OTHER_INPUTS].filter((key) => !isFilledIn(key) && outputs[key] !== null);
  return pick(outputs, inputs);
}
