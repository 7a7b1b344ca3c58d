import { type Message, say } from "../../core/text.ts";
import { isClaim } from "../../lifecycle/claim.ts";
import { text } from "../../lifecycle/properties.ts";
import { stackOf } from "../output/words.ts";
import { isHidden, shownIn } from "../stack/hidden.ts";
import { hasClient, kindOf, type PreviewStep, type StackDocument, type StackResource } from "../stack/state.ts";
import { type Hit, type How, MAKING, unsureOf } from "./hit.ts";
import { continuedPurge, madePurge } from "./purges.ts";
import { Takeovers } from "./takeovers.ts";

/** What a command would do with clients. */
export interface Deletions {
  hits: Hit[];
  /** Resources whose removal calls nothing at the vendor, and why. */
  spared: { urn: string; why: string }[];
  /** Whether the whole stack goes. */
  isDestroy: boolean;
  /** Why Pulumi's words are not whole, beside its refusals to delete protected resources: those stand at the deletions. */
  errors: string[];
  /** As `project/stack`; empty where nobody says. */
  stack: string;
}

/** Everything that a stack document says of clients that would be deleted. Of an export: by a destroy. */
export function plannedIn(document: StackDocument): Deletions {
  if (document.is === "preview") {
    const planned = plannedBySteps(document.steps, stackIn([...document.steps, ...document.errors]));
    const isProtected = new Set(document.steps.flatMap(({ urn, oldState }) => (oldState?.protect ? [urn] : [])));
    const refused = new Set(planned.hits.map(({ urn }) => urn).filter((urn) => isProtected.has(urn)));
    const errors = document.errors.filter(({ urn, message }) => !refused.has(urn ?? "") || !isProtection(message));
    return { ...planned, errors: errors.map(({ message }) => message) };
  }
  const { resources } = document;
  const planned: Deletions = { hits: [], spared: [], isDestroy: true, errors: [], stack: stackIn(resources) };
  const all = new Set(resources.map(({ urn }) => urn));
  for (const resource of resources) leaves(resource, "destroy", (urn) => all.has(urn), planned);
  return planned;
}

/**
 * Pulumi's own refusals to delete or replace a protected resource. Source: `deleteProtectedError` and the step generator in
 * its deploy package.
 */
const PROTECTIONS: readonly RegExp[] = [
  /^(error: )?(preview failed: )?resource "[^"]*" cannot be deleted\s+because it is protected\./i,
  /^(error: )?unable to replace resource "[^"]*"( as part of replacing "[^"]*")?\s+as it is currently marked for protection\./i,
];

/** Any other error at a protected resource may have kept Pulumi from telling the rest. */
function isProtection(message: string): boolean {
  return PROTECTIONS.some((one) => one.test(message));
}

function stackIn(said: readonly { urn: string | null }[]): string {
  const [first] = said.map(({ urn }) => stackOf(urn)).filter(({ stack }) => stack !== null);
  return first === undefined ? "" : `${first.project}/${first.stack}`;
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

function plannedBySteps(steps: readonly PreviewStep[], stack: string): Deletions {
  // Any other preview has a step of the stack itself, of a destroy only its deletion, and none where that cannot be.
  const isDestroy = steps.length > 0 && steps.every(({ op }) => op === "delete");
  const planned: Deletions = { hits: [], spared: [], isDestroy, errors: [], stack };
  const gone = new Set(steps.filter(({ op }) => op in LEAVING).map(({ urn }) => urn));
  for (const { op, oldState, newState } of steps) {
    const how = LEAVING[op];
    if (how !== undefined && oldState) {
      leaves(oldState, isDestroy ? "destroy" : how, (urn) => gone.has(urn), planned);
    }
    if (MAKING.has(op) && newState) makes(newState, planned);
    if (op === "update" && oldState && newState) changes(oldState, newState, planned);
  }
  return isDestroy ? planned : { ...planned, hits: planned.hits.map(withTakeoverIn(steps)) };
}

function withTakeoverIn(steps: readonly PreviewStep[]): (hit: Hit) => Hit {
  const takeovers = new Takeovers(steps);
  return (hit) => {
    if (!LEAVES.has(hit.how)) return hit;
    const refused = hit.refused ?? takeovers.against(hit);
    // What is refused anyway needs no doubt.
    return { ...hit, refused, unsure: hit.unsure ?? (refused === null ? takeovers.doubtAt(hit) : null) };
  };
}

/** How the provider deletes no client that another resource has. */
const LEAVES: ReadonlySet<How> = new Set(["removal", "replacement"]);

/** A resource that leaves the state. */
function leaves(resource: StackResource, how: How, goes: (urn: string) => boolean, planned: Deletions): void {
  const kind = kindOf(resource);
  // What deleted clients calls nothing when it goes itself.
  if (kind?.role !== "client") return;
  const { urn, id, outputs, external, retainOnDelete, deletedWith } = resource;
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
      properties: shownIn(outputs),
      refused: protectionOf(resource),
      unsure: claimed ? CLAIMED : unsureOf(kind, outputs),
    });
  }
}

function protectionOf({ protect }: StackResource): Message | null {
  return protect === true ? say`Pulumi refuses it: the resource is protected.` : null;
}

const CLAIMED = say`a creation whose answer was lost: the client is looked up by its name when the command runs`;

/** A resource that is made, which may delete clients. */
function makes(resource: StackResource, planned: Deletions): void {
  const kind = kindOf(resource);
  const { urn, inputs } = resource;
  if (kind?.role === "purge") planned.hits.push(...madePurge(kind, urn, inputs));
  if (kind?.role !== "deletion") return;
  const id = isHidden(inputs.targetId) ? null : text(inputs.targetId);
  const which = id === null ? say`which client it is, is not known before the command runs` : null;
  planned.hits.push({
    kind,
    urn,
    how: "deletion resource",
    id,
    properties: shownIn(inputs),
    refused: null,
    unsure: unsureOf(kind, inputs) ?? which,
  });
}

/** A resource that is updated: to a tombstone, or to go on with a purge. */
function changes(old: StackResource, { urn, inputs }: StackResource, planned: Deletions): void {
  const kind = kindOf(old);
  const mayDelete = isHidden(inputs.status);
  if (kind?.role === "client" && (inputs.status === "deleted" || mayDelete) && hasClient(old)) {
    const properties = { ...old.outputs, deletion: inputs.deletion, connection: inputs.connection };
    const whether = mayDelete ? say`whether it is deleted, is not known before the command runs` : null;
    planned.hits.push({
      kind,
      urn,
      how: "status: deleted",
      id: old.id,
      properties: shownIn(properties),
      refused: protectionOf(old),
      unsure: whether ?? unsureOf(kind, properties),
    });
  }
  if (kind?.role === "purge") planned.hits.push(...continuedPurge(kind, urn, old.outputs, inputs));
}
