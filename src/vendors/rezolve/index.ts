import type { Vendor } from "../vendor.ts";
import { rezolveDriver } from "./driver.ts";
import { deletionInputs, purgeSchema } from "./inputs.ts";
import { SecondLooks } from "./looks.ts";
import { rezolveCredentials, rezolveSettings } from "./settings.ts";
import { WORDS } from "./words.ts";

/** Rezolve.ai. */
export const rezolve: Vendor = {
  name: WORDS.name,
  title: WORDS.title,
  place: WORDS.place,
  settings: rezolveSettings,
  credentials: rezolveCredentials,
  driver: () => rezolveDriver(new SecondLooks()),
  deletion: { kind: "rezolve:OAuthClientDeletion", schema: deletionInputs },
  purge: { kind: "rezolve:OAuthClientPurge", schema: purgeSchema },
};
