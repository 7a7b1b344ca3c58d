/** Inputs that an update may have changed at the vendor, or not: its answer was lost. */
import { sameValue, wantedValues } from "../core/diff.ts";
import type { FieldTable } from "./fields.ts";
import type { Recorded } from "./lifecycle.ts";
import type { Properties } from "./properties.ts";
import type { RecordedCommon } from "./recorded.ts";

type Doubts = Pick<RecordedCommon, "__inDoubt">;

/** Those that an update can send: what another version has left in the state may have others. */
export function inDoubt(fields: FieldTable, { __inDoubt: names }: Doubts): string[] {
  return names.filter((name) => fields[name]?.effect === "patch");
}

/** What an update sends: what differs, and whatever is in doubt. */
export function toPatch(fields: FieldTable, recorded: Doubts, differs: readonly string[]): string[] {
  return [...new Set([...differs, ...inDoubt(fields, recorded)])];
}

/**
 * A client as the state holds it while an update of it is in doubt. What the update was about is the program's, and nothing
 * that the vendor has filled in: what the state knew nothing of is empty in it.
 */
export function doubtful(fields: FieldTable, { id, outputs }: Recorded, patch: readonly string[]): Recorded {
  const unknown = patch.filter((name) => outputs[name] === undefined);
  return { id, outputs: { ...outputs, ...wantedValues(fields, unknown, {}, {}), __inDoubt: [...patch] } };
}

/**
 * What stays in doubt after a client was read: what the vendor does not say, and what is as it was before. An update that is
 * late may still come.
 */
export function stillInDoubt(fields: FieldTable, recorded: Doubts, state: Properties, read: Properties): string[] {
  return inDoubt(fields, recorded).filter(
    (name) => read[name] === undefined || sameValue(fields[name]?.as ?? "value", read[name], state[name]),
  );
}
