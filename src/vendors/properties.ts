import type { Properties } from "./lifecycle.ts";

/** Some of the properties, as far as they are there. */
export function pick(properties: Properties, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => properties[key] !== undefined).map((key) => [key, properties[key]]));
}

/** A text that says something, else null. */
export function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Those keys that are not among others. */
export function others(keys: readonly string[], than: readonly string[]): string[] {
  return keys.filter((key) => !than.includes(key));
}
