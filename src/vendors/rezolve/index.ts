import { clientDeletion } from "../../lifecycle/client-deletion.ts";
import type { Vendor } from "../vendor.ts";
import { rezolveClient } from "./client.ts";
import { deleteRezolveClient } from "./deletion.ts";
import { deletionInputs } from "./inputs.ts";
import { SecondLooks } from "./look.ts";
import { rezolveCredentials, rezolveSettings } from "./settings.ts";
import { WORDS } from "./words.ts";

/** Rezolve.ai. */
export const rezolve: Vendor = {
  name: WORDS.name,
  title: WORDS.title,
  settings: rezolveSettings,
  credentials: rezolveCredentials,
  lifecycles() {
    const looks = new SecondLooks();
    return [
      rezolveClient(looks),
      clientDeletion({
        kind: "rezolve:OAuthClientDeletion",
        words: WORDS,
        schema: deletionInputs,
        carryOut: (targetId, inputs, operation) => deleteRezolveClient(targetId, inputs, looks, operation),
      }),
    ];
  },
};
