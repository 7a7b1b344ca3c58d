import { type Field, row } from "../../lifecycle/fields.ts";

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
  name: row("client", "replace", "text", "Display name. A change replaces the client."),
  appType: row(
    "client",
    "replace",
    "text",
    "For example `regular_web`, `spa`, `native`, `non_interactive`. A change replaces the client.",
    { create: "app_type", read: "type" },
  ),
  description: row(
    "client",
    "replace",
    "text",
    "What the client is for. Cannot be read back. A change replaces the client.",
    { read: null },
  ),
  callbackUrls: row("client", "patch", "set", "Where a login may lead back to.", { create: "callbacks" }),
  allowedLogoutUrls: row("client", "patch", "set", "Where a logout may lead to.", { create: "allowed_logout_urls" }),
  allowedWebOrigins: row("client", "patch", "set", "Origins of silent authentication.", { create: "web_origins" }),
  allowedCorsOrigins: row("client", "patch", "set", "Origins for CORS; the server adds those of the callback URLs.", {
    create: "allowed_origins",
  }),
  grantTypes: row("client", "replace", "set", "The grants of the client. A change replaces the client.", {
    create: "grant_types",
  }),
  logoUrl: row("client", "replace", "text", "Address of the logo. A change replaces the client.", {
    create: "logo_uri",
  }),
  initiateLoginUri: row(
    "client",
    "replace",
    "text",
    "Address at which others begin a login. Cannot be read back. A change replaces the client.",
    {
      create: "initiate_login_uri",
      read: null,
    },
  ),
  owners: row(
    "client",
    "patch",
    "set",
    "User ids and member roles that may change the client with `client.write` alone. Name your own first.",
    { create: "client_metadata.owners" },
  ),
  productName: row("client", "patch", "text", "The vendor's `productName`.", { create: "client_metadata.productName" }),
  applicationName: row("client", "patch", "text", "The vendor's `applicationName`.", {
    create: "client_metadata.applicationName",
  }),
  clientUpnKey: row("client", "patch", "text", "User-principal-name mapping, the vendor's `client_upn_key`.", {
    create: "client_metadata.client_upn_key",
    read: "client_upn_key",
  }),
  mobile: row("client", "patch", "value", "How a mobile app is recognised."),
  tenantId: row("place", "replace", "text", "The tenant. Default: the connection's. A change replaces the client."),
  status: row(
    "status",
    "state-only",
    "text",
    "Default `active`. `deleted` DELETES the client at the vendor, as an update: the resource stays as a tombstone whose `revocation` holds the evidence.",
    { takes: "an update" },
  ),
  deletion: row("own", "state-only", "value", "How the client is deleted."),
  connection: row("own", "state-only", "text", "Name of the connection. Default `default`."),
} satisfies Readonly<Record<string, NexusField>>;
