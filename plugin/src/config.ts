/** The configuration of a provider: connections of every vendor, and where receipts go. */
import { type Elsewhere, knownSettings, type SettingSources } from "../../src/connections/settings.ts";
import { isRecord, parsedJson } from "../../src/core/json.ts";
import { PACKAGE } from "../../src/core/type-names.ts";
import type { Properties } from "../../src/lifecycle/properties.ts";
import { UNKNOWN } from "./values.ts";

const path = (key: string) => key.replace(":", ".");

/** What a program gave to a provider that it made. */
const ARGUMENTS: Elsewhere = {
  isFirst: true,
  all: "the provider's arguments",
  one: "the provider's argument",
  key: path,
};

/** A stack has one namespace for each package. */
const OWN_CONFIG: Elsewhere = {
  isFirst: false,
  all: "the stack config",
  one: "the stack config",
  key: (key) => `${PACKAGE}:${path(key)}`,
};

/**
 * Settings out of a provider's configuration, by the keys that a stack config of dynamic resources has: `rezolve:baseUrl` is
 * the key `baseUrl` of `rezolve`, and `oauth-clients:receiptsFile` is `receiptsFile`.
 *
 * @param config as the engine has it: what is nested may be JSON
 * @param isExplicit whether the program made the provider, with settings of its own: they come before the environment, which
 *   is the same for all providers of a program
 */
export function sourcesOf(
  env: SettingSources["env"],
  config: () => Properties,
  isExplicit: () => boolean,
): SettingSources {
  return {
    env,
    config(key) {
      const [namespace = "", name = ""] = key.split(":");
      const value = namespace === PACKAGE ? config()[name] : settingsIn(config()[namespace])[name];
      return value === undefined || value === null ? undefined : asText(value);
    },
    get elsewhere() {
      return isExplicit() ? ARGUMENTS : OWN_CONFIG;
    },
  };
}

/** What of a provider's configuration means nothing. */
export function configProblems(config: Properties): { property: string; reason: string }[] {
  const known = knownSettings();
  return Object.entries(config).flatMap(([property, value]) => {
    const keys = known.get(property);
    if (keys === undefined) {
      if (OWN.has(property)) return [];
      return [
        {
          property,
          reason: `There is no setting "${property}". Known: ${[...known.keys(), RECEIPTS].join(", ")}.${howToNest(property)}`,
        },
      ];
    }
    const settings = typeof value === "string" ? parsedJson(value) : value;
    if (value === UNKNOWN || settings === null) return [];
    if (!isRecord(settings)) return [{ property, reason: `It must be an object of settings: ${keys.join(", ")}.` }];
    return Object.keys(settings)
      .filter((key) => !keys.includes(key))
      .map((key) => ({
        property: `${property}.${key}`,
        reason: `There is no setting "${key}". Known: ${keys.join(", ")}.`,
      }));
  });
}

/** Without \`--path\`, the CLI takes the dot for a part of the key. */
function howToNest(property: string): string {
  return property.includes(".") ? ` Set it with --path: \`pulumi config set --path '${PACKAGE}:${property}'\`.` : "";
}

const RECEIPTS = "receiptsFile";

/** Of every provider: Pulumi's own two say which program it is. */
const OWN: ReadonlySet<string> = new Set([RECEIPTS, "version", "pluginDownloadURL", "__internal"]);

/** Properties of a configuration that hold credentials, whatever a program says of them. */
export function secretSettings(): ReadonlySet<string> {
  return new Set(knownSettings().keys());
}

function settingsIn(value: unknown): Properties {
  const parsed = typeof value === "string" ? parsedJson(value) : value;
  return isRecord(parsed) ? parsed : {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
