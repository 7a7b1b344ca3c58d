/**
 * Resources and look-ups of both vendors, and the types that they have in common.
 *
 * @module pulumi-oauth-clients
 */
import { assertNodeVersion } from "./core/node-version.ts";

assertNodeVersion();

/**
 * No class goes with it: the errors of resources reach no program, and what loading this package throws (`node-too-old`)
 * has it as `code`.
 */
export type { ErrorCode } from "./core/errors.ts";
export type { Usage } from "./core/guard.ts";
export type { PurgeTotals } from "./core/purge-totals.ts";
export type { Receipt, ReceiptTotals } from "./core/receipt.ts";
export type { Actor, Revocation } from "./core/revocation.ts";
/**
 * Resources and look-ups of ECI Nexus. Each resource is a `CustomResource` of Pulumi's: it takes its options, and has its
 * `urn` and `id`. That of a client is the vendor's id of it.
 */
export * as nexus from "./pulumi/nexus.ts";
export type {
  Adoption,
  DeletionGuard,
  DeletionOptions,
  GuardedDeletionOptions,
  PurgeExclusion,
} from "./pulumi/options.ts";
/**
 * Resources and look-ups of Rezolve.ai. Each resource is a `CustomResource` of Pulumi's: it takes its options, and has its
 * `urn` and `id`. That of a client is the vendor's id of it, which is not its OAuth client id (`clientId`).
 */
export * as rezolve from "./pulumi/rezolve.ts";
