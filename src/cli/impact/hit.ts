import { type Message, say } from "../../core/text.ts";
import type { Properties } from "../../lifecycle/properties.ts";
import { hiddenAmong } from "../stack/hidden.ts";
import type { Kind } from "../stack/state.ts";

/** What a client is deleted by. */
export type How =
  | "destroy"
  | "removal"
  | "replacement"
  | "status: deleted"
  | "deletion resource"
  | "purge"
  | "settled claim";

/**
 * Steps of a preview after which a resource is a new one: it may take over a client then, or delete some. What makes and
 * what leaves is one step where it is a replacement.
 */
export const MAKING: ReadonlySet<string> = new Set(["create", "replace", "create-replacement"]);

/** A deletion that a command would bring, as far as Pulumi's words tell it, without a look at the vendor. */
export interface Hit {
  kind: Kind;
  urn: string;
  how: How;
  /** Null where it is not known before the command runs. */
  id: string | null;
  /** Where the client is and how it is deleted: outputs of a client, or inputs of what deletes it. */
  properties: Properties;
  /** Why it would fail, as far as that can be told without a look; null where it would be tried. */
  refused: Message | null;
  /** Why nobody can tell before the command runs what it hits: then nothing is looked at. Null where it can be told. */
  unsure: Message | null;
}

/** Why it cannot be told where a client is, or how it is deleted; null where it can. */
export function unsureOf({ vendor }: Kind, properties: Properties, more: readonly string[] = []): Message | null {
  const place = vendor.place.map(({ key }) => key);
  const hidden = hiddenAmong(properties, [...place, "connection", "baseUrl", "deletion", ...more]);
  return hidden === null ? null : say`${hidden}, so nobody was asked`;
}
