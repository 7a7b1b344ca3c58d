import * as pulumi from "@pulumi/pulumi";
import type { PurgeTotals } from "../core/purge-totals.ts";
import type { Revocation } from "../core/revocation.ts";
import { FIELDS } from "../vendors/nexus/fields.ts";
import { type ClientFilter, type ClientSought, idOf, lookUp } from "./lookups.ts";
import type { Adoption, DeletionOptions, PurgeExclusion } from "./options.ts";
import { CLIENT, DELETION, inputsThatAreOutputs, PURGE, registration } from "./resource.ts";
import { making } from "./traces.ts";

type Texts = pulumi.Input<pulumi.Input<string>[] | undefined>;
type Text = pulumi.Input<string | undefined>;

/** How a mobile app is recognised. */
export interface MobileApp {
  /** Of an iOS app. */
  ios?: pulumi.Input<{ teamId?: Text; appBundleIdentifier?: Text } | undefined>;
  /** Of an Android app. */
  android?: pulumi.Input<{ keystoreHash?: Text; appPackageName?: Text } | undefined>;
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
  /** Cannot be read back. A change replaces the client. */
  description?: Text;
  /** Where a login may lead back to. */
  callbackUrls?: Texts;
  /** Where a logout may lead to. */
  allowedLogoutUrls?: Texts;
  /** Origins of silent authentication. */
  allowedWebOrigins?: Texts;
  /** Origins for CORS; the server adds those of the callback URLs. */
  allowedCorsOrigins?: Texts;
  /** The grants of the client. A change replaces the client. */
  grantTypes?: Texts;
  /** Address of the logo. A change replaces the client. */
  logoUrl?: Text;
  /** Cannot be read back. A change replaces the client. */
  initiateLoginUri?: Text;
  /** User ids and member roles that may change the client with `client.write` alone. Name your own first. */
  owners?: Texts;
  /** The vendor's `productName`. */
  productName?: Text;
  /** The vendor's `applicationName`. */
  applicationName?: Text;
  /** User-principal-name mapping, the vendor's `client_upn_key`. */
  clientUpnKey?: Text;
  /** How a mobile app is recognised. */
  mobile?: pulumi.Input<MobileApp | undefined>;
  /** Default: the connection's. A change replaces the client. */
  tenantId?: Text;
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
  connection?: Text;
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
  declare readonly name: pulumi.Output<string>;
  declare readonly appType: pulumi.Output<string>;
  /** As the program says it: Nexus does not. */
  declare readonly description: pulumi.Output<string | undefined>;
  declare readonly callbackUrls: pulumi.Output<string[] | undefined>;
  declare readonly allowedLogoutUrls: pulumi.Output<string[] | undefined>;
  declare readonly allowedWebOrigins: pulumi.Output<string[] | undefined>;
  declare readonly allowedCorsOrigins: pulumi.Output<string[] | undefined>;
  declare readonly grantTypes: pulumi.Output<string[] | undefined>;
  declare readonly logoUrl: pulumi.Output<string | undefined>;
  /** As the program says it: Nexus does not. */
  declare readonly initiateLoginUri: pulumi.Output<string | undefined>;
  declare readonly owners: pulumi.Output<string[] | undefined>;
  declare readonly productName: pulumi.Output<string | undefined>;
  declare readonly applicationName: pulumi.Output<string | undefined>;
  declare readonly clientUpnKey: pulumi.Output<string | undefined>;
  declare readonly mobile: pulumi.Output<pulumi.Unwrap<MobileApp> | undefined>;
  declare readonly tenantId: pulumi.Output<string>;
  /** `active`, or `deleted` for a tombstone. */
  declare readonly status: pulumi.Output<string>;
  /** Secret. Null where the vendor does not say it, and on a tombstone. */
  declare readonly clientSecret: pulumi.Output<string | null>;
  /** Null while the client lives; what its deletion did once `status` is `deleted`. */
  declare readonly revocation: pulumi.Output<Revocation | null>;
  /** What deleting the predecessor did, after a replacement. Best effort: a receipt has it in any case. */
  declare readonly previousRevocation: pulumi.Output<Revocation | null>;
  /** Base URL at which the client was seen last. */
  declare readonly baseUrl: pulumi.Output<string | null>;

  constructor(name: string, args: ClientArgs, opts?: pulumi.CustomResourceOptions);
  /** With an `id`, reads a client that this stack does not manage; see {@link Client.get}. */
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
   * @param id the vendor's id of the client, or its name, by which it is looked up
   * @param place where it is, unless the default connection and its tenant say so
   * @throws at the deployment, when there is no such client, or it cannot be seen
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID> | Extract<ClientSought, { name: unknown }>,
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
  /** Default: the connection's. */
  tenantId?: string | undefined;
}

/** A client as a look-up shows it; null is what the vendor does not say. It has no secret. */
export interface FoundClient {
  /** The vendor's id. */
  id: string;
  name: string | null;
  appType: string | null;
  callbackUrls: string[] | null;
  allowedLogoutUrls: string[] | null;
  allowedWebOrigins: string[] | null;
  allowedCorsOrigins: string[] | null;
  grantTypes: string[] | null;
  logoUrl: string | null;
  owners: string[] | null;
  productName: string | null;
  applicationName: string | null;
  clientUpnKey: string | null;
  mobile: pulumi.Unwrap<MobileApp> | null;
  /** Always `active`: Nexus knows no other clients. */
  status: string;
  /** Where it lives. */
  tenantId: string;
}

/**
 * Looks up clients that this stack need not manage, in previews too, among those that the credentials may see: without
 * `client.read.all` Nexus leaves others out in silence. Finding none is no error.
 *
 * @throws when the list cannot be read, leaves open whether a client is missing, or has more matches than the limit
 * @example
 * const portals = await nexus.getClients({ namePrefix: "portal-" });
 * export const ids = portals.map(({ id }) => id);
 */
export async function getClients(filter: GetClientsArgs = {}): Promise<FoundClient[]> {
  return lookUp<FoundClient>("nexus", filter, FIELDS);
}

/** {@link getClients} with inputs that may be other resources' outputs. */
export function getClientsOutput(
  filter: pulumi.Inputs & { [Key in keyof GetClientsArgs]: pulumi.Input<GetClientsArgs[Key]> } = {},
): pulumi.Output<FoundClient[]> {
  return pulumi.output(filter).apply((known) => getClients(known));
}

/** Inputs of {@link ClientDeletion}. */
export interface ClientDeletionArgs {
  /** The vendor's id of the client to delete. */
  targetId: pulumi.Input<string>;
  /** Default: the connection's. */
  tenantId?: Text;
  deletion?: pulumi.Input<DeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: Text;
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
  declare readonly targetId: pulumi.Output<string>;
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
  namePrefix?: Text;
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
  /** Default: the connection's. */
  tenantId?: Text;
  deletion?: pulumi.Input<DeletionOptions | undefined>;
  /** Name of the connection. Default `default`. */
  connection?: Text;
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
  declare readonly tenantId: pulumi.Output<string>;
  /** What it did, in numbers. */
  declare readonly totals: pulumi.Output<PurgeTotals>;
  /** A short line for each client, with its id; the full story is in the receipts. */
  declare readonly results: pulumi.Output<string[]>;

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
