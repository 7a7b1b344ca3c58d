/** The traps of Pulumi's dynamic providers (T1 to T16), each with the test that keeps this package out of it. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { assertNodeVersion, OLDEST_NODE } from "../src/core/node-version.ts";
import { Redactor } from "../src/core/redaction.ts";
import { SHELL } from "../src/core/shell.ts";
import { UNKNOWN } from "../src/core/unknown.ts";
import { presentable } from "../src/provider/guard.ts";
import { createProvider } from "../src/provider/index.ts";
import { OAuthClientsProvider } from "../src/provider/provider.ts";
import { Interrupt } from "../src/runtime/interrupt.ts";
import { readable } from "../src/runtime/readable.ts";

const OWN = { __kind: "rezolve:OAuthClient", __provider: SHELL };
const INPUTS = {
  ...OWN,
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
  status: "active",
};

let sandbox: Sandbox;
let env: Record<string, string>;
beforeAll(async () => {
  sandbox = await startSandbox();
  env = {
    REZOLVE_BASE_URL: sandbox.url,
    REZOLVE_TENANT_ID: sandbox.tenants[0].id,
    REZOLVE_TOKEN: await sandbox.adminToken(),
    REZOLVE_RETRY_BUDGET_SECONDS: "2",
  };
});
afterAll(() => sandbox.close());
afterEach(() => {
  sandbox.faults.clear();
  sandbox.requests.clear();
  for (const { id } of sandbox.clients.list()) sandbox.clients.remove(id, "hard");
});

/** The provider of a process, without an engine. */
function provider(settings: Record<string, string> = env): OAuthClientsProvider {
  const engine = { urnOf: () => null, progress: async () => {}, log: async () => {} };
  return new OAuthClientsProvider({ engine, interrupt: new Interrupt(() => {}), env: settings });
}

function config(values: Record<string, string>): dynamic.ConfigureRequest {
  return { config: { get: (key) => values[key], require: (key) => values[key] ?? "" } };
}

async function created(subject: OAuthClientsProvider, inputs: Record<string, unknown> = INPUTS) {
  const { inputs: checked, failures } = await subject.check({}, inputs);
  expect(failures).toEqual([]);
  // As the SDK does: it puts back what it needs itself.
  return subject.create({ ...checked, __provider: SHELL });
}

describe("T1: the SDK lets calls run before configure has ended", () => {
  test("so it has stored its config before it returns", async () => {
    const { REZOLVE_TOKEN, ...rest } = env;
    const subject = provider(rest);
    const clients = await Promise.all([1, 2, 3].map((n) => created(provider(), { ...INPUTS, name: `Bot ${n}` })));
    const configured = subject.configure(config({ "rezolve:token": REZOLVE_TOKEN ?? "" }));
    await Promise.all(clients.map(({ id, outs }) => subject.delete(id ?? "", outs ?? {})));
    await configured;
    expect(sandbox.clients.count()).toBe(0);
  });
});

describe("T2: the SDK keeps a failed configure as success", () => {
  test("so it never fails, and every call says what is wrong with the config", async () => {
    const subject = provider({});
    await subject.configure(config({ "rezolve:connections": "not json" }));
    for (let call = 0; call < 2; call += 1) {
      await expect(subject.delete("client-1", INPUTS)).rejects.toThrow("rezolve:connections must be an object");
    }
  });
});

describe("T3: throwing undefined, null or a string hangs a call for ever, and causes are dropped", () => {
  test.each([undefined, null, "text", { plain: "object" }, new AggregateError([new Error("inner")], "")])(
    "so whatever was thrown (%s) becomes an error with a message",
    (thrown) => {
      const error = presentable(readable(thrown, new Redactor()), {});
      expect(error).toBeInstanceOf(Error);
      expect(error.message).not.toBe("");
      expect(error.stack).toBeTypeOf("string");
    },
  );

  test("so the reason behind a failed connection is shown", async () => {
    const subject = provider({ ...env, REZOLVE_BASE_URL: "http://127.0.0.1:9", REZOLVE_RETRY_BUDGET_SECONDS: "0" });
    await expect(subject.delete("client-1", { ...INPUTS, tenantId: "t" })).rejects.toThrow("ECONNREFUSED");
  });
});

describe("T4: an id or a code on an error changes what the SDK makes of it", () => {
  test("so an error of a create has no id, and its code is gRPC's FAILED_PRECONDITION", async () => {
    sandbox.faults.add({
      match: { method: "POST" },
      effect: { kind: "respond", status: 403, body: { success: false, error: { code: "FORBIDDEN", id: "request-1" } } },
    });
    const error: unknown = await created(provider()).catch((thrown: unknown) => thrown);
    expect(error).not.toHaveProperty("id");
    expect(error).not.toHaveProperty("details");
    expect(error).toHaveProperty("code", 9);
  });
});

describe("T5: what is not plain JSON fails after the request was made", () => {
  test("so outputs hold nothing undefined, and an id is a text", async () => {
    const { id, outs } = await created(provider(), { ...INPUTS, description: undefined });
    expect(id).toBeTypeOf("string");
    expect(JSON.parse(JSON.stringify(outs))).toEqual(outs);
    expect(Object.values(outs ?? {})).not.toContain(undefined);
  });
});

describe("T6: deletes run the code that the state holds", () => {
  test("so the state holds a line that loads the installed package (the packed package is tested with an old build)", () => {
    expect(SHELL).toBe('exports.handler = () => require("pulumi-oauth-clients/provider").createProvider(1);');
    expect(Buffer.byteLength(SHELL)).toBeLessThanOrEqual(120);
  });
});

describe("T7: a partial failure loses __provider", () => {
  test("so it carries its own, and the client's kind", async () => {
    sandbox.settings.rezolve.statusPatch = "refuse";
    const error: unknown = await created(provider(), { ...INPUTS, status: "inactive" }).catch(
      (thrown: unknown) => thrown,
    );
    sandbox.settings.rezolve.statusPatch = "accept";
    expect(error).toMatchObject({
      id: expect.stringContaining("client-"),
      reasons: [expect.any(String)],
      properties: OWN,
    });
  });
});

describe("T8: an update without outputs wipes them", () => {
  test("so every update returns all of them", async () => {
    const subject = provider();
    const { id, outs } = await created(subject);
    const { inputs } = await subject.check(INPUTS, { ...INPUTS, description: "new" });
    const updated = await subject.update(id ?? "", outs ?? {}, inputs ?? {});
    expect(updated.outs).toEqual({ ...outs, description: "new", __provider: undefined });
  });
});

describe("T9: a plain destroy sees the config of the last up", () => {
  test("so the environment wins", async () => {
    const subject = provider();
    await subject.configure(config({ "rezolve:token": "stale-token-of-the-last-up" }));
    const { id, outs } = await created(subject);
    await subject.delete(id ?? "", outs ?? {});
    expect(sandbox.clients.count()).toBe(0);
  });
});

describe("T10: import is impossible", () => {
  test("so a new resource can adopt an existing client", async () => {
    const { id } = await created(provider());
    const { id: adopted } = await created(provider(), { ...INPUTS, adopt: { id } });
    expect(adopted).toBe(id);
    expect(sandbox.clients.count()).toBe(1);
  });
});

describe("T11: a delete returns nothing", () => {
  test("so an update to the status deleted has the counts as outputs", async () => {
    const subject = provider();
    const { id, outs } = await created(subject);
    const { inputs } = await subject.check(INPUTS, { ...INPUTS, status: "deleted" });
    const { outs: tombstone } = await subject.update(id ?? "", outs ?? {}, inputs ?? {});
    expect(tombstone).toMatchObject({ status: "deleted", revocation: { outcome: "deleted", tokensRevoked: 0 } });
  });
});

describe("T12: a check failure that names a secret property prints its value", () => {
  test("so none names a property, and none quotes a value", async () => {
    const { failures } = await provider().check({}, { ...INPUTS, name: 42, clientType: "hunter2", unheard: "hunter2" });
    expect(failures).toHaveLength(3);
    for (const { property, reason } of failures ?? []) {
      expect(property).toBe("");
      expect(reason).not.toMatch(/hunter2|42/);
    }
  });
});

describe("T13: check and diff run one after the other for the whole stack", () => {
  test("so neither sends a request, also with values that are not known yet", async () => {
    const subject = provider();
    const { outs } = await created(subject);
    sandbox.requests.clear();
    const { inputs } = await subject.check(INPUTS, { ...INPUTS, scopes: UNKNOWN, tenantId: UNKNOWN });
    expect(await subject.diff("client-1", outs ?? {}, inputs ?? {})).toMatchObject({
      changes: true,
      replaces: ["tenantId"],
    });
    expect(sandbox.requests.length).toBe(0);
  });
});

describe("T14: a provider for each resource is serialised for each resource", () => {
  test("so there is one for the whole process", () => {
    expect(createProvider(1)).toBe(createProvider(1));
  });
});

describe("T15: TypeScript 7 breaks the serialisation of providers", () => {
  const program = (resource: string) => `
    import * as pulumi from "@pulumi/pulumi";
    import { rezolve } from "pulumi-oauth-clients";
        await pulumi.runtime.setMocks({ call: () => ({}), newResource: (args) => ({ id: "x", state: args.inputs }) });
    const resource = ${resource};
    await new Promise((resolve) => resource.urn.apply(resolve));
    console.log("registered");
  `;

  /** Runs a program where TypeScript is what version 7 is to the SDK: a module without the compiler's API. */
  async function withTypeScript7(resource: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "typescript-7-"));
    const preload = join(folder, "preload.cjs");
    await writeFile(
      preload,
      `const Module = require("node:module");
       const load = Module._load;
       Module._load = (name, ...rest) => (name === "typescript" ? { version: "7.0.2" } : load(name, ...rest));`,
    );
    const args = ["--require", preload, "--input-type=module", "-e", program(resource)];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args).catch((error) => error);
    await rm(folder, { recursive: true });
    return stdout + stderr;
  }

  test("so nothing is serialised, and a program works with it", async () => {
    const inputs = '{ name: "b", clientType: "public", redirectUris: [], grantTypes: [], scopes: [] }';
    expect(await withTypeScript7(`new rezolve.OAuthClient("bot", ${inputs})`)).toContain("registered");
    const usual = 'new pulumi.dynamic.Resource({ create: async () => ({ id: "x" }) }, "usual", {})';
    expect(await withTypeScript7(usual)).not.toContain("registered");
  });
});

describe("T16: the SDK needs Node 22, and installs on older ones with a warning", () => {
  test("so the package says which Node.js it needs, in its engines and at the start", async () => {
    const { engines } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect(OLDEST_NODE.startsWith(engines.node.replace(">=", ""))).toBe(true);
    expect(() => assertNodeVersion("20.20.2")).toThrow(`needs Node.js ${OLDEST_NODE} or newer, but this is 20.20.2`);
    expect(() => assertNodeVersion()).not.toThrow();
  });
});
