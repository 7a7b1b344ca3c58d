/** The table: every operation through every fault, some at a time. */
import type { VendorName } from "../outside.ts";
import { type Case, caseOf } from "./cases.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { Lane, resolveLanes } from "./lane.ts";
import { OPERATIONS, type Operation } from "./operations.ts";

/** Most of a case is waiting. */
const LANES = 8;

export interface Cell {
  operation: Operation;
  fault: Fault;
}

/** What is to be tried of a vendor. */
export function cellsOf(vendor: VendorName): Cell[] {
  const operations = OPERATIONS.filter(({ vendors }) => vendors.includes(vendor));
  return operations.flatMap((operation) => FAULTS.map((fault) => ({ operation, fault })));
}

/** How each of them ended, in their order. */
export async function tried(vendor: VendorName, cells: readonly Cell[]): Promise<Case[]> {
  const takeBack = resolveLanes();
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, at) => Lane.open(vendor, at)));
  const cases = new Map<number, Case>();
  const waiting = cells.entries();
  try {
    await Promise.all(
      lanes.map(async (lane) => {
        for (const [at, { operation, fault }] of waiting) cases.set(at, await caseOf(lane, operation, fault));
      }),
    );
  } finally {
    takeBack();
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  return cells.flatMap((_, at) => cases.get(at) ?? []);
}
