import type { OutputOptions } from "../output/print.ts";

/** What the options of `oauth-clients receipts` say. */
export interface ReceiptsOptions extends OutputOptions {
  verify?: true;
  since?: number;
  until?: number;
  stack?: string[];
  cwd?: string;
  tenant?: string[];
  vendor?: string;
  maxLength?: number;
}
