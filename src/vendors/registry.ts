import { nexus } from "./nexus/index.ts";
import { rezolve } from "./rezolve/index.ts";
import type { Vendor } from "./vendor.ts";

/** Every vendor: a new one is a new folder and a line here. */
export const vendors: readonly Vendor[] = [rezolve, nexus];
