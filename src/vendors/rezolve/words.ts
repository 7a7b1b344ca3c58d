import { say } from "../../core/text.ts";
import type { VendorWords } from "../../lifecycle/words.ts";

/** No page says more about any single request. */
const PERMISSION = "admin-level permission, typically the role tenant_admin or oauth_admin";

/** What messages say about Rezolve. */
export const WORDS: VendorWords = {
  name: "rezolve",
  title: "Rezolve",
  place: [
    { key: "tenantId", noun: "tenant", optional: false, receipt: "tenantId" },
    { key: "realmName", noun: "realm", optional: true, receipt: "realmName" },
  ],
  permissions: { create: PERMISSION, read: PERMISSION, change: PERMISSION },
  absent: "is not there",
  aboutId: say`it is the vendor's id of the client, not its OAuth client id (clientId)`,
  deletionClass: "rezolve.OAuthClientDeletion",
};
