import { rezolve } from "pulumi-oauth-clients";

// Each connection has its own address, tenant and credentials:
//   pulumi config set --path rezolve:connections.eu.baseUrl https://eu.api.example.test
//   pulumi config set --path rezolve:connections.eu.tenantId 5a4dbc0e-0000-4000-8000-000000000001
//   export REZOLVE__EU__TOKEN=…        and the same for us
const bots = ["eu", "us"].map(
  (connection) =>
    new rezolve.OAuthClient(`bot-${connection}`, {
      name: "Regional bot",
      clientType: "confidential",
      redirectUris: [],
      grantTypes: ["client_credentials"],
      scopes: ["users:read"],
      connection,
    }),
);

export const clientIds = bots.map((bot) => bot.clientId);
export const tenants = bots.map((bot) => bot.tenantId);
