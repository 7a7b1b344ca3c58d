import { ConfigurationInvalid } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import { identifier, joined, type Message, say } from "../core/text.ts";
import type { Connection } from "./connection.ts";
import type { Operation, Properties } from "./lifecycle.ts";
import { text } from "./properties.ts";

/** What messages say about a vendor. */
export interface VendorWords {
  /** Prefix of config keys: `rezolve`. */
  name: string;
  /** As people write it: `Rezolve`. */
  title: string;
  /** What it takes to create, read, or change and delete clients, in the vendor's terms. */
  permissions: Readonly<Record<Right, string>>;
  /** How people read that a client is not there, as "it …" goes on. */
  absent: string;
  /** The class that deletes what no stack manages, for example `rezolve.OAuthClientDeletion`. */
  deletionClass: string;
  /** What the id of a client is, for somebody who wrote another one. */
  aboutId: Message;
}

/** What the caller must be allowed to do. */
export type Right = "create" | "read" | "change";

/** Where a client lives, and the words for it. */
export interface Place {
  connection: Connection;
  tenantId: string;
  realmName: string | null;
  /**
   * @param right what the action takes
   * @param idFrom default `state`
   */
  subject(action: string, right: Right, client: Message, idFrom?: Subject["idFrom"]): Subject;
}

/**
 * Where recorded or checked properties say that a client lives: their tenant and realm, at the connection's address.
 *
 * @throws {ConfigurationInvalid} when the connection's settings cannot work, or no tenant is known
 */
export function placeOf(properties: Properties, operation: Operation, vendor: VendorWords): Place {
  const connection = operation.connect(text(properties.connection) ?? "default");
  const tenantId = text(properties.tenantId) ?? connection.tenantId;
  if (tenantId === null) {
    throw new ConfigurationInvalid([
      say`There is no tenant: neither the resource nor connection "${connection.name}" names one. Set tenantId on the resource, ${vendor.name}:tenantId in the stack config or ${vendor.name.toUpperCase()}_TENANT_ID in the environment.`,
    ]);
  }
  const realmName = text(properties.realmName);
  return {
    connection,
    tenantId,
    realmName,
    subject: (action, right, client, idFrom = "state") => ({
      vendor: vendor.title,
      action,
      client,
      idFrom,
      aboutId: vendor.aboutId,
      tenantId,
      realmName,
      connection: connection.name,
      baseUrl: connection.http.baseUrl,
      credentialSource: connection.http.credential.source,
      whenRefused: connection.http.credential.whenRefused,
      permission: vendor.permissions[right],
    }),
  };
}

/** Tells one connection, tenant and realm from others. */
export function placeKey({ connection, tenantId, realmName }: Place): string {
  return JSON.stringify([connection.name, tenantId, realmName]);
}

/** How messages name a client. */
export function nameOf(name: unknown, id: string | null): Message {
  const called = text(name) === null ? "" : say` "${identifier(String(name))}"`;
  return say`OAuth client${called}${id === null ? "" : say` (${identifier(id)})`}`;
}

/** Ids, as a sentence names several. */
export function listed(ids: readonly string[]): Message {
  return joined(
    ids.map((id) => identifier(id)),
    ", ",
  );
}
