/**
 * What the sandbox keeps: named collections of values, found by key or by tag.
 *
 * Everything is synchronous on purpose: deleting a client together with its tokens and sessions is one step that no
 * request can get in between (seed 004, note 1: "immediately invalidates").
 */
export interface Store {
  /** The collection of that name; opened once, at start. */
  collection<T>(definition: CollectionDefinition<T>): Collection<T>;
  /** Runs `step` as one unit: when it throws, a store on disk forgets what it wrote. May be nested. */
  atomically<R>(step: () => R): R;
  /** Removes what expired at or before `now` (epoch milliseconds) and returns how many values that were. */
  sweep(now: number): number;
  /** Lets go of the file, if there is one. Nothing may be called afterwards. */
  close(): void;
}

/** How values of one collection are read back, found and aged. */
export interface CollectionDefinition<T> {
  readonly name: string;
  /** Turns what was stored (JSON) into a value again; throws when it is not one. */
  readonly parse: (stored: unknown) => T;
  /** Under which words a value is found, besides its key. */
  readonly tags: (value: T) => readonly string[];
  /** When a value may be swept away: epoch milliseconds, `undefined` for never. */
  readonly expiresAt: (value: T) => number | undefined;
}

/** Values are JSON and are never changed after `put`: to change one, put another under the same key. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  /** Whether there was something to delete. */
  delete(key: string): boolean;
  /** All values that carry the tag, in the order in which their keys were first put. */
  tagged(tag: string): T[];
  /** All values, in the order in which their keys were first put. */
  all(): T[];
}
