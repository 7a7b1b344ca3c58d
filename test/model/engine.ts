/** Plays Pulumi's engine: keeps a state, and has a provider's process bring it to what a program says. */
import { type EngineStub, type Properties, ProviderProcess, type Stored } from "../../tools/bench/provider-process.ts";
import { REPOSITORY } from "../cli/command.ts";
import type { Settings, Way } from "./ways.ts";

/**
 * How long a request may take, and be repeated, in seconds: while requests are spoilt on purpose; else, because a busy machine is
 * no fault; and where nothing may hang on time.
 */
const LIMITS = {
  short: { timeoutSeconds: "1", retryBudgetSeconds: "1" },
  long: { timeoutSeconds: "30", retryBudgetSeconds: "30" },
  once: { timeoutSeconds: "30", retryBudgetSeconds: "0" },
} as const;

export type Patience = keyof typeof LIMITS;

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

type Method = "check" | "diff" | "create" | "update" | "delete" | "read";

/** Is there while a provider is asked about a resource, and has it asked. */
export type Witness = <Answer>(
  about: { method: Method; name: string; kind: string; provider: ProviderProcess },
  ask: () => Promise<Answer>,
) => Promise<Answer>;

export interface EngineOptions {
  stub: EngineStub;
  way: Way;
  environment: Record<string, string | undefined>;
  /** Settings that the stack config has, beside the limits. */
  config: Settings;
  /** Whether it does one thing after the other, so that the same things happen in the same order every time. */
  isOrderly?: boolean;
  witness?: Witness;
}

export class Engine {
  readonly state = new Map<string, Resource>();
  readonly #options: EngineOptions;
  /** How patient the next command is. */
  patience: Patience = "long";
  #process: ProviderProcess | null = null;
  #begun: Promise<unknown> = Promise.resolve();
  #runs = 0;
  #steps: Step[] = [];
  #isFailed = false;
  #isKilled = false;

  constructor(options: EngineOptions) {
    this.#options = options;
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
      if (act === null) continue;
      const acting = act();
      underWay.push(acting);
      if (this.#options.isOrderly) await acting;
    }
    await Promise.all(underWay);
    const left = [...this.state].filter(([name]) => !program.has(name) && isMeant(name));
    if (mayGoOn()) await this.#each(left, (name, resource) => this.#deleted(provider, name, resource, false));
    return this.#steps;
  }

  /** `pulumi refresh`: all at once. */
  async refresh(targets?: ReadonlySet<string>): Promise<Step[]> {
    const provider = await this.#begin();
    const meant = [...this.state].filter(([name]) => targets === undefined || targets.has(name));
    await this.#each(meant, (name, resource) => this.#read(provider, name, resource));
    return this.#steps;
  }

  /** `pulumi destroy`: all at once. */
  async destroy(targets?: ReadonlySet<string>): Promise<Step[]> {
    const provider = await this.#begin();
    const meant = [...this.state].filter(([name]) => targets === undefined || targets.has(name));
    await this.#each(meant, (name, resource) => this.#deleted(provider, name, resource, false));
    return this.#steps;
  }

  /** `kill -9` of the provider's process; the next command starts another one. */
  async kill(): Promise<void> {
    // Before it is configured there is no command yet that could be cut off.
    await this.#begun;
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

  #asked<Answer>(
    method: Method,
    { name, kind }: Pick<Step, "name" | "kind">,
    provider: ProviderProcess,
    ask: (provider: ProviderProcess) => Promise<Answer>,
  ): Promise<Answer> {
    const { witness } = this.#options;
    return witness === undefined ? ask(provider) : witness({ method, name, kind, provider }, () => ask(provider));
  }

  #urnOf(name: string, kind: string): string {
    return `urn:pulumi:model::lives::${this.#options.way.type}${kind}::${name}`;
  }

  /** All at once, unless it does one thing after the other. */
  async #each(
    resources: readonly (readonly [string, Resource])[],
    act: (name: string, resource: Resource) => Promise<unknown>,
  ): Promise<void> {
    const acting: Promise<unknown>[] = [];
    for (const [name, resource] of resources) {
      acting.push(act(name, resource));
      if (this.#options.isOrderly) await acting.at(-1);
    }
    await Promise.all(acting);
  }

  async #begin(): Promise<ProviderProcess> {
    this.#runs += 1;
    this.#steps = [];
    this.#isFailed = false;
    const { way, config: settings } = this.#options;
    const shell = way.shellOf(this.#runs);
    const limits = LIMITS[this.patience];
    const config = way.config({
      rezolve: { ...settings.rezolve, ...limits },
      nexus: { ...settings.nexus, ...limits },
    });
    this.#isKilled = false;
    const beginning = this.#configured(shell, config);
    this.#begun = beginning.catch(() => {});
    return await beginning;
  }

  /** The process, started if there is none. */
  async #configured(shell: string | null, config: Properties): Promise<ProviderProcess> {
    const { stub, way, environment } = this.#options;
    this.#process ??= await ProviderProcess.start({
      cwd: REPOSITORY,
      shell,
      environment,
      engineAddress: stub.address,
      ...way.process,
    });
    await this.#process.configure(config);
    this.#process.useShell(shell);
    return this.#process;
  }

  /** @returns what is to be done about a resource of the program; null where that failed */
  async #registered(
    provider: ProviderProcess,
    name: string,
    { kind, inputs }: Declared,
  ): Promise<(() => Promise<void>) | null> {
    const urn = this.#urnOf(name, kind);
    const old = this.state.get(name) ?? null;
    const news = this.#options.way.declared(kind, inputs);
    const step = { name, kind, before: old, inputs };
    try {
      if (old === null || old.isReplaced) {
        const checked = await this.#asked("check", step, provider, (it) => it.check(news, {}, urn));
        return () => this.#created(provider, { ...step, replaces: old !== null }, checked);
      }
      const checked = await this.#asked("check", step, provider, (it) => it.check(news, old.inputs, urn));
      const difference = await this.#asked("diff", step, provider, (it) => it.diff(old.id, old.outputs, checked, urn));
      if (difference.replaces.length > 0) {
        if (!difference.deletesFirst) throw new Error("a replacement that does not delete first");
        const successor = await this.#asked("check", step, provider, (it) => it.check(news, {}, urn));
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
    const urn = this.#urnOf(name, kind);
    try {
      const stored = await this.#asked("create", step, provider, (it) => it.create(inputs, urn));
      this.state.set(name, { kind, inputs, ...stored, isUnfinished: false, isReplaced: false });
      this.#done({ ...step, does: "create" });
    } catch (error) {
      const left = leftBy(provider, error);
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
    const { name, kind } = step;
    const urn = this.#urnOf(name, kind);
    try {
      const outputs = await this.#asked("update", step, provider, (it) => it.update(old.id, old.outputs, inputs, urn));
      this.state.set(name, { ...old, inputs, outputs, isUnfinished: false });
      this.#done({ ...step, does: "update", replaces: false });
    } catch (error) {
      const left = leftBy(provider, error);
      if (left !== null) this.state.set(name, { ...old, inputs, ...left, isUnfinished: true });
      this.#failed({ ...step, does: "update", replaces: false }, error, left);
    }
  }

  /** @param replaces whether a successor comes: until then the state keeps a note of it */
  async #deleted(provider: ProviderProcess, name: string, old: Resource, replaces: boolean): Promise<boolean> {
    const urn = this.#urnOf(name, old.kind);
    const step = { name, does: "delete", kind: old.kind, before: old, inputs: null, replaces } as const;
    try {
      if (!old.isReplaced) await this.#asked("delete", step, provider, (it) => it.delete(old.id, old.outputs, urn));
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
    const urn = this.#urnOf(name, old.kind);
    const step = { name, does: "read", kind: old.kind, before: old, inputs: null, replaces: false } as const;
    try {
      const found = await this.#asked("read", step, provider, (it) => it.read(old.id, old.outputs, urn, old.inputs));
      if (found === null) this.state.delete(name);
      else {
        this.state.set(name, { ...old, ...found, isUnfinished: false });
        // The engine shows what differs now.
        await this.#asked("diff", step, provider, (it) =>
          it.diff(found.id, found.outputs, found.inputs ?? old.inputs, urn),
        );
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

/** What a failure leaves in the state; null where it leaves nothing. */
function leftBy(provider: ProviderProcess, error: unknown): Stored | null {
  const left = provider.left(error);
  return left === null ? null : { id: left.id, outputs: left.outputs };
}
