import * as pulumi from "@pulumi/pulumi";
import { Provider, rezolve } from "pulumi-oauth-clients-sdk";

// A provider for each tenant; whatever it leaves out comes from the environment:
//   pulumi config set --path tenants.eu.baseUrl https://eu.api.example.test
//   pulumi config set --path tenants.eu.tenantId 5a4dbc0e-0000-4000-8000-000000000001
//   pulumi config set --path --secret tenants.eu.token …        and the same for us
interface Tenant {
  baseUrl: string;
  tenantId: string;
  token: string;
}
const tenants = new pulumi.Config().requireSecretObject<Record<string, Tenant>>("tenants");

const bots = ["eu", "us"].map((name) => {
  const provider = new Provider(name, { rezolve: tenants.apply((all) => ({ ...all[name] })) });
  return new rezolve.OAuthClient(
    `bot-${name}`,
    {
      name: "Regional bot",
      clientType: "confidential",
      redirectUris: [],
      grantTypes: ["client_credentials"],
      scopes: ["users:read"],
    },
    { provider },
  );
});

export const clientIds = bots.map((bot) => bot.clientId);
export const tenantIds = bots.map((bot) => bot.tenantId);
