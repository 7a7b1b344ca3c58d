import { identifier, type Message, say } from "../../core/text.ts";
import { wantedIn } from "../../lifecycle/inputs.ts";
import { text } from "../../lifecycle/properties.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { hasClient, kindOf, type PreviewStep, type StackResource } from "../stack/state.ts";
import { type Hit, MAKING } from "./hit.ts";

/** Steps after which a resource has the client that it had. */
const KEEPING: ReadonlySet<string> = new Set(["same", "update"]);

/**
 * Why clients that leave would not be deleted: in an update another resource takes one over, or has it anyway, and the
 * provider deletes no client that another resource has. A destroy asks no such thing.
 */
export class Takeovers {
  readonly #made: readonly StackResource[];
  readonly #kept: readonly StackResource[];

  constructor(steps: readonly PreviewStep[]) {
    const after = (ops: ReadonlySet<string>) =>
      steps.flatMap(({ op, newState }) => (newState && ops.has(op) && isAlive(newState) ? [newState] : []));
    this.#made = after(MAKING);
    this.#kept = after(KEEPING).filter(hasClient);
  }

  /** Null where none is known. */
  against(hit: Hit): Message | null {
    const isOther = (one: StackResource) => one.urn !== hit.urn && kindOf(one)?.name === hit.kind.name;
    const keeper = this.#kept.find((one) => isOther(one) && one.id === hit.id);
    if (keeper !== undefined) {
      return say`${identifier(keeper.urn)} has it, too${soThat(hit)} it is not deleted, and the command fails: \`pulumi state delete\` of the one that leaves.`;
    }
    const taker = this.#made.find((one) => isOther(one) && takesOver(one, hit));
    if (taker === undefined) return null;
    return say`${identifier(taker.urn)} takes it over${soThat(hit)} it is not deleted, and the command fails half done: a renamed resource keeps its client with \`aliases\`.`;
  }
}

/** A replacement deletes at its turn, and what is removed after all else. */
function soThat({ how }: Hit): Message {
  return how === "replacement" ? say`, and where that comes first,` : say`, so`;
}

/** A tombstone has no client to take over. */
function isAlive(resource: StackResource): boolean {
  return kindOf(resource)?.role === "client" && resource.inputs.status !== "deleted" && resource.external !== true;
}

/** By its id wherever it is, which no vendor gives twice; by its name where that is looked for. */
function takesOver({ inputs }: StackResource, { id, kind, properties }: Hit): boolean {
  const wanted = wantedIn(inputs);
  if (wanted === null) return false;
  if (wanted.id !== null) return wanted.id === id;
  const name = text(inputs.name);
  return name !== null && name === text(properties.name) && isSamePlace(inputs, properties, kind.vendor);
}

function isSamePlace(one: StackResource["inputs"], other: Hit["properties"], { place }: Vendor): boolean {
  const isSame = (key: string) => text(one[key]) === text(other[key]);
  return place.every(({ key }) => isSame(key)) && connectionIn(one) === connectionIn(other);
}

function connectionIn({ connection }: Hit["properties"]): string {
  return text(connection) ?? "default";
}
