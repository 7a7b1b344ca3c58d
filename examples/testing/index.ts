import * as pulumi from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";

const bot = new rezolve.OAuthClient("bot", {
  name: `${pulumi.getStack()}-bot`,
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
});

export const clientId = bot.clientId;
export const clientSecret = bot.clientSecret;
