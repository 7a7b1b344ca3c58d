import { say } from "../../core/text.ts";
import type { VendorWords } from "../../lifecycle/place.ts";

/** What messages say about Nexus; the permission is the one to change or delete a client. Source: DeleteTenantClient. */
export const WORDS: VendorWords = {
  name: "nexus",
  title: "Nexus",
  permission:
    "client.write, with your user id or one of your member roles among the client's owners or the client in your Product scope, or else client.write.all",
  aboutId: say`it is the one that the list of the tenant's clients shows`,
};

/** What reading takes. Source: GetTenantClients. */
export const READ_PERMISSION = "client.read or client.read.all";

/** What seeing every client of a tenant takes: others are left out of the list silently. */
export const READ_ALL = "client.read.all";

/** What creating takes. Source: CreateTenantClient. */
export const CREATE_PERMISSION = "client.write or client.write.all";
