import { isRecord } from "../../core/json.ts";
import { isUnknown } from "../../core/unknown.ts";
import { isClaim } from "../../lifecycle/claim.ts";
import { type Properties, text } from "../../lifecycle/properties.ts";
import {
  hasClient,
  type Kind,
  kindOf,
  type PreviewStep,
  type StackDocument,
  type StackResource,
} from "../stack/state.ts";

/** What a client is deleted by. */
export type How =
  | "destroy"
  | "removal"
  | "replacement"
  | "status: deleted"
  | "deletion resource"
  | "purge"
  | "settled claim";

/** A deletion that a command would bring, as far as Pulumi's words tell it, without a look at the vendor. */
export interface Hit {
  kind: Kind;
  urn: string;
  how: How;
  /** Null where it is not known before the command runs. */
  id: string | null;
  /** Where the client is and how it is deleted: outputs of a client, or inputs of what deletes it. */
  properties: Properties;
  /** Pulumi itself refuses it: the resource is protected. */
  isProtected: boolean;
  /** Whether it is one at all is not known before the command runs. */
  isUnsure?: boolean;
  /** A part of what it means is secret, or not known before the command runs. */
  isHidden?: boolean;
}

/** What a command would do with clients. */
export interface Planned {
  hits: Hit[];
  /** Resources whose removal calls nothing at the vendor, and why. */
  spared: { urn: string; why: string }[];
  /** Whether the whole stack goes. */
  isDestroy: boolean;
  /** Why Pulumi's words are not whole, beside protected resources, which it refuses to delete. */
  errors: string[];
}

/** Everything that a stack document says of clients that would be deleted. Of an export: by a destroy. */
export function plannedIn(document: StackDocument): Planned {
  if (document.is === "preview") {
    const planned = plannedBySteps(document.steps);
    const isProtected = new Set(planned.hits.filter((hit) => hit.isProtected).map(({ urn }) => urn));
    const errors = document.errors.filter(({ urn }) => urn === null || !isProtected.has(urn));
    return { ...planned, errors: errors.map(({ message }) => message) };
  }
  const planned: Planned = { hits: [], spared: [], isDestroy: true, errors: [] };
  const all = new Set(document.resources.map(({ urn }) => urn));
  for (const resource of document.resources) leaves(resource, "destroy", (urn) => all.has(urn), planned);
  return planned;
}

/**
 * What a step of a preview does to a resource. The JSON of a preview has a replacement as one step (tried on the engine,
 * 3.259); the two steps that it is made of appear where an earlier run ended between them.
 */
const LEAVING: Readonly<Record<string, How>> = {
  delete: "removal",
  replace: "replacement",
  "delete-replaced": "replacement",
  "import-replacement": "replacement",
};
const MAKING: ReadonlySet<string> = new Set(["create", "replace", "create-replacement"]);

function plannedBySteps(steps: readonly PreviewStep[]): Planned {
  // Any other preview has a step of the stack itself, of a destroy only its deletion, and none where that cannot be.
  const isDestroy = steps.length > 0 && steps.every(({ op }) => op === "delete");
  const planned: Planned = { hits: [], spared: [], isDestroy, errors: [] };
  const gone = new Set(steps.filter(({ op }) => op in LEAVING).map(({ urn }) => urn));
  for (const { op, oldState, newState } of steps) {
    const how = LEAVING[op];
    if (how !== undefined && oldState) {
      leaves(oldState, isDestroy ? "destroy" : how, (urn) => gone.has(urn), planned);
    }
    if (MAKING.has(op) && newState) makes(newState, planned);
    if (op === "update" && oldState && newState) changes(oldState, newState, planned);
  }
  return planned;
}

/** A resource that leaves the state. */
function leaves(resource: StackResource, how: How, goes: (urn: string) => boolean, planned: Planned): void {
  const kind = kindOf(resource);
  // What deleted clients calls nothing when it goes itself.
  if (kind?.role !== "client") return;
  const { urn, id, outputs, external, retainOnDelete, deletedWith, protect } = resource;
  const claimed = id !== null && isClaim(id);
  if (id === null || external === true || (!claimed && !hasClient(resource))) return;
  if (retainOnDelete === true) planned.spared.push({ urn, why: "retainOnDelete" });
  else if (deletedWith && goes(deletedWith)) planned.spared.push({ urn, why: `deletedWith ${deletedWith}` });
  else {
    planned.hits.push({
      kind,
      urn,
      how: claimed ? "settled claim" : how,
      id: claimed ? null : id,
      properties: plain(outputs),
      isProtected: protect === true,
    });
  }
}

/** A resource that is made, which may delete clients. */
function makes({ urn, inputs, ...resource }: StackResource, planned: Planned): void {
  const kind = kindOf(resource);
  if (kind === null || kind.role === "client") return;
  const properties = plain(inputs);
  const isHidden = ["select", "exclude", "limit"].some((key) => hasHidden(inputs[key]));
  const hit = { kind, urn, properties, isProtected: false, isHidden };
  if (kind.role === "deletion") {
    planned.hits.push({ ...hit, how: "deletion resource", id: known(inputs.targetId) });
  } else if (inputs.dryRun !== true) {
    purges(hit, inputs.targetIds, planned);
  }
}

/** A purge of these ids or, without them, of a selection. */
function purges(hit: Omit<Hit, "how" | "id">, ids: unknown, planned: Planned): void {
  const idOf = (one: unknown) => known(isRecord(one) ? one.id : one);
  const targets: (string | null)[] = Array.isArray(ids) ? ids.map(idOf) : [null];
  for (const id of new Set(targets)) planned.hits.push({ ...hit, how: "purge", id });
}

/** A resource that is updated: to a tombstone, or to go on with a purge. */
function changes(old: StackResource, { urn, inputs }: StackResource, planned: Planned): void {
  const kind = kindOf(old);
  const isUnsure = hasHidden(inputs.status);
  if (kind?.role === "client" && (inputs.status === "deleted" || isUnsure) && hasClient(old)) {
    const properties = { ...plain(old.outputs), deletion: inputs.deletion, connection: inputs.connection };
    const isProtected = old.protect === true;
    planned.hits.push({ kind, urn, how: "status: deleted", id: old.id, properties, isProtected, isUnsure });
  }
  if (kind?.role === "purge" && Array.isArray(old.outputs.__open)) {
    purges({ kind, urn, properties: plain(inputs), isProtected: false }, old.outputs.__open, planned);
  }
}

/** A text that is known before the command runs, and no secret. */
function known(value: unknown): string | null {
  return isHidden(value) ? null : text(value);
}

/** Properties without what is secret or not known yet. */
function plain(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !isHidden(value)));
}

/** What marks a secret in a state. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** What stands for one in a preview. */
const MASK = "[secret]";

function isHidden(value: unknown): boolean {
  return value === MASK || isUnknown(value) || (isRecord(value) && SECRET in value);
}

/** The same of anything inside of it. */
function hasHidden(value: unknown): boolean {
  if (isHidden(value)) return true;
  if (Array.isArray(value)) return value.some(hasHidden);
  return isRecord(value) && Object.values(value).some(hasHidden);
}
