/** The configuration of a provider: connections of every vendor, and where receipts go. */
import type { SettingSources } from "../../src/connections/settings.ts";
import { isRecord, parsedJson } from "../../src/core/json.ts";
import type { Properties } from "../../src/lifecycle/properties.ts";

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
      const value = namespace === "oauth-clients" ? config()[name] : settingsIn(config()[namespace])[name];
      return value === undefined || value === null ? undefined : asText(value);
    },
    get configFirst() {
      return isExplicit();
    },
  };
}

function settingsIn(value: unknown): Properties {
  const parsed = typeof value === "string" ? parsedJson(value) : value;
  return isRecord(parsed) ? parsed : {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
