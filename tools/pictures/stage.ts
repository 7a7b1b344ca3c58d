/** Where the pictures are taken: a sandbox with clients, a Pulumi stack, and a terminal. */
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { z } from "zod";
import { forgetUsersSettings } from "../demo/users-settings.ts";
import { run } from "../engine/command.ts";
import { type Engine, engineEnvironment } from "../engine/engine.ts";
import type { Line } from "./screen.ts";
import { typed } from "./terminal.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DAY_MS = 86_400_000;
const LIMIT_MS = 60_000;

/** As wide as a page shows without making the letters small. */
export const COLUMNS = 94;

const credentials = z.object({ clientId: z.string(), clientSecret: z.string() });
const outputsSchema = z.object({
  nightlyCredentials: credentials,
  releaseCredentials: credentials,
  shopCredentials: credentials,
});

export class Stage {
  readonly startedMs = Date.now();
  /** Names of all clients that there were, by their ids. */
  readonly clients = new Map<string, string>();
  readonly #sandbox: Sandbox;
  readonly #folder: string;
  readonly #project: string;
  readonly #environment: Record<string, string | undefined>;
  readonly #signal: AbortSignal;

  private constructor(
    sandbox: Sandbox,
    folder: string,
    environment: Record<string, string | undefined>,
    signal: AbortSignal,
  ) {
    this.#sandbox = sandbox;
    this.#folder = folder;
    this.#project = join(folder, "shop");
    this.#environment = environment;
    this.#signal = signal;
  }

  static async set(engine: Engine, signal: AbortSignal): Promise<Stage> {
    forgetUsersSettings();
    await mkdir(join(ROOT, ".scratch"), { recursive: true });
    const folder = await mkdtemp(join(ROOT, ".scratch", "pictures-"));
    const [home, backendDirectory] = [join(folder, "home"), join(folder, "backend")];
    for (const one of [home, backendDirectory]) await mkdir(one);
    const passphrase = "only for these pictures";
    const isolated = engineEnvironment(engine, { home, backendDirectory, passphrase, colours: true });
    const sandbox = await startSandbox();
    const settings = {
      REZOLVE_BASE_URL: sandbox.url,
      REZOLVE_TENANT_ID: sandbox.tenants[0].id,
      REZOLVE_TOKEN: await sandbox.adminToken(),
      OAUTH_CLIENTS_RECEIPTS_FILE: "receipts.jsonl",
    };
    // In a pipeline, too, it is to look as it does to somebody at a terminal.
    const atTerminal = {
      PULUMI_DISABLE_CI_DETECTION: "true",
      CI: undefined,
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
    };
    const PATH = `${join(ROOT, "node_modules", ".bin")}${delimiter}${isolated.PATH}`;
    const stage = new Stage(sandbox, folder, { ...isolated, ...settings, ...atTerminal, PATH }, signal);
    try {
      await stage.#make();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /** A stack whose clients have worked, and clients that killed pipelines left behind. */
  async #make(): Promise<void> {
    await cp(join(ROOT, "tools", "pictures", "project"), this.#project, { recursive: true });
    await this.#quietly("pulumi", "stack", "init", "dev");
    await this.#quietly("pulumi", "up", "--yes", "--skip-preview");
    const shown = await this.#quietly("pulumi", "stack", "output", "--json", "--show-secrets");
    const outputs = outputsSchema.parse(JSON.parse(shown));
    const [nightly, release, shop] = [outputs.nightlyCredentials, outputs.releaseCredentials, outputs.shopCredentials];
    for (let count = 0; count < 2; count += 1) await this.#sandbox.issueToken(nightly);
    for (let count = 0; count < 3; count += 1) await this.#sandbox.issueToken(release);
    for (const user of ["ada@example.test", "grace@example.test"]) await this.#sandbox.signIn(shop, user);
    this.#used(nightly.clientId, { firstDays: 200, lastDays: 90, requests: 400 });
    this.#used(release.clientId, { firstDays: 200, lastDays: 0, requests: 9_600 });
    this.#used(shop.clientId, { firstDays: 100, lastDays: 3, requests: 21_200 });
    await this.#leftover("pr-17-web", { createdDays: 21, lastDays: 20 });
    await this.#leftover("pr-23-jobs", { createdDays: 12, lastDays: null });
    await this.#leftover("pr-23-web", { createdDays: 12, lastDays: 11 });
    await this.#leftover("pr-42-web", { createdDays: 1, lastDays: 0 });
    for (const { id, name } of this.#sandbox.clients.list()) this.clients.set(id, name);
  }

  #used(clientId: string, use: { firstDays: number; lastDays: number; requests: number }): void {
    const id = this.#sandbox.clients.list().find((client) => client.clientId === clientId)?.id ?? "";
    this.#sandbox.clients.edit(id, {
      createdAt: this.#daysAgo(use.firstDays),
      usage: {
        firstUsedAt: this.#daysAgo(use.firstDays),
        lastUsedAt: this.#daysAgo(use.lastDays),
        totalTokenRequests: use.requests,
      },
    });
  }

  async #leftover(name: string, { createdDays, lastDays }: { createdDays: number; lastDays: number | null }) {
    const { REZOLVE_BASE_URL, REZOLVE_TENANT_ID, REZOLVE_TOKEN } = this.#environment;
    const answer = await fetch(`${REZOLVE_BASE_URL}/api/v1/oauth-clients`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${REZOLVE_TOKEN}`,
        "content-type": "application/json",
        "x-tenantid": String(REZOLVE_TENANT_ID),
      },
      body: JSON.stringify({
        name,
        clientType: "confidential",
        redirectUris: [],
        grantTypes: ["client_credentials"],
        scopes: ["users:read"],
      }),
    });
    const made = this.#sandbox.clients.find(name);
    if (made === undefined) throw new Error(`${name} was not made: ${await answer.text()}`);
    this.#sandbox.clients.edit(made.id, {
      createdAt: this.#daysAgo(createdDays),
      ...(lastDays === null
        ? {}
        : { usage: { firstUsedAt: this.#daysAgo(lastDays), lastUsedAt: this.#daysAgo(lastDays) } }),
    });
  }

  #daysAgo(days: number): string {
    return new Date(this.startedMs - days * DAY_MS).toISOString();
  }

  /** What a program prints where nobody looks. */
  async #quietly(program: string, ...args: string[]): Promise<string> {
    const environment = { ...this.#environment, NO_COLOR: "1" };
    const options = { cwd: this.#project, environment, limit: LIMIT_MS, signal: this.#signal };
    const answer = await run(program, args, options);
    if ("failure" in answer) throw new Error(`${program} ${args.join(" ")}: ${answer.failure}`);
    return answer.output;
  }

  /** What a terminal shows after somebody has typed a command. */
  typed(command: string, exitCode: number): Promise<Line[]> {
    const [cwd, environment, signal] = [this.#project, this.#environment, this.#signal];
    return typed(command, exitCode, { columns: COLUMNS, cwd, environment, signal });
  }

  async close(): Promise<void> {
    await this.#sandbox.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
