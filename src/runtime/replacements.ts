import { isNothing, sameValue } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { identifier, type Message, say } from "../core/text.ts";
import type { Properties } from "../lifecycle/properties.ts";
import { nameOf } from "../lifecycle/words.ts";

/** The resource that a request is about. */
export interface Resource {
  /** For example `rezolve:OAuthClient`. */
  kind: string;
  /** Null where nobody says. */
  urn: string | null;
  /** So long an operation on it may take, in milliseconds; left out where the connection says it. */
  limitMs?: number;
}

/** A check whose URN nobody knows. */
type Unnamed =
  | { of: "existing"; kind: string; program: Properties; place: Properties }
  | { of: "newcomer"; kind: string; checked: Properties; defaults: Properties };

/**
 * What one process knows of replacements. The check of a successor is told nothing of its predecessor, and only the
 * program may move a client to another tenant or realm: never a default that is gone or has changed.
 *
 * Mostly the predecessor was met before, and its successor keeps its place. Not with `--replace`, `--target-replace` and
 * `state taint`: there the successor is checked first, and the predecessor's deletion is the first that is heard of it.
 */
export class Replacements {
  readonly #place: readonly string[];
  /** Where resources live, by URN. */
  readonly #places = new Map<string, Properties>();
  /** Where defaults put resources that nothing older is known of, new ones and successors; by URN. */
  readonly #defaults = new Map<string, Properties>();
  /** The first request of a process is a check, and nothing tells its URN. */
  #unnamed: Unnamed | null = null;

  /** @param place the keys of what says where a client lives, of whichever vendor */
  constructor(place: readonly string[]) {
    this.#place = place;
  }

  /** The inputs of a resource were checked. */
  checked({ kind, urn }: Resource, olds: Properties, program: Properties, checked: Properties): void {
    if (Object.keys(olds).length > 0) {
      if (urn === null) this.#unnamed = { of: "existing", kind, program, place: this.#placeIn(checked) };
      else this.met({ urn }, checked);
      return;
    }
    const keys = this.#place.filter((key) => isNothing(program[key]) && program[key] !== "");
    // Where nothing will be created, nothing is moved.
    const defaults = checked.status === "deleted" ? {} : Object.fromEntries(keys.map((key) => [key, checked[key]]));
    if (urn === null) this.#unnamed = { of: "newcomer", kind, checked, defaults };
    else this.#defaults.set(urn, defaults);
  }

  /** An existing resource was met. */
  met({ urn }: Pick<Resource, "urn">, properties: Properties): void {
    if (urn !== null) this.#places.set(urn, this.#placeIn(properties));
    // What Pulumi wants to replace it checks again at once, before anything else.
    if (this.#unnamed?.of === "existing") this.#unnamed = null;
  }

  /** Where the predecessor of a resource lives that nothing older is known of; empty when there is none. */
  placeOf({ kind, urn }: Resource, program: Properties): Properties {
    const known = urn === null ? undefined : this.#places.get(urn);
    if (known !== undefined) return known;
    const unnamed = this.#unnamed;
    const isSame = unnamed?.of === "existing" && unnamed.kind === kind && sameValue("value", unnamed.program, program);
    return isSame ? unnamed.place : {};
  }

  /** It exists now: what is deleted later under this URN makes room for nobody. */
  created(resource: Resource, inputs: Properties): void {
    if (resource.urn !== null) this.#defaults.delete(resource.urn);
    if (this.#isNewcomer(resource.kind, inputs)) this.#unnamed = null;
  }

  /**
   * Before a deletion: it must not make room for a successor that a default would move.
   *
   * @throws {OAuthClientsError} `configuration-invalid`
   */
  assertStays(resource: Resource, state: Properties): void {
    for (const [key, now] of Object.entries(this.#defaultsFor(resource, state))) {
      const recorded = state[key];
      if (sameValue("text", recorded, now)) continue;
      throw new OAuthClientsError(
        "configuration-invalid",
        say`Cannot replace ${nameOf(state.name, null)}: the program names no ${key}, the client lives in ${inWords(recorded)}, and by the connection's defaults its successor would live in ${inWords(now)}. A default never moves a client; nothing was deleted.`,
        say`Restore the old default, or name the ${key} on the resource.`,
      );
    }
  }

  #placeIn(properties: Properties): Properties {
    return Object.fromEntries(this.#place.map((key) => [key, properties[key]]));
  }

  #defaultsFor({ kind, urn }: Resource, state: Properties): Properties {
    if (urn === null || this.#places.has(urn)) return {};
    const known = this.#defaults.get(urn);
    if (known !== undefined) return known;
    return this.#unnamed?.of === "newcomer" && this.#isNewcomer(kind, state) ? this.#unnamed.defaults : {};
  }

  /** Whether the check whose URN nobody knows was of this client, as far as that can be told. */
  #isNewcomer(kind: string, properties: Properties): boolean {
    const unnamed = this.#unnamed;
    if (unnamed?.of !== "newcomer" || unnamed.kind !== kind) return false;
    return ["name", "connection"].every((key) => sameValue("text", unnamed.checked[key], properties[key]));
  }
}

function inWords(place: unknown): Message {
  return isNothing(place) ? say`none` : say`"${identifier(String(place))}"`;
}
