import type { SafeText } from "../../core/redaction.ts";

/** What stands in a cell; null is what nobody knows. */
export type Cell = SafeText | number | null;

/** A column of a sheet. */
export interface Column<Row> {
  /** For people. */
  title: string;
  /** For programs, the same as in the JSON. */
  key: string;
  cell(row: Row): Cell;
  /** Where a table shows less: what a file for programs has. */
  exact?(row: Row): Cell;
  /** In a table that does not fit, columns go in the order of these numbers, the highest first; without one it stays. */
  spare?: number;
  /** In a table that does not fit, the middle of a cell goes, so that its ends still tell rows apart; else it is wrapped. */
  cut?: "middle";
}

/** Rows of facts, which every format shows in its own way. */
export interface Sheet {
  columns: readonly Omit<Column<never>, "cell" | "exact">[];
  rows: readonly (readonly Cell[])[];
}

/** The sheet of these rows, for people. */
export function sheetOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Sheet {
  return { columns, rows: rows.map((row) => columns.map(({ cell }) => cell(row))) };
}

/** The same for programs: nothing is shortened. */
export function exactSheetOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Sheet {
  return { columns, rows: rows.map((row) => columns.map(({ cell, exact = cell }) => exact(row))) };
}
