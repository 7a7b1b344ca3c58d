import type { ChangeEffect, ComparedAs, FieldPolicy } from "../core/diff.ts";

/** An input of a vendor's clients. */
export interface Field extends FieldPolicy {
  /** `client`: what a client is made of at the vendor. `place`: where it lives. `own`: recorded, and never sent. */
  of: "client" | "place" | "status" | "own";
  /** What a change of it takes, for people, where the effect does not say it. */
  takes?: string;
  /** What it means, for people; a sentence or more. */
  doc: string;
}

/** The inputs of a vendor's clients, by name: what the policies, the outputs, the wire and the docs are made from. */
export type FieldTable = Readonly<Record<string, Field>>;

/** A row of a table: what of a resource it is, what a change takes, how it is compared, and what it means. */
export function row(of: Field["of"], effect: ChangeEffect, as: ComparedAs, doc: string): Field;
export function row<More>(of: Field["of"], effect: ChangeEffect, as: ComparedAs, doc: string, more: More): Field & More;
export function row(of: Field["of"], effect: ChangeEffect, as: ComparedAs, doc: string, more: object = {}): Field {
  return { of, effect, as, doc, ...more };
}

/** The names of the inputs of one kind. */
export function namesOf<Table extends FieldTable>(table: Table, of: Field["of"]): (keyof Table & string)[] {
  return Object.keys(table).filter((name) => table[name]?.of === of);
}
