import type { Vendor } from "../vendor.ts";
import { rezolveClient } from "./client.ts";
import { rezolveSettings } from "./settings.ts";

/** Rezolve.ai. */
export const rezolve: Vendor = {
  name: "rezolve",
  title: "Rezolve",
  settings: rezolveSettings,
  lifecycles: () => [rezolveClient()],
};
