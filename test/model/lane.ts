/** A sandbox, a provider process, and one life of a stack after the other. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { EngineStub } from "../../tools/bench/provider-process.ts";
import { plainEnvironment } from "../cli/command.ts";
import type { Administrator } from "../outside.ts";
import { Engine } from "./engine.ts";
import { type Counts, Life } from "./life.ts";
import type { Entry, Recorder } from "./recorder.ts";
import { Difference, type Tally, Truth } from "./truth.ts";
import { environmentOf, WAYS } from "./ways.ts";

/** What came of a life. */
export interface Lived {
  seed: number;
  steps: number;
  counts: Counts;
  tally: Tally;
  /** What was asked of the provider and what came of it, where there is a recorder. */
  entries: readonly Entry[];
  /** What the model and the world differ in, with all steps up to there; null where they do not. */
  difference: string | null;
}

export interface LaneOptions {
  /** Which provider it has; default: that of dynamic resources. */
  way?: keyof typeof WAYS;
  /** Where the provider has the settings from; default: the environment. */
  settingsIn?: "environment" | "config";
  /**
   * Writes down what is asked and answered. With one, lives are such as pass in the same way every time: one thing happens after
   * the other, and nothing hangs on time.
   */
  recorder?: Recorder;
}

const RECEIPTS = "receipts.jsonl";

export class Lane {
  readonly #sandbox: Sandbox;
  readonly #stub: EngineStub;
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #administrator: Administrator;
  readonly #recorder: Recorder | undefined;

  private constructor(
    engine: Engine,
    stub: EngineStub,
    folder: string,
    administrator: Administrator,
    recorder: Recorder | undefined,
  ) {
    this.#engine = engine;
    this.#sandbox = administrator.sandbox;
    this.#stub = stub;
    this.#folder = folder;
    this.#administrator = administrator;
    this.#recorder = recorder;
  }

  static async open({ way = "dynamic", settingsIn = "environment", recorder }: LaneOptions = {}): Promise<Lane> {
    const sandbox = await startSandbox();
    const token = await sandbox.adminToken({ expiresInSeconds: 86_400 });
    const tenantId = sandbox.tenants[0].id;
    const folder = await mkdtemp(join(tmpdir(), "model-"));
    const connection = {
      baseUrl: sandbox.url,
      tenantId,
      token,
      ...(recorder === undefined ? {} : { maxConcurrency: "1" }),
    };
    const settings = {
      rezolve: connection,
      nexus: { ...connection, applicationToken: sandbox.nexus.applicationToken },
    };
    const isEnvironment = settingsIn === "environment";
    const stub = await EngineStub.start(recorder?.logged);
    const environment = {
      OAUTH_CLIENTS_RECEIPTS_FILE: join(folder, RECEIPTS),
      ...(isEnvironment ? environmentOf(settings) : {}),
      ...(recorder === undefined ? {} : { MODEL_SETTLES_MS: "0" }),
    };
    const engine = new Engine({
      stub,
      way: WAYS[way],
      environment: plainEnvironment(environment),
      config: isEnvironment ? {} : settings,
      ...(recorder === undefined
        ? {}
        : { isOrderly: true, witness: recorder.witnessIn(sandbox, join(folder, RECEIPTS)) }),
    });
    return new Lane(engine, stub, folder, { sandbox, token, tenantId }, recorder);
  }

  /**
   * Lives one life to its end, or to the first difference.
   *
   * @throws what is none, with the seed and all steps up to there
   */
  async live(seed: number, steps: number): Promise<Lived> {
    this.#recorder?.clear();
    await rm(this.#receiptsFile, { force: true });
    this.#engine.state.clear();
    this.#sandbox.faults.clear();
    for (const { id } of this.#sandbox.clients.list()) this.#sandbox.clients.remove(id, "hard");
    const truth = new Truth(this.#sandbox, this.#engine, this.#receiptsFile);
    const life = new Life(seed, this.#engine, truth, this.#administrator, this.#recorder !== undefined);
    const lived = () => ({
      seed,
      counts: life.counts,
      tally: truth.tally,
      steps: made,
      entries: [...(this.#recorder?.entries ?? [])],
    });
    let made = 0;
    try {
      life.begin();
      for (; made < steps; made += 1) await life.step();
      await life.end();
      return { ...lived(), difference: null };
    } catch (error) {
      const said = `seed ${seed}: ${error instanceof Error ? error.message : error}\n${life.log.join("\n")}`;
      if (error instanceof Difference) return { ...lived(), difference: said };
      throw new Error(said, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#engine.close();
    this.#stub.close();
    await this.#sandbox.close();
    await rm(this.#folder, { recursive: true });
  }

  get #receiptsFile(): string {
    return join(this.#folder, RECEIPTS);
  }
}
