/** A stack export as the other kind of provider has it. */

import { randomUUID } from "node:crypto";
import { withoutDynamic } from "../../core/dynamic-state.ts";
import { ConfigurationInvalid } from "../../core/errors.ts";
import { isRecord } from "../../core/json.ts";
import { say } from "../../core/text.ts";
import { DYNAMIC_TYPE, PACKAGE, PACKAGED_TYPE } from "../../core/type-names.ts";

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
 * @throws {ConfigurationInvalid} for what is no stack export
 */
export function moved(exported: unknown, { to, kinds, shell }: MoveOptions): Moved {
  const copy: unknown = structuredClone(exported);
  const deployment = isRecord(copy) && isRecord(copy.deployment) ? copy.deployment : null;
  if (deployment === null)
    throw new ConfigurationInvalid([say`This is no stack export: give what \`pulumi stack export\` prints.`]);
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
  if (first !== undefined) {
    const provider = providerOf(resources, String(first.urn), to);
    for (const resource of ours) {
      const kind = String(resource.type).slice(from.length);
      resource.type = types.get(String(resource.type));
      resource.provider = provider;
      for (const key of ["inputs", "outputs"]) {
        if (isRecord(resource[key])) resource[key] = propertiesFor(to, resource[key], kind, shell);
      }
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

/** The default provider of a kind, as resources refer to it; added to the export where it is not there yet. */
function providerOf(resources: unknown[], urnOfOne: string, to: Way): string {
  const type = `pulumi:providers:${to === "packaged" ? PACKAGE : "pulumi-nodejs"}`;
  const known = recordsIn(resources).find((one) => one.type === type && /::default(_\w+)?$/.test(String(one.urn)));
  if (known !== undefined) return `${String(known.urn)}::${String(known.id)}`;
  const start = urnOfOne.split("::").slice(0, 2).join("::");
  const added = { urn: `${start}::${type}::default`, custom: true, id: randomUUID(), type };
  // A provider stands before what it provides.
  const at = recordsIn(resources).findIndex((one) => one.type !== "pulumi:pulumi:Stack");
  resources.splice(Math.max(0, at), 0, added);
  return `${added.urn}::${added.id}`;
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
