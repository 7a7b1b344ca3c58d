// The resource to compare with: the same engine, SDK and kind of shell as ours, and no work besides.
import * as pulumi from "@pulumi/pulumi";

// As long as our own shell, so that the state differs only in what is kept.
const SHELL = 'exports.handler = () => require("pulumi-bench-clients/provider").createProvider(1);';

export class OAuthClient extends pulumi.CustomResource {
  constructor(name, args, opts = {}) {
    const outputs = { clientId: undefined, clientSecret: undefined, createdAt: undefined };
    super(
      "pulumi-nodejs:dynamic/sleeper:OAuthClient",
      name,
      { ...outputs, ...args, __provider: SHELL },
      {
        ...opts,
        additionalSecretOutputs: ["clientSecret"],
      },
    );
  }
}
