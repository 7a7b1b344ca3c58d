import { assertNodeVersion } from "./core/node-version.ts";

assertNodeVersion();

export type { ErrorCode } from "./core/errors.ts";
export type { Receipt, ReceiptTotals } from "./core/receipt.ts";
export type { Revocation } from "./core/revocation.ts";
/** Resources of ECI Nexus. */
export * as nexus from "./pulumi/nexus.ts";
/** Resources of Rezolve.ai. */
export * as rezolve from "./pulumi/rezolve.ts";
