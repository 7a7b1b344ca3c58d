/** Values as they travel between the engine and a provider. */
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../../src/lifecycle/properties.ts";

/** A value of a special kind is an object with this key. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** What the key says of a secret. */
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** What stands for a value that a preview does not know yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Properties in clear, and which of them the engine keeps secret. */
export interface Opened {
  properties: Properties;
  /** Names of properties that are secret, or have a secret somewhere in them. */
  secrets: ReadonlySet<string>;
  /** The texts in what is secret, by the names of properties. */
  texts: ReadonlyMap<string, readonly string[]>;
}

/** Properties as the engine sent them. */
export function opened(sent: struct.Struct | undefined): Opened {
  const secrets = new Set<string>();
  const texts = new Map<string, string[]>();
  const properties: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(sent?.toJavaScript() ?? {})) {
    properties[key] = inClear(value, (secret) => {
      secrets.add(key);
      texts.set(key, [...(texts.get(key) ?? []), ...textsIn(secret)]);
    });
  }
  return { properties, secrets, texts };
}

/** Outputs that are secret whatever the program says. */
const ALWAYS = ["clientSecret"];

/**
 * What is secret of properties: what is so now, and what was so before and is not as it is now, such as what a failure
 * leaves as it was.
 */
export function secretsOf(properties: Properties, now: Opened, before?: Opened): ReadonlySet<string> {
  const isLeft = (key: string) => JSON.stringify(properties[key]) !== JSON.stringify(now.properties[key]);
  return new Set([...ALWAYS, ...now.secrets, ...[...(before?.secrets ?? [])].filter(isLeft)]);
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value === UNKNOWN ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Properties as the engine is to have them. */
export function sealed(properties: Properties, secrets: ReadonlySet<string>): struct.Struct {
  const entries = Object.entries(properties).map(([key, value]) => [
    key,
    secrets.has(key) && value !== null ? { [SIGNATURE]: SECRET, value } : value,
  ]);
  return struct.Struct.fromJavaScript(Object.fromEntries(entries));
}

function inClear(value: unknown, secret: (value: unknown) => void): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => inClear(one, secret));
  if (typeof value !== "object" || value === null) return value;
  const { [SIGNATURE]: signature, ...rest }: Record<string, unknown> = { ...value };
  if (signature === SECRET) {
    const clear = inClear(rest.value, secret);
    secret(clear);
    return clear;
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inClear(one, secret)]));
}
