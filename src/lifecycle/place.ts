import type { FieldPolicies } from "../core/diff.ts";
import { ConfigurationInvalid } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import { identifier, joined, type Message, say } from "../core/text.ts";
import type { Connection } from "./connection.ts";
import type { Operation } from "./lifecycle.ts";
import { type Properties, pick, text } from "./properties.ts";
import { howToSet, type PlaceKey, type ReceiptPlace, type Right, type VendorWords } from "./words.ts";

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

/** The name of the connection that properties name, or mean where they name none. */
export function connectionNameIn({ connection }: Properties): string {
  return text(connection) ?? "default";
}

/**
 * Where recorded or checked properties say that a client lives, at the connection's address.
 *
 * @throws {ConfigurationInvalid} when the connection's settings cannot work, or a part of the place is not known
 */
export function placeOf(properties: Properties, operation: Pick<Operation, "connect">, vendor: VendorWords): Place {
  const connection = operation.connect(connectionNameIn(properties));
  const values: Record<string, string> = {};
  for (const part of vendor.place) {
    const value = text(properties[part.key]) ?? (part.optional ? null : (connection.place[part.key] ?? null));
    if (value !== null) values[part.key] = value;
    else if (!part.optional) throw new ConfigurationInvalid([missing(part, connection)]);
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
      home: vendor.place[0].noun,
      place: vendor.place
        .filter(({ key }) => key in values)
        .map(({ noun }) => noun)
        .join(" or "),
      connection: connection.name,
      baseUrl: connection.http.baseUrl,
      credentialSource: connection.http.credential.source,
      whenRefused: (words) => connection.http.credential.whenRefused(words),
      permission: vendor.permissions[right],
    }),
  };
}

function missing({ key, noun }: PlaceKey, connection: Connection): Message {
  return say`There is no ${noun}: neither the resource nor connection "${connection.name}" names one. ${howToSet(key, connection)}`;
}

/** Where recorded properties say that a client lives, as messages say it: `tenant t-1, realm r`. */
export function whereIn(properties: Properties, { place }: Pick<VendorWords, "place">): Message {
  const there = partsIn(properties, place);
  const named = place.filter(({ key }) => key in there);
  return joined(
    named.map(({ key, noun }) => say`${noun} ${identifier(there[key] ?? "")}`),
    ", ",
  );
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

/** What another place takes where a resource cannot move: another resource. */
export function placePolicies({ place }: Pick<VendorWords, "place">): FieldPolicies {
  return Object.fromEntries(place.map(({ key }) => [key, { effect: "replace", as: "text" } as const]));
}

/** Whether the inputs of a program, before defaults are filled in, mean the place of last time: a default moves nothing. */
export function isSamePlace(olds: Properties, news: Properties, { place }: Pick<VendorWords, "place">): boolean {
  return place.every(({ key }) => text(news[key]) === null || news[key] === olds[key]);
}
