import * as pulumi from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";

const config = new pulumi.Config();

/** Clients to retire: `pulumi config set --path 'retired[0]' reporting`. They stay as tombstones with the evidence. */
const retired = config.getObject<string[]>("retired") ?? [];
const statusOf = (name: string) => (retired.includes(name) ? "deleted" : "active");

// A machine identity: no user, no redirect.
const ci = new rezolve.OAuthClient("ci", {
  name: "CI pipeline",
  description: "Deploys from the main branch",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
  status: statusOf("ci"),
});

const reporting = new rezolve.OAuthClient("reporting", {
  name: "Nightly reporting",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["reports:read"],
  ipWhitelist: ["192.0.2.0/24"],
  status: statusOf("reporting"),
  // Disabled first, so that nothing gets a new token while the deletion is under way.
  deletion: { disableFirst: true },
});

// An application with users, which signs them in with the authorization-code flow.
const portal = new rezolve.OAuthClient(
  "portal",
  {
    name: "Customer portal",
    clientType: "confidential",
    redirectUris: ["https://portal.example.test/callback"],
    grantTypes: ["authorization_code", "refresh_token"],
    scopes: ["openid", "profile", "offline_access"],
    allowedOrigins: ["https://portal.example.test"],
    status: statusOf("portal"),
  },
  // Neither a destroy nor `status: "deleted"` gets past this.
  { protect: config.getBoolean("production") ?? false },
);

export const clientIds = { ci: ci.clientId, reporting: reporting.clientId, portal: portal.clientId };

/** Secret outputs: `pulumi stack output secrets --show-secrets`. */
export const secrets = pulumi.secret({
  ci: ci.clientSecret,
  reporting: reporting.clientSecret,
  portal: portal.clientSecret,
});

/** What retiring a client did: null while it lives. */
export const revocations = { ci: ci.revocation, reporting: reporting.revocation, portal: portal.revocation };
