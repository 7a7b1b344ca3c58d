import * as pulumi from "@pulumi/pulumi";
import { SHELL } from "./shell.ts";

/** Computed outputs of every `…Deletion` resource. */
export const DELETION_OUTPUTS = [
  "tenantId",
  "outcome",
  "tokensRevoked",
  "activeSessionsTerminated",
  "deletedAt",
  "revocation",
] as const;

/**
 * A resource that behaves exactly like a `pulumi.dynamic.Resource`, but whose provider is the constant shell instead
 * of a serialised closure.
 */
export abstract class OAuthClientsResource extends pulumi.CustomResource {
  /**
   * @param kind for example `rezolve:OAuthClient`
   * @param outputs names of computed outputs: each must be seeded, or it is undefined on the resource
   */
  protected constructor(
    kind: string,
    name: string,
    args: pulumi.Inputs,
    outputs: readonly string[],
    secretOutputs: readonly string[],
    opts: pulumi.CustomResourceOptions = {},
  ) {
    const seeded = Object.fromEntries(outputs.map((output) => [output, undefined]));
    const inputs = { ...seeded, ...args, ...isProtected(opts), __kind: kind, __provider: SHELL };
    super(`pulumi-nodejs:dynamic/${kind}`, name, inputs, {
      ...opts,
      additionalSecretOutputs: [...new Set([...(opts.additionalSecretOutputs ?? []), ...secretOutputs])],
    });
  }
}

/**
 * Whether the resource is protected, by itself or through its parent. Pulumi lets an update pass a protected resource,
 * and `status: "deleted"` is an update: `check` refuses it with the help of this. An input only when it is true, so
 * that it costs nothing elsewhere; not named `__protect`, which is a field of the SDK.
 */
function isProtected(opts: pulumi.CustomResourceOptions): { protected?: true } {
  const inherited: unknown = opts.parent === undefined ? undefined : Reflect.get(opts.parent, "__protect");
  return (opts.protect ?? inherited) === true ? { protected: true } : {};
}
