// The resource to compare with: the same engine, SDK, properties and kind of shell as ours, and no work besides.
import * as pulumi from "@pulumi/pulumi";

// As long as our own shell, so that the state differs only in what is kept.
const SHELL = 'exports.handler = () => require("pulumi-bench-clients/provider").createProvider(1);';

const OUTPUTS = [
  "name",
  "description",
  "clientType",
  "redirectUris",
  "grantTypes",
  "scopes",
  "allowedOrigins",
  "ipWhitelist",
  "clientId",
  "clientSecret",
  "createdAt",
  "secretRotatedAt",
  "revocation",
  "previousRevocation",
  "baseUrl",
  "tenantId",
  "realmName",
  "status",
];

// What no input gives: with less, a program could not get at the secret.
const LEAN_OUTPUTS = ["clientId", "clientSecret", "createdAt", "status"];

// No base class of the two: each call on the stack is one more for the SDK to write down, for each property.
const declaring = (outputs) =>
  class extends pulumi.CustomResource {
    constructor(name, args, opts = {}) {
      const seeded = Object.fromEntries(outputs.map((output) => [output, undefined]));
      super(
        "pulumi-nodejs:dynamic/sleeper:OAuthClient",
        name,
        { ...seeded, ...args, __provider: SHELL },
        {
          ...opts,
          additionalSecretOutputs: ["clientSecret"],
        },
      );
    }
  };

export const OAuthClient = declaring(OUTPUTS);
export const LeanOAuthClient = declaring(LEAN_OUTPUTS);
