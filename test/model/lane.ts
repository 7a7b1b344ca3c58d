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
import { Difference, type Tally, Truth } from "./truth.ts";

/** What came of a life. */
export interface Lived {
  seed: number;
  steps: number;
  counts: Counts;
  tally: Tally;
  /** What the model and the world differ in, with all steps up to there; null where they do not. */
  difference: string | null;
}

export class Lane {
  readonly #sandbox: Sandbox;
  readonly #stub: EngineStub;
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #administrator: Administrator;

  private constructor(sandbox: Sandbox, stub: EngineStub, folder: string, administrator: Administrator) {
    this.#sandbox = sandbox;
    this.#stub = stub;
    this.#folder = folder;
    this.#administrator = administrator;
    const tenantId = administrator.tenantId;
    const settings = {
      REZOLVE_BASE_URL: sandbox.url,
      REZOLVE_TENANT_ID: tenantId,
      REZOLVE_TOKEN: administrator.token,
      NEXUS_BASE_URL: sandbox.url,
      NEXUS_TENANT_ID: tenantId,
      NEXUS_TOKEN: administrator.token,
      NEXUS_APPLICATION_TOKEN: sandbox.nexus.applicationToken,
      OAUTH_CLIENTS_RECEIPTS_FILE: this.#receiptsFile,
    };
    this.#engine = new Engine(stub, plainEnvironment(settings));
  }

  static async open(): Promise<Lane> {
    const sandbox = await startSandbox();
    const token = await sandbox.adminToken({ expiresInSeconds: 86_400 });
    const tenantId = sandbox.tenants[0].id;
    const folder = await mkdtemp(join(tmpdir(), "model-"));
    return new Lane(sandbox, await EngineStub.start(), folder, { sandbox, token, tenantId });
  }

  /**
   * Lives one life to its end, or to the first difference.
   *
   * @throws what is none, with the seed and all steps up to there
   */
  async live(seed: number, steps: number): Promise<Lived> {
    await rm(this.#receiptsFile, { force: true });
    this.#engine.state.clear();
    this.#sandbox.faults.clear();
    for (const { id } of this.#sandbox.clients.list()) this.#sandbox.clients.remove(id, "hard");
    const truth = new Truth(this.#sandbox, this.#engine, this.#receiptsFile);
    const life = new Life(seed, this.#engine, truth, this.#administrator);
    const lived = { seed, counts: life.counts, tally: truth.tally };
    let made = 0;
    try {
      life.begin();
      for (; made < steps; made += 1) await life.step();
      await life.end();
      return { ...lived, steps: made, difference: null };
    } catch (error) {
      const said = `seed ${seed}: ${error instanceof Error ? error.message : error}\n${life.log.join("\n")}`;
      if (error instanceof Difference) return { ...lived, steps: made, difference: said };
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
    return join(this.#folder, "receipts.jsonl");
  }
}
