import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import type { Adoption, DeletionOptions } from "../index.ts";
import * as nexus from "./nexus.ts";
import * as rezolve from "./rezolve.ts";

/** The outputs that a type declares: the compiler refuses a name too many and a name too few. */
type OutputsOf<Resource> = Record<Exclude<keyof Resource, keyof pulumi.CustomResource>, true>;

const DELETION = {
  targetId: true,
  tenantId: true,
  outcome: true,
  tokensRevoked: true,
  activeSessionsTerminated: true,
  deletedAt: true,
  revocation: true,
} as const;
const REZOLVE_CLIENT: OutputsOf<rezolve.OAuthClient> = {
  name: true,
  description: true,
  clientType: true,
  redirectUris: true,
  grantTypes: true,
  scopes: true,
  allowedOrigins: true,
  ipWhitelist: true,
  tenantId: true,
  realmName: true,
  status: true,
  clientId: true,
  clientSecret: true,
  createdAt: true,
  secretRotatedAt: true,
  revocation: true,
  previousRevocation: true,
  baseUrl: true,
};
const REZOLVE_DELETION: OutputsOf<rezolve.OAuthClientDeletion> = { ...DELETION, realmName: true };
const NEXUS_CLIENT: OutputsOf<nexus.Client> = {
  name: true,
  appType: true,
  description: true,
  callbackUrls: true,
  allowedLogoutUrls: true,
  allowedWebOrigins: true,
  allowedCorsOrigins: true,
  grantTypes: true,
  logoUrl: true,
  initiateLoginUri: true,
  owners: true,
  productName: true,
  applicationName: true,
  clientUpnKey: true,
  mobile: true,
  tenantId: true,
  status: true,
  clientSecret: true,
  revocation: true,
  previousRevocation: true,
  baseUrl: true,
};
const NEXUS_DELETION: OutputsOf<nexus.ClientDeletion> = DELETION;

const adopt: Adoption = { byName: true };
const deletion: DeletionOptions = { alreadyGone: "trust" };

beforeAll(() =>
  pulumi.runtime.setMocks({
    call: ({ inputs }) => inputs,
    newResource: ({ inputs, name }) => ({ id: name, state: inputs }),
  }),
);

test.each<[kind: string, make: () => pulumi.CustomResource, outputs: Record<string, true>]>([
  [
    "rezolve.OAuthClient",
    () =>
      new rezolve.OAuthClient("bot", {
        name: "CI bot",
        clientType: "public",
        redirectUris: [],
        grantTypes: [],
        scopes: [],
        adopt,
        deletion,
      }),
    REZOLVE_CLIENT,
  ],
  ["rezolve.OAuthClient.get", () => rezolve.OAuthClient.get("read", "client-1"), REZOLVE_CLIENT],
  [
    "rezolve.OAuthClientDeletion",
    () => new rezolve.OAuthClientDeletion("gone", { targetId: "client-1" }),
    REZOLVE_DELETION,
  ],
  ["nexus.Client", () => new nexus.Client("app", { name: "App", appType: "spa", adopt, deletion }), NEXUS_CLIENT],
  ["nexus.Client.get", () => nexus.Client.get("read-app", "app-1"), NEXUS_CLIENT],
  ["nexus.ClientDeletion", () => new nexus.ClientDeletion("gone-app", { targetId: "app-1" }), NEXUS_DELETION],
])("every output that %s declares is there, also where the program leaves it out", (_kind, make, outputs) => {
  const resource = make();
  const missing = Object.keys(outputs).filter((name) => !pulumi.Output.isInstance(Reflect.get(resource, name)));
  expect(missing).toEqual([]);
});
