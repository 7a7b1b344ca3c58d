import { storable } from "../core/text.ts";

/** Properties as they stand in a Pulumi state: plain JSON. */
export type Properties = Readonly<Record<string, unknown>>;

/** Some of the properties, as far as they are there. */
export function pick(properties: Properties, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => properties[key] !== undefined).map((key) => [key, properties[key]]));
}

/** A text that says something, else null. */
export function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The texts of a list; none of what is no list. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Whether a vendor's name may be this one: it may have trimmed it. */
export function isSameName(vendors: unknown, name: string): boolean {
  return typeof vendors === "string" && vendors.trim() === name.trim();
}

/** Those keys that are not among others. */
export function others(keys: readonly string[], than: readonly string[]): string[] {
  return keys.filter((key) => !than.includes(key));
}

/** As a state holds them: only so what is read can be compared with what was recorded. A secret is never changed. */
export function asStored(properties: Properties): Record<string, unknown> {
  const { clientSecret, ...shown } = properties;
  const stored = Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, storedValue(value)]));
  return clientSecret === undefined ? stored : { ...stored, clientSecret };
}

function storedValue(value: unknown): unknown {
  if (typeof value === "string") return storable(value);
  if (Array.isArray(value)) return value.map(storedValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, storedValue(inner)]));
}
