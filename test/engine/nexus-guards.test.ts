import { nexus } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { clientOutside } from "../outside.ts";
import { pulumi } from "./cli.ts";
import { type Run, type TestStack, World } from "./world.ts";

const APP: nexus.ClientArgs = {
  name: "Portal",
  appType: "non_interactive",
  grantTypes: ["client_credentials"],
};

/** What the vendor fills in for this one must never look like a change. */
const WITHOUT_GRANTS: nexus.ClientArgs = { name: "Portal", appType: "non_interactive" };

const ALWAYS = Number.POSITIVE_INFINITY;

let world: World;
let initial: Record<string, unknown>;
beforeAll(async () => {
  world = await World.create();
  initial = { ...world.sandbox.settings.nexus };
});
afterAll(() => world.close());
afterEach(() => {
  world.reset();
  Object.assign(world.sandbox.settings.nexus, initial);
});

function outputsOf(client: nexus.Client) {
  const { id, name, appType, clientSecret, status, revocation, previousRevocation } = client;
  return { id, name, appType, clientSecret, status, revocation, previousRevocation };
}

/** A program with one client, whose inputs a test changes between runs. */
function oneApp(program: { args: nexus.ClientArgs }) {
  return async () => outputsOf(new nexus.Client("portal", program.args));
}

/** A stack with one living client. */
async function living(args: nexus.ClientArgs = APP) {
  const program = { args };
  const stack = await world.stack(oneApp(program));
  const { ok, text, outputs } = await stack.up();
  if (!ok) throw new Error(text);
  return { stack, program, outputs, id: String(outputs.id) };
}

/** A client that no stack manages, made by somebody else through the API itself. */
async function unmanaged(): Promise<string> {
  return (await clientOutside(world, "nexus", { name: "Portal" })).id;
}

async function receiptOf(id: string) {
  return (await world.receipts()).find((receipt) => receipt.id === id);
}

/** A run that failed for this reason, took nothing out of the state, and says nowhere that the client is gone. */
async function expectToStay(run: Run, stack: TestStack, id: string, reason: RegExp) {
  expect(run.text).toMatch(reason);
  expect(run.ok).toBe(false);
  expect(await stack.resources()).toMatchObject([{ id }]);
  expect(await receiptOf(id)).toBeUndefined();
}

/** Somebody who may change clients, but does not own this one. */
function stranger() {
  return world.sandbox.adminToken({ permissions: ["client.read", "client.write"], user: { id: "bob" } });
}

describe.each(["refresh", "destroy"] as const)("%s fails, and the client stays in the state,", (command) => {
  test("with rejected credentials, which the error names by their source", async () => {
    const { stack, id } = await living();
    world.environment.NEXUS_TOKEN = await world.sandbox.adminToken({ expiresInSeconds: -10 });
    const run = await stack[command]();
    await expectToStay(run, stack, id, /rejected the credentials \(HTTP 401/);
    expect(run.text).toContain("the token from the environment variable NEXUS_TOKEN");
    expect(run.requests).toBe(1);
  });

  test("with a rejected application token", async () => {
    const { stack, id } = await living();
    world.environment.NEXUS_APPLICATION_TOKEN = "synthetic-stale-application-token";
    const run = await stack[command]();
    await expectToStay(run, stack, id, /rejected the credentials \(HTTP 401/);
    expect(run.text).toContain("NEXUS_APPLICATION_TOKEN");
    expect(run.text).not.toContain("synthetic-stale-application-token");
  });

  test("in a tenant that the vendor does not know", async () => {
    const { stack, id } = await living();
    const problem = { title: "Not Found", status: 404, detail: "There is no such tenant" };
    world.sandbox.faults.add({ times: ALWAYS, effect: { kind: "respond", status: 404, body: problem } });
    await expectToStay(await stack[command](), stack, id, /does not know this tenant/);
  });

  test("at another base URL that knows the tenant but not the client", async () => {
    const { stack, id } = await living();
    const other = await World.create();
    try {
      world.environment.NEXUS_BASE_URL = other.sandbox.url;
      world.environment.NEXUS_TOKEN = other.token;
      world.environment.NEXUS_APPLICATION_TOKEN = other.sandbox.nexus.applicationToken;
      const run = await stack[command]();
      await expectToStay(run, stack, id, /proves nothing about it/);
      expect(run.text).toContain(`was created at ${world.sandbox.url}`);
    } finally {
      await other.close();
    }
    expect(world.sandbox.clients.get(id)).toBeDefined();
  });

  test("at another base URL that answers 404 in HTML", async () => {
    const { stack, id } = await living();
    world.environment.NEXUS_BASE_URL = `${world.sandbox.url}/elsewhere`;
    const page = "<html><h1>Not found</h1></html>";
    world.sandbox.faults.add({
      times: ALWAYS,
      effect: { kind: "respond", status: 404, contentType: "text/html", body: page },
    });
    await expectToStay(
      await stack[command](),
      stack,
      id,
      command === "refresh" ? /did not come from Nexus's API/ : /was created at .*proves nothing about it/,
    );
  });

  test("at another base URL that answers 404 in JSON", async () => {
    const { stack, id } = await living();
    world.environment.NEXUS_BASE_URL = `${world.sandbox.url}/elsewhere`;
    const gateway = { message: "no Route matched with those values" };
    world.sandbox.faults.add({ times: ALWAYS, effect: { kind: "respond", status: 404, body: gateway } });
    await expectToStay(await stack[command](), stack, id, /(proves|says) nothing about (it|the client)/);
  });
});

describe(".get", () => {
  const reader = (id: string) => world.stack(async () => outputsOf(nexus.Client.get("portal", id)));

  test("reads a client that the stack does not manage, and destroy leaves it alone", async () => {
    const { id } = await living();
    const stack = await reader(id);
    const up = await stack.up();
    expect(up).toMatchObject({
      ok: true,
      requests: 2,
      outputs: { id, name: "Portal", appType: "non_interactive", status: "active" },
    });
    expect(await stack.resources()).toMatchObject([{ id, external: true }]);
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
    expect(world.sandbox.clients.get(id)).toBeDefined();
  });

  test("of a client that does not exist fails", async () => {
    const stack = await reader("no-such-client");
    const up = await stack.up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("there is no such client");
    expect(await stack.resources()).toEqual([]);
  });

  test("of a client that cannot be seen fails, and does not say that there is none", async () => {
    const { id } = await living();
    world.environment.NEXUS_TOKEN = await stranger();
    const up = await (await reader(id)).up();
    expect(up.ok).toBe(false);
    expect(up.text).toContain("client.read.all");
    expect(up.text).not.toContain("there is no such client");
  });
});

describe("before any request,", () => {
  test("a default tenant that changed fails and names both; the recorded one serves a destroy", async () => {
    const { stack } = await living();
    const other = world.sandbox.tenants[1]?.id ?? "";
    world.environment.NEXUS_TENANT_ID = other;
    for (const run of [await stack.preview(), await stack.up()]) {
      expect(run).toMatchObject({ ok: false, requests: 0 });
      expect(run.text).toContain(world.tenantId);
      expect(run.text).toContain(other);
    }
    expect(world.sandbox.clients.count()).toBe(1);
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
    expect(world.sandbox.clients.count()).toBe(0);
  });

  test("the deletion of a protected client through its status is refused", async () => {
    const program: { status: "active" | "deleted" } = { status: "active" };
    const stack = await world.stack(async () =>
      outputsOf(new nexus.Client("portal", { ...APP, status: program.status }, { protect: true })),
    );
    await stack.up();
    program.status = "deleted";
    for (const run of [await stack.preview(), await stack.up()]) {
      expect(run).toMatchObject({ ok: false, requests: 0 });
      expect(run.text).toContain("would delete a client whose resource is protected");
    }
    expect(world.sandbox.clients.count()).toBe(1);
  });
});

describe("a tombstone", () => {
  test("goes back to active as another client, which knows what the deletion did", async () => {
    const { stack, program, id } = await living();
    program.args = { ...APP, status: "deleted" };
    await stack.up();
    program.args = APP;
    expect(await stack.preview()).toMatchObject({ ok: true, requests: 0 });
    const back = await stack.up();
    expect(back).toMatchObject({
      ok: true,
      requests: 1,
      outputs: {
        status: "active",
        revocation: null,
        previousRevocation: { outcome: "deleted", tokensRevoked: null, activeSessionsTerminated: null },
      },
    });
    expect(back.outputs.id).not.toBe(id);
    expect(world.sandbox.clients.list()).toMatchObject([{ id: back.outputs.id }]);
    expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
  });

  test("of a client that never was calls nothing from creation to destroy", async () => {
    const stack = await world.stack(oneApp({ args: { ...APP, name: "Never", status: "deleted" } }));
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, requests: 0, outputs: { status: "deleted", revocation: null } });
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 0 });
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 0 });
    expect(await world.receipts()).not.toContainEqual(expect.objectContaining({ name: "Never" }));
  });
});

describe("destroy", () => {
  test("whose response is lost after the deletion is a success with unknown counts", async () => {
    const { stack, id } = await living();
    const fault = world.sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "drop-after" } });
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(fault.hits).toBe(1);
    expect(await stack.resources()).toEqual([]);
    expect(await receiptOf(id)).toMatchObject({
      outcome: "already-gone",
      httpStatus: 404,
      responseLost: true,
      verified: true,
      tokensRevoked: null,
      activeSessionsTerminated: null,
    });
  });

  test("after an outside delete of many clients looks once more only once", async () => {
    const stack = await world.stack(async () => {
      for (let index = 0; index < 5; index += 1) new nexus.Client(`app-${index}`, { ...APP, name: `App ${index}` });
    });
    await stack.up();
    const ids = world.sandbox.clients.list().map(({ id }) => id);
    for (const id of ids) world.sandbox.clients.remove(id);
    const destroy = await stack.destroy();
    expect(destroy).toMatchObject({ ok: true, steps: { delete: 5 } });
    // One list, and a later one, because the clients were young.
    expect(destroy.requests).toBeLessThanOrEqual(5 + 2);
    for (const id of ids) {
      expect(await receiptOf(id)).toMatchObject({ outcome: "already-gone", verified: true, tokensRevoked: null });
    }
  });

  test("that is refused names the permissions, ownership and the Product scope, and looks no further", async () => {
    const { stack, id } = await living({ ...APP, owners: ["ada"], productName: "portal" });
    world.environment.NEXUS_TOKEN = await stranger();
    const destroy = await stack.destroy();
    await expectToStay(destroy, stack, id, /lack a permission \(HTTP 403/);
    for (const words of ["client.write,", "owners", "member roles", "Product scope", "client.write.all"]) {
      expect(destroy.text).toContain(words);
    }
    expect(destroy.requests).toBe(1);
    expect(world.sandbox.clients.get(id)).toBeDefined();
  });
});

describe("a server that hides what others own behind a 404", () => {
  const OWNED: nexus.ClientArgs = { ...APP, owners: ["ada"] };

  test("is believed by a deletion where the token cannot see every client, with a warning, and not by a refresh", async () => {
    world.sandbox.settings.nexus.invisible = "404";
    const { stack, id } = await living(OWNED);
    world.environment.NEXUS_TOKEN = await stranger();
    expect(await stack.refresh()).toMatchObject({ ok: true, text: expect.stringContaining("It stays in the state") });
    expect(await stack.resources()).toMatchObject([{ id }]);
    const destroy = await stack.destroy();
    expect(destroy).toMatchObject({ ok: true, requests: 2 });
    expect(destroy.text).toMatch(/warning: "Not verified" means that Nexus .*that takes client\.read\.all/);
    expect(destroy.text).toMatch(/warning: already gone: .*HTTP 404, not verified/);
    expect(await receiptOf(id)).toMatchObject({ outcome: "already-gone", verified: false, responseLost: false });
  });

  test("is believed through status and by a ClientDeletion alike, and the outputs say that nobody verified it", async () => {
    world.sandbox.settings.nexus.invisible = "404";
    const { stack, program, id } = await living(OWNED);
    world.environment.NEXUS_TOKEN = await stranger();
    program.args = { ...OWNED, status: "deleted" };
    const { outputs } = await stack.up();
    expect(outputs.revocation).toMatchObject({ outcome: "already-gone", verified: false });
    const offboarding = await world.stack(async () => {
      const { revocation } = new nexus.ClientDeletion("gone", { targetId: id });
      return { revocation };
    });
    const up = await offboarding.up();
    expect(up.outputs.revocation).toMatchObject({ outcome: "already-gone", verified: false });
  });

  test('is believed with alreadyGone "trust", and the evidence says that nobody verified it', async () => {
    world.sandbox.settings.nexus.invisible = "404";
    const { stack, id } = await living({ ...OWNED, deletion: { alreadyGone: "trust" } });
    world.environment.NEXUS_TOKEN = await stranger();
    expect(await stack.destroy()).toMatchObject({ ok: true, requests: 1 });
    expect(await stack.resources()).toEqual([]);
    expect(await receiptOf(id)).toMatchObject({ outcome: "already-gone", verified: false, tokensRevoked: null });
  });
});

describe.each([200, 204] as const)("where a patch answers %i, inputs that the program leaves out", (patchStatus) => {
  async function expectNothingPlanned(stack: TestStack) {
    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true, requests: 0 });
    expect(preview.steps).toEqual({ same: 1 });
    const up = await stack.up();
    expect(up).toMatchObject({ ok: true, requests: 0 });
    expect(up.steps).toEqual({ same: 1 });
  }

  test("plan nothing after an adoption, neither at once nor after a refresh", async () => {
    world.sandbox.settings.nexus.patchStatus = patchStatus;
    const id = await unmanaged();
    const stack = await world.stack(oneApp({ args: { ...WITHOUT_GRANTS, productName: "portal", adopt: { id } } }));
    expect(await stack.up()).toMatchObject({ ok: true, outputs: { id } });
    expect(world.sandbox.requests.list({ method: "PATCH" })).toMatchObject([{ body: { productName: "portal" } }]);
    await expectNothingPlanned(stack);
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 2 });
    await expectNothingPlanned(stack);
    expect(world.sandbox.clients.list()).toMatchObject([{ id, grantTypes: ["client_credentials"] }]);
  });

  test("plan nothing after a create and a patch without a refresh in between, nor after one", async () => {
    world.sandbox.settings.nexus.patchStatus = patchStatus;
    const { stack, program, id } = await living(WITHOUT_GRANTS);
    program.args = { ...WITHOUT_GRANTS, productName: "portal" };
    expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 }, outputs: { id } });
    await expectNothingPlanned(stack);
    expect(await stack.refresh()).toMatchObject({ ok: true, requests: 2 });
    await expectNothingPlanned(stack);
  });

  test("plan nothing after a second owner was given by a patch of its own", async () => {
    world.sandbox.settings.nexus.patchStatus = patchStatus;
    const { stack } = await living({ ...WITHOUT_GRANTS, owners: ["ada", "role-admins"] });
    await expectNothingPlanned(stack);
  });
});

test("the first refresh shows drift in declared fields, and only in those; the next up repairs it", async () => {
  const declared = { applicationName: "as declared", callbackUrls: ["https://a.example.test/cb"] };
  const { stack, id } = await living({ ...WITHOUT_GRANTS, appType: "regular_web", ...declared });
  world.sandbox.clients.edit(id, {
    redirectUris: ["https://b.example.test/cb"],
    attributes: { applicationName: "changed by hand" },
  });
  const refresh = await stack.refresh();
  expect(refresh).toMatchObject({ ok: true, requests: 2 });
  expect(refresh.text).toMatch(/was changed outside of Pulumi: callbackUrls, applicationName\./);
  expect(await stack.preview()).toMatchObject({ requests: 0, steps: { update: 1 } });
  expect(await stack.up()).toMatchObject({ ok: true, requests: 1, steps: { update: 1 } });
  expect(world.sandbox.requests.list().at(-1)).toMatchObject({ method: "PATCH" });
  expect(world.sandbox.requests.list().at(-1)?.body).toEqual(declared);
  expect(await stack.preview()).toMatchObject({ requests: 0, steps: { same: 1 } });
});

describe("secrets", () => {
  /** What a run says to a person and a log; at severity debug the Pulumi SDK itself prints outputs in clear. */
  function saidIn({ text, events }: Run): string {
    return text + JSON.stringify(events.filter(({ diagnosticEvent }) => String(diagnosticEvent?.severity) !== "debug"));
  }

  async function exported(stack: TestStack): Promise<string> {
    const { workDir } = stack.stack.workspace;
    const environment = { ...process.env, ...world.environment };
    const given = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const say = (...args: string[]) => pulumi(workDir, Object.fromEntries(given), ...args, "--stack", "test");
    const [state, outputs] = [await say("stack", "export"), await say("stack", "output", "--json")];
    expect(state).toMatchObject({ ok: true, text: expect.stringContaining("dynamic/nexus:Client") });
    expect(outputs).toMatchObject({ ok: true, text: expect.stringContaining('"clientSecret": "[secret]"') });
    return state.text + outputs.text;
  }

  /** Nothing of a secret that would be of use, not even of one that was cut. */
  function expectNone(secrets: readonly string[], said: readonly string[]) {
    for (const place of said) for (const secret of secrets) expect(place).not.toContain(secret.slice(0, 24));
  }

  test("of the client and of the connection are nowhere in clear, from the first preview to the destroy", async () => {
    // The list says the secret too, so that a refresh reads it.
    world.sandbox.settings.nexus.secret = "populated";
    const program = { args: APP };
    const stack = await world.stack(oneApp(program));
    const [preview, up] = [await stack.preview(), await stack.up()];
    const clientSecret = String(up.outputs.clientSecret);
    const token = await world.sandbox.issueToken({ clientId: String(up.outputs.id), clientSecret });
    expect(await world.sandbox.introspect(token)).toMatchObject({ active: true });
    const said = [saidIn(preview), saidIn(up), await exported(stack)];
    said.push(saidIn(await stack.refresh()), await exported(stack));
    program.args = { ...APP, productName: "portal" };
    said.push(saidIn(await stack.preview()), saidIn(await stack.up()), await exported(stack));
    said.push(saidIn(await stack.destroy()), JSON.stringify(await world.receipts()));
    expectNone([clientSecret, world.token, world.sandbox.nexus.applicationToken], said);
  });

  describe.each(["update", "destroy"] as const)("that the vendor repeats in its error during %s", (operation) => {
    /** What people see of an error in which the vendor says these words. */
    async function saidAfter(detail: (clientSecret: string) => string) {
      const { stack, program, outputs } = await living();
      const clientSecret = String(outputs.clientSecret);
      const problem = { title: "Bad Request", status: 400, detail: detail(clientSecret) };
      world.sandbox.faults.add({
        effect: { kind: "respond", status: 400, contentType: "application/problem+json", body: problem },
      });
      program.args = { ...APP, productName: "portal" };
      const failed = operation === "update" ? await stack.up() : await stack.destroy();
      expect(failed.ok).toBe(false);
      expect(failed.text).toContain("HTTP 400");
      return { said: [saidIn(failed)], clientSecret };
    }

    test("are redacted when they are the connection's", async () => {
      const { applicationToken } = world.sandbox.nexus;
      const { said } = await saidAfter(() => `Not with ${applicationToken}`);
      expectNone([applicationToken], said);
      const bearer = await saidAfter(() => `Not with ${world.token}`);
      expectNone([world.token], bearer.said);
    });

    test("are redacted when they are the client's, which only the state knows in this run", async () => {
      const { said, clientSecret } = await saidAfter((secret) => `Not with ${secret}`);
      expectNone([clientSecret], said);
    });

    test("are redacted where long words are cut in the middle of them", async () => {
      const { said, clientSecret } = await saidAfter((secret) => `${"No, and no again. ".repeat(14)}${secret}`);
      expectNone([clientSecret], said);
      const bearer = await saidAfter(() => `${"No, and no again. ".repeat(10)}${world.token}`);
      expectNone([world.token], bearer.said);
    });
  });

  test("of an adopted client are a secret too", async () => {
    world.sandbox.settings.nexus.secret = "populated";
    const id = await unmanaged();
    const stack = await world.stack(oneApp({ args: { ...APP, adopt: { id } } }));
    const up = await stack.up();
    const clientSecret = String(up.outputs.clientSecret);
    expect(await world.sandbox.issueToken({ clientId: id, clientSecret })).toBeTypeOf("string");
    for (const place of [saidIn(up), await exported(stack)]) expect(place).not.toContain(clientSecret);
  });
});
