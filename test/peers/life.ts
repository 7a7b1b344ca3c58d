/** The life of some clients of both vendors on the real engine, with trouble on the way in the middle of each command. */
import { setTimeout as sleep } from "node:timers/promises";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { expect } from "vitest";
import { onePerClient } from "../../src/core/receipt.ts";
import { BOT, takeTokens } from "../engine/clients.ts";
import { type Run, type TestStack, World } from "../engine/world.ts";
import { clientOutside, idIn, VENDORS, type VendorName } from "../outside.ts";

/** What the program says. */
interface Program {
  note: string;
  /** By the name of the client, which one it takes over. */
  adopt: Record<string, string>;
}

/** Something that goes wrong between provider and vendor, and passes. */
export interface Trouble {
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** Five clients. */
const NAMES: Record<VendorName, readonly string[]> = {
  rezolve: ["Bot 1", "Bot 2", "Bot 3"],
  nexus: ["App 1", "App 2"],
};

/** Of the requests that change something, so many have come when the trouble begins. */
const MIDDLE = 2;

/** Some go after the others, so that there is a middle. */
const AT_ONCE = "2";

/** How long the vendor takes in trouble, for the same reason. */
const LATENCY_MS = 150;

/** In seconds, while the trouble lasts. */
const SHORT = { TIMEOUT_SECONDS: "1", RETRY_BUDGET_SECONDS: "2" };

/** Without it: a busy machine is no trouble. */
const LONG = { TIMEOUT_SECONDS: "30", RETRY_BUDGET_SECONDS: "60" };

/** For a life: it takes a quarter of a minute, and a busy machine takes its time. */
export const LIFE_LIMIT_MS = 5 * 60_000;

export class Life {
  readonly world: World;
  readonly #stack: TestStack;
  readonly #bystanders: readonly string[];
  readonly #program: Program;
  /** Each id that the state has had, with the tokens that its client has. */
  readonly #managed = new Map<string, number>();

  private constructor(world: World, stack: TestStack, program: Program, bystanders: readonly string[]) {
    this.world = world;
    this.#stack = stack;
    this.#program = program;
    this.#bystanders = bystanders;
  }

  /** @param way to the settings of how the vendor is reached, given its own address */
  static async begin(way: (vendor: string) => Promise<Record<string, string>>): Promise<Life> {
    const world = await World.create();
    Object.assign(world.environment, await way(world.sandbox.url));
    const bystanders: string[] = [];
    for (const vendor of VENDORS) bystanders.push((await clientOutside(world, vendor, { name: "Bystander" })).id);
    const program: Program = { note: "first", adopt: {} };
    const stack = await world.stack(async () => {
      const outputs: Record<string, unknown> = {};
      for (const name of NAMES.rezolve) {
        const { clientId, clientSecret } = new rezolve.OAuthClient(name, { ...BOT, name, description: program.note });
        outputs[name] = { clientId, clientSecret };
      }
      for (const name of NAMES.nexus) {
        const id = program.adopt[name];
        const adopt = id === undefined ? {} : { adopt: { id } };
        new nexus.Client(name, { name, appType: "regular_web", productName: program.note, ...adopt });
      }
      return outputs;
    });
    const life = new Life(world, stack, program, bystanders);
    life.#set({ ...LONG, MAX_CONCURRENCY: AT_ONCE });
    return life;
  }

  /** Makes, changes and deletes the clients, each in trouble and then without; @returns how the three in trouble ended */
  async lead(trouble: Trouble): Promise<{ ended: string[]; said: string[] }> {
    const all = [...NAMES.rezolve, ...NAMES.nexus].sort();
    const made = await this.#in(trouble, "POST", () => this.#stack.up({ continueOnError: true }));
    await this.#nothingUnnamed(made);
    const up = made.ok ? made : await this.#settled();
    expect(this.#living()).toEqual(all);
    for (const { id = "" } of await this.#stack.resources()) this.#managed.set(id, 0);
    for (const name of NAMES.rezolve) {
      const client = this.world.sandbox.clients.find(name);
      await takeTokens(this.world.sandbox, Object(up.outputs[name]), 1);
      this.#managed.set(client?.id ?? "", 1);
    }
    const before = this.#deletions().length;

    this.#program.note = "second";
    const changed = await this.#in(trouble, "PATCH", () => this.#stack.up({ continueOnError: true }));
    await this.#nothingUnnamed(changed);
    if (!changed.ok) await this.#well(this.#stack.up());
    expect(this.#living()).toEqual(all);
    expect(this.#notes()).toEqual(all.map(() => "second"));
    // Nobody asked for a deletion.
    expect(this.#deletions()).toHaveLength(before);

    const destroyed = await this.#in(trouble, "DELETE", () => this.#stack.destroy({ continueOnError: true }));
    await this.#nothingUnnamed(destroyed);
    if (!destroyed.ok) await this.#well(this.#stack.destroy());
    expect(this.#living()).toEqual([]);
    expect(await this.#stack.resources()).toEqual([]);
    await this.#everyDeletionHasItsReceipt();
    const inTrouble = [made, changed, destroyed];
    return {
      ended: inTrouble.map(({ ok }) => (ok ? "done" : "failed")),
      said: inTrouble.map(({ text }) => text),
    };
  }

  async #well(command: Promise<Run>): Promise<Run> {
    const run = await command;
    expect(run.ok, run.text).toBe(true);
    return run;
  }

  close(): Promise<void> {
    return this.world.close();
  }

  async #in(trouble: Trouble, method: string, command: () => Promise<Run>): Promise<Run> {
    const { sandbox } = this.world;
    this.#set(SHORT);
    sandbox.settings.latencyMs = LATENCY_MS;
    const before = sandbox.requests.count({ method });
    let isOver = false;
    const middle = (async () => {
      while (!isOver && sandbox.requests.count({ method }) < before + MIDDLE) await sleep(5);
      if (!isOver) await trouble.begin();
      return !isOver;
    })();
    const run = await command();
    isOver = true;
    expect(await middle, `there was no middle: ${run.text}`).toBe(true);
    await trouble.end();
    sandbox.settings.latencyMs = 0;
    this.#set(LONG);
    return run;
  }

  #set(settings: Readonly<Record<string, string>>): void {
    for (const vendor of VENDORS) {
      for (const [name, value] of Object.entries(settings)) {
        this.world.environment[`${vendor.toUpperCase()}_${name}`] = value;
      }
    }
  }

  /** Whoever lives is in the state, or was named in an error or as a claim; and no resource has two. */
  async #nothingUnnamed({ text }: Run): Promise<void> {
    const resources = await this.#stack.resources();
    const known = new Set(resources.map(({ id }) => id));
    const claimed = resources.filter(({ id }) => id?.startsWith("claim:")).map(({ inputs }) => inputs?.name);
    for (const { id, name } of this.#clients()) {
      expect(known.has(id) || claimed.includes(name) || text.includes(id), `${name} (${id}) lives: ${text}`).toBe(true);
    }
    const names = this.#living();
    expect(names).toEqual([...new Set(names)]);
  }

  /**
   * What nobody can prove is named, with the way out, which is taken then. The engine stops at the first; told to go on
   * after an error, it waits for ever for what comes in the place of a claim that cannot be deleted.
   */
  async #settled(): Promise<Run> {
    for (;;) {
      const run = await this.#stack.up();
      if (run.ok) return run;
      const named = NAMES.nexus.filter((name) => {
        const id = this.world.sandbox.clients.find(name)?.id;
        if (id === undefined || this.#program.adopt[name] !== undefined || !run.text.includes(id)) return false;
        this.#program.adopt[name] = id;
        return true;
      });
      // Each time it is another one; Rezolve's are made certain by a new secret.
      expect(named, run.text).not.toEqual([]);
      expect(run.text).toContain("adopt: {");
    }
  }

  async #everyDeletionHasItsReceipt(): Promise<void> {
    const { sandbox } = this.world;
    const receipts = onePerClient(await this.world.receipts());
    const gone = this.#deletions();
    expect(receipts.map(({ id }) => id).sort()).toEqual(gone);
    expect([...this.#managed.keys()].filter((id) => !gone.includes(id))).toEqual([]);
    for (const { id, outcome, tokensRevoked, activeSessionsTerminated } of receipts) {
      expect(outcome).not.toBe("unconfirmed");
      expect([null, this.#managed.get(id) ?? 0]).toContain(tokensRevoked);
      expect([null, 0]).toContain(activeSessionsTerminated);
    }
    expect(sandbox.clients.list().map(({ id }) => id)).toEqual(this.#bystanders);
  }

  #clients() {
    return this.world.sandbox.clients
      .list()
      .filter(({ id, deletion }) => deletion === null && !this.#bystanders.includes(id));
  }

  #living(): string[] {
    return this.#clients()
      .map(({ name }) => name)
      .sort();
  }

  #notes(): unknown[] {
    return this.#clients().map(({ vendor, description, attributes }) =>
      vendor === "rezolve" ? description : attributes.productName,
    );
  }

  /** The ids of all that the vendor has deleted, whoever learned of it. */
  #deletions(): string[] {
    const done = this.world.sandbox.requests
      .list({ method: "DELETE" })
      .filter(({ status }) => status !== null && status < 300);
    return done.map(({ path }) => idIn(path)).sort();
  }
}
