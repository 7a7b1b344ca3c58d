// The OAuth clients of one preview environment. The stack is called after its pull request, `pr-42` for example, and so
// are the clients: whatever is left behind by a killed pipeline is found by its name.
import * as pulumi from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";

const stack = pulumi.getStack();
const services = new pulumi.Config().getObject<string[]>("services") ?? ["web", "jobs"];

const clients = services.map((service) => {
  const client = new rezolve.OAuthClient(service, {
    name: `${stack}-${service}`,
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  });
  return [service, client] as const;
});

export const clientIds = Object.fromEntries(clients.map(([service, { clientId }]) => [service, clientId]));
export const clientSecrets = pulumi.secret(
  Object.fromEntries(clients.map(([service, { clientSecret }]) => [service, clientSecret])),
);
