/** Resources of the packaged provider in a program of TypeScript, without a generated SDK. */
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { World } from "../engine/world.ts";

/** The folder of the provider's program. */
export const BIN = fileURLToPath(new URL("../../plugin/bin", import.meta.url));

/** The provider's program. */
export const PROGRAM = join(BIN, "pulumi-resource-oauth-clients");

/** A resource by its kind, for example `rezolve:OAuthClient`. */
export class Packaged extends pulumi.CustomResource {
  declare readonly clientId: pulumi.Output<string>;
  declare readonly clientSecret: pulumi.Output<string>;

  constructor(kind: string, name: string, args: object, opts?: pulumi.CustomResourceOptions) {
    super(`oauth-clients:${kind}`, name, { clientId: undefined, clientSecret: undefined, ...args }, opts);
  }
}

/** Has the engine find the provider. */
export function withPlugin({ environment }: World): void {
  environment.PATH = `${BIN}${delimiter}${environment.PATH}`;
}
