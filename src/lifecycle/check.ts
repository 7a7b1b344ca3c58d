import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { OF_DYNAMIC_STATES } from "../core/dynamic-state.ts";
import { ConfigurationInvalid, describeError, OAuthClientsError } from "../core/errors.ts";
import { identifier, type Message, say, storable } from "../core/text.ts";
import { isUnknown, UNKNOWN } from "../core/unknown.ts";
import type { Connection } from "./connection.ts";
import type { Checked, Operation } from "./lifecycle.ts";
import type { Properties } from "./properties.ts";
import { howToSet, type VendorWords } from "./words.ts";

/** Inputs that the resource class adds and no user writes. */
const OWN_INPUTS = [...OF_DYNAMIC_STATES, "protected"] as const;

/**
 * Fills in the connection's defaults and finds every problem at once, without the network. Unknown values pass, and so
 * does what is just as it was.
 *
 * @param schema of the inputs with defaults filled in
 */
export async function checkInputs(request: {
  schema: z.ZodType;
  words: Pick<VendorWords, "place">;
  defaults: Properties;
  olds: Properties;
  news: Properties;
  /** Nothing will be called for these inputs any more, so no connection is needed. */
  settled: boolean;
  operation: Operation;
}): Promise<Checked> {
  const { schema, words, defaults, olds, news, settled, operation } = request;
  const problems: Message[] = [];
  const inputs: Record<string, unknown> = { ...defaults, ...withoutUndefined(news) };
  const connection = settled ? null : await connect(news, operation, problems);
  const lived = Object.keys(olds).length > 0 ? olds : operation.replacedPlace;
  // Only an explicit input may move a client.
  for (const { key, optional } of words.place) {
    if (isSet(news[key])) continue;
    const recorded = isSet(lived[key]) && lived[key] !== UNKNOWN ? lived[key] : undefined;
    const byDefault = connection?.place[key];
    if (news[key] === "") continue;
    const livesInNone = optional && Object.keys(lived).length > 0 && !isSet(lived[key]);
    const moves = livesInNone || (recorded !== undefined && recorded !== byDefault);
    if (moves && byDefault !== undefined) {
      problems.push(
        say`The program names no ${key}, and the default has changed: the client lives in "${identifier(String(recorded ?? ""))}", connection "${connectionName(news)}" now says "${identifier(byDefault)}". A default never moves a client. Restore the old default, or name the ${key} on the resource: "${identifier(String(recorded ?? ""))}" keeps the client, "${identifier(byDefault)}" deletes it and creates another one there.`,
      );
    }
    if (livesInNone) continue;
    const value = recorded ?? byDefault;
    if (value !== undefined) inputs[key] = value;
  }
  const needed = words.place
    .filter(({ key, optional }) => !optional && inputs[key] === undefined)
    .map(({ key }) => key);
  if (connection !== null)
    problems.push(...needed.map((key) => say`${key}: there is none. ${howToSet(key, connection)}`));

  const isAlive = isSet(olds.status) && olds.status !== "deleted";
  if (inputs.status === "deleted" && isAlive && news.protected === true) {
    problems.push(
      say`status: "deleted" would delete a client whose resource is protected. Take \`protect\` off the resource (and its parents) first.`,
    );
  }
  problems.push(...unstorable(news), ...schemaProblems(schema, olds, inputs, needed));
  return { inputs, problems };
}

async function connect(news: Properties, operation: Operation, problems: Message[]): Promise<Connection | null> {
  if (isUnknown(news.connection)) return null;
  try {
    const connection = operation.connect(connectionName(news));
    await connection.http.credential.check();
    return connection;
  } catch (error) {
    if (error instanceof ConfigurationInvalid) problems.push(...error.problems);
    else if (error instanceof OAuthClientsError) problems.push(describeError(error));
    else throw error;
    return null;
  }
}

/** @param told inputs that are missing, which is a problem with a better message */
function schemaProblems(schema: z.ZodType, olds: Properties, inputs: Properties, told: readonly string[]): Message[] {
  const own = new Set<string>(OWN_INPUTS);
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(inputs).filter(([key]) => !own.has(key))));
  if (parsed.success) return [];
  const problems: Message[] = [];
  for (const issue of parsed.error.issues) {
    if (issue.path.length > 0 && isUnknown(valueAt(inputs, issue.path))) continue;
    // A refresh brings what somebody made of the client, and `ignoreChanges` keeps it: nobody asks for it.
    const concerned = concernedBy(issue);
    if (concerned.length > 0 && concerned.every((key) => isAsBefore(olds[key], inputs[key]))) continue;
    if (issue.code === "unrecognized_keys") {
      const inside = issue.path.length === 0 ? "" : say` in ${pathOf(issue.path)}`;
      problems.push(...issue.keys.map((key) => say`${key}: there is no such input${inside}. Check the spelling.`));
      continue;
    }
    if (told.includes(String(issue.path[0]))) continue;
    const missing = issue.code !== "custom" && valueAt(inputs, issue.path) === undefined;
    problems.push(say`${pathOf(issue.path)}: ${missing ? say`is missing` : issue.message}.`);
  }
  return problems;
}

/** The inputs that a problem is about: those that it is said to be among, else the one where it is. */
function concernedBy(issue: z.core.$ZodIssue): string[] {
  const among: unknown = issue.code === "custom" ? issue.params?.among : undefined;
  return (Array.isArray(among) ? among : issue.path.slice(0, 1)).map(String);
}

function isAsBefore(old: unknown, now: unknown): boolean {
  return old !== undefined && isDeepStrictEqual(old, now);
}

/** Texts that act on whoever shows them: Pulumi's command line ends with a panic on a colour that it does not know. */
function unstorable(inputs: Properties): Message[] {
  const paths: string[] = [];
  const visit = (value: unknown, path: string) => {
    if (typeof value === "string" && storable(value) !== value) paths.push(path);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, `${path}[${index}]`);
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (storable(key) !== key) paths.push(path);
        visit(inner, `${path}.${key}`);
      }
    }
  };
  for (const [key, value] of Object.entries(inputs)) visit(value, key);
  return [...new Set(paths)].map(
    (path) =>
      say`${path}: must not contain control characters (line breaks and tabs aside), invisible characters that change the direction of writing, or "<${"{%"}", which Pulumi's command line takes for a colour.`,
  );
}

function withoutUndefined(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}

/** The value at a path, or the unknown that stands where it would be. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const part of path) {
    if (at === UNKNOWN || typeof at !== "object" || at === null) return at === UNKNOWN ? at : undefined;
    at = Reflect.get(at, part);
  }
  return at;
}

/** Whether a resource is new, or about to be replaced by a new one. */
export function isNew(olds: Properties): boolean {
  return Object.keys(olds).length === 0;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function connectionName(properties: Properties): string {
  return typeof properties.connection === "string" ? properties.connection : "default";
}
