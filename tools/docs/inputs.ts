/** The tables of inputs in docs/resources.md, made from the vendors' own tables. */
import type { FieldTable } from "../../src/lifecycle/fields.ts";
import { FIELDS as NEXUS } from "../../src/vendors/nexus/fields.ts";
import { FIELDS as REZOLVE } from "../../src/vendors/rezolve/fields.ts";

/** What a change of an input takes, as people read it. */
const CHANGES = {
  patch: "an update",
  replace: "**deletes the client** and creates another one",
  "state-only": "nothing at the vendor",
} as const;

/** The tables by the names that stand in their markers. */
export const INPUT_TABLES: Readonly<Record<string, string>> = {
  "inputs of rezolve.OAuthClient": inputsTable(REZOLVE),
  "inputs of nexus.Client": inputsTable(NEXUS),
};

function inputsTable(fields: FieldTable): string {
  const rows = Object.entries(fields).map(([name, { effect, takes, doc }]) => [
    `\`${name}\``,
    takes ?? CHANGES[effect],
    doc,
  ]);
  const head = ["Input", "A change takes", "Meaning"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
