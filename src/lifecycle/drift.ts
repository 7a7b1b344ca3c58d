import { diffDeclared } from "../core/diff.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { say } from "../core/text.ts";
import type { ClientDriver } from "./driver.ts";
import type { Operation } from "./lifecycle.ts";
import { others, type Properties } from "./properties.ts";
import type { RecordedCommon } from "./recorded.ts";

/**
 * Names what differs from the recorded client: the CLI shows only that a refresh updated something. Before the first
 * read, what the program leaves out was not known, and is no drift.
 *
 * @param before the outputs in the state
 * @param now those of the client as it was read
 */
export function sayDrift(
  { fields, finalStatuses }: Pick<ClientDriver, "fields" | "finalStatuses">,
  { __filledIn: filledIn, __inDoubt: inDoubt }: Pick<RecordedCommon, "__filledIn" | "__inDoubt">,
  before: Properties,
  now: Properties,
  subject: Subject,
  operation: Operation,
): void {
  // Out of these it takes a new client, too.
  const replacing = finalStatuses.includes(String(now.status)) ? ["status"] : [];
  const known = filledIn === null ? { ...now, ...before } : before;
  const { patch, replace } = diffDeclared(fields, now, known);
  const kept = replace.filter((field) => field in Object(now.__filledIn ?? {}));
  const costly = [...others(replace, kept), ...patch.filter((field) => replacing.includes(field))];
  const setBack = others(patch, replacing);
  if (setBack.length + kept.length > 0) {
    const perhapsOurs = setBack.filter((field) => inDoubt.includes(field));
    const changed = others([...setBack, ...kept], perhapsOurs);
    if (changed.length > 0) {
      operation.log("info", say`${subject.client} was changed outside of Pulumi: ${changed.join(", ")}.`);
    }
    if (perhapsOurs.length > 0) {
      operation.log(
        "info",
        say`${subject.client} was changed by an update whose response was lost, or outside of Pulumi: ${perhapsOurs.join(", ")}.`,
      );
    }
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
