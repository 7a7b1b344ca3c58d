/** The matrix: every interrupt in the middle of every operation, at both vendors, at random moments. */
import { createHash } from "node:crypto";
import { type Random, seeded } from "../engine/random.ts";
import { VENDORS, type VendorName } from "../outside.ts";

/** What Pulumi is doing. */
export const OPERATIONS = ["up", "update", "purge", "destroy"] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What happens to it. */
export const INTERRUPTS = [
  "one SIGINT",
  "two SIGINT",
  "SIGTERM",
  "kill -9 of the provider",
  "kill -9 of the CLI",
  "power cut",
  "disk full under the state",
  "disk full under the receipts",
] as const;
export type InterruptName = (typeof INTERRUPTS)[number];

/** When it happens. */
export interface Moment {
  /** Once so many of the requests that change something have reached the vendor, */
  requests: number;
  /** and so many milliseconds later. */
  laterMs: number;
}

export interface Cell {
  vendor: VendorName;
  operation: OperationName;
  interrupt: InterruptName;
  clients: number;
  /** Whether Nexus' connection has `uniqueNames`. */
  uniqueNames: boolean;
  /** Of the whole matrix. */
  seed: number;
  moment: Moment;
  /** What is typed afterwards. A purge is finished by `up`, and a destroy by `destroy`. */
  then: "up" | "destroy";
  /** Between two SIGINT, in milliseconds. */
  pauseMs: number;
  /** How many of the state's last checkpoints a power cut takes back. */
  lostCheckpoints: number;
  /** When a full disk of the state has room again, in milliseconds; null: not before the command is given up. */
  roomAfterMs: number | null;
}

/** How long the vendor takes for each request, in milliseconds. */
export const LATENCY_MS = 150;

/** A full disk still has what is left of the last page of the receipts file: at most so many receipts get there. */
const LAST_PAGE_RECEIPTS = 10;

/** The cell of a seed: the same one whatever else is run. */
export function cellOf(
  operation: OperationName,
  interrupt: InterruptName,
  vendor: VendorName,
  { seed, clients }: { seed: number; clients: number },
): Cell {
  const [row, column, lane] = [INTERRUPTS.indexOf(interrupt), OPERATIONS.indexOf(operation), VENDORS.indexOf(vendor)];
  const own = createHash("sha256").update(JSON.stringify([seed, operation, interrupt, vendor]));
  const random = seeded(own.digest().readUInt32LE());
  const isOfReceipts = interrupt === "disk full under the receipts";
  const before = isOfReceipts ? clients - LAST_PAGE_RECEIPTS : clients;
  const moment = momentOf((seed + row + column + lane) % 3, before, random);
  const then = operation === "destroy" ? "destroy" : operation === "purge" || random(2) === 0 ? "up" : "destroy";
  return {
    vendor,
    operation,
    interrupt,
    clients,
    uniqueNames: vendor === "nexus" && (seed + row) % 2 === 0,
    seed,
    moment,
    then,
    pauseMs: 20 + random(400),
    lostCheckpoints: 1 + random(6),
    roomAfterMs: random(2) === 0 ? null : 500 + random(5_000),
  };
}

/** Before the first answer, in the middle, or near the end. */
function momentOf(stage: number, clients: number, random: Random): Moment {
  const end = Math.ceil(clients / 6);
  const requests = [1, 2 + random(clients - end - 2), clients - end + random(end)][stage] ?? 1;
  return { requests, laterMs: random(LATENCY_MS) };
}
