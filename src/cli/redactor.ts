import { isRecord } from "../core/json.ts";
import { Redactor } from "../core/redaction.ts";

/**
 * Takes secrets out of everything that the command prints: there is one, so that no output can be made with another that
 * knows less. It learns them from settings, and from the exports that it is given.
 */
export const REDACTOR = new Redactor();

/** A value with the secrets taken out of all of its texts, keys too: as programs read it, nothing else changes. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return textWithout(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [textWithout(key), withoutSecrets(one)]));
}

/**
 * Where in a value stands a secret, or what looks like one: for what somebody acts on, which without it would mean
 * something else.
 *
 * @returns the path, for example `clients.3.id`; null where there is none
 */
export function placeOfSecret(value: unknown, path: readonly string[] = []): string | null {
  if (typeof value === "string") return textWithout(value) === value ? null : path.join(".");
  if (typeof value !== "object" || value === null) return null;
  for (const [key, one] of Object.entries(value)) {
    const inner = [...path, key];
    const place = textWithout(key) === key ? placeOfSecret(one, inner) : inner.join(".");
    if (place !== null) return place;
  }
  return null;
}

/** Names and ids are among the texts: two that only resemble secrets must not become one. */
function textWithout(text: string): string {
  return REDACTOR.redact(text, "identifier");
}
