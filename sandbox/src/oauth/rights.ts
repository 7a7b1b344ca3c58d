import { z } from "zod";

export const NEXUS_PERMISSIONS = ["client.read", "client.read.all", "client.write", "client.write.all"] as const;

/**
 * What Nexus lets a caller do: plain permissions reach the clients in one's ownership, `.all` reaches every client.
 *
 * @useDeclaredType
 */
export type NexusPermission = (typeof NEXUS_PERMISSIONS)[number];

/** Rights in the Nexus API; Rezolve's API looks at roles instead. Everything has a default. */
export interface NexusRightsOptions {
  /** Default `["client.read.all", "client.write.all"]`. */
  readonly permissions?: readonly NexusPermission[] | undefined;
  /** Roles that may be listed among a client's `owners`, like the user id. Default none. */
  readonly memberRoles?: readonly string[] | undefined;
  /** The Product scope: clients with one of these values of `productName` are in reach. Default none. */
  readonly products?: readonly string[] | undefined;
}

export interface NexusRights {
  readonly permissions: readonly NexusPermission[];
  readonly memberRoles: readonly string[];
  readonly products: readonly string[];
}

/** What a caller may do, besides who it is. */
export interface AdminRights extends NexusRights {
  /** What Rezolve looks at. */
  readonly roles: readonly string[];
  /** Ids of the tenants that the caller may work in. */
  readonly tenants: readonly string[];
}

export const nexusRightsShape = {
  permissions: z.array(z.enum(NEXUS_PERMISSIONS)).optional(),
  memberRoles: z.array(z.string().min(1)).optional(),
  products: z.array(z.string().min(1)).optional(),
};

/** The rights in full. */
export function nexusRights(options: NexusRightsOptions): NexusRights {
  const { permissions = ["client.read.all", "client.write.all"], memberRoles = [], products = [] } = options;
  return { permissions, memberRoles, products };
}
