/** A stack export as the other kind of provider has it. */

import { randomUUID } from "node:crypto";
import { withoutDynamic } from "../../core/dynamic-state.ts";
import { ConfigurationInvalid } from "../../core/errors.ts";
import { isRecord } from "../../core/json.ts";
import { identifier, type Message, say } from "../../core/text.ts";
import { DYNAMIC_TYPE, isDefaultProvider, PACKAGE, PACKAGED_TYPE } from "../../core/type-names.ts";
import { isInClear } from "../stack/hidden.ts";

/** Which kind of provider a stack's resources have. */
export type Way = "packaged" | "dynamic";

/** What a move takes from its caller. */
export interface MoveOptions {
  to: Way;
  /** The kinds of our resources, for example `rezolve:OAuthClient`. */
  kinds: readonly string[];
  /** What a dynamic state holds as its provider. */
  shell: string;
}

/** An export after a move. */
export interface Moved {
  document: unknown;
  /** URNs as they are now. */
  urns: string[];
}

type Json = Record<string, unknown>;

/**
 * Gives every resource of ours in an export the other kind of provider: its type, its URN wherever that stands, and what
 * only dynamic states hold. Everything else stays, secrets as they are encrypted.
 *
 * @throws {ConfigurationInvalid} for what is no stack export, or shows secrets; for a resource that has a provider of its
 *   own, whose settings the other kind would not have, and for one whose new URN another one has already
 */
export function moved(exported: unknown, { to, kinds, shell }: MoveOptions): Moved {
  const copy: unknown = structuredClone(exported);
  const deployment = isRecord(copy) && isRecord(copy.deployment) ? copy.deployment : null;
  if (deployment === null)
    throw new ConfigurationInvalid([say`This is no stack export: give what \`pulumi stack export\` prints.`]);
  if (isInClear(deployment)) {
    throw new ConfigurationInvalid([
      say`This export has secrets in clear, and so would the file: export the stack without --show-secrets. A move needs none of them.`,
    ]);
  }
  const resources: unknown[] = Array.isArray(deployment.resources) ? deployment.resources : [];
  const [from, into] = to === "packaged" ? [DYNAMIC_TYPE, PACKAGED_TYPE] : [PACKAGED_TYPE, DYNAMIC_TYPE];
  const types = new Map(kinds.map((kind) => [`${from}${kind}`, `${into}${kind}`]));
  const pending = recordsIn(deployment.pending_operations).flatMap(({ resource }) =>
    isRecord(resource) ? [resource] : [],
  );
  const all = [...recordsIn(resources), ...pending];
  const ours = all.filter(({ type }) => types.has(String(type)));
  const urns = new Map(all.map(({ urn }) => [String(urn), urnWith(String(urn), types)]));
  const [first] = ours;
  if (first === undefined) return { document: copy, urns: [] };
  const problems = [...explicitAmong(ours), ...takenAmong(all, urns)];
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
  const provider = providerOf(resources, String(first.urn), types, to);
  for (const resource of ours) {
    const kind = String(resource.type).slice(from.length);
    resource.type = types.get(String(resource.type));
    resource.provider = provider;
    for (const key of ["inputs", "outputs"]) {
      if (isRecord(resource[key])) resource[key] = propertiesFor(to, resource[key], kind, shell);
    }
  }
  return { document: renamed(copy, urns), urns: ours.map(({ urn }) => urns.get(String(urn)) ?? String(urn)) };
}

function recordsIn(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A URN with other types, its own and those of its parents. */
function urnWith(urn: string, types: ReadonlyMap<string, string>): string {
  const parts = urn.split("::");
  const chain = (parts[2] ?? "").split("$").map((type) => types.get(type) ?? type);
  return parts.map((part, at) => (at === 2 ? chain.join("$") : part)).join("::");
}

function explicitAmong(ours: readonly Json[]): Message[] {
  const explicit = ours.filter(({ provider }) => typeof provider === "string" && !isDefaultProvider(provider));
  return explicit.map(
    ({ urn }) =>
      say`${identifier(String(urn))} has a provider of its own, whose settings the other kind would not have: move it in the program, by an alias beside its provider.`,
  );
}

/** Resources that would have the URN of another one. Replaced ones that wait for their deletion share theirs. */
function takenAmong(all: readonly Json[], urns: ReadonlyMap<string, string>): Message[] {
  const now = new Set(all.map(({ urn }) => String(urn)));
  const changed = [...urns].filter(([before, after]) => before !== after && now.has(after));
  return changed.map(
    ([before, after]) =>
      say`${identifier(before)} would be ${identifier(after)}, which the stack has already: rename one of them in the program, by an alias of its old name, before the move.`,
  );
}

/**
 * The default provider of a kind, as resources refer to it, in front of all that moves to it: a state has a provider before
 * what it provides. Added where the export has none.
 */
function providerOf(resources: unknown[], urnOfOne: string, types: ReadonlyMap<string, string>, to: Way): string {
  const type = `pulumi:providers:${to === "packaged" ? PACKAGE : "pulumi-nodejs"}`;
  const isOne = (one: unknown): one is Json =>
    isRecord(one) && one.type === type && isDefaultProvider(String(one.urn)) && one.delete !== true;
  const known = resources.find(isOne);
  const start = urnOfOne.split("::").slice(0, 2).join("::");
  const provider = known ?? { urn: `${start}::${type}::default`, custom: true, id: randomUUID(), type };
  const first = resources.findIndex((one) => isRecord(one) && types.has(String(one.type)));
  const at = known === undefined ? -1 : resources.indexOf(known);
  const isLate = first >= 0 && at > first;
  if (isLate) resources.splice(at, 1);
  if (at === -1 || isLate) resources.splice(first === -1 ? resources.length : first, 0, provider);
  return `${String(provider.urn)}::${String(provider.id)}`;
}

function propertiesFor(to: Way, properties: Json, kind: string, shell: string): Json {
  const own = withoutDynamic(properties);
  return to === "packaged" ? own : { ...own, __kind: kind, __provider: shell };
}

/** Every text that is a URN, or begins with one and `::`, by the URNs of now. */
function renamed(value: unknown, urns: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") {
    const provided = /^(urn:.*)::([^:]+)$/.exec(value);
    return (
      urns.get(value) ?? (provided === null ? value : `${urns.get(provided[1] ?? "") ?? provided[1]}::${provided[2]}`)
    );
  }
  if (Array.isArray(value)) return value.map((one: unknown) => renamed(one, urns));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, renamed(one, urns)]));
}
