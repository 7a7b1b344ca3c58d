import { OAuthClientsError } from "../core/errors.ts";
import { say, storable } from "../core/text.ts";
import type { Recorded } from "../lifecycle/lifecycle.ts";
import type { Properties } from "../lifecycle/properties.ts";

/**
 * Properties as Pulumi's protocol can carry them: without what is undefined, and nothing but plain JSON. A function or a
 * bigint would fail with a bare "Unexpected struct type." after the request was made, a Date would become `{}`. Texts are
 * as a state may hold them.
 *
 * @throws {OAuthClientsError} `engine-contract`, naming the property
 */
export function plain(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === "string" && NEVER_SHOWN.has(key) ? value : plainValue(value, key)]),
  );
}

/** A client as {@link plain} makes its outputs. */
export function recordable({ id, outputs }: Recorded): Recorded {
  return { id, outputs: plain(outputs) };
}

/** Worthless if anything in it were changed. */
const NEVER_SHOWN: ReadonlySet<string> = new Set(["clientSecret"]);

function plainValue(value: unknown, path: string): unknown {
  switch (typeof value) {
    case "string":
      return storable(value);
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "object":
      if (value === null) return null;
      if (Array.isArray(value))
        return value.map((item: unknown, index) => plainValue(item ?? null, `${path}[${index}]`));
      if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
        return Object.fromEntries(
          Object.entries(value)
            .filter(([, inner]) => inner !== undefined)
            .map(([key, inner]) => [key, plainValue(inner, `${path}.${key}`)]),
        );
      }
  }
  throw new OAuthClientsError("engine-contract", say`The property ${path} cannot be kept in a Pulumi state.`);
}
