import * as pulumi from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";

// One after the other, so that Pulumi shows them in the same order each time.
const shop = new rezolve.OAuthClient("shop", {
  name: "Partner shop",
  clientType: "confidential",
  redirectUris: ["https://shop.example.test/callback"],
  grantTypes: ["authorization_code", "refresh_token"],
  scopes: ["openid", "profile", "offline_access"],
});

const release = new rezolve.OAuthClient(
  "release",
  {
    name: "Releases bot",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  },
  { dependsOn: shop },
);

const nightly = new rezolve.OAuthClient(
  "nightly",
  {
    name: "Nightly jobs",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["reports:read"],
  },
  { dependsOn: release },
);

export const shopCredentials = credentialsOf(shop);
export const releaseCredentials = credentialsOf(release);
export const nightlyCredentials = credentialsOf(nightly);

function credentialsOf({ clientId, clientSecret }: rezolve.OAuthClient) {
  return pulumi.secret({ clientId, clientSecret });
}
