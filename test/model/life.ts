/** One life of a stack, drawn at random: what is done to it, step by step. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "pulumi-oauth-clients-sandbox";
import type { Properties } from "../../tools/bench/provider-process.ts";
import { type Administrator, clientOutside, KINDS, VENDORS, type VendorName } from "../outside.ts";
import { hasClient, isClaim, roleOf, vendorOf } from "./clients.ts";
import type { Declared, Engine, Patience, Step } from "./engine.ts";
import { Random } from "./random.ts";
import { Difference, type Truth } from "./truth.ts";

/** Most resources of a stack. */
const MOST_RESOURCES = 5;
/** Most clients that nobody manages, for each vendor. */
const MOST_STRANGERS = 3;
/** How the names of clients begin that nobody manages. */
const STRANGER = "stranger";
/** In how many commands requests are spoilt, and in how many the provider's process is killed. */
const FAULTY = 0.25;
const KILLED = 0.006;
/** How long no request has to come or to be answered, before the vendor is taken to be done, in milliseconds. */
const SETTLING_MS = 250;
/** After so many attempts everything must be destroyed, in the end. */
const LAST_ATTEMPTS = 6;

/** What is counted: how often each kind of step was made, and what happened in them. */
export interface Counts {
  steps: Record<string, number>;
  /** What commands did to resources. */
  operations: Record<string, number>;
  failures: number;
  faults: number;
  kills: number;
}

type Effect = Parameters<Sandbox["faults"]["add"]>[0]["effect"];

const HTML = { body: "<!doctype html><title>Sign in</title>", contentType: "text/html" };

/** How requests are spoilt, the heavier the oftener: what takes long is seldom. */
const EFFECTS: readonly (readonly [number, Effect])[] = [
  [4, { kind: "drop-before", reset: true }],
  [3, { kind: "drop-before" }],
  [6, { kind: "drop-after", reset: true }],
  [2, { kind: "drop-after" }],
  [4, { kind: "truncate" }],
  [3, { kind: "respond", status: 503, ...HTML }],
  [3, { kind: "respond", status: 500 }],
  [3, { kind: "respond", status: 429 }],
  [2, { kind: "respond", status: 401 }],
  [2, { kind: "respond", status: 403 }],
  [2, { kind: "respond", status: 404, ...HTML }],
  [2, { kind: "respond", status: 200, ...HTML }],
  [4, { kind: "respond-after", status: 502, ...HTML }],
  [2, { kind: "delay", ms: 30 }],
  [1, { kind: "hang" }],
  [1, { kind: "hang-after" }],
];

/** Of these, how often one happens, or what comes of it, hangs on time. */
const TIMED: ReadonlySet<Effect["kind"]> = new Set(["delay", "hang", "hang-after"]);

export class Life {
  /** Every step so far, to be read where one went wrong. */
  readonly log: string[] = [];
  readonly counts: Counts = { steps: {}, operations: {}, failures: 0, faults: 0, kills: 0 };
  readonly #random: Random;
  readonly #engine: Engine;
  readonly #truth: Truth;
  readonly #sandbox: Sandbox;
  readonly #administrator: Administrator;
  readonly #isTimeless: boolean;
  readonly #program = new Map<string, Declared>();
  #number = 0;

  /** @param isTimeless whether nothing happens in it that hangs on time: no process is killed, and no request hangs */
  constructor(seed: number, engine: Engine, truth: Truth, administrator: Administrator, isTimeless = false) {
    this.#random = new Random(seed);
    this.#engine = engine;
    this.#truth = truth;
    this.#sandbox = administrator.sandbox;
    this.#administrator = administrator;
    this.#isTimeless = isTimeless;
  }

  /** Settles how the vendors behave in this life. */
  begin(): void {
    const random = this.#random;
    const { rezolve, nexus } = this.#sandbox.settings;
    rezolve.deletion = random.of(["hard", "soft"]);
    rezolve.softDeletedGet = random.of(["404", "deleted"]);
    rezolve.patchStatus = random.of([200, 204]);
    rezolve.rotation.field = random.of(["clientSecret", "newClientSecret", "new-beside-null"]);
    rezolve.pages.hasMore = random.of(["actual", "always", "never"]);
    nexus.createBody = random.weighted([
      [8, "full"],
      [1, "id-only"],
      [1, "without-id"],
      [1, "empty"],
    ] as const);
    nexus.secret = random.of(["null", "masked", "populated"]);
    nexus.patchStatus = random.of([200, 204]);
    nexus.errorContentType = random.of(["application/problem+json", "application/json"]);
    this.log.push(`vendors: ${JSON.stringify({ rezolve, nexus })}`);
  }

  /** One step, after which everything is compared. */
  async step(): Promise<void> {
    const claims = [...this.#engine.state].filter(([, resource]) => isClaim(resource)).map(([name]) => name);
    const does = this.#random.weighted([
      [34, () => this.#change()],
      [6, () => this.#up("up", undefined)],
      [9, () => this.#refresh()],
      [5, () => this.#destroySome()],
      [1, () => this.#destroy("destroy all", undefined)],
      [8, () => this.#use()],
      [7, () => this.#edit()],
      [5, () => this.#remove()],
      [6, () => this.#makeStranger()],
      [3, () => this.#rename()],
      [claims.length > 0 ? 12 : 0, () => this.#resolve(claims)],
    ] as const);
    await does();
  }

  /** Destroys everything, as somebody would who reads the errors. */
  async end(): Promise<void> {
    this.#program.clear();
    for (let attempt = 1; this.#engine.state.size > 0; attempt += 1) {
      if (attempt > LAST_ATTEMPTS) break;
      for (const [name, resource] of this.#engine.state) if (isClaim(resource)) this.#removeClaimed(name);
      if (attempt % 2 === 0) await this.#command("refresh", new Set(), () => this.#engine.refresh(), null);
      await this.#command("destroy", this.#truth.mayDestroy(), () => this.#engine.destroy(), null);
    }
    this.#truth.compareEnd();
  }

  // What the program says.

  async #change(): Promise<void> {
    const changed = new Set<string>();
    const said: string[] = [];
    for (let changes = 1 + this.#random.below(3); changes > 0; changes -= 1) {
      const one = this.#changeOne(changed);
      if (one !== null) said.push(one);
    }
    const isTargeted = this.#random.chance(0.5) && changed.size > 0;
    await this.#up(`up: ${said.join(", ") || "nothing"}`, isTargeted ? changed : undefined);
  }

  /** @returns what was changed, in words; null for nothing */
  #changeOne(changed: Set<string>): string | null {
    const random = this.#random;
    const name = random.maybeOf([...this.#program.keys()].filter((one) => !changed.has(one)));
    const isFull = this.#program.size >= MOST_RESOURCES;
    if (name === undefined || (!isFull && random.chance(0.35))) {
      return isFull ? null : this.#declare(changed);
    }
    changed.add(name);
    const declared = this.#program.get(name);
    if (declared === undefined || roleOf(declared.kind) !== "client" || random.chance(0.12)) {
      this.#program.delete(name);
      return `${name} left out`;
    }
    const inputs = { ...declared.inputs };
    this.#program.set(name, { ...declared, inputs });
    return `${name} ${this.#changeClient(name, vendorOf(declared.kind), inputs)}`;
  }

  #changeClient(name: string, vendor: VendorName, inputs: Properties): string {
    const random = this.#random;
    const set = (field: string, value: unknown) => {
      if (value === undefined) delete inputs[field];
      else inputs[field] = value;
      return `${field} = ${JSON.stringify(value)}`;
    };
    if (inputs.status === "deleted" && random.chance(0.5)) return set("status", undefined);
    const changes: readonly (readonly [number, () => string])[] = [
      [2, () => set("name", this.#nameFor(name))],
      [2, () => set("description", this.#text())],
      [2, () => set("status", "deleted")],
      [1, () => set("adopt", undefined)],
      [1, () => set("deletion", { alreadyGone: random.of(["verify", "trust"]) })],
      ...(vendor === "rezolve"
        ? ([
            [
              2,
              () =>
                set("scopes", random.of<string[]>([["users:read"], ["users:read", "users:write"], ["catalog:read"]])),
            ],
            [2, () => set("status", random.of(["active", "inactive"]))],
            [4, () => set("rotateSecretWhen", { time: this.#next() })],
          ] as const)
        : ([
            [
              3,
              () =>
                set(
                  "callbackUrls",
                  random.of<string[]>([[], ["https://a.example.test/cb"], ["https://b.example.test/cb"]]),
                ),
            ],
            [3, () => set("productName", this.#text())],
          ] as const)),
    ];
    return random.weighted(changes)();
  }

  #declare(changed: Set<string>): string {
    const random = this.#random;
    const vendor = random.of(VENDORS);
    const name = `r${this.#next()}`;
    changed.add(name);
    const strangers = this.#strangersAt(vendor);
    const stranger = random.maybeOf(strangers);
    const role =
      stranger === undefined
        ? "client"
        : random.weighted([
            [6, "client"],
            [2, "adopt"],
            [1, "deletion"],
            [1, "purge"],
          ] as const);
    const declare = (kind: string, inputs: Properties) => {
      this.#program.set(name, { kind, inputs });
      return `${name}: ${kind} ${JSON.stringify(inputs)}`;
    };
    if (role === "deletion") return declare(KINDS[vendor].deletion, { targetId: stranger?.id });
    if (role === "purge") {
      if (random.chance(0.4)) {
        // A purge must be told what the stack manages: here nothing is managed that begins like this.
        const names = strangers.filter(() => random.chance(0.3)).map((one) => one.name);
        const managed = [...this.#program.values()].map(({ inputs }) => inputs.name);
        const states = [...this.#engine.state.values()].map(({ outputs }) => outputs.name);
        const isManaged = [...managed, ...states].some((one) => String(one).startsWith(STRANGER));
        if (!isManaged)
          return declare(KINDS[vendor].purge, {
            select: { namePrefix: STRANGER },
            ...(names.length > 0 ? { exclude: { names } } : {}),
          });
      }
      const targetIds = strangers.filter(() => random.chance(0.7)).map(({ id }) => id);
      return declare(KINDS[vendor].purge, { targetIds });
    }
    const own =
      vendor === "rezolve"
        ? { clientType: "confidential", redirectUris: [], scopes: ["users:read"], description: this.#text() }
        : { appType: "non_interactive", productName: this.#text() };
    const inputs: Properties = { name: this.#nameFor(name), grantTypes: ["client_credentials"], ...own };
    if (role === "adopt" && stranger !== undefined) {
      inputs.name = stranger.name;
      this.#truth.named.set(stranger.name, name);
      inputs.adopt = random.chance(0.5) ? { id: stranger.id } : { byName: true };
    }
    return declare(KINDS[vendor].client, inputs);
  }

  #nameFor(resource: string): string {
    const name = `client ${this.#next()}`;
    this.#truth.named.set(name, resource);
    return name;
  }

  #text(): string {
    return `text ${this.#random.below(4)}`;
  }

  #next(): number {
    this.#number += 1;
    return this.#number;
  }

  /** Clients that nobody manages, and that no other resource of the program means. */
  #strangersAt(vendor: VendorName) {
    const meant = JSON.stringify([...this.#program.values()].map(({ inputs }) => inputs));
    return [...this.#truth.alive().values()].filter(
      (client) =>
        client.vendor === vendor &&
        this.#truth.strangers.has(client.id) &&
        !meant.includes(`"${client.id}"`) &&
        !meant.includes(`"${client.name}"`),
    );
  }

  // Commands.

  async #up(title: string, targets: Set<string> | undefined): Promise<void> {
    const continues = this.#random.chance(0.5);
    const mayDelete = this.#truth.mayUp(this.#program, targets);
    const options = targets === undefined ? { continues } : { targets, continues };
    const shown = `${title}${targets === undefined ? "" : ` (only ${[...targets]})`}`;
    await this.#command(shown, mayDelete, () => this.#engine.up(this.#program, options));
    for (const name of this.#truth.leaving) this.#forgetShared(name);
  }

  async #refresh(): Promise<void> {
    const targets = this.#someOfState(0.5);
    const title = targets === undefined ? "refresh" : `refresh ${[...targets]}`;
    await this.#command(title, new Set(), () => this.#engine.refresh(targets));
  }

  async #destroySome(): Promise<void> {
    const name = this.#random.maybeOf([...this.#engine.state.keys()]);
    if (name === undefined) return this.#makeStranger();
    await this.#destroy(`destroy ${name}`, new Set([name]));
  }

  async #destroy(title: string, targets: Set<string> | undefined): Promise<void> {
    await this.#command(title, this.#truth.mayDestroy(targets), () => this.#engine.destroy(targets));
  }

  #someOfState(share: number): Set<string> | undefined {
    const names = [...this.#engine.state.keys()];
    const first = this.#random.maybeOf(names);
    return first === undefined || this.#random.chance(share)
      ? undefined
      : new Set([first, ...names.filter(() => this.#random.chance(0.2))]);
  }

  /** @param spoiling null: nothing is spoilt */
  async #command(
    title: string,
    mayDelete: ReadonlySet<string>,
    run: () => Promise<readonly Step[]>,
    spoiling: { faulty: number; killed: number } | null = { faulty: FAULTY, killed: this.#isTimeless ? 0 : KILLED },
  ): Promise<void> {
    const random = this.#random;
    this.#count(title.split(/[ :]/)[0] ?? title);
    this.#sandbox.requests.clear();
    const isKilled = spoiling !== null && random.chance(spoiling.killed);
    const isFaulty = spoiling !== null && !isKilled && random.chance(spoiling.faulty);
    const spoilt = isKilled ? this.#willKill() : isFaulty ? this.#spoil() : null;
    this.log.push(spoilt === null ? title : `${title} [${spoilt.said}]`);
    this.#engine.patience = isFaulty ? (spoilt?.patience ?? "short") : "long";
    const before = this.#truth.before(mayDelete);
    const ended = run();
    if (isKilled) await this.#kill(ended, spoilt?.isTime ?? (() => true));
    const steps = await ended;
    // What a killed process has sent, the vendor goes on with.
    if (isKilled) await this.#settled();
    const handled = spoilt?.hits() ?? 0;
    if (isFaulty) this.counts.faults += handled;
    this.#sandbox.faults.clear();
    for (const { does, name, error } of steps) {
      this.counts.operations[does] = (this.counts.operations[does] ?? 0) + 1;
      if (error !== null) this.counts.failures += 1;
      if (does !== "same") this.log.push(`    ${does} ${name}: ${error === null ? "ok" : error.message}`);
    }
    this.log.push(
      `    state: ${[...this.#engine.state].map(([name, { id, outputs, isUnfinished, isReplaced }]) => `${name}=${id}${outputs.status === "deleted" ? " deleted" : ""}${isUnfinished ? " unfinished" : ""}${isReplaced ? " replaced" : ""}`).join(", ")}`,
    );
    this.#truth.compare(steps, before, { isFaulty, isKilled });
  }

  #spoil() {
    const random = this.#random;
    const method = random.weighted([
      [5, "POST"],
      [5, "DELETE"],
      [3, "PATCH"],
      [3, "GET"],
    ] as const);
    const effect = random.weighted(this.#isTimeless ? EFFECTS.filter(([, { kind }]) => !TIMED.has(kind)) : EFFECTS);
    const times = random.weighted([
      [3, 1],
      [1, 2],
      [1, Number.POSITIVE_INFINITY],
    ] as const);
    const skip = random.weighted([
      [4, 0],
      [1, 1],
    ] as const);
    const handle = this.#sandbox.faults.add({ match: { method }, effect, times, skip });
    const status = "status" in effect ? ` ${effect.status}` : "";
    const said = `${times} × ${method} ${effect.kind}${status}${skip > 0 ? `, after ${skip}` : ""}`;
    // What a budget covers hangs on time, unless it is nothing at all or everything.
    const isOnce = this.#isTimeless && (times === Number.POSITIVE_INFINITY || random.chance(0.5));
    const patience: Patience = !this.#isTimeless ? "short" : isOnce ? "once" : "long";
    return { said, patience, hits: () => handle.hits, isTime: () => true };
  }

  /** The process is killed while a request is under way, or its answer; or at any moment. */
  #willKill() {
    const random = this.#random;
    const method = random.weighted([
      [4, "POST"],
      [4, "DELETE"],
      [2, "PATCH"],
      [1, "GET"],
    ] as const);
    const kind = random.of(["hang", "hang-after", "delay"]);
    if (kind === "delay") {
      const at = performance.now() + random.below(40);
      return { said: "killed at any moment", patience: null, hits: () => 0, isTime: () => performance.now() > at };
    }
    const skip = random.weighted([
      [3, 0],
      [1, 1],
    ] as const);
    const handle = this.#sandbox.faults.add({ match: { method }, effect: { kind }, skip });
    const said = `killed ${kind === "hang" ? "before" : "after"} the work of ${method} ${skip + 1}`;
    return { said, patience: null, hits: () => handle.hits, isTime: () => handle.hits > 0 };
  }

  async #kill(ended: Promise<unknown>, isTime: () => boolean): Promise<void> {
    let isOver = false;
    const over = ended.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    while (!isOver && !isTime()) await sleep(2);
    this.counts.kills += 1;
    await this.#engine.kill();
  }

  /** Waits until no request is at the vendor any more. One whose caller is gone may never look answered. */
  async #settled(): Promise<void> {
    const { requests } = this.#sandbox;
    const open = () => requests.list().filter(({ status, fault }) => status === null && fault === null).length;
    let seen = "";
    for (let now = `${requests.length} ${open()}`; now !== seen; now = `${requests.length} ${open()}`) {
      seen = now;
      await sleep(SETTLING_MS);
    }
  }

  // What happens past Pulumi.

  async #makeStranger(): Promise<void> {
    const vendor = this.#random.of(VENDORS);
    if (this.#strangersAt(vendor).length >= MOST_STRANGERS) return this.#removeStranger(vendor);
    this.#count("outside: create");
    const { nexus } = this.#sandbox.settings;
    const { createBody } = nexus;
    nexus.createBody = "full";
    const name = this.#strangersName(vendor);
    const { id } = await clientOutside(this.#administrator, vendor, { name });
    nexus.createBody = createBody;
    this.#truth.strangers.add(id);
    this.log.push(`outside: ${id} "${name}" made at ${vendor}`);
  }

  /** A name of its own, or now and then the one that a resource of the program has or is to have. */
  #strangersName(vendor: VendorName): string {
    const own = `${STRANGER} ${this.#next()}`;
    if (!this.#random.chance(0.2)) return own;
    const declared = [...this.#program.values()].filter(({ kind }) => vendorOf(kind) === vendor);
    const name = this.#random.maybeOf(declared.map(({ inputs }) => inputs.name));
    const isTaken = vendor === "rezolve" && [...this.#truth.alive().values()].some((client) => client.name === name);
    return typeof name === "string" && !isTaken ? name : own;
  }

  #removeStranger(vendor: VendorName): void {
    const stranger = this.#random.maybeOf(this.#strangersAt(vendor));
    if (stranger === undefined) return;
    this.#count("outside: delete");
    this.#sandbox.clients.remove(stranger.id, "hard");
    this.log.push(`outside: ${stranger.id} removed`);
  }

  #managed(): { name: string; resource: ReturnType<Engine["state"]["get"]> & object } | null {
    const all = [...this.#engine.state].filter(([, one]) => hasClient(one) && this.#truth.alive().has(one.id));
    const found = this.#random.maybeOf(all);
    return found === undefined ? null : { name: found[0], resource: found[1] };
  }

  async #remove(): Promise<void> {
    const found = this.#managed();
    if (found === null) return this.#makeStranger();
    this.#count("outside: delete");
    const { id, kind } = found.resource;
    const mode = vendorOf(kind) === "rezolve" ? this.#random.of(["hard", "soft"]) : "hard";
    this.#sandbox.clients.remove(id, mode);
    this.#truth.goneUnseen.add(id);
    this.log.push(`outside: ${id} of ${found.name} removed (${mode})`);
  }

  async #edit(): Promise<void> {
    const found = this.#managed();
    if (found === null) return this.#makeStranger();
    this.#count("outside: change");
    const { id, kind } = found.resource;
    const text = `by somebody ${this.#random.below(4)}`;
    const field =
      vendorOf(kind) === "rezolve"
        ? this.#random.of(["description", "scopes"])
        : this.#random.of(["callbackUrls", "productName"]);
    const attributes = this.#sandbox.clients.get(id)?.attributes ?? {};
    const changes = {
      description: { description: text },
      scopes: { scopes: ["openid"] },
      callbackUrls: { redirectUris: ["https://else.example.test/cb"] },
      productName: { attributes: { ...attributes, productName: text } },
    };
    this.#sandbox.clients.edit(id, changes[field]);
    this.#truth.editedUnseen.add(`${id} ${field}`);
    this.log.push(`outside: ${field} of ${id} (${found.name}) changed`);
  }

  /** Somebody works with a client: the secret in the state must be its own. */
  async #use(): Promise<void> {
    const found = this.#managed();
    if (found === null) return this.#makeStranger();
    const { resource } = found;
    const { id, outputs, isUnfinished } = resource;
    const client = this.#sandbox.clients.get(id);
    const isKnown =
      outputs.clientSecret !== null && outputs.clientSecret !== undefined && outputs.__secretLost !== true;
    if (client?.status !== "active" || !isKnown || isUnfinished || this.#truth.secretInDoubt.has(id))
      return this.#edit();
    this.#count("outside: use");
    const clientId = vendorOf(resource.kind) === "rezolve" ? String(outputs.clientId) : id;
    const credentials = { clientId, clientSecret: String(outputs.clientSecret) };
    this.log.push(`outside: ${id} (${found.name}) used`);
    await this.#sandbox.issueToken(credentials).catch((error: unknown) => {
      throw new Difference(
        "values",
        `the secret in the state of ${found.name} (${id}) does not work: ${String(error)}`,
      );
    });
  }

  /** A resource gets another name in the program, with an alias: the engine only moves it. */
  async #rename(): Promise<void> {
    const name = this.#random.maybeOf([...this.#engine.state.keys()].filter((one) => this.#program.has(one)));
    const declared = name === undefined ? undefined : this.#program.get(name);
    const resource = name === undefined ? undefined : this.#engine.state.get(name);
    if (name === undefined || declared === undefined || resource === undefined) return this.#makeStranger();
    const next = `r${this.#next()}`;
    this.#program.delete(name);
    this.#program.set(next, declared);
    if (this.#random.chance(0.3)) {
      // Without an alias, the engine makes another one, and deletes this one.
      for (const [client, owner] of this.#truth.named) if (owner === name) this.#truth.named.set(client, next);
      this.#truth.leaving.add(name);
      return this.#up(`up: ${name} renamed to ${next}, without an alias`, undefined);
    }
    this.#engine.state.delete(name);
    this.#engine.state.set(next, resource);
    for (const names of [this.#truth.madeFor, this.#truth.named]) {
      for (const [key, owner] of names) if (owner === name) names.set(key, next);
    }
    await this.#up(`up: ${name} renamed to ${next}`, undefined);
  }

  /** Where another resource took the client over, the error says to forget the one that left the program. */
  #forgetShared(name: string): void {
    const left = this.#engine.state.get(name);
    const isShared = [...this.#engine.state].some(([other, { id }]) => other !== name && id === left?.id);
    if (!isShared) return;
    this.#engine.state.delete(name);
    this.log.push(`pulumi state delete ${name}`);
  }

  /** Somebody reads the error of a claim, and does what it says. */
  async #resolve(claims: readonly string[]): Promise<void> {
    const name = this.#random.maybeOf(claims);
    if (name === undefined) return;
    const declared = this.#program.get(name);
    const [id, ...more] = this.#truth.claimed(name);
    const how = this.#random.weighted([
      [2, "remove"],
      [id !== undefined && more.length === 0 && declared !== undefined ? 3 : 0, "adopt"],
      [1, "forget"],
    ] as const);
    if (how === "remove") {
      this.#count("outside: delete");
      this.#removeClaimed(name);
    } else if (how === "forget") {
      this.#count("state delete");
      for (const one of this.#truth.claimed(name)) this.#truth.strangers.add(one);
      this.#engine.state.delete(name);
      this.#program.delete(name);
      this.log.push(`pulumi state delete ${name}`);
    } else if (declared !== undefined) {
      const inputs = { ...declared.inputs, adopt: { id } };
      this.#program.set(name, { ...declared, inputs });
      await this.#up(`up: ${name} adopts ${id}`, new Set([name]));
    }
  }

  /** Somebody removes what a claim names: every client of its name that no resource has. */
  #removeClaimed(name: string): void {
    const claim = this.#engine.state.get(name);
    const held = new Set([...this.#engine.state.values()].map(({ id }) => id));
    for (const client of this.#truth.alive().values()) {
      const isMeant = client.name === claim?.outputs.name && client.vendor === vendorOf(claim?.kind ?? "");
      if (!isMeant || held.has(client.id)) continue;
      this.#sandbox.clients.remove(client.id, "hard");
      this.log.push(`outside: ${client.id}, which ${name} may have made, removed`);
    }
  }

  #count(step: string): void {
    this.counts.steps[step] = (this.counts.steps[step] ?? 0) + 1;
  }
}
