import { ConfigurationInvalid } from "../../core/errors.ts";
import { parsedJson } from "../../core/json.ts";
import { type Message, say } from "../../core/text.ts";
import { connectionNameIn } from "../../lifecycle/place.ts";
import { text } from "../../lifecycle/properties.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { REDACTOR } from "../redactor.ts";
import type { Session } from "../session.ts";
import { hiddenAmong } from "../stack/hidden.ts";
import { hasClient, kindOf, type StackDocument } from "../stack/state.ts";

/** A client of a stack, and the secret that the state has of it. */
export interface StackSecret {
  vendor: Vendor;
  urn: string;
  name: string | null;
  clientId: string | null;
  connection: string;
  /** Where the client was made; null where the state does not say. */
  baseUrl: string | null;
  /** What of that is secret in the state, and cannot be taken for what it has by default; null where nothing is. */
  hidden: Message | null;
  /** `none`: the state has none. `hidden`: it is there, but encrypted. */
  secret: { is: "known"; value: string } | { is: "none" } | { is: "hidden" };
}

/** The clients of a stack, each with its secret. */
export function secretsIn(session: Session, document: StackDocument): StackSecret[] {
  if (document.is === "preview")
    throw new ConfigurationInvalid([say`A preview has no secrets: give it a stack export.`]);
  return document.resources.flatMap((resource) => {
    const kind = kindOf(resource);
    if (kind?.role !== "client" || !hasClient(resource)) return [];
    const { urn, outputs } = resource;
    const driver = session.driverOf(kind.vendor);
    return [
      {
        vendor: kind.vendor,
        urn,
        name: text(outputs.name),
        clientId: driver.oauthClientId(resource.id ?? "", driver.keptIn(outputs)),
        connection: connectionNameIn(outputs),
        baseUrl: text(outputs.baseUrl),
        hidden: hiddenAmong(outputs, ["connection", "baseUrl"]),
        secret: secretOf(outputs.clientSecret),
      },
    ];
  });
}

/** What an export holds of a secret: with `--show-secrets` the JSON of its value, else what it is encrypted to. */
function secretOf(value: unknown): StackSecret["secret"] {
  if (value === null || value === undefined) return { is: "none" };
  if (typeof value === "string") return known(value);
  const { plaintext } = Object(value);
  if (typeof plaintext !== "string") return { is: "hidden" };
  REDACTOR.add(plaintext);
  const shown = parsedJson(plaintext);
  return typeof shown === "string" ? known(shown) : { is: "none" };
}

function known(value: string): StackSecret["secret"] {
  REDACTOR.add(value);
  return { is: "known", value };
}
