import { rezolve } from "pulumi-oauth-clients";

// One machine-to-machine client. Set `status: "deleted"` and run `pulumi up` once more to see how many tokens that
// revokes; or run `pulumi destroy` and look into .sandbox/receipts.jsonl.
const bot = new rezolve.OAuthClient("ci-bot", {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
});

export const clientId = bot.clientId;
export const clientSecret = bot.clientSecret;
export const status = bot.status;
export const revocation = bot.revocation;
