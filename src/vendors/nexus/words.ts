import { say } from "../../core/text.ts";
import type { VendorWords } from "../../lifecycle/words.ts";

/** What seeing every client of a tenant takes: others are left out of the list silently. */
export const READ_ALL = "client.read.all";

/** What messages say about Nexus. Sources: CreateTenantClient, GetTenantClients, DeleteTenantClient. */
export const WORDS: VendorWords = {
  name: "nexus",
  title: "Nexus",
  place: [{ key: "tenantId", noun: "tenant", optional: false, receipt: "tenantId" }],
  permissions: {
    create: "client.write or client.write.all",
    read: "client.read or client.read.all",
    change:
      "client.write, with your user id or one of your member roles among the client's owners or the client in your Product scope, or else client.write.all",
  },
  absent: "is not there, or not visible to these credentials",
  aboutId: say`it is the one that the list of the tenant's clients shows`,
  deletionClass: "nexus.ClientDeletion",
};
