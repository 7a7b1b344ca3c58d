import * as pulumi from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";

// `pulumi config set quarter 2026-Q4` and `pulumi up`: the secret is replaced in place, id and clientId stay.
const quarter = new pulumi.Config().get("quarter") ?? "2026-Q3";

const bot = new rezolve.OAuthClient("bot", {
  name: "Rotating bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
  rotateSecretWhen: { quarter },
});

export const clientId = bot.clientId;
export const clientSecret = bot.clientSecret;
export const secretRotatedAt = bot.secretRotatedAt;
