import { ConfigurationInvalid } from "../core/errors.ts";
import type { Receipt } from "../core/receipt.ts";
import type { Subject } from "../core/subject.ts";
import { identifier, joined, type Message, say } from "../core/text.ts";
import type { Connection } from "./connection.ts";
import type { Operation } from "./lifecycle.ts";
import { type Properties, pick, text } from "./properties.ts";

/** What messages say about a vendor. */
export interface VendorWords {
  /** Prefix of config keys and, in capitals, of environment variables: `rezolve`. */
  name: string;
  /** As people write it: `Rezolve`. */
  title: string;
  /** What says where a client lives: keys of inputs and of settings. */
  place: readonly PlaceKey[];
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

/** Where a client lives, and the words for it. */
export interface Place {
  connection: Connection;
  /** The parts that are there, by key. */
  values: Readonly<Record<string, string>>;
  receipt: ReceiptPlace;
  /**
   * @param right what the action takes
   * @param idFrom default `state`
   */
  subject(action: string, right: Right, client: Message, idFrom?: Subject["idFrom"]): Subject;
}

/**
 * Where recorded or checked properties say that a client lives, at the connection's address.
 *
 * @throws {ConfigurationInvalid} when the connection's settings cannot work, or a part of the place is not known
 */
export function placeOf(properties: Properties, operation: Operation, vendor: VendorWords): Place {
  const connection = operation.connect(text(properties.connection) ?? "default");
  const values: Record<string, string> = {};
  for (const part of vendor.place) {
    const value = text(properties[part.key]) ?? (part.optional ? null : (connection.place[part.key] ?? null));
    if (value !== null) values[part.key] = value;
    else if (!part.optional) throw new ConfigurationInvalid([missing(part, vendor, connection.name)]);
  }
  return {
    connection,
    values,
    receipt: receiptPlace(values, vendor),
    subject: (action, right, client, idFrom = "state") => ({
      vendor: vendor.title,
      action,
      client,
      idFrom,
      aboutId: vendor.aboutId,
      where: whereIn(values, vendor),
      place: vendor.place
        .filter(({ key }) => key in values)
        .map(({ noun }) => noun)
        .join(" or "),
      connection: connection.name,
      baseUrl: connection.http.baseUrl,
      credentialSource: connection.http.credential.source,
      whenRefused: connection.http.credential.whenRefused,
      permission: vendor.permissions[right],
    }),
  };
}

function missing({ key, noun }: PlaceKey, vendor: VendorWords, connection: string): Message {
  return say`There is no ${noun}: neither the resource nor connection "${connection}" names one. ${howToSet(key, vendor)}`;
}

/** What to do where a part of the place is missing. */
export function howToSet(key: string, { name }: Pick<VendorWords, "name">): Message {
  return say`Set ${key} on the resource, or as the connection's default: ${name}:${key} in the stack config or ${name.toUpperCase()}_${environmentName(key)} in the environment.`;
}

/** `baseUrl` → `BASE_URL`. */
export function environmentName(key: string): string {
  return key
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase();
}

/** Where recorded properties say that a client lives, as messages say it: `tenant t-1, realm r`. */
export function whereIn(properties: Properties, { place }: Pick<VendorWords, "place">): Message {
  const parts = place.flatMap(({ key, noun }) => {
    const value = text(properties[key]);
    return value === null ? [] : [say`${noun} ${identifier(value)}`];
  });
  return joined(parts, ", ");
}

/** The parts of a place that properties or settings name, by key. */
export function partsIn(properties: Properties, place: readonly PlaceKey[]): Record<string, string> {
  const parts = place.map(({ key }): [string, string | null] => [key, text(properties[key])]);
  return Object.fromEntries(parts.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

function receiptPlace(values: Properties, { place }: VendorWords): ReceiptPlace {
  const partOf = (field: keyof ReceiptPlace) => text(values[place.find(({ receipt }) => receipt === field)?.key ?? ""]);
  return { tenantId: partOf("tenantId") ?? "", realmName: partOf("realmName") };
}

/** The parts of a place, among a resource's properties. */
export function placeIn(properties: Properties, { place }: Pick<VendorWords, "place">): Properties {
  return pick(
    properties,
    place.map(({ key }) => key),
  );
}

/** Tells one connection and place from others. */
export function placeKey({ connection, values }: Place): string {
  return JSON.stringify([connection.name, values]);
}

/** How messages name a client. */
export function nameOf(name: unknown, id: string | null): Message {
  const called = text(name) === null ? "" : say` "${identifier(String(name))}"`;
  return say`OAuth client${called}${id === null ? "" : say` (${identifier(id)})`}`;
}
