import type { Receipt } from "../core/receipt.ts";
import { identifier, type Message, say } from "../core/text.ts";
import type { Connection } from "./connection.ts";
import { text } from "./properties.ts";

/** What messages say about a vendor. */
export interface VendorWords {
  /** Prefix of config keys and, in capitals, of environment variables: `rezolve`. */
  name: string;
  /** As people write it: `Rezolve`. */
  title: string;
  /** What says where a client lives: keys of inputs and of settings. */
  place: readonly [home: PlaceKey, ...within: PlaceKey[]];
  /** What it takes to create, read, or change and delete clients, in the vendor's terms. */
  permissions: Readonly<Record<Right, string>>;
  /** How people read that a client is not there, as "it …" goes on. */
  absent: string;
  /** The class that deletes what no stack manages, for example `rezolve.OAuthClientDeletion`. */
  deletionClass: string;
  /** What the id of a client is, for somebody who wrote another one. */
  aboutId: Message;
}

/** One part of where clients live: an input of every resource, which a setting of the connection stands in for. */
export interface PlaceKey {
  /** Of the input and the setting, for example `tenantId`. */
  key: string;
  /** As people say it, for example `tenant`. */
  noun: string;
  /** Whether a client may live in none: then a default never moves a client that does. */
  optional: boolean;
  /** The field of receipts that has it. */
  receipt: keyof ReceiptPlace;
}

/** Where a client lived, as receipts say it. */
export type ReceiptPlace = Pick<Receipt, "tenantId" | "realmName">;

/** What the caller must be allowed to do. */
export type Right = "create" | "read" | "change";

/** What to do where a part of the place is missing. */
export function howToSet(key: string, { settingNames }: Pick<Connection, "settingNames">): Message {
  return say`Set ${key} on the resource, or as the connection's default: ${settingNames(key)}.`;
}

/** `baseUrl` → `BASE_URL`. */
export function environmentName(key: string): string {
  return key
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase();
}

/** How messages name a client. */
export function nameOf(name: unknown, id: string | null): Message {
  const called = text(name) === null ? "" : say` "${identifier(String(name))}"`;
  return say`OAuth client${called}${id === null ? "" : say` (${identifier(id)})`}`;
}
