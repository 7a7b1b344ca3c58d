import * as pulumi from "@pulumi/pulumi";
import type { PurgeTotals } from "../core/purge-totals.ts";
import type { Revocation } from "../core/revocation.ts";
import { FIELDS } from "../vendors/rezolve/fields.ts";
import { type ClientFilter, idOf, lookUp } from "./lookups.ts";
import type { Adoption, GuardedDeletionOptions, PurgeExclusion } from "./options.ts";
import { CLIENT, DELETION, inputsThatAreOutputs, PURGE, registration } from "./resource.ts";
import { making } from "./traces.ts";

/** Inputs of {@link OAuthClient}. */
export interface OAuthClientArgs {
  /** Display name, unique in the tenant. */
  name: pulumi.Input<string>;
  /** What the client is for. */
  description?: pulumi.Input<string | undefined>;
  /** `confidential`, or `public`, which has no secret and no grant `client_credentials`. */
  clientType: pulumi.Input<"confidential" | "public">;
  /** Where a login may lead back to. May be empty, as for machine-to-machine clients. */
  redirectUris: pulumi.Input<pulumi.Input<string>[]>;
  /** The grants of the client. Documented: `authorization_code`, `client_credentials`, `refresh_token`, `password`, `implicit`. */
  grantTypes: pulumi.Input<pulumi.Input<string>[]>;
  /** What tokens may be asked for. */
  scopes: pulumi.Input<pulumi.Input<string>[]>;
  /** Origins for CORS. */
  allowedOrigins?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** IP addresses or CIDR ranges. */
  ipWhitelist?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Tenant, sent as `x-tenantid`. Default: the connection's. A change replaces the client. */
  tenantId?: pulumi.Input<string | undefined>;
  /** Realm, sent as `realmname`. Default: the connection's. A change replaces the client. */
  realmName?: pulumi.Input<string | undefined>;
  /**
   * Default `active`. `deleted` DELETES the client at the vendor, as an update: the resource stays as a tombstone whose
   * `revocation` says what that did.
   */
  status?: pulumi.Input<"active" | "inactive" | "deleted" | undefined>;
  /**
   * Any JSON value. Setting or changing it rotates the secret in place: `id` and `clientId` stay, the old secret stops
   * working. Taking it out rotates nothing.
   */
  rotateSecretWhen?: pulumi.Input<unknown>;
  /**
   * Takes over an existing client instead of creating one: by the vendor's id, or by this resource's name where the
   * tenant has a client of it. It is changed to what the resource says; what the resource leaves out stays. Its secret
   * cannot be read: `clientSecret` is null, unless `rotateSecretWhen` asks for a fresh one. Only read at creation.
   */
  adopt?: pulumi.Input<Adoption | undefined>;
  /** How the client is deleted. */
  deletion?: pulumi.Input<GuardedDeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: pulumi.Input<string | undefined>;
}

/** Where an existing client is. */
export type OAuthClientPlace = Pick<OAuthClientArgs, "tenantId" | "realmName" | "connection">;

const OUTPUTS = [
  "clientId",
  "clientSecret",
  "createdAt",
  "secretRotatedAt",
  "revocation",
  "previousRevocation",
  "baseUrl",
  ...inputsThatAreOutputs(FIELDS),
];

/**
 * An OAuth client of Rezolve.ai.
 *
 * Deleting it (destroy, removal from the program, replacement) calls `DELETE /api/v1/oauth-clients/{id}`. A client
 * that is already gone is a success; one that only looks gone is an error. Source: docs.rezolve.ai, API reference.
 *
 * @example
 * const bot = new rezolve.OAuthClient("ci-bot", {
 *   name: "CI bot",
 *   clientType: "confidential",
 *   redirectUris: [],
 *   grantTypes: ["client_credentials"],
 *   scopes: ["users:read"],
 * });
 * export const clientId = bot.clientId;
 */
export class OAuthClient extends pulumi.CustomResource {
  /** Display name. */
  declare readonly name: pulumi.Output<string>;
  /** What the client is for. */
  declare readonly description: pulumi.Output<string | undefined>;
  /** `confidential` or `public`. */
  declare readonly clientType: pulumi.Output<string>;
  /** Where a login may lead back to. */
  declare readonly redirectUris: pulumi.Output<string[]>;
  /** The grants of the client. */
  declare readonly grantTypes: pulumi.Output<string[]>;
  /** What tokens may be asked for. */
  declare readonly scopes: pulumi.Output<string[]>;
  /** Origins for CORS. */
  declare readonly allowedOrigins: pulumi.Output<string[] | undefined>;
  /** IP addresses or CIDR ranges. */
  declare readonly ipWhitelist: pulumi.Output<string[] | undefined>;
  /** The tenant. */
  declare readonly tenantId: pulumi.Output<string>;
  /** The realm; undefined in none. */
  declare readonly realmName: pulumi.Output<string | undefined>;
  /** `active`, `inactive`, `revoked` (by the vendor), or `deleted` for a tombstone. */
  declare readonly status: pulumi.Output<string>;
  /**
   * The OAuth client id, which a tombstone keeps. The type leaves out two rare nulls, which every program would have to
   * handle otherwise: a resource that has said `status: "deleted"` since its first deployment never had a client, and a
   * vendor that breaks its documented responses may not say the id.
   */
  declare readonly clientId: pulumi.Output<string>;
  /** The client's secret, a secret of Pulumi's. Null for a public client and on a tombstone. */
  declare readonly clientSecret: pulumi.Output<string | null>;
  /** When the client was created, ISO 8601. */
  declare readonly createdAt: pulumi.Output<string | null>;
  /** When the secret was rotated last, ISO 8601; null when it is the first one. */
  declare readonly secretRotatedAt: pulumi.Output<string | null>;
  /** Null while the client lives; what its deletion did once `status` is `deleted`. */
  declare readonly revocation: pulumi.Output<Revocation | null>;
  /** What deleting the predecessor did, after a replacement. Best effort: a receipt has it in any case. */
  declare readonly previousRevocation: pulumi.Output<Revocation | null>;
  /** Base URL at which the client was seen last. */
  declare readonly baseUrl: pulumi.Output<string | null>;

  /**
   * @param name Pulumi's name of the resource, which need not be the client's
   * @param args what the client is to be
   * @param opts Pulumi's; `import` is refused, `customTimeouts` and `replaceOnChanges` have no effect
   */
  constructor(name: string, args: OAuthClientArgs, opts?: pulumi.CustomResourceOptions);
  /**
   * With an `id`, reads a client that this stack does not manage; see {@link OAuthClient.get}.
   *
   * @param name Pulumi's name of the resource
   * @param place where the client is, unless the default connection and its tenant say so
   * @param opts Pulumi's, with the vendor's id of the client
   */
  constructor(
    name: string,
    place: OAuthClientPlace,
    opts: pulumi.CustomResourceOptions & { id: pulumi.Input<pulumi.ID> },
  );
  constructor(name: string, args: OAuthClientArgs | OAuthClientPlace, opts?: pulumi.CustomResourceOptions) {
    const its = making(opts, OAuthClient);
    try {
      super(...registration({ ...CLIENT, kind: "rezolve:OAuthClient", outputs: OUTPUTS }, name, args, opts));
    } catch (error) {
      throw its.failed(error);
    } finally {
      its.ended();
    }
  }

  /**
   * Reads an existing client that this stack does not manage. Its secret is not readable.
   *
   * @param name Pulumi's name of the resource
   * @param id the vendor's `id` of the client; or its OAuth client id or its name, by which it is looked up
   * @param place where it is, unless the default connection and its tenant say so
   * @param opts Pulumi's options
   * @returns the resource, whose outputs are the client's
   * @throws at the deployment, when there is no such client
   * @example
   * const portal = rezolve.OAuthClient.get("portal", "client-550e8400-e29b-41d4-a716-446655440001");
   * const partner = rezolve.OAuthClient.get("partner", { clientId: "sn_integration_7f3d8a2b1c4e" });
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID> | { clientId: pulumi.Input<string> } | { name: pulumi.Input<string> },
    place: OAuthClientPlace = {},
    opts?: pulumi.CustomResourceOptions,
  ): OAuthClient {
    return new OAuthClient(name, place, { ...opts, id: idOf(id, place, getOAuthClients) });
  }
}

/** Which clients {@link getOAuthClients} looks up; all of it together. */
export interface GetOAuthClientsArgs extends ClientFilter {
  /** The OAuth client id. */
  clientId?: string;
  /** Without it, every client that is not deleted. */
  status?: "active" | "inactive" | "revoked" | "deleted";
  /** The tenant. Default: the connection's. */
  tenantId?: string | undefined;
  /** The realm. Default: the connection's. */
  realmName?: string | undefined;
}

/** A client as a look-up shows it; null is what the vendor does not say. It has no secret. */
export interface FoundOAuthClient {
  /** The vendor's id. */
  id: string;
  /** The OAuth client id. */
  clientId: string | null;
  /** Display name. */
  name: string | null;
  /** What the client is for. */
  description: string | null;
  /** `confidential` or `public`. */
  clientType: string | null;
  /** Where a login may lead back to. */
  redirectUris: string[] | null;
  /** The grants of the client. */
  grantTypes: string[] | null;
  /** What tokens may be asked for. */
  scopes: string[] | null;
  /** Origins for CORS. */
  allowedOrigins: string[] | null;
  /** IP addresses or CIDR ranges. */
  ipWhitelist: string[] | null;
  /** `active`, `inactive`, `revoked` (by the vendor), or `deleted` where the filter asks for it. */
  status: string | null;
  /** When it was created, ISO 8601. */
  createdAt: string | null;
  /** When it was last used, ISO 8601; null also where it was never used. */
  lastUsedAt: string | null;
  /** Whether it was ever used. */
  everUsed: boolean | null;
  /** The tenant. */
  tenantId: string;
  /** The realm; null in none. */
  realmName: string | null;
}

/**
 * Looks up clients that this stack need not manage, in previews too: with the connections of the resources, and in the
 * order of the vendor's list. Finding none is no error.
 *
 * @param filter which clients; without it, all
 * @throws when the list cannot be read, leaves open whether a client is missing, or has more matches than the limit
 * @example
 * const partners = await rezolve.getOAuthClients({ namePrefix: "partner-" });
 * export const ids = partners.map(({ id }) => id);
 */
export async function getOAuthClients(filter: GetOAuthClientsArgs = {}): Promise<FoundOAuthClient[]> {
  return lookUp<FoundOAuthClient>("rezolve", filter);
}

/** {@link GetOAuthClientsArgs} that may be other resources' outputs. */
export type GetOAuthClientsOutputArgs = pulumi.Inputs & {
  [Key in keyof GetOAuthClientsArgs]: pulumi.Input<GetOAuthClientsArgs[Key]>;
};

/**
 * {@link getOAuthClients} with inputs that may be other resources' outputs.
 *
 * @param filter which clients; without it, all
 * @returns what {@link getOAuthClients} finds, once the inputs are known
 */
export function getOAuthClientsOutput(filter: GetOAuthClientsOutputArgs = {}): pulumi.Output<FoundOAuthClient[]> {
  return pulumi.output(filter).apply((known) => getOAuthClients(known));
}

/** Inputs of {@link OAuthClientDeletion}. */
export interface OAuthClientDeletionArgs {
  /** The vendor's `id` of the client to delete, not its OAuth client id. */
  targetId: pulumi.Input<string>;
  /** The tenant. Default: the connection's. */
  tenantId?: pulumi.Input<string | undefined>;
  /** The realm. Default: the connection's. */
  realmName?: pulumi.Input<string | undefined>;
  /** How the client is deleted. */
  deletion?: pulumi.Input<GuardedDeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: pulumi.Input<string | undefined>;
}

/**
 * Deletes a client that this stack does not manage: CREATING this resource deletes the client, and its outputs say what
 * that did. Another `targetId` or tenant deletes the new target; removing the resource calls nothing.
 *
 * @example
 * const gone = new rezolve.OAuthClientDeletion("old-bot", { targetId: "client-550e8400-e29b-41d4-a716-446655440001" });
 * export const revoked = gone.tokensRevoked;
 */
export class OAuthClientDeletion extends pulumi.CustomResource {
  /** The vendor's id of the deleted client. */
  declare readonly targetId: pulumi.Output<string>;
  /** The tenant. */
  declare readonly tenantId: pulumi.Output<string>;
  /** The realm; undefined in none. */
  declare readonly realmName: pulumi.Output<string | undefined>;
  /** `deleted`, `soft-deleted` or `already-gone`. */
  declare readonly outcome: pulumi.Output<Revocation["outcome"]>;
  /** How many tokens stopped working; null: the vendor did not say. */
  declare readonly tokensRevoked: pulumi.Output<number | null>;
  /** How many users' sessions ended; null: the vendor did not say. */
  declare readonly activeSessionsTerminated: pulumi.Output<number | null>;
  /** When it was deleted, ISO 8601, the vendor's own time; null when it did not say. */
  declare readonly deletedAt: pulumi.Output<string | null>;
  /** All that the deletion did. */
  declare readonly revocation: pulumi.Output<Revocation>;

  /**
   * @param name Pulumi's name of the resource
   * @param args which client to delete, and how
   * @param opts Pulumi's; `import` is refused, `customTimeouts` and `replaceOnChanges` have no effect
   */
  constructor(name: string, args: OAuthClientDeletionArgs, opts?: pulumi.CustomResourceOptions) {
    const its = making(opts, OAuthClientDeletion);
    try {
      super(
        ...registration(
          { ...DELETION, kind: "rezolve:OAuthClientDeletion", outputs: [...DELETION.outputs, "realmName"] },
          name,
          args,
          opts,
        ),
      );
    } catch (error) {
      throw its.failed(error);
    } finally {
      its.ended();
    }
  }
}

/** Which clients a {@link OAuthClientPurge} selects; all of it together. */
export interface OAuthClientSelection {
  /** How the name begins. */
  namePrefix?: pulumi.Input<string | undefined>;
  /** ISO 8601, a date or a time. */
  createdBefore?: pulumi.Input<string | undefined>;
  /** Last used at least so many days ago; if it was never used, created so long ago. What the vendor does not say selects nothing. */
  unusedForDays?: pulumi.Input<number | undefined>;
  /** `active` alone is no criterion. */
  status?: pulumi.Input<"active" | "inactive" | "revoked" | undefined>;
}

/** Inputs of {@link OAuthClientPurge}: `targetIds`, or `select`. */
export interface OAuthClientPurgeArgs {
  /** The vendor's ids of the clients to delete. */
  targetIds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Which clients to delete, by what they are. It needs a criterion. */
  select?: pulumi.Input<OAuthClientSelection | undefined>;
  /** What stays, whatever selects it. */
  exclude?: pulumi.Input<PurgeExclusion | undefined>;
  /** So many clients at most; where more are meant, nothing is deleted. Default 100 for `select`, none for `targetIds`. */
  limit?: pulumi.Input<number | undefined>;
  /** Only look, at each client as the real run would, and change nothing. Default false. */
  dryRun?: pulumi.Input<boolean | undefined>;
  /** The tenant. Default: the connection's. */
  tenantId?: pulumi.Input<string | undefined>;
  /** The realm. Default: the connection's. */
  realmName?: pulumi.Input<string | undefined>;
  /** How each client is deleted. */
  deletion?: pulumi.Input<GuardedDeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: pulumi.Input<string | undefined>;
}

/**
 * Deletes many clients that this stack does not manage: CREATING this resource deletes them, and its outputs say what that
 * did. Right before each deletion what selected the client is looked at once more. What failed, the next `pulumi up` goes on
 * with. Another selection is another purge; removing the resource calls nothing.
 *
 * A client that a resource of the same program manages is skipped where that resource is known by then: let the purge
 * depend on such resources, or exclude them.
 *
 * @example
 * const swept = new rezolve.OAuthClientPurge("old-previews", {
 *   select: { namePrefix: "pr-", createdBefore: "2026-10-01", unusedForDays: 14 },
 *   exclude: { names: ["pr-base"] },
 *   limit: 200,
 * });
 * export const totals = swept.totals;
 */
export class OAuthClientPurge extends pulumi.CustomResource {
  /** The tenant. */
  declare readonly tenantId: pulumi.Output<string>;
  /** The realm; undefined in none. */
  declare readonly realmName: pulumi.Output<string | undefined>;
  /** What it did, in numbers. */
  declare readonly totals: pulumi.Output<PurgeTotals>;
  /** A short line for each client, with its id; the full story is in the receipts. */
  declare readonly results: pulumi.Output<string[]>;

  /**
   * @param name Pulumi's name of the resource
   * @param args which clients to delete, and how
   * @param opts Pulumi's; `import` is refused, `customTimeouts` and `replaceOnChanges` have no effect
   */
  constructor(name: string, args: OAuthClientPurgeArgs, opts?: pulumi.CustomResourceOptions) {
    const its = making(opts, OAuthClientPurge);
    try {
      super(
        ...registration(
          { ...PURGE, kind: "rezolve:OAuthClientPurge", outputs: [...PURGE.outputs, "realmName"] },
          name,
          args,
          opts,
        ),
      );
    } catch (error) {
      throw its.failed(error);
    } finally {
      its.ended();
    }
  }
}
