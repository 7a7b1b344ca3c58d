/** One cell of the matrix on the real engine: begun, interrupted at its moment, and finished by what the docs say to type. */
import { copyFile, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseReceipts, type Receipt } from "pulumi-oauth-clients/automation";
import { Command, type Ended, execute, oauthClients } from "../cli/command.ts";
import { AFTER_AN_INTERRUPT, pieceOf } from "../docs/commands/places.ts";
import { engineHere } from "../engine/cli.ts";
import { killed, processesOf } from "../engine/processes.ts";
import { projectOnDisk } from "../engine/project.ts";
import { World } from "../engine/world.ts";
import { clientOutside, idIn } from "../outside.ts";
import { type Client, duplicates, evidenceOf, onlyInState, type Sight, unknownToState } from "./account.ts";
import { type Cell, type InterruptName, LATENCY_MS, type OperationName } from "./cells.ts";
import { SlowRoad } from "./slow-road.ts";
import { SmallDisk } from "./small-disk.ts";

/** What one run came to. */
export interface Outcome {
  /** How many requests that change something had reached the vendor at the interrupt. */
  requests: number;
  /** How long the command went on after it. */
  endedAfterMs: number;
  /** What was typed afterwards. */
  typed: string[];
  /** Clients that lived after the interrupt and that the state did not have. */
  left: { pending: number; named: number; unnamed: number };
  lost: number;
  duplicate: number;
  onlyInState: number;
  wronglyDeleted: number;
  /** Deletions, by what is known of each. */
  receipts: { counted: number; unknown: number; printed: number };
  /** What should not be, a sentence each. */
  problems: string[];
}

const PREFIX = "pr-";
const BYSTANDERS = 5;
/** Inside the provider; more of them wait there. */
export const REQUESTS_AT_ONCE = 4;
const OPERATIONS_AT_ONCE = 8;
const MB_FOR_STATE = 24;

const METHODS: Record<OperationName, string> = { up: "POST", update: "PATCH", purge: "DELETE", destroy: "DELETE" };

/** So long somebody waits for a command that writes nothing before it is interrupted. */
const PATIENCE_MS = 10_000;

/** How long a provider may live without its engine: it gives itself 15 s, and a busy machine takes its time. */
const LONGEST_LIFE_MS = 60_000;

/** So long processes that were killed may take to be gone. */
const DYING_MS = 10_000;

/** These send the CLI no signal: it ends in order. */
const UNSIGNALLED: ReadonlySet<InterruptName> = new Set(["kill -9 of the provider", "disk full under the receipts"]);

const open = new Set<Stage>();

/** Plays a cell. */
export async function run(cell: Cell): Promise<Outcome> {
  const world = await World.create();
  const stage = new Stage(cell, world, await SlowRoad.open(world.sandbox.url));
  open.add(stage);
  try {
    return await stage.play();
  } finally {
    if (open.delete(stage)) await stage.close();
  }
}

/** Ends what is still being played: nothing stays behind, also where a test was given up. */
export async function endAll(): Promise<void> {
  const all = [...open];
  open.clear();
  await Promise.all(all.map((stage) => stage.close()));
}

class Stage {
  readonly #cell: Cell;
  readonly #world: World;
  readonly #road: SlowRoad;
  readonly #receiptsFile: string;
  readonly #typed: string[] = [];
  readonly #problems: string[] = [];
  /** All that was printed. */
  #printed = "";
  #folder = "";
  #disk: SmallDisk | undefined;
  #bystanders: string[] = [];
  /** What the purge is to delete. */
  #targets: string[] = [];
  /** All clients of this run that ever lived. */
  readonly #ever = new Map<string, Client>();
  readonly #tokens = new Map<string, number>();
  #wronglyDeleted = 0;
  #duplicate = 0;

  constructor(cell: Cell, world: World, road: SlowRoad) {
    this.#cell = cell;
    this.#world = world;
    this.#road = road;
    this.#receiptsFile = join(world.folder, "receipts", "receipts.jsonl");
    Object.assign(world.environment, {
      REZOLVE_BASE_URL: road.url,
      NEXUS_BASE_URL: road.url,
      OAUTH_CLIENTS_RECEIPTS_FILE: this.#receiptsFile,
      REZOLVE_MAX_CONCURRENCY: String(REQUESTS_AT_ONCE),
      NEXUS_MAX_CONCURRENCY: String(REQUESTS_AT_ONCE),
      NEXUS_UNIQUE_NAMES: String(cell.uniqueNames),
    });
  }

  async play(): Promise<Outcome> {
    const { operation, clients, then } = this.#cell;
    await this.#prepare();

    const interrupted = await this.#interrupted();
    const after = await this.#sight();
    // No state has what a purge is to delete.
    const unknown = operation === "purge" ? [] : unknownToState(after);
    const left = this.#whereNamed(unknown, after);
    if (operation === "destroy" || then === "destroy") await this.#destroyed();
    else await this.#finishedByUp();

    const end = await this.#sight();
    const lost = unknownToState(end);
    if (then === "up") {
      const wanted = operation === "purge" ? 0 : clients;
      if (end.living.length !== wanted) this.#problems.push(`${end.living.length} clients live, not ${wanted}`);
      this.#judgeRevision(end.living);
    }
    const phantoms = onlyInState(end);
    if (then === "up") await this.#destroyed();
    const last = await this.#sight();
    lost.push(...unknownToState(last));
    if (last.state.length > 0) this.#problems.push(`${last.state.length} clients are in the state at the end`);
    this.#wronglyDeleted += this.#missingBystanders();

    const gone = [...this.#ever.keys()].filter((id) => !last.living.some((client) => client.id === id));
    const receipts = await this.#receipts();
    const evidence = evidenceOf(this.#cell.vendor, gone, receipts, this.#tokens, this.#printed);
    return {
      ...interrupted,
      typed: this.#typed,
      left,
      lost: lost.length,
      duplicate: this.#duplicate,
      onlyInState: phantoms.length,
      wronglyDeleted: this.#wronglyDeleted,
      receipts: { counted: evidence.counted, unknown: evidence.unknown, printed: evidence.printed },
      problems: [...this.#problems, ...evidence.problems],
    };
  }

  async close(): Promise<void> {
    try {
      await this.#allKilled();
    } finally {
      this.#road.close();
      try {
        await this.#disk?.unmount();
      } finally {
        await this.#world.close();
      }
    }
  }

  /** Kills what runs, and waits until it is gone: it has files open. */
  async #allKilled(): Promise<void> {
    const since = performance.now();
    for (;;) {
      const all = await processesOf(this.#world);
      if (all.length === 0 || performance.now() - since > DYING_MS) return;
      for (const { pid } of all) killed(pid);
      await sleep(20);
    }
  }

  /** The clients of the run, as far as its operation needs them, and some that nobody manages. */
  async #prepare(): Promise<void> {
    const { vendor, operation, interrupt, clients } = this.#cell;
    const world = this.#world;
    if (interrupt === "disk full under the state") {
      this.#disk = await SmallDisk.mount(join(world.folder, "backend"), MB_FOR_STATE);
    }
    if (interrupt === "disk full under the receipts") {
      this.#disk = await SmallDisk.mount(join(world.folder, "receipts"), 1);
    }
    this.#bystanders = await made(BYSTANDERS, async (at) => (await this.#outside(`Bystander ${at}`)).id);
    this.#folder = await projectOnDisk(
      world,
      "interrupted",
      programOf(vendor, operation === "up" ? 0 : clients, 1),
      "dev",
    );
    if (operation === "purge") {
      const targets = await made(clients, (at) => this.#outside(`${PREFIX}${at}`));
      this.#targets = targets.map(({ id }) => id);
      for (const { id, clientId, clientSecret } of targets) await this.#takeTokens(id, clientId, clientSecret);
      await this.#program(purgeProgramOf(vendor, this.#targets));
      return;
    }
    if (operation === "up") {
      await this.#program(programOf(vendor, clients, 1));
      return;
    }
    await this.#succeeds("up");
    if (vendor === "rezolve") {
      const { stdout } = await this.#pulumi("stack", "export", "--show-secrets", "--stack", "dev");
      for (const { id, outputs } of resourcesIn(stdout)) {
        await this.#takeTokens(id, String(outputs.clientId), String(secretIn(outputs.clientSecret)));
      }
    }
    if (operation === "update") await this.#program(programOf(vendor, clients, 2));
    this.#typed.length = 0;
  }

  /** Clients with no token, with one and with two. */
  async #takeTokens(id: string, clientId: string | null, clientSecret: string | null): Promise<void> {
    if (this.#cell.vendor === "nexus" || clientId === null || clientSecret === null) return;
    const count = this.#tokens.size % 3;
    for (let token = 0; token < count; token += 1) await this.#world.sandbox.issueToken({ clientId, clientSecret });
    this.#tokens.set(id, this.#world.sandbox.clients.activity(id).tokens);
  }

  #outside(name: string) {
    return clientOutside(this.#world, this.#cell.vendor, { name });
  }

  #program(text: string): Promise<void> {
    return writeFile(join(this.#folder, "index.js"), text);
  }

  /**
   * Begins the operation with the real command, and interrupts it.
   *
   * @returns how many requests that change something had come by then, and how long the command went on
   */
  async #interrupted(): Promise<Pick<Outcome, "requests" | "endedAfterMs">> {
    const { vendor, operation, moment } = this.#cell;
    const { sandbox } = this.#world;
    const { state } = await this.#sight();
    const asked = new Set(operation === "destroy" ? state : this.#targets);
    using checkpoints = Checkpoints.of(this.#world);
    sandbox.requests.clear();
    this.#road.delayMs = LATENCY_MS;
    // However slow this machine is, the command is not done before its moment.
    this.#road.hold(METHODS[operation], moment.requests);
    const { pulumi } = await engineHere();
    const args = commandOf(operation === "destroy" ? "destroy" : "up");
    const command = new Command(pulumi, args, { cwd: this.#folder, env: this.#world.environment, detached: true });
    const come = () => sandbox.requests.count({ vendor, method: METHODS[operation] });
    while (come() < moment.requests && command.child.exitCode === null) await sleep(2);
    await sleep(moment.laterMs);
    const requests = come();
    if (!(await this.#interrupt(command, checkpoints))) this.#problems.push("it had ended before the interrupt");
    this.#road.release();
    const since = performance.now();
    const { stdout, stderr } = await command.ended();
    const endedAfterMs = Math.round(performance.now() - since);
    this.#printed += stdout + stderr;
    await this.#providersEnded();
    // What was on its way when its sender died is carried out all the same.
    await sleep(LATENCY_MS + 500);
    this.#road.delayMs = 0;
    checkpoints.stop();
    if (this.#cell.interrupt === "power cut") await checkpoints.takeBack(this.#cell.lostCheckpoints);
    await this.#disk?.free();
    this.#judgeDeletions(asked);
    return { requests, endedAfterMs };
  }

  /** @returns whether there was anything to interrupt */
  async #interrupt(command: Command, checkpoints: Checkpoints): Promise<boolean> {
    const { interrupt, operation, pauseMs, roomAfterMs } = this.#cell;
    const { child } = command;
    const ended = command.ended();
    const pid = child.pid ?? 0;
    const isRunning = () => child.exitCode === null && child.signalCode === null;
    // As a terminal does: to all of the group.
    const press = () => isRunning() && process.kill(-pid, "SIGINT");
    switch (interrupt) {
      case "one SIGINT":
        return press();
      case "two SIGINT": {
        // What is under way goes on until the second.
        this.#road.hold(METHODS[operation], 0);
        const isFirst = press();
        await sleep(pauseMs);
        return press() && isFirst;
      }
      case "SIGTERM":
        return child.kill("SIGTERM");
      case "kill -9 of the provider": {
        const providers = (await processesOf(this.#world)).filter(({ isProvider }) => isProvider);
        return providers.filter((one) => killed(one.pid)).length > 0;
      }
      case "kill -9 of the CLI":
        return child.kill("SIGKILL");
      case "power cut": {
        const all = await processesOf(this.#world);
        const wasRunning = isRunning();
        for (const one of all) killed(one.pid);
        checkpoints.stop();
        return wasRunning;
      }
      case "disk full under the receipts":
        await this.#disk?.fill();
        return isRunning();
      case "disk full under the state": {
        await this.#disk?.fill();
        const wasRunning = isRunning();
        this.#road.release();
        await Promise.race([ended, sleep(roomAfterMs ?? PATIENCE_MS)]);
        if (roomAfterMs !== null) await this.#disk?.free();
        else {
          press();
          await sleep(pauseMs);
          press();
        }
        return wasRunning;
      }
    }
  }

  /** Providers end by themselves, whatever has become of the engine; Pulumi's language host may stay. */
  async #providersEnded(): Promise<void> {
    const since = performance.now();
    while ((await processesOf(this.#world)).some(({ isProvider }) => isProvider)) {
      if (performance.now() - since > LONGEST_LIFE_MS) {
        this.#problems.push(`a provider lived on for ${LONGEST_LIFE_MS} ms`);
        return;
      }
      await sleep(50);
    }
  }

  /** By what error, or by what note of the state, one knows of clients that the state does not have. */
  #whereNamed(unknown: readonly Client[], { pending }: Sight): Outcome["left"] {
    const left = { pending: 0, named: 0, unnamed: 0 };
    const errors = errorsIn(this.#printed);
    for (const { name } of unknown) {
      if (pending.includes(name)) left.pending += 1;
      else if (errors.includes(`(${resourceOf(name)})`)) left.named += 1;
      else left.unnamed += 1;
    }
    return left;
  }

  /** What docs/reliability.md says to type where the stack is to be as the program says. */
  async #finishedByUp(): Promise<void> {
    const { vendor, operation, uniqueNames } = this.#cell;
    await this.#unlocked();
    // Nexus takes two clients of one name: after creations, the sweep comes first there.
    const mayMakeTwo = vendor === "nexus" && operation === "up" && !uniqueNames;
    const first = mayMakeTwo ? null : await this.#judged(() => this.#command("up"));
    if (first?.code === 0) return;
    if (first?.stdout.includes("[name-taken]") === false) this.#problems.push(`an up failed: ${first.stdout}`);
    await this.#sweep();
    await this.#succeeds("up");
  }

  /** The same where nothing is to be left of it. */
  async #destroyed(): Promise<void> {
    await this.#unlocked();
    await this.#succeeds("destroy");
    await this.#sweep();
  }

  /** A CLI that was killed has left its lock, and one that a signal met after its work, and before it took the lock away. */
  async #unlocked(): Promise<void> {
    if (!(await hasLock(this.#world))) return;
    const { interrupt } = this.#cell;
    if (UNSIGNALLED.has(interrupt)) this.#problems.push("a CLI that nobody sent a signal has left its lock");
    this.#typed.push("pulumi cancel");
    const ended = await this.#pulumi(...pageSays("pulumi cancel"), "--yes");
    if (ended.code !== 0) this.#problems.push(`pulumi cancel failed: ${ended.stdout}${ended.stderr}`);
  }

  async #command(name: "up" | "destroy"): Promise<Ended> {
    this.#typed.push(`pulumi ${name}`);
    return this.#pulumi(...commandOf(name));
  }

  async #succeeds(name: "up" | "destroy"): Promise<void> {
    const { code, stdout, stderr } = await this.#judged(() => this.#command(name));
    if (code !== 0) this.#problems.push(`pulumi ${name} failed: ${(stdout + stderr).slice(-3_000)}`);
  }

  /** Deletes the clients that the state does not know, as far as there are any. */
  async #sweep(): Promise<void> {
    const { vendor } = this.#cell;
    const plan = join(this.#folder, "left.json");
    const sweep = async (...args: string[]) => {
      const ended = await oauthClients([...args, "--vendor", vendor], {
        cwd: this.#folder,
        env: this.#world.environment,
      });
      this.#printed += ended.stdout + ended.stderr;
      if (ended.code !== 0) this.#problems.push(`the sweep failed: ${ended.stdout}${ended.stderr}`);
      return ended;
    };
    await sweep(...pageSays("oauth-clients sweep", "--plan"));
    const { clients } = Object(JSON.parse(await readFile(plan, "utf8")));
    if (Array.isArray(clients) && clients.length > 0) {
      this.#typed.push("oauth-clients sweep");
      const yes = ["--yes", "--tenant", this.#world.tenantId];
      await this.#judged(() => sweep(...pageSays("oauth-clients sweep", "--apply"), ...yes));
    }
    await rm(plan);
  }

  /** Runs a command that may delete what the state does not have, the targets of a purge, and all only where it is a destroy. */
  async #judged(command: () => Promise<Ended>): Promise<Ended> {
    const sight = await this.#sight();
    this.#world.sandbox.requests.clear();
    const ended = await command();
    const isDestroy = this.#typed.at(-1) === "pulumi destroy";
    const asked = isDestroy ? sight.state : this.#targets;
    this.#judgeDeletions(new Set([...asked, ...unknownToState(sight).map(({ id }) => id)]));
    return ended;
  }

  /** Counts the deletions that nobody has asked for, since it was last called. */
  #judgeDeletions(asked: ReadonlySet<string>): void {
    const { vendor } = this.#cell;
    const done = this.#world.sandbox.requests.list({ vendor, method: "DELETE" });
    const wrong = done.map(({ path }) => idIn(path)).filter((id) => !asked.has(id));
    this.#wronglyDeleted += wrong.length;
    for (const id of wrong) this.#problems.push(`a DELETE of ${id} that nobody asked for`);
    this.#world.sandbox.requests.clear();
  }

  /** What an `up` has left is what the program says, and not only what the state says. */
  #judgeRevision(living: readonly Client[]): void {
    const { vendor, operation } = this.#cell;
    const wanted = textOf(vendor, operation === "update" ? 2 : 1);
    for (const { id } of living) {
      const client = this.#world.sandbox.clients.get(id);
      const found = vendor === "rezolve" ? client?.description : client?.redirectUris.join();
      if (found !== wanted) this.#problems.push(`${id} has "${found}" at the vendor, and the program "${wanted}"`);
    }
  }

  #missingBystanders(): number {
    return this.#bystanders.filter((id) => this.#world.sandbox.clients.get(id) === undefined).length;
  }

  async #sight(): Promise<Sight> {
    const living = this.#world.sandbox.clients
      .list({ vendor: this.#cell.vendor })
      .filter(({ name, deletion }) => deletion === null && name.startsWith(PREFIX))
      .map(({ id, name }) => ({ id, name }));
    for (const client of living) this.#ever.set(client.id, client);
    this.#duplicate = Math.max(this.#duplicate, duplicates({ living }));
    const { stdout, stderr, code } = await this.#exported();
    if (code !== 0) throw new Error(`no export: ${stdout}${stderr}`);
    const state = resourcesIn(stdout).map(({ id }) => id);
    return { living, state, pending: pendingIn(stdout) };
  }

  /** The state, after what docs/troubleshooting.md says to do where a kill or a full disk has spoilt a `file://` backend. */
  async #exported(): Promise<Ended> {
    const exported = () => this.#pulumi("stack", "export", "--stack", "dev");
    let ended = await exported();
    if (ended.stderr.includes("failed to load checkpoint: EOF")) {
      this.#typed.push("rm ….json.attrs");
      for (const file of await emptyIn(stacksOf(this.#world), ".attrs")) await rm(file);
      ended = await exported();
    }
    if (ended.stderr.includes("unexpected end of JSON input")) {
      await this.#putBack();
      ended = await exported();
    }
    return ended;
  }

  /** A state file that is empty: the backup beside it, else what the last command has left that came to its end. */
  async #putBack(): Promise<void> {
    const file = stateFileOf(this.#world);
    const history = join(this.#world.folder, "backend", ".pulumi", "history", "interrupted", "dev");
    const finished = (await readdir(history).catch(() => [])).filter((name) => name.endsWith(".checkpoint.json"));
    const kept = [
      `${file}.bak`,
      ...finished
        .sort()
        .reverse()
        .map((name) => join(history, name)),
    ];
    for (const copy of kept) {
      if (!isJson(await readFile(copy, "utf8").catch(() => ""))) continue;
      this.#typed.push(copy.endsWith(".bak") ? "cp ….json.bak ….json" : "cp ….checkpoint.json ….json");
      await copyFile(copy, file);
      return;
    }
    this.#typed.push("pulumi stack init");
    await rm(file);
    await this.#pulumi("stack", "init", "dev");
  }

  async #pulumi(...args: string[]): Promise<Ended> {
    const { pulumi } = await engineHere();
    const ended = await execute(pulumi, args, { cwd: this.#folder, env: this.#world.environment });
    if (args[0] !== "stack") this.#printed += ended.stdout + ended.stderr;
    return ended;
  }

  async #receipts(): Promise<Receipt[]> {
    const text = await readFile(this.#receiptsFile, "utf8").catch(() => "");
    const { receipts, unreadableLines } = parseReceipts(text);
    // A disk that is full may take half a line.
    const isExpected = this.#cell.interrupt === "disk full under the receipts" && unreadableLines.length <= 1;
    if (unreadableLines.length > 0 && !isExpected) this.#problems.push(`unreadable receipts: ${unreadableLines}`);
    return receipts;
  }
}

/** The checkpoints of a stack as they are written, for a power cut to take some of them back. */
class Checkpoints {
  readonly #file: string;
  readonly #kept: string[] = [];
  readonly #stopped = new AbortController();

  private constructor(file: string) {
    this.#file = file;
  }

  static of(world: World): Checkpoints {
    const checkpoints = new Checkpoints(stateFileOf(world));
    void checkpoints.#watch();
    return checkpoints;
  }

  stop(): void {
    this.#stopped.abort();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Puts an earlier one in the place of the last. */
  async takeBack(count: number): Promise<void> {
    const earlier = this.#kept.at(-1 - count) ?? this.#kept[0];
    if (earlier === undefined) throw new Error("no checkpoint was seen");
    await writeFile(`${this.#file}.earlier`, earlier);
    await rename(`${this.#file}.earlier`, this.#file);
  }

  async #watch(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const text = await readFile(this.#file, "utf8").catch(() => "");
      if (text !== "" && text !== this.#kept.at(-1) && isJson(text)) this.#kept.push(text);
      await sleep(2);
    }
  }
}

/** The words of a command as docs/reliability.md has it, after the program's name. */
function pageSays(...words: readonly string[]): string[] {
  const lines = pieceOf(AFTER_AN_INTERRUPT).code.split("\n");
  const line = lines.find((one) => words.every((word) => one.includes(word)));
  if (line === undefined) throw new Error(`docs/reliability.md has no command with ${words.join(" and ")} any more`);
  return line.replace(/#.*/, "").trim().split(/ +/).slice(1);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function stacksOf({ folder }: World): string {
  return join(folder, "backend", ".pulumi", "stacks", "interrupted");
}

/** Whether a command holds the stack, or has left it locked. */
async function hasLock({ folder }: World): Promise<boolean> {
  const locks = await readdir(join(folder, "backend", ".pulumi", "locks"), { recursive: true }).catch(() => []);
  return locks.some((name) => name.endsWith(".json"));
}

function stateFileOf(world: World): string {
  return join(stacksOf(world), "dev.json");
}

/** Files without a byte. */
async function emptyIn(folder: string, ending: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return files.filter((_, at) => sizes[at] === 0);
}

function commandOf(name: "up" | "destroy"): string[] {
  const how = ["--yes", "--skip-preview", "--non-interactive", "--stack", "dev"];
  return [name, ...how, "--parallel", String(OPERATIONS_AT_ONCE)];
}

async function made<Made>(count: number, make: (at: number) => Promise<Made>): Promise<Made[]> {
  const all: Made[] = [];
  for (let at = 0; at < count; at += 1) all.push(await make(at));
  return all;
}

/** The name of a client's resource in the program. */
function resourceOf(name: string): string {
  return `bot-${name.slice(PREFIX.length)}`;
}

/** What each revision of the program has another one of: a description, or the only callback URL. */
function textOf(vendor: Cell["vendor"], revision: number): string {
  return vendor === "rezolve" ? `revision ${revision}` : `https://${revision}.example.test/callback`;
}

/** A program of so many clients; another revision changes each of them. */
function programOf(vendor: Cell["vendor"], clients: number, revision: number): string {
  const text = textOf(vendor, revision);
  const inputs =
    vendor === "rezolve"
      ? `{ name, clientType: "confidential", redirectUris: [], grantTypes: ["client_credentials"], scopes: ["users:read"], description: "${text}" }`
      : `{ name, appType: "regular_web", callbackUrls: ["${text}"] }`;
  const type = vendor === "rezolve" ? "rezolve.OAuthClient" : "nexus.Client";
  return `import { ${vendor} } from "pulumi-oauth-clients";
for (let at = 0; at < ${clients}; at += 1) {
  const name = "${PREFIX}" + at;
  new ${type}("bot-" + at, ${inputs});
}
`;
}

function purgeProgramOf(vendor: Cell["vendor"], targetIds: readonly string[]): string {
  const type = vendor === "rezolve" ? "rezolve.OAuthClientPurge" : "nexus.ClientPurge";
  return `import { ${vendor} } from "pulumi-oauth-clients";
new ${type}("leftovers", { targetIds: ${JSON.stringify(targetIds)} });
`;
}

interface Exported {
  type: string;
  id: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

const isClient = ({ type }: Pick<Exported, "type">) => /:(OAuthClient|Client)$/.test(type);

function resourcesIn(exported: string): Exported[] {
  const all: Exported[] = JSON.parse(exported).deployment.resources ?? [];
  return all.filter(isClient);
}

function pendingIn(exported: string): string[] {
  const all: { type: string; resource: Exported }[] = JSON.parse(exported).deployment.pending_operations ?? [];
  return all
    .filter(({ type, resource }) => type === "creating" && isClient(resource))
    .map(({ resource }) => String(resource.inputs.name));
}

/** A secret as an export shows it. */
function secretIn(value: unknown): unknown {
  const { plaintext } = Object(value);
  return typeof plaintext === "string" ? JSON.parse(plaintext) : value;
}

/** What a command said of what failed. */
function errorsIn(printed: string): string {
  const at = printed.indexOf("\nDiagnostics:");
  return at < 0 ? "" : printed.slice(at);
}
