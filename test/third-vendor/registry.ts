import { vendors as known } from "../../src/vendors/registry.ts";
import type { Vendor } from "../../src/vendors/vendor.ts";
import { acme } from "./acme/index.ts";

/** The registry as it would be with a line more. */
export const vendors: readonly Vendor[] = [...known, acme];
