import { z } from "zod";
import { type AdminRights, type NexusRightsOptions, nexusRights, nexusRightsShape } from "../oauth/rights.ts";
import type { Actor } from "../store/client.ts";
import { newSecret } from "../store/secrets.ts";

/** Somebody who uses the Nexus API by Basic authentication. */
export interface SandboxBasicUser extends NexusRightsOptions {
  /** Without a colon. */
  readonly username: string;
  /** In plain text, as it is sent. */
  readonly password: string;
  /** What `owners` of a client are compared with. Default: the user name. */
  readonly userId?: string | undefined;
  /** One tenant or several. Default: all tenants. */
  readonly tenantId?: string | readonly string[] | undefined;
}

/** The credentials of the Nexus API, besides bearer tokens. */
export interface SandboxNexusOptions {
  /** Accepted values of the application token. Default: a random one, new with every start. */
  readonly applicationTokens?: readonly string[] | undefined;
  /** The header that carries it; the contract does not name it. Default `ApplicationToken`. */
  readonly applicationTokenHeader?: string | undefined;
  /** Default: one user, `nexus-admin`, who may do everything, with a random password that is new with every start. */
  readonly basicUsers?: readonly SandboxBasicUser[] | undefined;
}

/** What to send to the Nexus API: a bearer token together with the application token, or the user's name and password. */
export interface SandboxNexus {
  /** The first of {@link SandboxNexusOptions.applicationTokens}. */
  readonly applicationToken: string;
  /** The header that carries it. */
  readonly applicationTokenHeader: string;
  /** The first of {@link SandboxNexusOptions.basicUsers}. */
  readonly basicUser: Pick<SandboxBasicUser, "username" | "password">;
}

const text = z.string().min(1);

const basicUserSchema = z.strictObject({
  // RFC 7617 section 2: a colon would end the name.
  username: text.regex(/^[^:]+$/, "A user name must not contain a colon"),
  password: text,
  userId: text.optional(),
  tenantId: z.union([text, z.array(text)]).optional(),
  ...nexusRightsShape,
});

export const nexusOptionsSchema = z
  .strictObject({
    applicationTokens: z.tuple([text], text).default((): [string] => [newSecret()]),
    applicationTokenHeader: z
      .string()
      .regex(/^[\w!#$%&'*+.^`|~-]+$/, "It is not the name of a header")
      .default("ApplicationToken"),
    basicUsers: z
      .tuple([basicUserSchema], basicUserSchema)
      .default((): [{ username: string; password: string }] => [{ username: "nexus-admin", password: newSecret() }]),
  })
  .prefault({});

/** A user with everything filled in. */
export interface BasicUser extends AdminRights {
  readonly actor: Actor;
  readonly username: string;
  readonly password: string;
}

export interface ResolvedNexusOptions {
  readonly applicationTokens: readonly [string, ...string[]];
  readonly applicationTokenHeader: string;
  readonly basicUsers: readonly [BasicUser, ...BasicUser[]];
}

function basicUser(user: z.infer<typeof basicUserSchema>, allTenants: readonly string[]): BasicUser {
  const { password, tenantId = allTenants, userId, username } = user;
  const actor = { id: userId ?? username, name: username, email: "" };
  return { ...nexusRights(user), actor, username, password, roles: [], tenants: [tenantId].flat() };
}

/** Fills in the users' rights. */
export function resolveNexusOptions(
  { applicationTokenHeader, applicationTokens, basicUsers }: z.infer<typeof nexusOptionsSchema>,
  allTenants: readonly string[],
): ResolvedNexusOptions {
  const [first, ...others] = basicUsers;
  return {
    applicationTokens,
    applicationTokenHeader,
    basicUsers: [basicUser(first, allTenants), ...others.map((user) => basicUser(user, allTenants))],
  };
}

/** What is shown of the options: enough to send a request. */
export function shownNexus({
  applicationTokenHeader,
  applicationTokens,
  basicUsers,
}: ResolvedNexusOptions): SandboxNexus {
  const [{ password, username }] = basicUsers;
  return { applicationToken: applicationTokens[0], applicationTokenHeader, basicUser: { username, password } };
}
