import type { VendorWords } from "../place.ts";

/** What messages say about Rezolve. */
export const WORDS: VendorWords = {
  name: "rezolve",
  title: "Rezolve",
  permission: "admin-level permission, typically the role tenant_admin or oauth_admin",
};
