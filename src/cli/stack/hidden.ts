import { isRecord, parsedJson } from "../../core/json.ts";
import { listed, type Message, say } from "../../core/text.ts";
import { UNKNOWN } from "../../core/unknown.ts";
import type { Properties } from "../../lifecycle/properties.ts";

/** What marks whatever is no plain JSON in a state: a secret, above all. Source: `specialSigKey` in @pulumi/pulumi/runtime/rpc. */
const MARK = "4dabf18193072939515e22adb298388d";

/** What stands for a secret in a preview. */
const MASK = "[secret]";

/** Whether a value, or anything inside of it, is secret, or not known before the command runs. */
export function isHidden(value: unknown): boolean {
  if (value === MASK || value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(isHidden);
  return isRecord(value) && (MARK in value || Object.values(value).some(isHidden));
}

/** What a value is. Of a secret, an export with `--show-secrets` has the JSON; of any other, nobody knows more than before. */
export function revealed(value: unknown): unknown {
  return isRecord(value) && MARK in value && typeof value.plaintext === "string" ? parsedJson(value.plaintext) : value;
}

/** Whether a secret stands in a value in clear, as `--show-secrets` exports it. */
export function isInClear(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isInClear);
  if (!isRecord(value)) return false;
  return (MARK in value && typeof value.plaintext === "string") || Object.values(value).some(isInClear);
}

/** Properties without what is hidden. */
export function shownIn(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !isHidden(value)));
}

/**
 * Says which of some properties are hidden; null where none is. What is left out has a default: what is hidden must not be
 * taken for it.
 */
export function hiddenAmong(properties: Properties, keys: readonly string[]): Message | null {
  const hidden = keys.filter((key) => isHidden(properties[key]));
  if (hidden.length === 0) return null;
  return say`${listed(hidden)} ${hidden.length === 1 ? "is" : "are"} secret, or not known before the command runs`;
}
