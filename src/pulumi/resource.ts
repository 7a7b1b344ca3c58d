import * as pulumi from "@pulumi/pulumi";
import { SHELL } from "../core/shell.ts";
import { DYNAMIC_TYPE } from "../core/type-names.ts";
import type { FieldTable } from "../lifecycle/fields.ts";

/** What is the same for every resource of a class. */
export interface ResourceClass {
  /** For example `rezolve:OAuthClient`. */
  kind: string;
  /** Names of computed outputs: each must be seeded, or it is undefined on the resource. */
  outputs: readonly string[];
  secretOutputs: readonly string[];
  /**
   * Whether a replacement deletes the old one first, unless the program says otherwise. Said here and not by `diff`
   * alone, which is not asked about the replacements that Pulumi forces: `--replace`, `--target-replace`, `state taint`,
   * `replacementTrigger`, `replaceWith`.
   */
  deletesFirst: boolean;
  /** What to do instead of importing: a dynamic provider is told neither inputs nor state, and so not even what to run. */
  insteadOfImport: string;
}

/** Inputs that are outputs too: a client that is read (`.get`) has them from the vendor. */
export function inputsThatAreOutputs(fields: FieldTable): string[] {
  return Object.keys(fields).filter((name) => fields[name]?.of !== "own");
}

/** What all classes of clients have in common. */
export const CLIENT = {
  secretOutputs: ["clientSecret"],
  deletesFirst: true,
  insteadOfImport:
    'Take the client over instead: adopt: { id: "…" } in the arguments, with the vendor\'s id of the client.',
} as const;

/**
 * What all `…Deletion` classes have in common. Deleting such a resource calls nothing: it goes last, so that the evidence
 * of the old deletion stays in the state until the new one has succeeded.
 */
export const DELETION = {
  outputs: ["tenantId", "outcome", "tokensRevoked", "activeSessionsTerminated", "deletedAt", "revocation"],
  secretOutputs: [],
  deletesFirst: false,
  insteadOfImport: "Creating this resource deletes its target: there is nothing to import.",
} as const;

/** What all `…Purge` classes have in common; as a deletion, it goes last when it is replaced. */
export const PURGE = {
  outputs: ["tenantId", "totals", "results"],
  secretOutputs: [],
  deletesFirst: false,
  insteadOfImport: "Creating this resource deletes clients: there is nothing to import.",
} as const;

/** Options that Pulumi does not hand on to dynamic providers, and what serves instead. */
const WITHOUT_EFFECT = {
  customTimeouts: "Set the connection's timeoutSeconds and retryBudgetSeconds.",
  replaceOnChanges: "Give what is to replace it to replacementTrigger.",
} as const;

/**
 * What to give to the constructor of `pulumi.CustomResource`, so that a resource behaves exactly like a
 * `pulumi.dynamic.Resource` whose provider is the constant shell instead of a serialised closure.
 *
 * Not a base class: the SDK takes the code that calls a direct subclass of its own for the user's program, and with a
 * class in between every state would name this package instead.
 *
 * @throws pulumi.RunError for the option `import`
 */
export function registration(
  { kind, outputs, secretOutputs, deletesFirst, insteadOfImport }: ResourceClass,
  name: string,
  args: object,
  opts: pulumi.CustomResourceOptions = {},
): [type: string, name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions] {
  const resource = `${kind.replace(":", ".")} "${name}"`;
  if (opts.import) {
    throw new pulumi.RunError(`${resource}: the option import cannot work with dynamic providers. ${insteadOfImport}`);
  }
  for (const [option, instead] of Object.entries(WITHOUT_EFFECT)) {
    if (isEmpty(Reflect.get(opts, option))) continue;
    pulumi.log.warn(`${resource}: the option ${option} has no effect with dynamic providers. ${instead}`);
  }
  const seeded = Object.fromEntries(outputs.map((output) => [output, undefined]));
  return [
    `${DYNAMIC_TYPE}${kind}`,
    name,
    { ...seeded, ...args, ...isProtected(opts), __kind: kind, __provider: SHELL },
    {
      ...opts,
      deleteBeforeReplace: opts.deleteBeforeReplace ?? deletesFirst,
      additionalSecretOutputs: [...new Set([...(opts.additionalSecretOutputs ?? []), ...secretOutputs])],
    },
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

function isEmpty(option: unknown): boolean {
  return typeof option !== "object" || option === null || Object.keys(option).length === 0;
}
