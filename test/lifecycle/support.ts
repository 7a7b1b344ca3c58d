import type { dynamic } from "@pulumi/pulumi";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { SHELL } from "../../src/core/shell.ts";
import { OAuthClientsProvider } from "../../src/provider/provider.ts";
import { Interrupt } from "../../src/runtime/interrupt.ts";

export type Values = Record<string, unknown>;

/** A recorded resource, as a state would hold it. */
export interface State {
  id: string;
  outputs: Values;
}

/** The provider without an engine, against a sandbox: what the engine would call, and what it would record. */
export class Bench {
  readonly sandbox: Sandbox;
  readonly env: Record<string, string>;
  interrupt = new Interrupt(() => {});
  readonly logged: string[] = [];
  provider: OAuthClientsProvider;
  /** The kind of the resources that it works on. */
  kind: string;
  /** The URN that the engine would give: one resource at a time. */
  urn: string | null = "urn:test";
  /** How long the provider waits before it believes that a lost create was not carried out. */
  settlesMs = 20;

  private constructor(kind: string, sandbox: Sandbox, env: Record<string, string>) {
    this.kind = kind;
    this.sandbox = sandbox;
    this.env = env;
    this.provider = this.restart();
  }

  static async start(kind: string): Promise<Bench> {
    const sandbox = await startSandbox();
    const token = await sandbox.adminToken();
    const shared = { BASE_URL: sandbox.url, TENANT_ID: sandbox.tenants[0].id, TOKEN: token, RETRY_BUDGET_SECONDS: "1" };
    const env: Record<string, string> = { NEXUS_APPLICATION_TOKEN: sandbox.nexus.applicationToken };
    for (const vendor of ["REZOLVE", "NEXUS"]) {
      for (const [key, value] of Object.entries(shared)) env[`${vendor}_${key}`] = value;
    }
    return new Bench(kind, sandbox, env);
  }

  /** Another process: nothing is remembered. */
  restart(): OAuthClientsProvider {
    const engine = {
      urnOf: () => this.urn,
      progress: async () => {},
      log: async (_severity: string, message: string) => {
        this.logged.push(message);
      },
    };
    this.interrupt = new Interrupt(() => {});
    this.provider = new OAuthClientsProvider({
      engine,
      interrupt: this.interrupt,
      env: this.env,
      settlesMs: this.settlesMs,
    });
    return this.provider;
  }

  async check(news: Values, olds: Values = {}): Promise<Values> {
    const { inputs, failures } = await this.provider.check(olds, this.#own(news));
    if (failures && failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("\n"));
    return this.#own(inputs ?? {});
  }

  async create(inputs: Values): Promise<State> {
    const { id, outs } = await this.provider.create(await this.check(inputs));
    return { id: id ?? "", outputs: this.#own(outs ?? {}) };
  }

  async diff(state: State, news: Values): Promise<dynamic.DiffResult> {
    return this.provider.diff(state.id, state.outputs, await this.check(news, state.outputs));
  }

  async update(state: State, news: Values): Promise<State> {
    const { outs } = await this.provider.update(state.id, state.outputs, await this.check(news, state.outputs));
    return { ...state, outputs: this.#own(outs ?? {}) };
  }

  async refresh(state: State): Promise<State> {
    const { id, props } = await this.provider.read(state.id, state.outputs);
    return { id: id ?? "", outputs: this.#own(props ?? {}) };
  }

  delete(state: State): Promise<void> {
    return this.provider.delete(state.id, state.outputs);
  }

  reset(): void {
    this.sandbox.faults.clear();
    this.sandbox.requests.clear();
    for (const { id } of this.sandbox.clients.list()) this.sandbox.clients.remove(id, "hard");
    this.logged.length = 0;
    this.urn = "urn:test";
    this.restart();
  }

  #own(values: Values): Values {
    return { ...values, __kind: this.kind, __provider: SHELL };
  }
}

/** What a failed create or update would leave in the state: the SDK reads it off the error. */
export async function partialState(attempt: Promise<unknown>): Promise<State & { reason: string }> {
  const error: unknown = await attempt.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error) || !("id" in error) || !("properties" in error)) {
    throw new Error(`no partial failure: ${String(error instanceof Error ? error.message : error)}`);
  }
  const outputs: Values = { ...Object(error.properties) };
  return { id: String(error.id), outputs, reason: error.message };
}
