import * as pulumi from "@pulumi/pulumi";
import type { PurgeTotals } from "../core/purge-totals.ts";
import type { Revocation } from "../core/revocation.ts";
import { FIELDS } from "../vendors/nexus/fields.ts";
import { type ClientFilter, idOf, lookUp } from "./lookups.ts";
import type { Adoption, DeletionOptions, PurgeExclusion } from "./options.ts";
import { CLIENT, DELETION, inputsThatAreOutputs, PURGE, registration } from "./resource.ts";
import { making } from "./traces.ts";

/** How an iOS app is recognised. */
export interface IosApp {
  /** The team's id at Apple. */
  teamId?: pulumi.Input<string | undefined>;
  /** The app's bundle identifier. */
  appBundleIdentifier?: pulumi.Input<string | undefined>;
}

/** How an Android app is recognised. */
export interface AndroidApp {
  /** Hash of the app's keystore. */
  keystoreHash?: pulumi.Input<string | undefined>;
  /** The app's package name. */
  appPackageName?: pulumi.Input<string | undefined>;
}

/** How a mobile app is recognised. */
export interface MobileApp {
  /** Of an iOS app. */
  ios?: pulumi.Input<IosApp | undefined>;
  /** Of an Android app. */
  android?: pulumi.Input<AndroidApp | undefined>;
}

/**
 * Inputs of {@link Client}. Nexus changes only `callbackUrls`, `allowedLogoutUrls`, `allowedWebOrigins`,
 * `allowedCorsOrigins`, `owners`, `productName`, `applicationName`, `clientUpnKey` and `mobile` in place; a change of
 * anything else that the vendor knows deletes the client and creates another one.
 */
export interface ClientArgs {
  /** Display name. A change replaces the client. */
  name: pulumi.Input<string>;
  /** For example `regular_web`, `spa`, `native`, `non_interactive`. A change replaces the client. */
  appType: pulumi.Input<string>;
  /** What the client is for. Cannot be read back. A change replaces the client. */
  description?: pulumi.Input<string | undefined>;
  /** Where a login may lead back to. */
  callbackUrls?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Where a logout may lead to. */
  allowedLogoutUrls?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Origins of silent authentication. */
  allowedWebOrigins?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Origins for CORS; the server adds those of the callback URLs. */
  allowedCorsOrigins?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** The grants of the client. A change replaces the client. */
  grantTypes?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Address of the logo. A change replaces the client. */
  logoUrl?: pulumi.Input<string | undefined>;
  /** Address at which others begin a login. Cannot be read back. A change replaces the client. */
  initiateLoginUri?: pulumi.Input<string | undefined>;
  /** User ids and member roles that may change the client with `client.write` alone. Name your own first. */
  owners?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** The vendor's `productName`. */
  productName?: pulumi.Input<string | undefined>;
  /** The vendor's `applicationName`. */
  applicationName?: pulumi.Input<string | undefined>;
  /** User-principal-name mapping, the vendor's `client_upn_key`. */
  clientUpnKey?: pulumi.Input<string | undefined>;
  /** How a mobile app is recognised. */
  mobile?: pulumi.Input<MobileApp | undefined>;
  /** The tenant. Default: the connection's. A change replaces the client. */
  tenantId?: pulumi.Input<string | undefined>;
  /**
   * Default `active`. `deleted` DELETES the client at the vendor, as an update: the resource stays as a tombstone whose
   * `revocation` holds the evidence.
   */
  status?: pulumi.Input<"active" | "deleted" | undefined>;
  /**
   * Takes over an existing client instead of creating one: by the vendor's id, or by this resource's name where the
   * tenant has a client of it. Only read at creation.
   */
  adopt?: pulumi.Input<Adoption | undefined>;
  /** How the client is deleted. */
  deletion?: pulumi.Input<DeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: pulumi.Input<string | undefined>;
}

/** Where an existing client is. */
export type ClientPlace = Pick<ClientArgs, "tenantId" | "connection">;

const OUTPUTS = ["clientSecret", "revocation", "previousRevocation", "baseUrl", ...inputsThatAreOutputs(FIELDS)];

/**
 * An OAuth client (an Auth0 application) of an ECI Nexus tenant.
 *
 * Deleting it calls `DELETE /v1/tenants/{tenantId}/clients/{clientId}`, for good. Nexus reports no counts: they are
 * null. Source: the ECI Nexus operation pages.
 *
 * @example
 * const app = new nexus.Client("portal", {
 *   name: "Portal",
 *   appType: "regular_web",
 *   callbackUrls: ["https://portal.example.test/callback"],
 * });
 * export const clientId = app.id;
 */
export class Client extends pulumi.CustomResource {
  /** Display name. */
  declare readonly name: pulumi.Output<string>;
  /** For example `regular_web`, `spa`, `native`, `non_interactive`. */
  declare readonly appType: pulumi.Output<string>;
  /** What the client is for, as the program says it: Nexus does not. */
  declare readonly description: pulumi.Output<string | undefined>;
  /** Where a login may lead back to. */
  declare readonly callbackUrls: pulumi.Output<string[] | undefined>;
  /** Where a logout may lead to. */
  declare readonly allowedLogoutUrls: pulumi.Output<string[] | undefined>;
  /** Origins of silent authentication. */
  declare readonly allowedWebOrigins: pulumi.Output<string[] | undefined>;
  /** Origins for CORS. */
  declare readonly allowedCorsOrigins: pulumi.Output<string[] | undefined>;
  /** The grants of the client. */
  declare readonly grantTypes: pulumi.Output<string[] | undefined>;
  /** Address of the logo. */
  declare readonly logoUrl: pulumi.Output<string | undefined>;
  /** Address at which others begin a login, as the program says it: Nexus does not. */
  declare readonly initiateLoginUri: pulumi.Output<string | undefined>;
  /** User ids and member roles that may change the client with `client.write` alone. */
  declare readonly owners: pulumi.Output<string[] | undefined>;
  /** The vendor's `productName`. */
  declare readonly productName: pulumi.Output<string | undefined>;
  /** The vendor's `applicationName`. */
  declare readonly applicationName: pulumi.Output<string | undefined>;
  /** User-principal-name mapping, the vendor's `client_upn_key`. */
  declare readonly clientUpnKey: pulumi.Output<string | undefined>;
  /** How a mobile app is recognised. */
  declare readonly mobile: pulumi.Output<pulumi.Unwrap<MobileApp> | undefined>;
  /** The tenant. */
  declare readonly tenantId: pulumi.Output<string>;
  /** `active`, or `deleted` for a tombstone. */
  declare readonly status: pulumi.Output<string>;
  /** The client's secret, a secret of Pulumi's. Null where the vendor does not say it, and on a tombstone. */
  declare readonly clientSecret: pulumi.Output<string | null>;
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
  constructor(name: string, args: ClientArgs, opts?: pulumi.CustomResourceOptions);
  /**
   * With an `id`, reads a client that this stack does not manage; see {@link Client.get}.
   *
   * @param name Pulumi's name of the resource
   * @param place where the client is, unless the default connection and its tenant say so
   * @param opts Pulumi's, with the vendor's id of the client
   */
  constructor(name: string, place: ClientPlace, opts: pulumi.CustomResourceOptions & { id: pulumi.Input<pulumi.ID> });
  constructor(name: string, args: ClientArgs | ClientPlace, opts?: pulumi.CustomResourceOptions) {
    const its = making(opts, Client);
    try {
      super(...registration({ ...CLIENT, kind: "nexus:Client", outputs: OUTPUTS }, name, args, opts));
    } catch (error) {
      throw its.failed(error);
    } finally {
      its.ended();
    }
  }

  /**
   * Reads an existing client that this stack does not manage, through the tenant's list.
   *
   * @param name Pulumi's name of the resource
   * @param id the vendor's id of the client, or its name, by which it is looked up
   * @param place where it is, unless the default connection and its tenant say so
   * @param opts Pulumi's options
   * @returns the resource, whose outputs are the client's
   * @throws at the deployment, when there is no such client, or it cannot be seen
   * @example
   * const portal = nexus.Client.get("portal", { name: "Portal" });
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID> | { name: pulumi.Input<string> },
    place: ClientPlace = {},
    opts?: pulumi.CustomResourceOptions,
  ): Client {
    return new Client(name, place, { ...opts, id: idOf(id, place, getClients) });
  }
}

/** Which clients {@link getClients} looks up; all of it together. */
export interface GetClientsArgs extends ClientFilter {
  /** Nexus knows no others. */
  status?: "active";
  /** The tenant. Default: the connection's. */
  tenantId?: string | undefined;
}

/** A client as a look-up shows it; null is what the vendor does not say. It has no secret. */
export interface FoundClient {
  /** The vendor's id. */
  id: string;
  /** Display name. */
  name: string | null;
  /** For example `regular_web`, `spa`, `native`, `non_interactive`. */
  appType: string | null;
  /** Where a login may lead back to. */
  callbackUrls: string[] | null;
  /** Where a logout may lead to. */
  allowedLogoutUrls: string[] | null;
  /** Origins of silent authentication. */
  allowedWebOrigins: string[] | null;
  /** Origins for CORS. */
  allowedCorsOrigins: string[] | null;
  /** The grants of the client. */
  grantTypes: string[] | null;
  /** Address of the logo. */
  logoUrl: string | null;
  /** User ids and member roles that may change the client with `client.write` alone. */
  owners: string[] | null;
  /** The vendor's `productName`. */
  productName: string | null;
  /** The vendor's `applicationName`. */
  applicationName: string | null;
  /** User-principal-name mapping, the vendor's `client_upn_key`. */
  clientUpnKey: string | null;
  /** How a mobile app is recognised. */
  mobile: pulumi.Unwrap<MobileApp> | null;
  /** Always `active`: Nexus knows no other clients. */
  status: string;
  /** The tenant. */
  tenantId: string;
}

/**
 * Looks up clients that this stack need not manage, in previews too, among those that the credentials may see: without
 * `client.read.all` Nexus leaves others out in silence. Finding none is no error.
 *
 * @param filter which clients; without it, all
 * @throws when the list cannot be read, leaves open whether a client is missing, or has more matches than the limit
 * @example
 * const portals = await nexus.getClients({ namePrefix: "portal-" });
 * export const ids = portals.map(({ id }) => id);
 */
export async function getClients(filter: GetClientsArgs = {}): Promise<FoundClient[]> {
  return lookUp<FoundClient>("nexus", filter);
}

/** {@link GetClientsArgs} that may be other resources' outputs. */
export type GetClientsOutputArgs = pulumi.Inputs & {
  [Key in keyof GetClientsArgs]: pulumi.Input<GetClientsArgs[Key]>;
};

/**
 * {@link getClients} with inputs that may be other resources' outputs.
 *
 * @param filter which clients; without it, all
 * @returns what {@link getClients} finds, once the inputs are known
 */
export function getClientsOutput(filter: GetClientsOutputArgs = {}): pulumi.Output<FoundClient[]> {
  return pulumi.output(filter).apply((known) => getClients(known));
}

/** Inputs of {@link ClientDeletion}. */
export interface ClientDeletionArgs {
  /** The vendor's id of the client to delete. */
  targetId: pulumi.Input<string>;
  /** The tenant. Default: the connection's. */
  tenantId?: pulumi.Input<string | undefined>;
  /** How the client is deleted. */
  deletion?: pulumi.Input<DeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: pulumi.Input<string | undefined>;
}

/**
 * Deletes a client that this stack does not manage: CREATING this resource deletes the client, and its outputs say what
 * that did. Another `targetId` or tenant deletes the new target; removing the resource calls nothing.
 *
 * @example
 * const gone = new nexus.ClientDeletion("old-app", { targetId: "a1b2c3" });
 * export const outcome = gone.outcome;
 */
export class ClientDeletion extends pulumi.CustomResource {
  /** The vendor's id of the deleted client. */
  declare readonly targetId: pulumi.Output<string>;
  /** The tenant. */
  declare readonly tenantId: pulumi.Output<string>;
  /** `deleted`, `soft-deleted` or `already-gone`. */
  declare readonly outcome: pulumi.Output<Revocation["outcome"]>;
  /** Always null: Nexus reports no counts. */
  declare readonly tokensRevoked: pulumi.Output<number | null>;
  /** Always null: Nexus reports no counts. */
  declare readonly activeSessionsTerminated: pulumi.Output<number | null>;
  /** Always null: Nexus does not say. */
  declare readonly deletedAt: pulumi.Output<string | null>;
  /** All that the deletion did. */
  declare readonly revocation: pulumi.Output<Revocation>;

  /**
   * @param name Pulumi's name of the resource
   * @param args which client to delete, and how
   * @param opts Pulumi's; `import` is refused, `customTimeouts` and `replaceOnChanges` have no effect
   */
  constructor(name: string, args: ClientDeletionArgs, opts?: pulumi.CustomResourceOptions) {
    const its = making(opts, ClientDeletion);
    try {
      super(...registration({ ...DELETION, kind: "nexus:ClientDeletion" }, name, args, opts));
    } catch (error) {
      throw its.failed(error);
    } finally {
      its.ended();
    }
  }
}

/** Which clients a {@link ClientPurge} selects; all of it together. */
export interface ClientSelection {
  /** How the name begins. */
  namePrefix?: pulumi.Input<string | undefined>;
}

/** Inputs of {@link ClientPurge}: `targetIds`, or `select`. */
export interface ClientPurgeArgs {
  /** The vendor's ids of the clients to delete. */
  targetIds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Which clients to delete, by what they are. It needs a criterion. */
  select?: pulumi.Input<ClientSelection | undefined>;
  /** What stays, whatever selects it. */
  exclude?: pulumi.Input<PurgeExclusion | undefined>;
  /** So many clients at most; where more are meant, nothing is deleted. Default 100 for `select`, none for `targetIds`. */
  limit?: pulumi.Input<number | undefined>;
  /** Only look, at each client as the real run would, and change nothing. Default false. */
  dryRun?: pulumi.Input<boolean | undefined>;
  /** The tenant. Default: the connection's. */
  tenantId?: pulumi.Input<string | undefined>;
  /** How each client is deleted. */
  deletion?: pulumi.Input<DeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: pulumi.Input<string | undefined>;
}

/**
 * Deletes many clients that this stack does not manage: CREATING this resource deletes them, and its outputs say what that
 * did. A selection goes by names, because Nexus shows neither dates nor usage. What failed, the next `pulumi up` goes on
 * with. Another selection is another purge; removing the resource calls nothing.
 *
 * A client that a resource of the same program manages is skipped where that resource is known by then: let the purge
 * depend on such resources, or exclude them.
 *
 * @example
 * const swept = new nexus.ClientPurge("old-previews", { select: { namePrefix: "pr-" }, exclude: { names: ["pr-base"] } });
 * export const totals = swept.totals;
 */
export class ClientPurge extends pulumi.CustomResource {
  /** The tenant. */
  declare readonly tenantId: pulumi.Output<string>;
  /** What it did, in numbers. */
  declare readonly totals: pulumi.Output<PurgeTotals>;
  /** A short line for each client, with its id; the full story is in the receipts. */
  declare readonly results: pulumi.Output<string[]>;

  /**
   * @param name Pulumi's name of the resource
   * @param args which clients to delete, and how
   * @param opts Pulumi's; `import` is refused, `customTimeouts` and `replaceOnChanges` have no effect
   */
  constructor(name: string, args: ClientPurgeArgs, opts?: pulumi.CustomResourceOptions) {
    const its = making(opts, ClientPurge);
    try {
      super(...registration({ ...PURGE, kind: "nexus:ClientPurge" }, name, args, opts));
    } catch (error) {
      throw its.failed(error);
    } finally {
      its.ended();
    }
  }
}
