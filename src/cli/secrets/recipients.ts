/** Whose secrets they are: one endpoint gets no other's. */
import { ConfigurationInvalid } from "../../core/errors.ts";
import { joined, type Message, say } from "../../core/text.ts";
import type { StackSecret } from "./in-stack.ts";

/** Which of a stack's secrets are meant. */
export interface Meant {
  vendor?: string;
  connection?: string;
  /** Where clients were made. */
  baseUrl?: string;
}

/**
 * Those of a vendor, of a connection, or of an address.
 *
 * @throws {ConfigurationInvalid} where there is none: nobody should take that for secrets that work
 */
export function onlyMeant(secrets: readonly StackSecret[], { vendor, connection, baseUrl }: Meant): StackSecret[] {
  const meant = secrets.filter(
    (one) =>
      (vendor === undefined || one.vendor.name === vendor) &&
      (connection === undefined || one.connection === connection) &&
      (baseUrl === undefined || one.baseUrl === baseUrl.replace(/\/+$/, "")),
  );
  if (meant.length > 0 || (vendor ?? connection ?? baseUrl) === undefined) return meant;
  const named = [
    vendor === undefined ? say`` : say`vendor ${vendor}`,
    connection === undefined ? say`` : say`connection "${connection}"`,
    baseUrl === undefined ? say`` : say`${baseUrl}`,
  ];
  throw new ConfigurationInvalid([say`The stack has no client of ${joined(named, ", ")}.`]);
}

/**
 * Makes sure that one endpoint is not told secrets which only another one may know.
 *
 * @throws {ConfigurationInvalid} where they belong to several vendors, connections or installations
 */
export function assertOneOwner(secrets: readonly StackSecret[], tokenUrl: string): void {
  const sent = secrets.filter(({ secret, clientId, hidden }) => secret.is === "known" && clientId !== null && !hidden);
  const owners = new Map(sent.map((one) => [JSON.stringify([one.vendor.name, one.connection, one.baseUrl]), one]));
  if (owners.size < 2) return;
  throw new ConfigurationInvalid([
    say`The secrets belong to several: ${joined([...owners.values()].map(ownerOf), "; ")}. All of them would be sent to ${tokenUrl}; none was. Say whose endpoint it is: --vendor, --connection, --base-url.`,
  ]);
}

function ownerOf({ vendor, connection, baseUrl }: StackSecret): Message {
  return say`${vendor.name}, connection "${connection}", ${baseUrl ?? "an address that the state does not say"}`;
}
