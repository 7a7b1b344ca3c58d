/**
 * What is true, as the model knows it: it sees the vendor's store, the requests that came, and what the engine was told. After
 * each command it compares that with the state and the receipts.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Sandbox } from "pulumi-oauth-clients-sandbox";
import { onePerClient, type Receipt } from "../../src/core/receipt.ts";
import { parseReceipts } from "../../src/core/receipts-file.ts";
import { idIn, type VendorName } from "../outside.ts";
import {
  comparable,
  hasClient,
  isClaim,
  mustReplace,
  openOf,
  roleOf,
  type SandboxClient,
  shown,
  textsOf,
  vendorOf,
} from "./clients.ts";
import type { Engine, Program, Step } from "./engine.ts";
import { INVARIANTS, type Invariant } from "./invariants.ts";

/** The model and the world differ. */
export class Difference extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, what: string) {
    super(`${invariant} (${INVARIANTS[invariant]}): ${what}`);
    this.invariant = invariant;
  }
}

/** What was true before a command. */
export interface Before {
  alive: ReadonlyMap<string, SandboxClient>;
  /** What the vendor counts of each client, or would count. */
  counts: ReadonlyMap<string, { tokens: number; sessions: number }>;
  /** Clients that the command may delete, and why. */
  mayDelete: ReadonlySet<string>;
  receipts: readonly Receipt[];
}

/** What a command was like. */
export interface Circumstances {
  /** Requests were spoilt. */
  isFaulty: boolean;
  /** The provider's process was killed. */
  isKilled: boolean;
}

/** What is counted. */
export interface Tally {
  deletions: number;
  receipts: number;
  orphansOfKills: number;
}

export class Truth {
  /** Clients that no resource has: made past Pulumi, or let go by whoever works on the stack. */
  readonly strangers = new Set<string>();
  /** Clients that a killed process was making: the engine's error names the resource. */
  readonly orphans = new Set<string>();
  /** The resource that a client was made for, or that took it over. */
  readonly madeFor = new Map<string, string>();
  /** The resource that declares a client of this name, or did. */
  readonly named = new Map<string, string>();
  /** Gone, and no refresh has seen it: by somebody's hand, or by a deletion that failed. */
  readonly goneUnseen = new Set<string>();
  /** Fields that somebody changed at the vendor, and no refresh has seen: `<id> <field>`. */
  readonly editedUnseen = new Set<string>();
  /** Clients whose secret may have been rotated by a process that was killed; and the secret that the state has. */
  readonly secretInDoubt = new Map<string, unknown>();
  /** Deleted by a process that was killed before it could write that down. */
  readonly deletedUntold = new Set<string>();
  /** Every client that a command deleted. */
  readonly deleted = new Set<string>();
  /** Resources that left the program under their name, and whose client another one may take over by `adopt`. */
  readonly leaving = new Set<string>();
  readonly tally: Tally = { deletions: 0, receipts: 0, orphansOfKills: 0 };
  readonly #sandbox: Sandbox;
  readonly #engine: Engine;
  readonly #receiptsFile: string;

  constructor(sandbox: Sandbox, engine: Engine, receiptsFile: string) {
    this.#sandbox = sandbox;
    this.#engine = engine;
    this.#receiptsFile = receiptsFile;
  }

  alive(): Map<string, SandboxClient> {
    const living = this.#sandbox.clients.list().filter(({ deletion }) => deletion === null);
    return new Map(living.map((client) => [client.id, client]));
  }

  receipts(): Receipt[] {
    if (!existsSync(this.#receiptsFile)) return [];
    const { receipts, unreadableLines } = parseReceipts(readFileSync(this.#receiptsFile, "utf8"));
    if (unreadableLines.length > 0) throw new Difference("I5", `lines ${unreadableLines} of the receipts are none`);
    return receipts;
  }

  /** Clients that a claim of this resource may stand for. */
  claimed(name: string): string[] {
    return [...this.alive().keys()].filter((id) => this.#isOurs(id) && this.madeFor.get(id) === name);
  }

  before(mayDelete: ReadonlySet<string>): Before {
    const alive = this.alive();
    const counts = new Map([...alive.keys()].map((id) => [id, this.#sandbox.clients.activity(id)]));
    return { alive, counts, mayDelete, receipts: this.receipts() };
  }

  /** What a destroy may delete. */
  mayDestroy(targets?: ReadonlySet<string>): Set<string> {
    const names = [...this.#engine.state.keys()].filter((name) => targets === undefined || targets.has(name));
    return new Set(names.flatMap((name) => this.#ofState(name)));
  }

  /** What an `up` may delete. */
  mayUp(program: Program, targets?: ReadonlySet<string>): Set<string> {
    const isMeant = (name: string) => targets === undefined || targets.has(name);
    const left = [...this.#engine.state.keys()].filter((name) => isMeant(name) && !program.has(name));
    const ids = new Set(left.flatMap((name) => this.#ofState(name)));
    for (const [name, declared] of program) {
      if (!isMeant(name)) continue;
      const old = this.#engine.state.get(name);
      for (const id of this.#askedBy(name, declared, old === undefined ? null : old)) ids.add(id);
      const { adopt } = declared.inputs;
      // What the program takes over, a claim of it must not delete.
      if (old !== undefined && isClaim(old) && typeof adopt === "object" && adopt !== null && "id" in adopt)
        ids.delete(String(adopt.id));
    }
    return ids;
  }

  #askedBy(
    name: string,
    declared: { kind: string; inputs: Record<string, unknown> },
    old: ReturnType<Engine["state"]["get"]> | null,
  ): string[] {
    const { inputs } = declared;
    switch (roleOf(declared.kind)) {
      case "deletion":
        return old === null || old?.outputs.targetId !== inputs.targetId ? [String(inputs.targetId)] : [];
      case "purge":
        return old === null || old === undefined ? this.#purgedBy(declared) : openOf(old);
      case "client":
        if (old === null || old === undefined) return [];
        return mustReplace(old, declared) || inputs.status === "deleted" ? this.#ofState(name) : [];
    }
  }

  /** The clients that a purge means: named, or those that nobody manages, of this beginning of a name. */
  #purgedBy({ kind, inputs }: { kind: string; inputs: Record<string, unknown> }): string[] {
    const { namePrefix }: { namePrefix?: unknown } = Object(inputs.select);
    if (namePrefix === undefined) return textsOf(inputs.targetIds);
    const { names }: { names?: unknown } = Object(inputs.exclude);
    return [...this.alive().values()]
      .filter(({ vendor, name }) => vendor === vendorOf(kind) && name.startsWith(String(namePrefix)))
      .filter(({ id, name }) => this.strangers.has(id) && !textsOf(names).includes(name))
      .map(({ id }) => id);
  }

  #ofState(name: string): string[] {
    const old = this.#engine.state.get(name);
    if (old === undefined) return [];
    if (isClaim(old)) return this.claimed(name);
    return hasClient(old) ? [old.id] : [];
  }

  #isOurs(id: string): boolean {
    return !this.strangers.has(id) && !this.orphans.has(id);
  }

  /** Compares everything after a command. */
  compare(steps: readonly Step[], before: Before, circumstances: Circumstances): void {
    const alive = this.alive();
    const died = [...before.alive.keys()].filter((id) => !alive.has(id));
    this.#noteMade(alive, before, steps, circumstances);
    this.#deletions(died, before);
    this.#state(alive, died, steps, circumstances);
    this.#living(alive);
    this.#evidence(alive, died, steps, before, circumstances);
    this.#values(alive, steps);
    if (!circumstances.isFaulty && !circumstances.isKilled) this.#success(steps, before, alive);
  }

  #noteMade(
    alive: ReadonlyMap<string, SandboxClient>,
    before: Before,
    steps: readonly Step[],
    { isKilled }: Circumstances,
  ): void {
    const makers = new Map<string, string>();
    for (const { id, name } of alive.values()) {
      if (before.alive.has(id)) continue;
      const resource = this.named.get(name);
      if (resource === undefined)
        throw new Difference("I1", `a client was made that nobody declared: "${name}" (${id})`);
      const other = makers.get(resource);
      if (other !== undefined) throw new Difference("I3", `one command made ${other} and ${id} for ${resource}`);
      makers.set(resource, id);
      this.madeFor.set(id, resource);
      const isCutOff = steps.some(
        (step) => step.name === resource && step.does === "create" && step.error !== null && !step.leftSomething,
      );
      if (isKilled && isCutOff) {
        this.orphans.add(id);
        this.tally.orphansOfKills += 1;
      }
    }
  }

  /** I4: what was deleted, and what a DELETE was sent for. */
  #deletions(died: readonly string[], { mayDelete }: Before): void {
    for (const id of died) {
      this.tally.deletions += 1;
      this.deleted.add(id);
      if (!mayDelete.has(id)) throw new Difference("I4", `${id} of ${this.madeFor.get(id) ?? "nobody"} was deleted`);
    }
    for (const { path } of this.#sandbox.requests.list({ method: "DELETE" })) {
      if (!mayDelete.has(idIn(path))) throw new Difference("I4", `a DELETE was sent for ${idIn(path)}`);
    }
  }

  /** I2 and I3: what the state says that there is. */
  #state(
    alive: ReadonlyMap<string, SandboxClient>,
    died: readonly string[],
    steps: readonly Step[],
    { isKilled }: Circumstances,
  ): void {
    const holders = new Map<string, string>();
    for (const [name, resource] of this.#engine.state) {
      if (!hasClient(resource)) continue;
      const { id } = resource;
      const other = holders.get(id);
      if (other !== undefined && this.leaving.has(name)) continue;
      if (other !== undefined && !this.leaving.has(other))
        throw new Difference("I3", `${other} and ${name} have one client, ${id}`);
      holders.set(id, name);
      const own = steps.filter((step) => step.name === name);
      if (alive.has(id)) {
        this.strangers.delete(id);
        this.orphans.delete(id);
        this.madeFor.set(id, name);
        if (isKilled && own.some(({ error }) => error !== null))
          this.secretInDoubt.set(id, resource.outputs.clientSecret);
        continue;
      }
      if (own.some(({ does, error }) => does === "read" && error === null))
        throw new Difference("I2", `a refresh left ${name} in the state, and its client ${id} is gone`);
      if (died.includes(id)) {
        if (!own.some(({ error }) => error !== null))
          throw new Difference("I2", `${name} has ${id}, which this command deleted, and nothing failed`);
        this.goneUnseen.add(id);
      }
      if (!this.goneUnseen.has(id)) throw new Difference("I2", `${name} has ${id}, which is gone`);
    }
  }

  /** I1 and I3: what there is. */
  #living(alive: ReadonlyMap<string, SandboxClient>): void {
    const living = new Map<string, string>();
    for (const id of alive.keys()) {
      if (!this.#isOurs(id)) continue;
      const name = this.madeFor.get(id);
      if (name === undefined) throw new Difference("I1", `${id} is alive, and nobody made it`);
      const other = living.get(name);
      if (other !== undefined) throw new Difference("I3", `${name} has two clients, ${other} and ${id}`);
      living.set(name, id);
    }
    for (const [name, id] of living) {
      const resource = this.#engine.state.get(name);
      const isKnown = resource !== undefined && (resource.id === id ? hasClient(resource) : isClaim(resource));
      if (!isKnown)
        throw new Difference("I1", `${id}, made for ${name}, is alive, and the state has ${resource?.id ?? "nothing"}`);
    }
  }

  /** I5 and I6. */
  #evidence(
    alive: ReadonlyMap<string, SandboxClient>,
    died: readonly string[],
    steps: readonly Step[],
    before: Before,
    { isKilled }: Circumstances,
  ): void {
    const written = this.receipts().slice(before.receipts.length);
    this.tally.receipts += written.length;
    const expected = this.#expected(steps, before, alive);
    for (const id of new Set([...expected.keys(), ...written.map((one) => one.id), ...died])) {
      const own = written.filter((one) => one.id === id);
      const finals = own.filter(({ outcome }) => outcome !== "unconfirmed");
      const open = own.length - finals.length;
      const { least, most } = expected.get(id) ?? { least: 0, most: 0 };
      // What a killed process has done, nobody was told.
      const isWell = finals.length >= least && finals.length <= Math.max(most, isKilled ? 1 : 0);
      if (!isWell)
        throw new Difference("I5", `${finals.length} receipts of ${id}, and ${least} to ${most} were to be written`);
      if (finals.filter(({ outcome }) => outcome !== "already-gone").length > 1)
        throw new Difference("I5", `more than one receipt says that it deleted ${id}`);
      const isDead = died.includes(id);
      if (isDead && own.length === 0 && !isKilled) throw new Difference("I5", `${id} was deleted, and nothing says so`);
      if (isDead && own.length === 0) this.deletedUntold.add(id);
      if (open > 1 || (open === 1 && this.#sentDeletes(id) === 0))
        throw new Difference("I5", `${open} receipts say that a deletion of ${id} is not confirmed`);
      for (const receipt of own) this.#measured(receipt, isDead, before);
    }
    for (const { name, error, does } of steps) if (error === null) this.#told(name, does, written);
  }

  #sentDeletes(id: string): number {
    return this.#sandbox.requests.list({ method: "DELETE" }).filter(({ path }) => idIn(path) === id).length;
  }

  /** How many final receipts the steps of a command leave, by client. */
  #expected(
    steps: readonly Step[],
    before: Before,
    alive: ReadonlyMap<string, SandboxClient>,
  ): Map<string, { least: number; most: number }> {
    const expected = new Map<string, { least: number; most: number }>();
    const expect = (id: string, isCertain: boolean) => {
      const { least, most } = expected.get(id) ?? { least: 0, most: 0 };
      expected.set(id, { least: least + (isCertain ? 1 : 0), most: most + 1 });
    };
    const unsettled = onePerClient(before.receipts)
      .filter(({ outcome }) => outcome === "unconfirmed")
      .map(({ id }) => id);
    const claims = (name: string) =>
      [...before.alive.keys()].filter((id) => this.#isOurs(id) && this.madeFor.get(id) === name && !alive.has(id));
    for (const { name, kind, does, before: old, inputs, error } of steps) {
      const isOk = error === null;
      const role = roleOf(kind);
      if (old !== null && isClaim(old) && does !== "create") {
        // An earlier run may have deleted what the claim stood for, and was never told.
        for (const id of unsettled) expect(id, false);
        if (does === "delete" && isOk) for (const id of claims(name)) expect(id, true);
      } else if (role === "deletion" && does === "create" && isOk) expect(String(inputs?.targetId), true);
      else if (role === "purge" && (does === "create" || does === "update")) {
        const isSelected = inputs?.select !== undefined;
        const named = isSelected ? [...before.mayDelete] : textsOf(inputs?.targetIds);
        const meant = does === "update" && old !== null ? openOf(old) : named;
        for (const id of meant) expect(id, isOk && !isSelected);
      } else if (role === "client" && old !== null && hasClient(old) && isOk) {
        const isTombstoned = does === "update" && inputs?.status === "deleted";
        const isSettled = does === "read" && !this.#engine.state.has(name) && unsettled.includes(old.id);
        if (does === "delete" || isTombstoned || isSettled) expect(old.id, true);
      }
    }
    return expected;
  }

  /** I6: the numbers of a receipt are those that the vendor said in the answer that came. */
  #measured(receipt: Receipt, isDead: boolean, { counts }: Before): void {
    const { id, tokensRevoked, activeSessionsTerminated, outcome } = receipt;
    const vendor: VendorName = receipt.kind.startsWith("rezolve:") ? "rezolve" : "nexus";
    const isCounted = vendor === "rezolve" && isDead && (outcome === "deleted" || outcome === "soft-deleted");
    const truly = counts.get(id);
    const told = [tokensRevoked, activeSessionsTerminated];
    // A soft deletion says nothing of sessions.
    const said = [truly?.tokens ?? null, outcome === "soft-deleted" ? null : (truly?.sessions ?? null)];
    for (const [at, number] of told.entries()) {
      if (number !== null && (!isCounted || number !== said[at]))
        throw new Difference(
          "I6",
          `a receipt of ${id} (${outcome}) says ${told}, and the vendor counted ${isCounted ? said : "nothing"}`,
        );
    }
    const answered = this.#sandbox.requests
      .list({ method: "DELETE", status: 200 })
      .some(({ path, fault }) => idIn(path) === id && fault === null);
    if (isCounted && answered && comparable(told) !== comparable(said))
      throw new Difference("I5", `a receipt of ${id} says ${told}, and the vendor said ${said}`);
  }

  /** I6: what the state says of a deletion is what its receipt says. */
  #told(name: string, does: Step["does"], written: readonly Receipt[]): void {
    const resource = this.#engine.state.get(name);
    if (resource === undefined || (does !== "create" && does !== "update")) return;
    const all = onePerClient(this.receipts());
    const numbersOf = (said: unknown) => {
      const { tokensRevoked = null, activeSessionsTerminated = null }: Record<string, unknown> = Object(said);
      return [tokensRevoked, activeSessionsTerminated];
    };
    const isSaid = (said: unknown, ids: readonly string[]) => {
      if (comparable(numbersOf(said)) === comparable([null, null])) return;
      const found = all.filter(({ id }) => ids.includes(id)).map(numbersOf);
      if (!found.some((numbers) => JSON.stringify(numbers) === JSON.stringify(numbersOf(said))))
        throw new Difference(
          "I6",
          `${name} says ${numbersOf(said)}, and the receipts of ${ids} say ${JSON.stringify(found)}`,
        );
    };
    const { outputs, kind, id } = resource;
    if (roleOf(kind) === "purge") {
      // What was selected, only the receipts of its creation say.
      const isSelected = outputs.targetIds === undefined;
      if (isSelected && does !== "create") return;
      const own = isSelected
        ? written.filter(({ urn }) => urn?.endsWith(`::${name}`))
        : all.filter((one) => textsOf(outputs.targetIds).includes(one.id));
      const sums = [0, 1].map((at) => {
        const numbers = own.map((one) => numbersOf(one)[at]);
        return numbers.includes(null) ? null : numbers.reduce((sum: number, one) => sum + Number(one), 0);
      });
      const said = numbersOf(outputs.totals);
      for (const [at, number] of said.entries()) {
        if (number !== null && number !== sums[at])
          throw new Difference("I6", `${name} says ${said} in total, and the receipts say ${sums}`);
      }
      return;
    }
    isSaid(outputs.revocation, [id]);
    if (roleOf(kind) === "deletion") isSaid(outputs, [id]);
    const mine = all.filter((one) => this.madeFor.get(one.id) === name).map((one) => one.id);
    isSaid(outputs.previousRevocation, mine);
  }

  /** What the vendor and the state have after a step that succeeded is what the program says. */
  #values(alive: ReadonlyMap<string, SandboxClient>, steps: readonly Step[]): void {
    for (const { name, does, error, inputs, before: old } of steps) {
      const resource = this.#engine.state.get(name);
      if (error !== null || does === "delete" || resource === undefined || !hasClient(resource)) continue;
      const client = alive.get(resource.id);
      if (client === undefined) continue;
      const vendor = vendorOf(resource.kind);
      const there = shown(vendor, client);
      if (does === "read") {
        for (const field of Object.keys(there)) this.editedUnseen.delete(`${client.id} ${field}`);
      }
      const expected = does === "read" ? resource.outputs : inputs;
      for (const [field, value] of Object.entries(there)) {
        const isDeclared = does === "read" || field === "status" ? true : inputs !== null && field in inputs;
        if (!isDeclared || this.editedUnseen.has(`${client.id} ${field}`)) continue;
        const wanted = field === "status" ? (expected?.status ?? "active") : expected?.[field];
        if (comparable(wanted) !== comparable(value))
          throw new Difference(
            "values",
            `${name} (${does}): ${field} is ${JSON.stringify(value)} at the vendor, and ${JSON.stringify(wanted)} is ${does === "read" ? "in the state" : "declared"}; it was ${JSON.stringify(old?.outputs[field])}`,
          );
      }
      if (this.secretInDoubt.has(client.id) && this.secretInDoubt.get(client.id) !== resource.outputs.clientSecret)
        this.secretInDoubt.delete(client.id);
    }
  }

  /** Where nothing goes wrong, what fails has a reason that the model knows. */
  #success(steps: readonly Step[], before: Before, alive: ReadonlyMap<string, SandboxClient>): void {
    for (const step of steps) {
      if (step.error === null) continue;
      const { message } = step.error;
      if (!this.#isExplained(step, message, before, alive, steps))
        throw new Difference("success", `${step.does} of ${step.name} failed: ${message}`);
    }
  }

  #isExplained(
    { name, does, kind, inputs, before: old }: Step,
    message: string,
    before: Before,
    alive: ReadonlyMap<string, SandboxClient>,
    steps: readonly Step[],
  ): boolean {
    const says = (code: string) => message.includes(`[${code}]`);
    if (roleOf(kind) !== "client") return false;
    if (this.leaving.has(name) && says("client-shared")) return true;
    // Nobody can tell whose client it is; docs/lifecycle.md has when.
    if (old !== null && isClaim(old) && says("create-ambiguous")) return true;
    const adopt: { id?: unknown; byName?: unknown } = Object(inputs?.adopt);
    const namesakes = [...before.alive.values(), ...alive.values()].filter((client) => client.name === inputs?.name);
    switch (does) {
      case "create":
        if (says("name-taken")) return namesakes.some(({ id }) => id !== old?.id);
        // The program deletes what it takes over: whichever comes first.
        if (says("client-shared")) {
          const meant = namesakes.filter(({ id }) => this.strangers.has(id) || id === adopt.id);
          return inputs?.adopt !== undefined && steps.some((step) => meant.some((client) => mayTarget(step, client)));
        }
        if (says("client-missing")) return typeof adopt.id === "string" && !before.alive.has(adopt.id);
        if (says("vendor-refused"))
          return (
            vendorOf(kind) === "nexus" &&
            typeof adopt.id === "string" &&
            before.alive.get(adopt.id)?.name !== inputs?.name
          );
        if (says("create-ambiguous"))
          return vendorOf(kind) === "nexus" && this.#sandbox.settings.nexus.createBody !== "full";
        return false;
      case "update":
        return old !== null && !alive.has(old.id);
      case "check":
      case "same":
      case "delete":
      case "read":
        return false;
    }
  }

  /** What must be true in the end, when everything was destroyed. */
  compareEnd(): void {
    if (this.#engine.state.size > 0)
      throw new Difference("success", `the state still has ${[...this.#engine.state.keys()]}`);
    for (const id of this.alive().keys()) if (this.#isOurs(id)) throw new Difference("I1", `${id} is alive in the end`);
    const receipts = onePerClient(this.receipts());
    for (const id of this.deleted) {
      const own = receipts.filter((one) => one.id === id);
      // What nobody managed may stay unconfirmed: whoever asked to delete it has left the program since.
      const mayStayOpen = this.strangers.has(id);
      const settled = own.filter(({ outcome }) => mayStayOpen || outcome !== "unconfirmed");
      if (settled.length !== 1 && !this.deletedUntold.has(id))
        throw new Difference("I5", `${settled.length} receipts of ${id} in the end`);
    }
  }
}

/** Whether a deletion or a purge may be about a client. */
function mayTarget({ kind, inputs }: Step, { id, name }: SandboxClient): boolean {
  if (roleOf(kind) === "client") return false;
  const prefix = Object(inputs?.select).namePrefix;
  const isSelected = typeof prefix === "string" && name.startsWith(prefix);
  return isSelected || inputs?.targetId === id || textsOf(inputs?.targetIds).includes(id);
}
