import { type FieldTable, row } from "../../lifecycle/fields.ts";

/** The inputs of `rezolve.OAuthClient`, which the vendor calls the same. Sources: create-oauth-client, update-oauth-client. */
export const FIELDS = {
  name: row("client", "patch", "text", "Display name, unique in the tenant."),
  description: row("client", "patch", "text", "What the client is for."),
  clientType: row(
    "client",
    "patch",
    "text",
    "`confidential`, or `public`, which has no secret and no grant `client_credentials`.",
  ),
  redirectUris: row(
    "client",
    "patch",
    "set",
    "Where a login may lead back to. May be empty, as for machine-to-machine clients.",
  ),
  grantTypes: row(
    "client",
    "patch",
    "set",
    "The grants of the client. Documented: `authorization_code`, `client_credentials`, `refresh_token`, `password`, `implicit`.",
  ),
  scopes: row("client", "patch", "set", "What tokens may be asked for."),
  allowedOrigins: row("client", "patch", "set", "Origins for CORS."),
  ipWhitelist: row("client", "patch", "set", "IP addresses or CIDR ranges."),
  tenantId: row(
    "place",
    "replace",
    "text",
    "Tenant, sent as `x-tenantid`. Default: the connection's. A change replaces the client.",
  ),
  realmName: row(
    "place",
    "replace",
    "text",
    "Realm, sent as `realmname`. Default: the connection's. A change replaces the client.",
  ),
  status: row(
    "status",
    "patch",
    "text",
    "Default `active`. `deleted` DELETES the client at the vendor, as an update: the resource stays as a tombstone whose `revocation` says what that did.",
  ),
  rotateSecretWhen: row(
    "own",
    "state-only",
    "value",
    "Any JSON value. Setting or changing it rotates the secret in place: `id` and `clientId` stay, the old secret stops working. Taking it out rotates nothing.",
    { takes: "a rotation of the secret" },
  ),
  deletion: row("own", "state-only", "value", "How the client is deleted."),
  connection: row("own", "state-only", "text", "Name of the connection. Default `default`."),
} satisfies FieldTable;
