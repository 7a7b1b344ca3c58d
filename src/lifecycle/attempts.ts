import { PartialFailure } from "./lifecycle.ts";
import type { Place } from "./place.ts";

/** A creation of this process whose client is not known yet, or never will be. */
interface Open {
  /** Its request may still be under way. */
  underWay: boolean;
}

/** What else this process has to do with a name, when a creation of it begins. */
export interface Rivals {
  /** Whether this process has made a client of the name, makes one, or may have made one. */
  readonly wereBegun: boolean;
  /** Whether another creation of the name is open now. */
  areOpen(): boolean;
}

/** The creations of one process, by place and name; over which connection does not matter. */
export class Attempts {
  /** Those that have no client yet. */
  readonly #open = new Map<string, Set<Open>>();
  readonly #made = new Set<string>();

  /**
   * Creates a client. It is open until it is told which client it made, or that it made none; for ever, where a claim is
   * left.
   *
   * @param create gets what else is created under this name
   */
  async during<Result>(place: Place, name: unknown, create: (rivals: Rivals) => Promise<Result>): Promise<Result> {
    const key = keyOf(place, name);
    const all = this.#open.get(key) ?? new Set();
    this.#open.set(key, all);
    const own: Open = { underWay: true };
    const wereBegun = all.size > 0 || this.#made.has(key);
    all.add(own);
    try {
      const result = await create({ wereBegun, areOpen: () => all.size > 1 });
      all.delete(own);
      this.#made.add(key);
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

function keyOf({ values, connection }: Place, name: unknown): string {
  return JSON.stringify([values, connection.http.baseUrl, String(name).trim()]);
}
