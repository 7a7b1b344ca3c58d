import { clientLifecycle } from "../../lifecycle/client.ts";
import { clientDeletion } from "../../lifecycle/client-deletion.ts";
import type { Vendor } from "../vendor.ts";
import { rezolveDriver } from "./driver.ts";
import { deletionInputs } from "./inputs.ts";
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
  lifecycles() {
    const driver = rezolveDriver(new SecondLooks());
    return [
      clientLifecycle(driver),
      clientDeletion(driver, { kind: "rezolve:OAuthClientDeletion", schema: deletionInputs }),
    ];
  },
};
