import type { FieldTable } from "../../../src/lifecycle/fields.ts";

/** The inputs of `acme.App`. */
export const FIELDS = {
  name: { of: "client", effect: "patch", as: "text", doc: "The vendor's `title`." },
  appKind: { of: "client", effect: "replace", as: "text", doc: "The vendor's `kind`." },
  callbackUrls: { of: "client", effect: "patch", as: "set", doc: "The vendor's `callbacks`." },
  space: { of: "place", effect: "replace", as: "text", doc: "Space that the app is in." },
  zone: { of: "place", effect: "replace", as: "text", doc: "Zone of the space." },
  status: { of: "status", effect: "state-only", as: "text", doc: "`active` or `deleted`." },
  deletion: { of: "own", effect: "state-only", as: "value", doc: "How the app is deleted." },
  connection: { of: "own", effect: "state-only", as: "text", doc: "Name of the connection." },
} as const satisfies FieldTable;
