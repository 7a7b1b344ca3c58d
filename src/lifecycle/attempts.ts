import { PartialFailure } from "./lifecycle.ts";
import { type Place, placeKey } from "./place.ts";

/** A creation of this process whose client is not known yet, or never will be. */
interface Open {
  /** Its request may still be under way. */
  underWay: boolean;
}

/** The creations of one process that have no client yet, by place and name. */
export class Attempts {
  readonly #open = new Map<string, Set<Open>>();

  /**
   * Creates a client. It is open until it is told which client it made, or that it made none; for ever, where a claim is
   * left.
   *
   * @param create gets whether another creation of this name is open
   */
  async during<Result>(
    place: Place,
    name: unknown,
    create: (isContested: () => boolean) => Promise<Result>,
  ): Promise<Result> {
    const key = keyOf(place, name);
    const all = this.#open.get(key) ?? new Set();
    this.#open.set(key, all);
    const own: Open = { underWay: true };
    all.add(own);
    try {
      const result = await create(() => all.size > 1);
      all.delete(own);
      return result;
    } catch (error) {
      own.underWay = false;
      if (!(error instanceof PartialFailure)) all.delete(own);
      throw error;
    }
  }

  /** Whether a request that may make a client of this name is under way. */
  isUnderWay(place: Place, name: unknown): boolean {
    return [...(this.#open.get(keyOf(place, name)) ?? [])].some(({ underWay }) => underWay);
  }
}

function keyOf(place: Place, name: unknown): string {
  return JSON.stringify([placeKey(place), place.connection.http.baseUrl, String(name).trim()]);
}
