import { ConfigurationInvalid } from "../core/errors.ts";
import { isRecord, parsedJson } from "../core/json.ts";
import { joined, listed, type Message, say } from "../core/text.ts";
import { environmentName } from "../lifecycle/words.ts";
import {
  type CredentialAlternative,
  type CredentialChoice,
  chooseCredential,
  neededKeys,
  type Origin,
} from "../vendors/credentials.ts";
import { vendors } from "../vendors/registry.ts";
import { addressProblem, type CommonSettings } from "../vendors/settings.ts";
import type { Vendor } from "../vendors/vendor.ts";

/** Where settings come from: the environment of this process, and the stack config that Pulumi hands over. */
export interface SettingSources {
  env: Readonly<Record<string, string | undefined>>;
  /** A stack config value by its full key, for example `rezolve:baseUrl`. */
  config(key: string): string | undefined;
  /** Where else than in the stack config `config` looks. */
  readonly elsewhere?: Elsewhere;
}

/** A place of settings beside the environment that is not the stack config by a vendor's name. */
export interface Elsewhere {
  /**
   * Whether it comes before the environment: what a program gave to a provider of its own is current, and the environment
   * is the same for all providers of a program.
   */
  isFirst: boolean;
  /** How people call all of it: `the provider's arguments`. */
  all: string;
  /** How people call a single one of it, before its key: `the provider's argument`. */
  one: string;
  /** What a key, for example `rezolve:baseUrl`, is there: `rezolve.baseUrl`. */
  key(key: string): string;
}

const STACK_CONFIG: Elsewhere = {
  isFirst: false,
  all: "the stack config",
  one: "the stack config",
  key: (key) => key,
};

const placeOf = ({ elsewhere = STACK_CONFIG }: Pick<SettingSources, "elsewhere">): Elsewhere => elsewhere;

/** A connection's settings, and where each came from. */
export interface ResolvedSettings {
  values: CommonSettings & Readonly<Record<string, unknown>>;
  /** What authenticates its requests. */
  credential: CredentialAlternative;
  /** A setting's text, for the parts of a credential; empty when it is not set. */
  text(key: string): string;
  /** For messages, of what is set: `the environment variable REZOLVE_TOKEN`, `the stack config rezolve:token`. */
  sources: Readonly<Record<string, string>>;
  /** The same; of what is not set, how to set it. */
  source(key: string): string;
  /** How to replace a value that is refused, a sentence. */
  replacing(key: string): Message;
  /** Every secret among the settings, used or not. */
  secrets: readonly string[];
}

/**
 * The settings of one connection: environment first, then stack config, because a plain `pulumi destroy` or `refresh`
 * hands over the config of the last `up` (pulumi#4981), and only the environment is current.
 *
 * @throws {ConfigurationInvalid} with every problem at once
 */
export function resolveSettings(vendor: Vendor, connection: string, sources: SettingSources): ResolvedSettings {
  const named = namedConnections(vendor, sources);
  const { values, from, origins } = givenSettings(vendor, connection, named, sources);
  assertKnown(vendor, connection, named, Object.keys(values), sources);
  const source = (key: string) => from[key] ?? settingNames(vendor, connection, key, sources);
  const describe = (key: string) => say`${key} (${source(key)})`;
  const secrets = Object.entries(vendor.settings.shape)
    .filter(([, schema]) => schema.meta()?.secret === true)
    .flatMap(([key]) => values[key] ?? []);

  const problems = unknownKeys(vendor, connection, named, sources);
  const choice = chooseCredential(vendor.credentials, origins, placeOf(sources).isFirst ? "config" : "environment");
  const credential = choice.found === "one" ? choice.alternative : [];
  if (choice.found !== "one") problems.push(credentialProblem(vendor, connection, choice, describe, sources));
  // What was not chosen counts for nothing, not even for being malformed.
  const chosen = new Set(credential.flatMap(neededKeys));
  for (const key of vendor.credentials.flat().flatMap(neededKeys)) if (!chosen.has(key)) delete values[key];
  problems.push(...halfPairs(values, describe).map((problem) => say`Connection "${connection}" ${problem}`));

  const parsed = vendor.settings.safeParse(values);
  const malformed = new Set<string>();
  for (const issue of parsed.error?.issues ?? []) {
    const key = String(issue.path[0]);
    if (malformed.has(key)) continue;
    malformed.add(key);
    problems.push(
      values[key] === undefined
        ? say`Connection "${connection}" has no ${key}: set ${settingNames(vendor, connection, key, sources)}.`
        : say`Connection "${connection}": ${describe(key)} ${issue.message}.`,
    );
  }
  for (const key of ADDRESSES) {
    const address = values[key];
    if (address === undefined || malformed.has(key)) continue;
    const problem = addressProblem(address, values.allowInsecureHttp === "true");
    if (problem !== null) problems.push(say`Connection "${connection}": ${describe(key)} ${problem}.`);
  }
  if (!parsed.success || problems.length > 0) throw new ConfigurationInvalid(problems);
  const all: Readonly<Record<string, unknown>> = { ...parsed.data };
  return {
    values: parsed.data,
    credential,
    text: (key) => String(all[key] ?? ""),
    sources: from,
    source,
    replacing: (key) => replacing(vendor, connection, key, origins[key], sources),
    secrets,
  };
}

function replacing(
  vendor: Vendor,
  connection: string,
  key: string,
  origin: Origin | undefined,
  sources: SettingSources,
): Message {
  const variable = environmentPrefix(vendor, connection) + environmentName(key);
  if (origin === "environment") return say`Put a valid ${key} into ${variable}, then run the command again.`;
  const place = placeOf(sources);
  return place.isFirst
    ? say`Put a valid ${key} into ${place.one} ${place.key(configKey(vendor, connection, key))}, then run \`pulumi up\`, or the command with --run-program: a plain destroy or refresh sees only ${place.all} of the last up.`
    : say`Put a valid ${key} into the environment (${variable}: it wins over stack config, and a plain destroy or refresh sees only the config of the last up), then run the command again.`;
}

/** How the value of a key can be given, for messages. */
export function settingNames(
  vendor: Pick<Vendor, "name">,
  connection: string,
  key: string,
  sources: Pick<SettingSources, "elsewhere">,
): string {
  const place = placeOf(sources);
  return `${environmentPrefix(vendor, connection)}${environmentName(key)} in the environment or ${place.key(configKey(vendor, connection, key))} in ${place.all}`;
}

/** The full key of a setting in the stack config. */
export function configKey(vendor: Pick<Vendor, "name">, connection: string, key: string): string {
  return connection === "default" ? `${vendor.name}:${key}` : `${vendor.name}:connections.${connection}.${key}`;
}

/** `REZOLVE_` for the default connection, `REZOLVE__EU__` for the one named `eu`. */
export function environmentPrefix(vendor: Pick<Vendor, "name">, connection: string): string {
  const name = vendor.name.toUpperCase();
  return connection === "default" ? `${name}_` : `${name}__${environmentName(connection)}__`;
}

const ORDER = ["environment", "config"] as const satisfies readonly Origin[];

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

/** What is set, and where: the environment first, unless the sources say otherwise. An empty value is none. */
function givenSettings(vendor: Vendor, connection: string, named: Named, sources: SettingSources) {
  const prefix = environmentPrefix(vendor, connection);
  const place = placeOf(sources);
  const values: Record<string, string> = {};
  const from: Record<string, string> = {};
  const origins: Record<string, Origin> = {};
  for (const key of Object.keys(vendor.settings.shape)) {
    const variable = prefix + environmentName(key);
    const fromEnvironment = sources.env[variable];
    const path = configKey(vendor, connection, key);
    const fromConfig = connection === "default" ? sources.config(path) : named[connection]?.[key];
    const isSet = { environment: isGiven(fromEnvironment), config: isGiven(fromConfig) };
    const order = place.isFirst ? ORDER.toReversed() : ORDER;
    const origin = order.find((one) => isSet[one]);
    if (origin === undefined) continue;
    values[key] = (origin === "environment" ? fromEnvironment : fromConfig) ?? "";
    from[key] = origin === "environment" ? `the environment variable ${variable}` : `${place.one} ${place.key(path)}`;
    origins[key] = origin;
  }
  return { values, from, origins };
}

type Named = Readonly<Record<string, Readonly<Record<string, string>>>>;

function namedConnections(vendor: Vendor, sources: SettingSources): Named {
  const text = sources.config(`${vendor.name}:connections`);
  if (text === undefined || text === "") return {};
  const { one, key, isFirst } = placeOf(sources);
  const path = key(`${vendor.name}:connections`);
  const how = isFirst ? say`` : say` Set it with \`pulumi config set --path ${path}.<name>.<key> <value>\`.`;
  const malformed = new ConfigurationInvalid([
    say`${capitalized(one)} ${path} must be an object of connections, each an object of settings.${how}`,
  ]);
  const parsed = parsedJson(text);
  if (!isRecord(parsed)) throw malformed;
  const named: Record<string, Record<string, string>> = {};
  for (const [name, settings] of Object.entries(parsed)) {
    if (!isRecord(settings)) throw malformed;
    named[name] = Object.fromEntries(
      Object.entries(settings)
        .filter(([, value]) => value !== null)
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
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
  const known = ["default", ...namesIn(vendor, named, sources)];
  throw new ConfigurationInvalid([
    say`There is no connection "${connection}" of ${vendor.title}; known: ${listed(known, words)}. Set ${settingNames(vendor, connection, "baseUrl", sources)}, and its credentials likewise.`,
  ]);
}

/** The names of connections that have a setting, beside the default one. */
function namesIn(vendor: Vendor, named: Named, { env }: SettingSources): string[] {
  const start = `${vendor.name.toUpperCase()}__`;
  const inConfig = new Map(Object.keys(named).map((name) => [environmentName(name), name]));
  const inEnvironment = Object.entries(env)
    .filter(([key, value]) => key.startsWith(start) && value !== undefined && value !== "")
    .map(([key]) => key.slice(start.length).split("__")[0] ?? "")
    // The environment's capitals are those of a name in the config, where that has it.
    .map((name) => inConfig.get(name) ?? name.toLowerCase());
  return [...new Set([...inConfig.values(), ...inEnvironment])].filter((name) => name !== "" && name !== "default");
}

/**
 * The connections of a vendor that have any setting.
 *
 * @throws {ConfigurationInvalid} for a stack config that has no connections where they belong
 */
export function connectionsOf(vendor: Vendor, sources: SettingSources): string[] {
  const named = namedConnections(vendor, sources);
  const { values } = givenSettings(vendor, "default", named, sources);
  return [...(Object.keys(values).length > 0 ? ["default"] : []), ...namesIn(vendor, named, sources)];
}

/** What may be set for a vendor, for its default connection and beside it: by the vendor's name. */
export function knownSettings(): ReadonlyMap<string, readonly string[]> {
  return new Map(vendors.map(({ name, settings }) => [name, [...Object.keys(settings.shape), "connections"]]));
}

function unknownKeys(vendor: Vendor, connection: string, named: Named, sources: SettingSources): Message[] {
  const { one, key: nameOf } = placeOf(sources);
  const path = nameOf(`${vendor.name}:connections.${connection}`);
  return Object.keys(named[connection] ?? {})
    .filter((key) => !(key in vendor.settings.shape))
    .map(
      (key) =>
        say`Connection "${connection}": ${one} ${path} has a key "${key}" that means nothing. Known: ${listed(Object.keys(vendor.settings.shape), words)}.`,
    );
}

/** Why there is no credential, and what to do. */
function credentialProblem(
  vendor: Vendor,
  connection: string,
  choice: Exclude<CredentialChoice, { found: "one" }>,
  describe: (key: string) => Message,
  sources: SettingSources,
): Message {
  const given = (keys: readonly string[]) => joined(keys.map(describe), " and ");
  switch (choice.found) {
    case "none": {
      const [first = [], ...others] = vendor.credentials.map((alternative) => alternative.flatMap(neededKeys));
      const set = joined(
        first.map((key) => say`${settingNames(vendor, connection, key, sources)}`),
        ", and ",
      );
      const or = joined(others.map(together), ", or ");
      return say`Connection "${connection}" has no credentials: set ${set}${or.isEmpty ? or : say`; or, likewise, ${or}`}.`;
    }
    case "several":
      return say`Connection "${connection}" has two credentials: ${given(choice.given)}. Keep one of them.`;
    case "half": {
      const missing = joined(choice.missing.map(together), ", or ");
      const [nearest] = choice.missing.flat();
      const example =
        nearest === undefined ? say`` : say` For example, set ${settingNames(vendor, connection, nearest, sources)}.`;
      return say`Connection "${connection}" has only part of its credentials: beside ${given(choice.given)} it needs ${missing}.${example}`;
    }
  }
}

/** `tokenUrl with authClientId and authClientSecret`. */
function together([first = "", ...others]: readonly string[]): Message {
  return others.length === 0 ? say`${first}` : say`${first} with ${others.join(" and ")}`;
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const words = (name: string) => say`${name}`;

/** Settings that say where tokens and secrets are sent. */
const ADDRESSES = ["baseUrl", "tokenUrl"] as const;

/** Settings that mean something only together. */
const PAIRS = [["clientCertFile", "clientKeyFile"]] as const;

function halfPairs(values: Readonly<Record<string, string>>, describe: (key: string) => Message): Message[] {
  return PAIRS.flatMap(([one, other]) => {
    if ((values[one] === undefined) === (values[other] === undefined)) return [];
    const [present, missing] = values[one] === undefined ? [other, one] : [one, other];
    return [say`has only part of a client certificate: beside ${describe(present)} it needs ${describe(missing)}.`];
  });
}
