import { ConfigurationInvalid } from "../core/errors.ts";
import { addressProblem, type CommonSettings } from "../vendors/settings.ts";
import type { Vendor } from "../vendors/vendor.ts";

/** Where settings come from: the environment of this process, and the stack config that Pulumi hands over. */
export interface SettingSources {
  env: Readonly<Record<string, string | undefined>>;
  /** A stack config value by its full key, for example `rezolve:baseUrl`. */
  config(key: string): string | undefined;
}

/** A connection's settings, and where each came from. */
export interface ResolvedSettings {
  values: CommonSettings;
  /** For messages, by key: `the environment variable REZOLVE_TOKEN`, `stack config rezolve:token`. */
  sources: Readonly<Record<string, string>>;
}

/** Alternatives of which one source gives exactly one. The environment's choice wins whole. */
const CREDENTIAL_KEYS = ["token", "tokenFile"] as const;

/**
 * The settings of one connection: environment first, then stack config, because a plain `pulumi destroy` or `refresh`
 * hands over the config of the last `up` (pulumi#4981), and only the environment is current.
 *
 * @throws {ConfigurationInvalid} with every problem at once
 */
export function resolveSettings(vendor: Vendor, connection: string, sources: SettingSources): ResolvedSettings {
  const named = namedConnections(vendor, sources);
  const prefix = environmentPrefix(vendor, connection);
  const values: Record<string, string> = {};
  const from: Record<string, string> = {};
  for (const key of Object.keys(vendor.settings.shape)) {
    const variable = prefix + environmentName(key);
    const fromEnvironment = sources.env[variable];
    const path = connection === "default" ? `${vendor.name}:${key}` : `${vendor.name}:connections.${connection}.${key}`;
    const fromConfig = connection === "default" ? sources.config(`${vendor.name}:${key}`) : named[connection]?.[key];
    if (fromEnvironment !== undefined && fromEnvironment !== "") {
      values[key] = fromEnvironment;
      from[key] = `the environment variable ${variable}`;
    } else if (fromConfig !== undefined && fromConfig !== "") {
      values[key] = fromConfig;
      from[key] = `the stack config ${path}`;
    }
  }
  assertKnown(vendor, connection, named, Object.keys(values), sources);
  const problems = unknownKeys(vendor, connection, named);
  problems.push(...chooseCredential(vendor, connection, values, from));

  const parsed = vendor.settings.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const key = String(issue.path[0] ?? "");
      problems.push(
        values[key] === undefined
          ? `Connection "${connection}" has no ${key}: set ${settingNames(vendor, connection, key)}.`
          : `Connection "${connection}": ${key} (${from[key]}) ${issue.message}.`,
      );
    }
  } else {
    const address = addressProblem(parsed.data.baseUrl, parsed.data.allowInsecureHttp);
    if (address !== null) problems.push(`Connection "${connection}": baseUrl (${from.baseUrl}) ${address}.`);
  }
  if (!parsed.success || problems.length > 0) throw new ConfigurationInvalid(problems);
  return { values: parsed.data, sources: from };
}

/** How the value of a key can be given, for messages. */
export function settingNames(vendor: Vendor, connection: string, key: string): string {
  const config = connection === "default" ? `${vendor.name}:${key}` : `${vendor.name}:connections.${connection}.${key}`;
  return `${environmentPrefix(vendor, connection)}${environmentName(key)} in the environment or ${config} in the stack config`;
}

/** `baseUrl` → `BASE_URL`. */
export function environmentName(key: string): string {
  return key
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase();
}

/** `REZOLVE_` for the default connection, `REZOLVE__EU__` for the one named `eu`. */
export function environmentPrefix(vendor: Vendor, connection: string): string {
  const name = vendor.name.toUpperCase();
  return connection === "default" ? `${name}_` : `${name}__${environmentName(connection)}__`;
}

type Named = Readonly<Record<string, Readonly<Record<string, string>>>>;

function namedConnections(vendor: Vendor, sources: SettingSources): Named {
  const text = sources.config(`${vendor.name}:connections`);
  if (text === undefined || text === "") return {};
  const malformed = new ConfigurationInvalid([
    `The stack config ${vendor.name}:connections must be an object of connections, each an object of settings. Set it with \`pulumi config set --path ${vendor.name}:connections.<name>.<key> <value>\`.`,
  ]);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw malformed;
  }
  if (!isRecord(parsed)) throw malformed;
  const named: Record<string, Record<string, string>> = {};
  for (const [name, settings] of Object.entries(parsed)) {
    if (!isRecord(settings)) throw malformed;
    named[name] = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
  }
  return named;
}

function assertKnown(
  vendor: Vendor,
  connection: string,
  named: Named,
  givenKeys: readonly string[],
  sources: SettingSources,
): void {
  if (connection === "default" || givenKeys.length > 0 || named[connection] !== undefined) return;
  const start = `${vendor.name.toUpperCase()}__`;
  const inEnvironment = Object.keys(sources.env)
    .filter((key) => key.startsWith(start))
    .map((key) => key.slice(start.length).split("__")[0]?.toLowerCase() ?? "");
  const known = [...new Set(["default", ...Object.keys(named), ...inEnvironment])].filter((name) => name !== "");
  throw new ConfigurationInvalid([
    `There is no connection "${connection}" of ${vendor.title}; known: ${known.join(", ")}. Set ${settingNames(vendor, connection, "baseUrl")}, and its credentials likewise.`,
  ]);
}

function unknownKeys(vendor: Vendor, connection: string, named: Named): string[] {
  return Object.keys(named[connection] ?? {})
    .filter((key) => !(key in vendor.settings.shape))
    .map(
      (key) =>
        `Connection "${connection}": the stack config ${vendor.name}:connections.${connection} has a key "${key}" that means nothing. Known: ${Object.keys(vendor.settings.shape).join(", ")}.`,
    );
}

/** Keeps the credential of the first source that has one, and says where there is none or more than one. */
function chooseCredential(
  vendor: Vendor,
  connection: string,
  values: Record<string, string>,
  from: Readonly<Record<string, string>>,
): string[] {
  const given = CREDENTIAL_KEYS.filter((key) => values[key] !== undefined);
  const inEnvironment = given.filter((key) => from[key]?.startsWith("the environment") === true);
  const chosen = inEnvironment.length > 0 ? inEnvironment : given;
  for (const key of given) if (!chosen.includes(key)) delete values[key];
  if (chosen.length === 0) {
    return [
      `Connection "${connection}" has no credentials: set ${settingNames(vendor, connection, "token")}, or a tokenFile likewise.`,
    ];
  }
  if (chosen.length === 1) return [];
  return [
    `Connection "${connection}" has two credentials: ${chosen.map((key) => `${key} (${from[key]})`).join(" and ")}. Keep one of them.`,
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
