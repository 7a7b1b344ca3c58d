import type * as pulumi from "@pulumi/pulumi";
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
 * What to give to the constructor of `pulumi.CustomResource`, so that a resource behaves exactly like a
 * `pulumi.dynamic.Resource` whose provider is the constant shell instead of a serialised closure.
 *
 * Not a base class: the SDK takes the code that calls a direct subclass of its own for the user's program, and with a
 * class in between every state would name this package instead.
 *
 * @param kind for example `rezolve:OAuthClient`
 * @param outputs names of computed outputs: each must be seeded, or it is undefined on the resource
 */
export function registration(
  kind: string,
  name: string,
  args: object,
  outputs: readonly string[],
  secretOutputs: readonly string[],
  opts: pulumi.CustomResourceOptions = {},
): [type: string, name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions] {
  const seeded = Object.fromEntries(outputs.map((output) => [output, undefined]));
  return [
    `pulumi-nodejs:dynamic/${kind}`,
    name,
    { ...seeded, ...args, ...isProtected(opts), __kind: kind, __provider: SHELL },
    { ...opts, additionalSecretOutputs: [...new Set([...(opts.additionalSecretOutputs ?? []), ...secretOutputs])] },
  ];
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
