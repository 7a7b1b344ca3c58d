import type { SafeText } from "../../core/redaction.ts";
import { REDACTOR } from "../redactor.ts";
import type { Column } from "./sheet.ts";

/** An id or a name, as it may be shown. */
export function named(value: string): SafeText;
export function named(value: string | null | undefined): SafeText | null;
export function named(value: string | null | undefined): SafeText | null {
  return REDACTOR.identifier(value ?? null);
}

/** A time to the minute, in UTC; as it was written where it is none. */
export function minute(text: string | null): SafeText | null {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? REDACTOR.clean(text) : dated(ms);
}

/** The same, of milliseconds since 1970. */
export function dated(ms: number): SafeText {
  return REDACTOR.clean(`${new Date(ms).toISOString().slice(0, 16).replace("T", " ")}Z`);
}

/** When a client was last used: `never` only where the vendor says so. */
export const LAST_USED: Column<{ lastUsedAt: string | null; everUsed: boolean | null }> = {
  title: "last used",
  key: "lastUsedAt",
  cell: ({ lastUsedAt, everUsed }) => (everUsed === false ? named("never") : minute(lastUsedAt)),
  exact: ({ lastUsedAt, everUsed }) => named(everUsed === false ? "never" : lastUsedAt),
};

/** Pulumi's names of the stack and the project that a resource is in; null where nobody says. */
export function stackOf(urn: string | null): { stack: string | null; project: string | null } {
  const [, stack = null, project = null] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(urn ?? "") ?? [];
  return { stack, project };
}

/** The verb of so many things. */
export function are(count: number): string {
  return count === 1 ? "is" : "are";
}
