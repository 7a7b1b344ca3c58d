import type { NexusPermission, NexusRights } from "../oauth/rights.ts";

/** Reading is listing; writing is creating, patching and deleting. */
export type Action = "read" | "write";

/** What the rule looks at in a caller. */
export interface Claimant extends NexusRights {
  readonly actor: { readonly id: string };
}

/** What the rule looks at in a client. */
export interface Owned {
  readonly owners: readonly string[];
  readonly productName: string | null;
}

const PERMISSIONS = {
  read: { plain: "client.read", all: "client.read.all" },
  write: { plain: "client.write", all: "client.write.all" },
} as const satisfies Record<Action, Record<"plain" | "all", NexusPermission>>;

/** The two permissions, one of which an action takes. */
export function neededFor(action: Action): string {
  return `${PERMISSIONS[action].plain} or ${PERMISSIONS[action].all}`;
}

/** Whether the caller may do such things at all, leaving aside to which clients. */
export function holds(action: Action, caller: Claimant): boolean {
  const { all, plain } = PERMISSIONS[action];
  return caller.permissions.includes(all) || caller.permissions.includes(plain);
}

/**
 * Whether the caller may do it to this client (seed 000): with the `.all` permission always; with the plain one when the
 * user id or a member role is among the owners, or when the client is in the caller's Product scope.
 */
export function mayReach(action: Action, caller: Claimant, client: Owned): boolean {
  const { all, plain } = PERMISSIONS[action];
  if (caller.permissions.includes(all)) return true;
  if (!caller.permissions.includes(plain)) return false;
  const isOwner = [caller.actor.id, ...caller.memberRoles].some((name) => client.owners.includes(name));
  return isOwner || (client.productName !== null && caller.products.includes(client.productName));
}
