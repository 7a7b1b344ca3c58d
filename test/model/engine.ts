/** Plays Pulumi's engine: keeps a state, and has the dynamic-provider process bring it to what a program says. */
import { fileURLToPath } from "node:url";
import {
  type EngineStub,
  leftInState,
  type Properties,
  ProviderProcess,
  type Stored,
} from "../../tools/bench/provider-process.ts";

/** How long a request may take, and be repeated: see `LIMITS` of the provider. */
export type Patience = "long" | "short";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const ENTRY = fileURLToPath(new URL("provider.ts", import.meta.url));

/** A resource as the program declares it. */
export interface Declared {
  kind: string;
  inputs: Properties;
}

/** Resources by name, in the order of the program. */
export type Program = ReadonlyMap<string, Declared>;

/** A resource as the state has it. */
export interface Resource extends Stored {
  kind: string;
  inputs: Properties;
  /** Its creation or its last update was not finished. */
  isUnfinished: boolean;
  /** It was deleted for a replacement that was not created: the engine asks the provider nothing about it. */
  isReplaced: boolean;
}

export type Does = "check" | "create" | "update" | "same" | "delete" | "read";

/** What a command did to one resource. */
export interface Step {
  name: string;
  does: Does;
  kind: string;
  /** As the state had it before; null where it had nothing. */
  before: Resource | null;
  /** What was declared; null in what is about no program. */
  inputs: Properties | null;
  /** Whether it is part of a replacement. */
  replaces: boolean;
  error: Error | null;
  /** Whether the failure left something in the state. */
  leftSomething: boolean;
}

export interface UpOptions {
  /** The only resources that it is about; all where left out. */
  targets?: ReadonlySet<string>;
  /** Whether it goes on with other resources after one failed. */
  continues: boolean;
}

export class Engine {
  readonly state = new Map<string, Resource>();
  readonly #stub: EngineStub;
  readonly #environment: Record<string, string | undefined>;
  /** How patient the next command is. */
  patience: Patience = "long";
  #process: ProviderProcess | null = null;
  #runs = 0;
  #steps: Step[] = [];
  #isFailed = false;
  #isKilled = false;

  constructor(stub: EngineStub, environment: Record<string, string | undefined>) {
    this.#stub = stub;
    this.#environment = environment;
  }

  /** `pulumi up`: a resource is checked and diffed after the other, what that takes is done at once. */
  async up(program: Program, { targets, continues }: UpOptions): Promise<Step[]> {
    const provider = await this.#begin();
    const isMeant = (name: string) => targets === undefined || targets.has(name);
    const mayGoOn = () => continues || !this.#isFailed;
    const underWay: Promise<void>[] = [];
    for (const [name, declared] of program) {
      if (!isMeant(name)) continue;
      if (!mayGoOn()) break;
      const act = await this.#registered(provider, name, declared);
      if (act !== null) underWay.push(act());
    }
    await Promise.all(underWay);
    const left = [...this.state].filter(([name]) => !program.has(name) && isMeant(name));
    if (mayGoOn()) await Promise.all(left.map(([name, resource]) => this.#deleted(provider, name, resource, false)));
    return this.#steps;
  }

  /** `pulumi refresh`: all at once. */
  async refresh(targets?: ReadonlySet<string>): Promise<Step[]> {
    const provider = await this.#begin();
    const meant = [...this.state].filter(([name]) => targets === undefined || targets.has(name));
    await Promise.all(meant.map(([name, resource]) => this.#read(provider, name, resource)));
    return this.#steps;
  }

  /** `pulumi destroy`: all at once. */
  async destroy(targets?: ReadonlySet<string>): Promise<Step[]> {
    const provider = await this.#begin();
    const meant = [...this.state].filter(([name]) => targets === undefined || targets.has(name));
    await Promise.all(meant.map(([name, resource]) => this.#deleted(provider, name, resource, false)));
    return this.#steps;
  }

  /** `kill -9` of the provider's process; the next command starts another one. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    const running = this.#process;
    this.#process = null;
    await running?.end();
  }

  /** Whether the process was killed while the last command ran. */
  get wasKilled(): boolean {
    return this.#isKilled;
  }

  /** Of another process, and another state. */
  async close(): Promise<void> {
    await this.#process?.end();
  }

  static urnOf(name: string): string {
    return `urn:pulumi:model::lives::pulumi-nodejs:dynamic/oauth-clients:Client::${name}`;
  }

  async #begin(): Promise<ProviderProcess> {
    this.#runs += 1;
    this.#steps = [];
    this.#isFailed = false;
    const shell = `exports.handler = () => require(${JSON.stringify(ENTRY)}).providerOf(${this.#runs}, "${this.patience}");`;
    if (this.#process === null) {
      this.#process = await ProviderProcess.start({
        cwd: REPOSITORY,
        shell,
        environment: this.#environment,
        engineAddress: this.#stub.address,
      });
    }
    this.#isKilled = false;
    this.#process.useShell(shell);
    return this.#process;
  }

  /** @returns what is to be done about a resource of the program; null where that failed */
  async #registered(
    provider: ProviderProcess,
    name: string,
    { kind, inputs }: Declared,
  ): Promise<(() => Promise<void>) | null> {
    const urn = Engine.urnOf(name);
    const old = this.state.get(name) ?? null;
    const news = { ...inputs, __kind: kind };
    const step = { name, kind, before: old, inputs };
    try {
      if (old === null || old.isReplaced) {
        const checked = await provider.check(news, {}, urn);
        return () => this.#created(provider, { ...step, replaces: old !== null }, checked);
      }
      const checked = await provider.check(news, old.inputs, urn);
      const difference = await provider.diff(old.id, old.outputs, checked, urn);
      if (difference.replaces.length > 0) {
        if (!difference.deletesFirst) throw new Error("a replacement that does not delete first");
        const successor = await provider.check(news, {}, urn);
        return async () => {
          if (await this.#deleted(provider, name, old, true)) {
            await this.#created(provider, { ...step, replaces: true }, successor);
          }
        };
      }
      if (difference.changes || old.isUnfinished) return () => this.#updated(provider, step, old, checked);
      this.state.set(name, { ...old, inputs: checked });
      this.#done({ ...step, does: "same", replaces: false });
      return null;
    } catch (error) {
      this.#failed({ ...step, does: "check", replaces: false }, error, null);
      return null;
    }
  }

  async #created(
    provider: ProviderProcess,
    step: Pick<Step, "name" | "kind" | "before" | "inputs" | "replaces">,
    inputs: Properties,
  ): Promise<void> {
    const { name, kind } = step;
    try {
      const stored = await provider.create(inputs, Engine.urnOf(name));
      this.state.set(name, { kind, inputs, ...stored, isUnfinished: false, isReplaced: false });
      this.#done({ ...step, does: "create" });
    } catch (error) {
      const left = leftInState(error);
      if (left !== null) this.state.set(name, { kind, inputs, ...left, isUnfinished: true, isReplaced: false });
      this.#failed({ ...step, does: "create" }, error, left);
    }
  }

  async #updated(
    provider: ProviderProcess,
    step: Pick<Step, "name" | "kind" | "before" | "inputs">,
    old: Resource,
    inputs: Properties,
  ): Promise<void> {
    const { name } = step;
    try {
      const outputs = await provider.update(old.id, old.outputs, inputs, Engine.urnOf(name));
      this.state.set(name, { ...old, inputs, outputs, isUnfinished: false });
      this.#done({ ...step, does: "update", replaces: false });
    } catch (error) {
      const left = leftInState(error);
      if (left !== null) this.state.set(name, { ...old, inputs, ...left, isUnfinished: true });
      this.#failed({ ...step, does: "update", replaces: false }, error, left);
    }
  }

  /** @param replaces whether a successor comes: until then the state keeps a note of it */
  async #deleted(provider: ProviderProcess, name: string, old: Resource, replaces: boolean): Promise<boolean> {
    const step = { name, does: "delete", kind: old.kind, before: old, inputs: null, replaces } as const;
    try {
      if (!old.isReplaced) await provider.delete(old.id, old.outputs, Engine.urnOf(name));
      if (replaces) this.state.set(name, { ...old, isReplaced: true });
      else this.state.delete(name);
      this.#done(step);
      return true;
    } catch (error) {
      this.#failed(step, error, null);
      return false;
    }
  }

  async #read(provider: ProviderProcess, name: string, old: Resource): Promise<void> {
    if (old.isReplaced) return;
    const step = { name, does: "read", kind: old.kind, before: old, inputs: null, replaces: false } as const;
    try {
      const found = await provider.read(old.id, old.outputs, Engine.urnOf(name));
      if (found === null) this.state.delete(name);
      else {
        this.state.set(name, { ...old, ...found, isUnfinished: false });
        // The engine shows what differs now.
        await provider.diff(found.id, found.outputs, found.inputs ?? old.inputs, Engine.urnOf(name));
      }
      this.#done(step);
    } catch (error) {
      this.#failed(step, error, null);
    }
  }

  #done(step: Omit<Step, "error" | "leftSomething">): void {
    this.#steps.push({ ...step, error: null, leftSomething: false });
  }

  #failed(step: Omit<Step, "error" | "leftSomething">, error: unknown, left: Stored | null): void {
    this.#isFailed = true;
    const said = error instanceof Error ? error : new Error(String(error));
    this.#steps.push({ ...step, error: said, leftSomething: left !== null });
  }
}
