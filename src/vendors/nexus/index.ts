import type { Vendor } from "../vendor.ts";
import { nexusDriver } from "./driver.ts";
import { deletionInputs, purgeSchema } from "./inputs.ts";
import { Listings } from "./listing.ts";
import { nexusCredentials, nexusSettings } from "./settings.ts";
import { WORDS } from "./words.ts";

/** ECI Nexus. */
export const nexus: Vendor = {
  name: WORDS.name,
  title: WORDS.title,
  place: WORDS.place,
  settings: nexusSettings,
  credentials: nexusCredentials,
  driver: () => nexusDriver(new Listings()),
  deletion: { kind: "nexus:ClientDeletion", schema: deletionInputs },
  purge: { kind: "nexus:ClientPurge", schema: purgeSchema },
};
