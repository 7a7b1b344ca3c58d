import { z } from "zod";
import type { Look } from "../core/absence.ts";
import type { Called } from "./call.ts";
import { isSameName } from "./properties.ts";

/** So many pages of one list are read: no tenant comes near it, and a list without an end must end somewhere. */
const MOST_PAGES = 1_000;

/** So many clients of one list are kept. */
const MOST_CLIENTS = 100_000;

/** How often in a row, twice as far each time, the reader goes back in a list that has moved, without finding more. */
const MOST_STEPS_BACK = 12;

/** An entry of a list: a client, or what can be none, because it has no id. */
export type Entry<Client> = { client: Client } | OddEntry;

interface OddEntry {
  client: null;
  /** Null where it has no name either. */
  name: string | null;
  /** The same for the same entry, when it comes again. */
  key: string;
}

/** One page of a list. */
export interface Page<Client> {
  entries: readonly Entry<Client>[];
  /** How many entries the list says it has; null where it does not say. A hint at what is missing, never a proof of an end. */
  count: number | null;
}

/** What was read of a list. */
export interface Walked<Client> {
  /** Those that are wanted. */
  clients: ReadonlyMap<string, Client>;
  /** Names of entries that have no id; null for one without a name. */
  odd: ReadonlySet<string | null>;
  /** Why a client that lives may be missing, as "the list …" goes on; null when none is. */
  doubt: string | null;
}

/** Why a list that does not have a client proves nothing, as "the list …" goes on; null where it proves that there is none. */
export function doubtAbout({ doubt, odd }: Pick<Walked<unknown>, "doubt" | "odd">, name: string | null): string | null {
  if (doubt !== null) return doubt;
  const mayBeOdd = odd.has(null) || (name === null ? odd.size > 0 : [...odd].some((one) => isSameName(one, name)));
  return mayBeOdd ? "has an entry without an id, which may be this client" : null;
}

/** What it means that a list, read by who may see every client, does not have one of this name. */
export function lookAtAbsence(
  walked: Pick<Walked<unknown>, "doubt" | "odd">,
  name: string | null,
): Extract<Look, { found: "absent" | "invisible" }> {
  const doubt = doubtAbout(walked, name);
  return doubt === null
    ? { found: "absent" }
    : { found: "invisible", needs: `a list that does not leave it open (it ${doubt})` };
}

/** What to do after a page. */
export type Step = { do: "ask"; skip: number } | { do: "end" };

const named = z.looseObject({ name: z.string().nullable().catch(null) });

/** The entries of a page: one that cannot be read as a client costs nothing but itself. */
export function entriesOf<Client>(schema: z.ZodType<Client>, items: readonly unknown[]): Entry<Client>[] {
  return items.map((item) => {
    const client = schema.safeParse(item);
    if (client.success) return { client: client.data };
    const odd = named.safeParse(item);
    return { client: null, name: odd.data?.name || null, key: (JSON.stringify(item) ?? "").slice(0, 500) };
  });
}

/**
 * A walk through a list whose pages are asked for by how many entries to skip, while others work in the tenant.
 *
 * A client that goes moves all later ones forward, past the reader. So pages overlap: one joins what was read when its
 * first entry is known, because then nothing can lie between, as long as the list keeps the order of those that stay.
 * Where it does not join, the reader goes back until it does. The list ends with a page that is shorter than others and
 * brings nothing new; how many clients the list says it has proves nothing. Pages are taken to hold more than one client.
 */
export class Walk<Client extends { id: string }> {
  readonly #clients = new Map<string, Client>();
  readonly #ids = new Set<string>();
  readonly #odd = new Map<string, string | null>();
  readonly #isWanted: (client: Client) => boolean;
  readonly #marks = new Set<string | null>();
  #doubt: string | null = "was not read to its end";
  #skip = 0;
  #longest = 0;
  #pages = 0;
  #stepBack = 0;
  #stepsBack = 0;
  #repeated = 0;
  #least = Number.POSITIVE_INFINITY;

  /** @param isWanted of others, no more is kept than that they were there */
  constructor(isWanted: (client: Client) => boolean = () => true) {
    this.#isWanted = isWanted;
  }

  get walked(): Walked<Client> {
    return { clients: this.#clients, odd: new Set(this.#odd.values()), doubt: this.#doubt };
  }

  /**
   * Takes the page that was asked for; the first one skips nothing.
   *
   * @param gone how many clients may have gone, as far as is known, since the page was asked for
   */
  take({ entries, count }: Page<Client>, gone = 0): Step {
    this.#pages += 1;
    if (count !== null) this.#least = Math.min(this.#least, count);
    const first = entries.find((entry) => markOf(entry) !== null);
    const joins = this.#skip === 0 || (first !== undefined && this.#marks.has(markOf(first)));
    // The only entry cannot overlap: what comes after it is asked for, and nothing does.
    if (entries.length === 0 && (this.#skip === 0 || (this.#skip === 1 && this.#longest === 1))) return this.#end();
    if (!joins) return this.#goBack(gone);
    this.#stepBack = 0;
    const isNew = this.#keep(entries);
    this.#longest = Math.max(this.#longest, entries.length);
    if (!isNew && entries.length < this.#longest) return this.#end();
    this.#repeated = isNew ? 0 : this.#repeated + 1;
    if (isNew) this.#stepsBack = 0;
    if (this.#repeated > 2) return this.#giveUp("brings the same page again and again");
    if (this.#ids.size > MOST_CLIENTS) return this.#giveUp(`has more than ${MOST_CLIENTS} clients`);
    if (entries.length === 1) return this.#ask(this.#skip + 1);
    const last = entries.findLastIndex((entry) => markOf(entry) !== null);
    if (last < 0) return this.#giveUp("has a page of entries without an id");
    // A page of known clients is left behind; else so many are read again as may have gone.
    const overlap = isNew ? Math.min(gone, Math.floor((entries.length - 1) / 2)) : 0;
    return this.#ask(Math.max(this.#skip + 1, this.#skip + last - overlap));
  }

  /** Keeps what a page has; whether any of it is new. */
  #keep(entries: readonly Entry<Client>[]): boolean {
    const before = this.#ids.size + this.#odd.size;
    for (const entry of entries) {
      this.#marks.add(markOf(entry));
      if ("key" in entry) this.#odd.set(entry.key, entry.name);
      else {
        this.#ids.add(entry.client.id);
        // Read again, it may have become another one.
        if (this.#isWanted(entry.client)) this.#clients.set(entry.client.id, entry.client);
        else this.#clients.delete(entry.client.id);
      }
    }
    return this.#ids.size + this.#odd.size > before;
  }

  #goBack(gone: number): Step {
    this.#stepsBack += 1;
    if (this.#stepsBack > MOST_STEPS_BACK) return this.#giveUp("kept changing while it was read");
    this.#stepBack = Math.max(2 * this.#stepBack, gone, 1);
    return this.#ask(Math.max(0, this.#skip - this.#stepBack));
  }

  #ask(skip: number): Step {
    if (this.#pages >= MOST_PAGES) return this.#giveUp(`has more than ${MOST_PAGES} pages`);
    this.#skip = skip;
    return { do: "ask", skip };
  }

  #end(): Step {
    const seen = this.#ids.size;
    // Entries without an id may be several that look alike.
    const misses = this.#odd.size === 0 && Number.isFinite(this.#least) && this.#least > seen;
    this.#doubt = misses ? `says that it has ${this.#least} clients and shows ${seen}` : null;
    return { do: "end" };
  }

  #giveUp(doubt: string): Step {
    this.#doubt = doubt;
    return { do: "end" };
  }
}

/** What tells an entry from others; null for one without an id and a name. */
function markOf(entry: Entry<{ id: string }>): string | null {
  if (!("key" in entry)) return `id ${entry.client.id}`;
  return entry.name === null ? null : `entry ${entry.key}`;
}

/**
 * Reads a list page by page, to its end.
 *
 * @param ask asks for the page that skips so many entries
 * @param gone how many clients may have gone, as far as is known, since a page was asked for: called after each
 * @param isWanted of others, no more is kept than that they were there
 */
export async function readList<Client extends { id: string }>(
  ask: (skip: number) => Promise<Called<Page<Client>>>,
  gone: () => number = () => 0,
  isWanted?: (client: Client) => boolean,
): Promise<Called<Walked<Client>>> {
  const walk = new Walk<Client>(isWanted);
  for (let skip = 0; ; ) {
    const page = await ask(skip);
    if (!page.ok) return page;
    const step = walk.take(page.value, gone());
    if (step.do === "end") return { ...page, value: walk.walked };
    skip = step.skip;
  }
}
