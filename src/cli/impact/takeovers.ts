import { isRecord } from "../../core/json.ts";
import { identifier, type Message, say } from "../../core/text.ts";
import { wantedIn } from "../../lifecycle/inputs.ts";
import { connectionNameIn } from "../../lifecycle/place.ts";
import { text } from "../../lifecycle/properties.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { hiddenAmong, isHidden } from "../stack/hidden.ts";
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
    const keeper = this.#kept.find((one) => isOther(one, hit) && one.id === hit.id);
    if (keeper !== undefined) {
      return say`${identifier(keeper.urn)} has it, too${soThat(hit)} it is not deleted, and the command fails: \`pulumi state delete\` of the one that leaves.`;
    }
    const taker = this.#made.find((one) => isOther(one, hit) && takesOver(one, hit));
    if (taker === undefined) return null;
    return say`${identifier(taker.urn)} takes it over${soThat(hit)} it is not deleted, and the command fails half done: a renamed resource keeps its client with \`aliases\`.`;
  }

  /** Why nobody can tell before the command runs whether another resource takes the client over; null where that is known. */
  doubtAt(hit: Hit): Message | null {
    for (const one of this.#made) {
      const hidden = isOther(one, hit) ? hiddenIn(one, hit) : null;
      if (hidden !== null) return say`${identifier(one.urn)} may take it over: ${hidden}`;
    }
    return null;
  }
}

function isOther(one: StackResource, { urn, kind }: Hit): boolean {
  return one.urn !== urn && kindOf(one)?.name === kind.name;
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
  if (wanted === null || isOpen(inputs)) return false;
  if (wanted.id !== null) return wanted.id === id;
  const name = text(inputs.name);
  return name !== null && name === text(properties.name) && isSamePlace(inputs, properties, kind.vendor);
}

/** What is hidden of an adoption that may be one of this client; null where it is none of it, or where all is known. */
function hiddenIn({ inputs }: StackResource, { kind, properties }: Hit): Message | null {
  if (!mayBeSamePlace(inputs, properties, kind.vendor)) return null;
  if (isOpen(inputs)) return hiddenAmong(inputs, ["adopt"]);
  const wanted = wantedIn(inputs);
  if (wanted === null || wanted.id !== null) return null;
  if (!isHidden(inputs.connection) && connectionNameIn(inputs) !== connectionNameIn(properties)) return null;
  if (isHidden(inputs.name)) return hiddenAmong(inputs, ["name"]);
  // Of a client that leaves, what is hidden is left out, and it always has a name.
  if (text(properties.name) === null) return say`the name of the client is secret`;
  const isNamesake = text(inputs.name) === text(properties.name);
  return isNamesake ? hiddenAmong(inputs, [...placeKeys(kind.vendor), "connection"]) : null;
}

/** Whether nobody knows which client an adoption means, by its id or by its name. */
function isOpen({ adopt }: StackResource["inputs"]): boolean {
  const id = isRecord(adopt) ? adopt.id : null;
  return isHidden(adopt) && (text(id) === null || isHidden(id));
}

/** Whether nothing that is known tells two places apart. */
function mayBeSamePlace(one: StackResource["inputs"], other: Hit["properties"], vendor: Vendor): boolean {
  return placeKeys(vendor).every((key) => {
    const [mine, theirs] = [text(one[key]), text(other[key])];
    return isHidden(one[key]) || mine === null || theirs === null || mine === theirs;
  });
}

function isSamePlace(one: StackResource["inputs"], other: Hit["properties"], vendor: Vendor): boolean {
  const isSame = (key: string) => !isHidden(one[key]) && text(one[key]) === text(other[key]);
  return (
    placeKeys(vendor).every(isSame) && !isHidden(one.connection) && connectionNameIn(one) === connectionNameIn(other)
  );
}

function placeKeys({ place }: Vendor): string[] {
  return place.map(({ key }) => key);
}
