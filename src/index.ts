import { assertNodeVersion } from "./core/node-version.ts";

assertNodeVersion();

/**
 * As an error in Pulumi's diagnostics has it, and the command in brackets. No class goes with it: the errors of resources
 * reach no program, and what loading this package throws (`node-too-old`) has it as `code`.
 */
export type { ErrorCode } from "./core/errors.ts";
export type { PurgeTotals } from "./core/purge-totals.ts";
export type { Receipt, ReceiptTotals } from "./core/receipt.ts";
export type { Revocation } from "./core/revocation.ts";
/** Resources of ECI Nexus. */
export * as nexus from "./pulumi/nexus.ts";
export type {
  Adoption,
  DeletionGuard,
  DeletionOptions,
  GuardedDeletionOptions,
  PurgeExclusion,
} from "./pulumi/options.ts";
/** Resources of Rezolve.ai. */
export * as rezolve from "./pulumi/rezolve.ts";
