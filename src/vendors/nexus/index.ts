import { clientDeletion } from "../../lifecycle/client-deletion.ts";
import type { Vendor } from "../vendor.ts";
import { nexusClient } from "./client.ts";
import { deleteNexusClient } from "./deletion.ts";
import { deletionInputs } from "./inputs.ts";
import { Listings } from "./listing.ts";
import { nexusCredentials, nexusSettings } from "./settings.ts";
import { WORDS } from "./words.ts";

/** ECI Nexus. */
export const nexus: Vendor = {
  name: WORDS.name,
  title: WORDS.title,
  settings: nexusSettings,
  credentials: nexusCredentials,
  lifecycles() {
    const listings = new Listings();
    return [
      nexusClient(listings),
      clientDeletion({
        kind: "nexus:ClientDeletion",
        words: WORDS,
        schema: deletionInputs,
        carryOut: (targetId, inputs, operation) => deleteNexusClient(targetId, inputs, listings, operation),
      }),
    ];
  },
};
