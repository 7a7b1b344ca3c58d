/** How resources are called after the clients that they take over. */
import { REDACTOR } from "../redactor.ts";

/** The words of a client's name that a program can have in a name of its own. */
export function wordsOf(name: string): string[] {
  return REDACTOR.withoutOwn(name)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
}

/** What a resource is called in Pulumi. */
export function resourceName(name: string): string {
  return wordsOf(name).join("-").toLowerCase() || "client";
}

/** Names of which none is given twice. */
export class Names {
  readonly #taken: Set<string>;

  /** @param reserved what is not given at all */
  constructor(reserved: readonly string[]) {
    this.#taken = new Set(reserved);
  }

  take(wanted: string, separator: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${wanted}${separator}${number}`;
    this.#taken.add(name);
    return name;
  }
}
