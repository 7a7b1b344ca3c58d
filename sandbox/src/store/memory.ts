import type { Collection, CollectionDefinition, Store } from "./store.ts";

interface Entry<T> {
  readonly value: T;
  readonly tags: readonly string[];
  readonly expiresAt: number | undefined;
  readonly sequence: number;
}

class MemoryCollection<T> implements Collection<T> {
  readonly #definition: CollectionDefinition<T>;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #keysByTag = new Map<string, Set<string>>();
  #sequence = 0;

  constructor(definition: CollectionDefinition<T>) {
    this.#definition = definition;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  put(key: string, value: T): void {
    const before = this.#entries.get(key);
    const tags = [...new Set(this.#definition.tags(value))];
    for (const tag of before?.tags ?? []) {
      if (!tags.includes(tag)) this.#untag(tag, key);
    }
    for (const tag of tags) {
      const keys = this.#keysByTag.get(tag);
      if (keys === undefined) this.#keysByTag.set(tag, new Set([key]));
      else keys.add(key);
    }
    const sequence = before?.sequence ?? ++this.#sequence;
    this.#entries.set(key, { value, tags, expiresAt: this.#definition.expiresAt(value), sequence });
  }

  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    for (const tag of entry.tags) this.#untag(tag, key);
    return this.#entries.delete(key);
  }

  tagged(tag: string): T[] {
    const entries: Entry<T>[] = [];
    for (const key of this.#keysByTag.get(tag) ?? []) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) entries.push(entry);
    }
    // Tags can be taken off and put on again; the order of the keys' first put is the promise.
    return entries.sort((a, b) => a.sequence - b.sequence).map((entry) => entry.value);
  }

  all(): T[] {
    return [...this.#entries.values()].map((entry) => entry.value);
  }

  sweep(now: number): number {
    let swept = 0;
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt !== undefined && entry.expiresAt <= now && this.delete(key)) swept += 1;
    }
    return swept;
  }

  #untag(tag: string, key: string): void {
    const keys = this.#keysByTag.get(tag);
    if (keys === undefined) return;
    keys.delete(key);
    if (keys.size === 0) this.#keysByTag.delete(tag);
  }
}

/**
 * A store that lives as long as the process. SQLite in memory would need no code of its own, but it reads a tenant's
 * clients anew for each page of a list: of 10,000 clients that takes 85 ms instead of 4, and a token half as long again.
 */
export function memoryStore(): Store {
  const sweeps: ((now: number) => number)[] = [];
  return {
    collection<T>(definition: CollectionDefinition<T>): Collection<T> {
      const collection = new MemoryCollection(definition);
      sweeps.push((now) => collection.sweep(now));
      return collection;
    },
    atomically: (step) => step(),
    sweep: (now) => sweeps.reduce((swept, sweep) => swept + sweep(now), 0),
    close: () => {},
  };
}
