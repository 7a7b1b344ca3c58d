import type { Deleted, Hold, Holder, Once, Ownership } from "../lifecycle/ownership.ts";
import { Adoptions } from "./adoptions.ts";

/** How much a word says of a resource and its client: one that says less takes the place of none. */
const WEIGHT: Readonly<Record<Hold, number>> = {
  had: 0,
  managed: 1,
  deletes: 1,
  adopting: 1,
  created: 2,
  adopted: 2,
  deleted: 2,
};

/** What says nothing of where a client comes from: it is not the resource's yet, and may never be. */
const INTENT: ReadonlySet<Hold> = new Set(["deletes", "adopting"]);

/**
 * What the resources of one run have to do with their clients. Fed by what the engine asks: in a `pulumi up` it checks
 * and diffs every resource of the program before it deletes those that are no longer in it. In a destroy it checks none,
 * with `--run-program` neither; a refresh diffs, but does not check. So only what was checked owns a client, and a destroy
 * is never held up by two resources that have one. What is read or deleted is only known to have been there before.
 */
export class Owners {
  /** Per client: what each resource has to do with it. Null stands for resources whose URN is not known. */
  readonly #holds = new Map<string, Map<string | null, Hold>>();
  /** The resources of the program, and the clients of each; a resource that was not checked is not there. */
  readonly #program = new Map<string, Set<string>>();
  readonly #adoptions: Adoptions;
  /** Deletions that are under way. */
  readonly #deletions = new Map<string, { urn: string | null; ended: Promise<void> }>();
  /** The first request of a process may be a check, and nothing tells its URN: its diff is the next. */
  #isUnnamedChecked = false;

  /** @param adoptions what other providers of this run have adopted, beside this one */
  constructor(adoptions = new Adoptions(null)) {
    this.#adoptions = adoptions;
  }

  /**
   * The program has this resource.
   *
   * @param isNew it has no inputs of last time: it is new, or about to be replaced
   */
  checked(urn: string | null, isNew: boolean): void {
    if (urn === null) {
      this.#isUnnamedChecked ||= !isNew;
      return;
    }
    const clients = this.#clientsOf(urn);
    if (!isNew) return;
    for (const client of clients) {
      const holds = this.#holds.get(client);
      // What this run made or took over goes on.
      if (holds?.get(urn) === "managed") holds.set(urn, "had");
    }
  }

  /** All of it, seen from one resource. */
  seenBy(urn: string | null): Ownership {
    const is = (client: string, how: Hold) => urn !== null && this.#holds.get(client)?.get(urn) === how;
    return {
      urn,
      claim: (client, how) => this.#claim(client, urn, how),
      ownerOf: (client) => (urn === null ? null : (this.#other(client, urn, isOwner) ?? this.#elsewhere(client, urn))),
      holderOf: (client) => this.#holderOf(client, urn),
      hasAdopted: (client) => is(client, "adopted"),
      hadBefore: (client) => this.#note(client, urn, "had"),
      isPredecessor: (client) => is(client, "had"),
      isDeleted: (client) => this.#all(client).some(({ how }) => how === "deleted"),
      deleting: (client, task) => this.#deleting(client, urn, task),
      deletingOnce: (client, task) => this.#deletingOnce(client, urn, task),
    };
  }

  #elsewhere(client: string, urn: string): Named | null {
    const by = this.#adoptions.adopterOf(client);
    return by === null || by === urn ? null : { urn: by, how: "adopted" };
  }

  #claim(client: string, urn: string | null, how: Exclude<Hold, "had" | "deleted">): Holder | null {
    if (how === "managed" && !this.#isOfProgram(urn)) return null;
    if (urn !== null) {
      const other = how === "deletes" ? this.#other(client, urn, isOwner) : this.#against(client, urn);
      if (other !== null) return other;
      this.#clientsOf(urn).add(client);
    }
    this.#note(client, urn, how);
    return null;
  }

  #isOfProgram(urn: string | null): boolean {
    if (urn !== null && this.#isUnnamedChecked && !this.#program.has(urn)) {
      this.#isUnnamedChecked = false;
      this.#clientsOf(urn);
    }
    return urn !== null && this.#program.has(urn);
  }

  #clientsOf(urn: string): Set<string> {
    const clients = this.#program.get(urn) ?? new Set();
    this.#program.set(urn, clients);
    return clients;
  }

  #note(client: string, urn: string | null, how: Hold): void {
    const holds = this.#holds.get(client) ?? new Map<string | null, Hold>();
    this.#holds.set(client, holds);
    const known = holds.get(urn);
    if (known === undefined || WEIGHT[how] >= WEIGHT[known]) holds.set(urn, how);
    if (how === "adopted" && urn !== null) this.#adoptions.note(client, urn);
  }

  /** Whatever speaks against having a client. */
  #against(client: string, urn: string): Holder | null {
    const by = this.#deletions.get(client)?.urn ?? null;
    if (by !== null && by !== urn) return { urn: by, how: "deleted" };
    const other = this.#other(client, urn, (how) => how !== "had");
    if (other !== null) return other;
    // Of what the first check of a process asks to delete, no URN is known until it is created.
    return this.#holds.get(client)?.get(null) === "deletes" ? { urn: null, how: "deletes" } : null;
  }

  #holderOf(client: string, urn: string | null): Holder | null {
    const isHeld = ({ urn: by, how }: Holder) =>
      !INTENT.has(how) && (by !== urn || (how !== "had" && how !== "managed"));
    return strongest(this.#all(client).filter(isHeld));
  }

  /** Another resource, whose URN is known, that has something to do with a client. */
  #other(client: string, urn: string, matters: (how: Hold) => boolean): Named | null {
    return strongest(
      this.#all(client)
        .filter(isNamed)
        .filter((held) => held.urn !== urn && matters(held.how)),
    );
  }

  #all(client: string): Holder[] {
    return [...(this.#holds.get(client) ?? [])].map(([urn, how]) => ({ urn, how }));
  }

  async #deletingOnce<Result extends Deleted>(
    client: string,
    urn: string | null,
    task: () => Promise<Result>,
  ): Promise<Once<Result>> {
    for (let running = this.#deletions.get(client); running !== undefined; running = this.#deletions.get(client)) {
      await running.ended;
    }
    const other = urn === null ? null : this.#other(client, urn, (how) => how === "deleted");
    if (other !== null) return { by: other.urn };
    return { by: null, result: await this.#deleting(client, urn, task) };
  }

  async #deleting<Result extends Deleted>(
    client: string,
    urn: string | null,
    task: () => Promise<Result>,
  ): Promise<Result> {
    const done = task();
    const ended = done.then(
      () => {},
      () => {},
    );
    const deletion = { urn, ended };
    this.#deletions.set(client, deletion);
    try {
      const result = await done;
      if (result.outcome !== "abandoned") this.#note(client, urn, "deleted");
      return result;
    } finally {
      if (this.#deletions.get(client) === deletion) this.#deletions.delete(client);
    }
  }
}

type Named = Holder & { urn: string };

function isNamed(holder: Holder): holder is Named {
  return holder.urn !== null;
}

/** Whether a resource keeps its client from all others. */
function isOwner(how: Hold): boolean {
  return how === "managed" || how === "created" || how === "adopting" || how === "adopted";
}

function strongest<Some extends Holder>(holders: readonly Some[]): Some | null {
  const [first, ...others] = holders;
  if (first === undefined) return null;
  return others.reduce((best, one) => (WEIGHT[one.how] > WEIGHT[best.how] ? one : best), first);
}
