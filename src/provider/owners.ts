import type { Hold, Holder, Once, Ownership } from "../lifecycle/ownership.ts";

/**
 * What the resources of one run have to do with their clients. Fed by what the engine asks: in a `pulumi up` it checks
 * and diffs every resource of the program before it deletes those that are no longer in it. In a destroy it checks none,
 * with `--run-program` neither; a refresh diffs, but does not check. So only what was checked counts, and a destroy is
 * never held up by two resources that have one client.
 */
export class Owners {
  /** Who has to do with a client. */
  readonly #holds = new Map<string, Map<string, Hold>>();
  /** The clients of a resource of the program; a resource that was not checked is not there. */
  readonly #clients = new Map<string, Set<string>>();
  /** What resources had before they are replaced. */
  readonly #predecessors = new Map<string, Set<string>>();
  readonly #deletions = new Map<string, { urn: string | null; ended: Promise<void> }>();
  readonly #deleted = new Map<string, string | null>();
  /** Clients that this run made or took over, whatever became of them. */
  readonly #gained = new Map<string, Holder>();
  readonly #unnamedTargets = new Set<string>();
  /** The first request of a process may be a check, and nothing tells its URN: its diff is the next. */
  #isUnnamedChecked = false;

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
    const clients = this.#clients.get(urn) ?? new Set();
    this.#clients.set(urn, clients);
    if (!isNew) return;
    for (const client of clients) {
      // What this run made or took over goes on.
      if (this.#holds.get(client)?.get(urn) !== "managed") continue;
      setIn(this.#predecessors, urn, client);
      this.#forget(client, urn);
    }
  }

  /** All of it, seen from one resource. */
  seenBy(urn: string | null): Ownership {
    return {
      urn,
      claim: (client, how) => (urn === null ? this.#claimUnnamed(client, how) : this.#claim(client, urn, how)),
      ownerOf: (client) => (urn === null ? null : this.#ownerOf(client, urn)),
      holderOf: (client) => this.#holderOf(client, urn),
      hasAdopted: (client) => urn !== null && this.#holds.get(client)?.get(urn) === "adopted",
      isPredecessor: (client) => urn !== null && this.#predecessors.get(urn)?.has(client) === true,
      isDeleted: (client) => this.#deleted.has(client),
      deleting: (client, task) => this.#deleting(client, urn, task),
      deletingOnce: (client, task) => this.#deletingOnce(client, urn, task),
    };
  }

  #holderOf(client: string, urn: string | null): Holder | null {
    const other = this.#ownerOf(client, urn) ?? this.#gained.get(client) ?? null;
    if (other !== null) return other;
    const by = this.#deleted.get(client);
    return by === undefined ? null : { urn: by, how: "deleted" };
  }

  #claim(client: string, urn: string, how: Exclude<Hold, "deleted">): Holder | null {
    if (how === "managed" && !this.#isOfProgram(urn)) return null;
    const other = how === "deletes" ? this.#ownerOf(client, urn) : this.#against(client, urn);
    if (other !== null) return other;
    const holds = this.#holds.get(client) ?? new Map<string, Hold>();
    this.#holds.set(client, holds);
    this.#noteGained(client, urn, how);
    // How it came here stays known.
    if (how !== "managed" || !holds.has(urn)) holds.set(urn, how);
    setIn(this.#clients, urn, client);
    return null;
  }

  /** Of what the first check of a process asks to delete, no URN is known until it is created. */
  #claimUnnamed(client: string, how: Hold): Holder | null {
    if (how === "deletes") this.#unnamedTargets.add(client);
    this.#noteGained(client, null, how);
    return null;
  }

  #noteGained(client: string, urn: string | null, how: Hold): void {
    if (how === "created" || how === "adopted") this.#gained.set(client, { urn, how });
  }

  #isOfProgram(urn: string): boolean {
    if (this.#clients.has(urn)) return true;
    if (!this.#isUnnamedChecked) return false;
    this.#isUnnamedChecked = false;
    this.#clients.set(urn, new Set());
    return true;
  }

  #ownerOf(client: string, urn: string | null): Holder | null {
    return this.#other(client, urn, (how) => how !== "deletes");
  }

  /** Whatever speaks against having a client. */
  #against(client: string, urn: string): Holder | null {
    const by = this.#deletions.get(client)?.urn ?? this.#deleted.get(client) ?? null;
    if (by !== null && by !== urn) return { urn: by, how: "deleted" };
    const isUnnamedTarget = this.#unnamedTargets.has(client);
    return this.#other(client, urn, () => true) ?? (isUnnamedTarget ? { urn: null, how: "deletes" } : null);
  }

  #other(client: string, urn: string | null, matters: (how: Hold) => boolean): Holder | null {
    for (const [holder, how] of this.#holds.get(client) ?? []) {
      if (holder !== urn && matters(how)) return { urn: holder, how };
    }
    return null;
  }

  async #deletingOnce<Result>(client: string, urn: string | null, task: () => Promise<Result>): Promise<Once<Result>> {
    for (let running = this.#deletions.get(client); running !== undefined; running = this.#deletions.get(client)) {
      await running.ended;
    }
    const by = this.#deleted.get(client) ?? null;
    if (urn !== null && by !== null && by !== urn) return { by };
    return { by: null, result: await this.#deleting(client, urn, task) };
  }

  async #deleting<Result>(client: string, urn: string | null, task: () => Promise<Result>): Promise<Result> {
    const done = task();
    const ended = done.then(
      () => {},
      () => {},
    );
    const deletion = { urn, ended };
    this.#deletions.set(client, deletion);
    try {
      const result = await done;
      this.#deleted.set(client, urn);
      if (urn !== null) this.#forget(client, urn);
      return result;
    } finally {
      if (this.#deletions.get(client) === deletion) this.#deletions.delete(client);
    }
  }

  #forget(client: string, urn: string): void {
    const holds = this.#holds.get(client);
    holds?.delete(urn);
    if (holds?.size === 0) this.#holds.delete(client);
    this.#clients.get(urn)?.delete(client);
  }
}

function setIn(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
