import type { FieldTable } from "../../lifecycle/fields.ts";

/** The inputs of `rezolve.OAuthClient`, which the vendor calls the same. Sources: create-oauth-client, update-oauth-client. */
export const FIELDS = {
  name: { of: "client", effect: "patch", as: "text", doc: "Display name, unique in the tenant." },
  description: { of: "client", effect: "patch", as: "text", doc: "What the client is for." },
  clientType: {
    of: "client",
    effect: "patch",
    as: "text",
    doc: "`confidential`, or `public`, which has no secret and no grant `client_credentials`.",
  },
  redirectUris: { of: "client", effect: "patch", as: "set", doc: "May be empty, as for machine-to-machine clients." },
  grantTypes: {
    of: "client",
    effect: "patch",
    as: "set",
    doc: "Documented: `authorization_code`, `client_credentials`, `refresh_token`, `password`, `implicit`.",
  },
  scopes: { of: "client", effect: "patch", as: "set", doc: "What tokens may be asked for." },
  allowedOrigins: { of: "client", effect: "patch", as: "set", doc: "Origins for CORS." },
  ipWhitelist: { of: "client", effect: "patch", as: "set", doc: "IP addresses or CIDR ranges." },
  tenantId: {
    of: "place",
    effect: "replace",
    as: "text",
    doc: "Tenant, sent as `x-tenantid`. Default: the connection's. A change replaces the client.",
  },
  realmName: {
    of: "place",
    effect: "replace",
    as: "text",
    doc: "Realm, sent as `realmname`. Default: the connection's. A change replaces the client.",
  },
  status: {
    of: "status",
    effect: "patch",
    as: "text",
    doc: "Default `active`. `deleted` DELETES the client at the vendor, as an update: the resource stays as a tombstone whose `revocation` says what that did.",
  },
  rotateSecretWhen: {
    of: "own",
    effect: "state-only",
    as: "value",
    takes: "a rotation of the secret",
    doc: "Any JSON value. Setting or changing it rotates the secret in place: `id` and `clientId` stay, the old secret stops working. Taking it out rotates nothing.",
  },
  deletion: { of: "own", effect: "state-only", as: "value", doc: "How the client is deleted." },
  connection: { of: "own", effect: "state-only", as: "text", doc: "Name of the connection. Default `default`." },
} as const satisfies FieldTable;
