import { nexus } from "pulumi-oauth-clients";

// A web application with users. Everything but the nine fields that Nexus can patch replaces the client when it changes.
const portal = new nexus.Client("portal", {
  name: "Customer portal",
  appType: "regular_web",
  callbackUrls: ["https://portal.example.test/callback"],
  allowedLogoutUrls: ["https://portal.example.test/"],
  grantTypes: ["authorization_code", "refresh_token"],
  productName: "portal",
});

// A machine identity.
const sync = new nexus.Client("sync", {
  name: "Nightly sync",
  appType: "non_interactive",
  grantTypes: ["client_credentials"],
});

export const clientIds = { portal: portal.id, sync: sync.id };
export const syncSecret = sync.clientSecret;
/** Null while the client lives; set `status: "deleted"` on it to see. */
export const portalRevocation = portal.revocation;
