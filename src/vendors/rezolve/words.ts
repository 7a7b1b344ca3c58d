import { say } from "../../core/text.ts";
import type { VendorWords } from "../../lifecycle/place.ts";

/** What messages say about Rezolve. */
export const WORDS: VendorWords = {
  name: "rezolve",
  title: "Rezolve",
  permission: "admin-level permission, typically the role tenant_admin or oauth_admin",
  aboutId: say`it is the vendor's id of the client, not its OAuth client id (clientId)`,
};
