import type { Field } from "../../lifecycle/fields.ts";

/** An input, and what Nexus calls it: the same client has other names in a create than in the list and in a patch. */
export interface NexusField extends Field {
  /** In the body of a create, as a path; the input's own name by default. */
  create?: string;
  /** In the list and in a patch; the input's own name by default. Null where it cannot be read. */
  read?: string | null;
}

/**
 * The inputs of `nexus.Client`. PatchTenantClient takes nine of them; all others need a new client. Sources:
 * CreateTenantClient, GetTenantClients, PatchTenantClient.
 */
export const FIELDS = {
  name: { of: "client", effect: "replace", as: "text", doc: "Display name. A change replaces the client." },
  appType: {
    of: "client",
    effect: "replace",
    as: "text",
    create: "app_type",
    read: "type",
    doc: "For example `regular_web`, `spa`, `native`, `non_interactive`. A change replaces the client.",
  },
  description: {
    of: "client",
    effect: "replace",
    as: "text",
    read: null,
    doc: "Cannot be read back. A change replaces the client.",
  },
  callbackUrls: {
    of: "client",
    effect: "patch",
    as: "set",
    create: "callbacks",
    doc: "Where a login may lead back to.",
  },
  allowedLogoutUrls: {
    of: "client",
    effect: "patch",
    as: "set",
    create: "allowed_logout_urls",
    doc: "Where a logout may lead to.",
  },
  allowedWebOrigins: {
    of: "client",
    effect: "patch",
    as: "set",
    create: "web_origins",
    doc: "Origins of silent authentication.",
  },
  allowedCorsOrigins: {
    of: "client",
    effect: "patch",
    as: "set",
    create: "allowed_origins",
    doc: "Origins for CORS; the server adds those of the callback URLs.",
  },
  grantTypes: {
    of: "client",
    effect: "replace",
    as: "set",
    create: "grant_types",
    doc: "A change replaces the client.",
  },
  logoUrl: { of: "client", effect: "replace", as: "text", create: "logo_uri", doc: "A change replaces the client." },
  initiateLoginUri: {
    of: "client",
    effect: "replace",
    as: "text",
    create: "initiate_login_uri",
    read: null,
    doc: "Cannot be read back. A change replaces the client.",
  },
  owners: {
    of: "client",
    effect: "patch",
    as: "set",
    create: "client_metadata.owners",
    doc: "User ids and member roles that may change the client with `client.write` alone. Name your own first.",
  },
  productName: {
    of: "client",
    effect: "patch",
    as: "text",
    create: "client_metadata.productName",
    doc: "The vendor's `productName`.",
  },
  applicationName: {
    of: "client",
    effect: "patch",
    as: "text",
    create: "client_metadata.applicationName",
    doc: "The vendor's `applicationName`.",
  },
  clientUpnKey: {
    of: "client",
    effect: "patch",
    as: "text",
    create: "client_metadata.client_upn_key",
    read: "client_upn_key",
    doc: "User-principal-name mapping, the vendor's `client_upn_key`.",
  },
  mobile: { of: "client", effect: "patch", as: "value", doc: "How a mobile app is recognised." },
  tenantId: {
    of: "place",
    effect: "replace",
    as: "text",
    doc: "Default: the connection's. A change replaces the client.",
  },
  status: {
    of: "status",
    effect: "state-only",
    as: "text",
    takes: "an update",
    doc: "Default `active`. `deleted` DELETES the client at the vendor, as an update: the resource stays as a tombstone whose `revocation` holds the evidence.",
  },
  deletion: { of: "own", effect: "state-only", as: "value", doc: "How the client is deleted." },
  connection: { of: "own", effect: "state-only", as: "text", doc: "Name of the connection. Default `default`." },
} as const satisfies Readonly<Record<string, NexusField>>;
