import { createServer, connect as open, type Server, type Socket } from "node:net";
import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BOT, takeTokens } from "./clients.ts";
import { type TestStack, World } from "./world.ts";

const CLIENTS = 20;

let world: World;
let proxy: DyingProxy | null = null;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
afterEach(async () => {
  world.reset();
  await proxy?.close();
  proxy = null;
});

/** Stands between the provider and the vendor, hands everything on, and dies when it is told to. */
class DyingProxy {
  readonly #port: number;
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();
  /** Dies as soon as the vendor's first byte comes back for one of these requests. */
  #dyingAt: RegExp | null = null;
  port = 0;

  constructor(vendor: string) {
    this.#port = Number(new URL(vendor).port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  dieAt(request: RegExp): void {
    this.#dyingAt = request;
  }

  async start(): Promise<this> {
    this.#dyingAt = null;
    const server = createServer((socket) => this.#carry(socket));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    const address = server.address();
    if (typeof address === "object" && address !== null) this.port = address.port;
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = null;
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  #carry(socket: Socket): void {
    const vendor = open(this.#port, "127.0.0.1");
    for (const end of [socket, vendor]) {
      this.#sockets.add(end);
      end.on("error", () => {});
      end.on("close", () => this.#sockets.delete(end));
    }
    let isDying = false;
    socket.on("data", (part: Buffer) => {
      isDying ||= this.#dyingAt?.test(part.toString("latin1")) === true;
      vendor.write(part);
    });
    vendor.on("data", (part: Buffer) => {
      if (!isDying) socket.write(part);
      // In a moment, so that requests of the same time reach the vendor too.
      else setTimeout(() => void this.close(), 50);
    });
    socket.on("close", () => vendor.destroy());
    vendor.on("close", () => socket.destroy());
  }
}

type Vendor = "rezolve" | "nexus";

function clients(vendor: Vendor, args: { count: number; status?: "deleted"; protect?: boolean } = { count: CLIENTS }) {
  return async () => {
    for (let index = 0; index < args.count; index += 1) {
      const opts = args.protect === undefined ? {} : { protect: args.protect };
      const status = args.status === undefined ? {} : { status: args.status };
      if (vendor === "rezolve")
        new rezolve.OAuthClient(`bot-${index}`, { ...BOT, name: `Bot ${index}`, ...status }, opts);
      else new nexus.Client(`bot-${index}`, { name: `Bot ${index}`, appType: "regular_web", ...status }, opts);
    }
  };
}

/** Every answer is reset after the work, whatever the request. */
function loseEverything(vendor: Vendor): void {
  world.sandbox.faults.add({
    match: { vendor },
    times: Number.POSITIVE_INFINITY,
    effect: { kind: "drop-after", reset: true },
  });
}

const idsOf = async (stack: TestStack) => (await stack.resources()).map(({ id }) => id ?? "").sort();
const living = () =>
  world.sandbox.clients
    .list()
    .map(({ id }) => id)
    .sort();

/** An `up` during which every answer is lost. */
async function lost(vendor: Vendor, how: "reset" | "dead proxy", count = CLIENTS): Promise<TestStack> {
  world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "1";
  world.environment.NEXUS_RETRY_BUDGET_SECONDS = "1";
  if (how === "dead proxy") {
    proxy = await new DyingProxy(world.sandbox.url).start();
    world.environment[`${vendor.toUpperCase()}_BASE_URL`] = proxy.url;
    proxy.dieAt(/^POST /m);
  } else loseEverything(vendor);
  const stack = await world.stack(clients(vendor, { count }));
  // Otherwise the engine begins nothing more after the first error.
  const up = await stack.up({ continueOnError: true });
  expect(up.ok).toBe(false);
  world.sandbox.faults.clear();
  await proxy?.start();
  return stack;
}

describe.each(["reset", "dead proxy"] as const)("an up during which every answer is lost (%s)", (how) => {
  test("is put right by the next up at Rezolve: the vendor and the state have the same clients", async () => {
    const stack = await lost("rezolve", how);
    const made = living();
    expect(made.length).toBeGreaterThan(0);
    const claims = await idsOf(stack);
    expect(claims.filter((id) => id.startsWith("claim:")).length).toBeGreaterThanOrEqual(made.length);
    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true, requests: 0 });
    expect(preview.text).toContain("is not known, because the answer was lost");
    const up = await stack.up();
    expect(up.text).not.toContain("error");
    expect(up.ok).toBe(true);
    expect(await idsOf(stack)).toEqual(living());
    expect(living()).toHaveLength(CLIENTS);
    // Nobody had their secrets: they are deleted, with evidence, and made anew.
    expect(living().filter((id) => made.includes(id))).toEqual([]);
    expect(
      (await world.receipts())
        .map(({ id }) => id)
        .filter((id) => made.includes(id))
        .sort(),
    ).toEqual(made);
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: CLIENTS } });
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(living()).toEqual([]);
  });

  test("is put right by a destroy at Rezolve: nothing is left", async () => {
    const stack = await lost("rezolve", how);
    expect(living().length).toBeGreaterThan(0);
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(living()).toEqual([]);
    expect(await idsOf(stack)).toEqual([]);
  });

  test("leaves claims at Nexus, which neither up nor destroy passes over; each client is named", async () => {
    const stack = await lost("nexus", how);
    const made = living();
    expect(made.length).toBeGreaterThan(0);
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(made.filter((id) => up.text.includes(id)).length).toBeGreaterThan(0);
    // The engine begins nothing more after the first error, unless it is told to.
    expect(await stack.destroy()).toMatchObject({ ok: false });
    const destroy = await stack.destroy({ continueOnError: true });
    expect(destroy.ok).toBe(false);
    expect(made.filter((id) => !destroy.text.includes(id))).toEqual([]);
    expect(destroy.text).toContain("nexus.ClientDeletion");
    expect(made.every((id) => living().includes(id))).toBe(true);
    // What the errors say: delete them, and run the command again.
    for (const id of made) world.sandbox.clients.remove(id, "hard");
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(living()).toEqual([]);
    expect(await idsOf(stack)).toEqual([]);
  });
});

describe("a claim", () => {
  test("becomes the client at a refresh, whose secret the next up rotates", async () => {
    const stack = await lost("rezolve", "reset", 1);
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await idsOf(stack)).toEqual(living());
    const preview = await stack.preview();
    expect(preview).toMatchObject({ requests: 0, steps: { update: 1 } });
    expect(preview.text).toContain("This update rotates the secret");
    expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
    const [{ outputs = {} } = {}] = await stack.resources();
    expect(JSON.stringify(outputs)).not.toContain("claim");
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    await stack.destroy();
    expect(living()).toEqual([]);
  });

  test("of a resource that left the program is settled when it is deleted", async () => {
    const stack = await lost("rezolve", "reset", 2);
    stack.stack.workspace.program = clients("rezolve", { count: 0 });
    expect(await stack.up()).toMatchObject({ ok: true, steps: { delete: 2 } });
    expect(living()).toEqual([]);
  });

  test("that the program wants deleted leaves a tombstone", async () => {
    const stack = await lost("rezolve", "reset", 1);
    stack.stack.workspace.program = clients("rezolve", { count: 1, status: "deleted" });
    expect(await stack.up()).toMatchObject({ ok: true });
    expect(living()).toEqual([]);
    const [{ outputs = {} } = {}] = await stack.resources();
    expect(outputs).toMatchObject({ status: "deleted", previousRevocation: { outcome: "deleted" } });
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
  });

  test("of a renamed resource with an alias is settled under its new name", async () => {
    const stack = await lost("rezolve", "reset", 1);
    stack.stack.workspace.program = async () => {
      new rezolve.OAuthClient("renamed", { ...BOT, name: "Bot 0" }, { aliases: [{ name: "bot-0" }] });
    };
    expect(await stack.up()).toMatchObject({ ok: true });
    expect(await idsOf(stack)).toEqual(living());
    expect(living()).toHaveLength(1);
    await stack.destroy();
  });

  test("of a protected resource is settled by a refresh", async () => {
    const stack = await lost("rezolve", "reset", 1);
    stack.stack.workspace.program = clients("rezolve", { count: 1, protect: true });
    // Protected from now on only: a claim that was not may be replaced.
    expect(await stack.refresh()).toMatchObject({ ok: true });
    expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
    expect(await idsOf(stack)).toEqual(living());
    stack.stack.workspace.program = clients("rezolve", { count: 1, protect: false });
    await stack.up();
    await stack.destroy();
  });

  test("at Nexus is taken over as the error says, in the same up", async () => {
    const stack = await lost("nexus", "reset", 1);
    const [id = ""] = living();
    stack.stack.workspace.program = async () => {
      new nexus.Client("bot-0", { name: "Bot 0", appType: "regular_web", adopt: { id } });
    };
    expect(await stack.up()).toMatchObject({ ok: true });
    expect(await idsOf(stack)).toEqual([id]);
    expect(living()).toEqual([id]);
    await stack.destroy();
  });

  test("after a replacement is settled by the next up", async () => {
    const tenants = world.sandbox.tenants.map(({ id }) => id);
    world.environment.REZOLVE_TOKEN = await world.sandbox.adminToken({ tenantId: tenants });
    const program: { args: rezolve.OAuthClientArgs } = { args: { ...BOT, name: "Bot 0" } };
    const stack = await world.stack(async () => {
      const { clientId, clientSecret, previousRevocation } = new rezolve.OAuthClient("bot-0", program.args);
      return { clientId, clientSecret, previousRevocation };
    });
    const first = await stack.up();
    expect(first.text).not.toContain("error");
    await takeTokens(world.sandbox, first.outputs, 3);
    program.args = { ...program.args, tenantId: tenants[1] ?? "" };
    world.sandbox.faults.add({
      match: { vendor: "rezolve", path: /oauth-clients(\?|$)/ },
      times: Number.POSITIVE_INFINITY,
      effect: { kind: "drop-after", reset: true },
    });
    world.environment.REZOLVE_RETRY_BUDGET_SECONDS = "1";
    const replaced = await stack.up();
    world.sandbox.faults.clear();
    expect(replaced.ok).toBe(false);
    expect(await idsOf(stack)).toEqual([expect.stringContaining("claim:")]);
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, outputs: { previousRevocation: { tokensRevoked: 3 } } });
    expect(await idsOf(stack)).toEqual(living());
    await stack.destroy();
    expect(living()).toEqual([]);
  });
});

test("an interrupt while a create is on its way loses no client: it is in the state when the command has ended", async () => {
  const stack = await world.stack(clients("rezolve", { count: 1 }));
  const lostAnswer = world.sandbox.faults.add({ match: { method: "POST" }, effect: { kind: "hang-after" } });
  world.environment.REZOLVE_TIMEOUT_SECONDS = "3";
  const interrupt = new AbortController();
  const up = stack.up({ signal: interrupt.signal });
  await expect.poll(() => lostAnswer.hits, { timeout: 60_000 }).toBe(1);
  interrupt.abort();
  expect(await up).toMatchObject({ ok: false });
  expect(living()).toHaveLength(1);
  expect(await idsOf(stack)).toEqual(living());
  expect(await stack.destroy()).toMatchObject({ ok: true });
  expect(living()).toEqual([]);
});
