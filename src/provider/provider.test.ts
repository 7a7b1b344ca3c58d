import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { json, type LocalServer, serve } from "../../test/unit/server.ts";
import { parseReceipts } from "../core/receipts-file.ts";
import { Interrupt } from "../runtime/interrupt.ts";
import { OAuthClientsProvider } from "./provider.ts";

const KIND = { __provider: "code", __kind: "rezolve:OAuthClient" };
const URN = "urn:pulumi:dev::project::pulumi-nodejs:dynamic/rezolve:OAuthClient::bot";
const TOKEN = "t0p-s3cret-token";

interface World {
  provider: OAuthClientsProvider;
  interrupt: Interrupt;
  logged: { severity: string; message: string; urn: string | null }[];
}

function worldWith(env: Record<string, string>): World {
  const logged: World["logged"] = [];
  const interrupt = new Interrupt(() => {});
  const engine = {
    urnOf: () => URN,
    progress: async () => {},
    log: async (severity: string, message: string, urn: string | null) => {
      logged.push({ severity, message, urn });
    },
  };
  return { provider: new OAuthClientsProvider({ engine, interrupt, env }), interrupt, logged };
}

function envOf(server: LocalServer, more: Record<string, string> = {}): Record<string, string> {
  return { REZOLVE_BASE_URL: server.baseUrl, REZOLVE_TOKEN: TOKEN, REZOLVE_RETRY_BUDGET_SECONDS: "0", ...more };
}

function stateAt(server: LocalServer) {
  return { ...KIND, name: "CI bot", status: "active", tenantId: "tenant-1", baseUrl: server.baseUrl };
}

const deleting = () => serve((response) => json(response, 200, { success: true, data: { tokensRevoked: 2 } }));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "provider-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function pipe(path: string): string {
  execFileSync("mkfifo", [path]);
  return path;
}

describe("a deletion", () => {
  test("shows one line at the resource and writes one receipt to each file", async () => {
    const server = await deleting();
    const [first, second] = [join(folder(), "receipts.jsonl"), join(folder(), "report.jsonl")];
    const env = { OAUTH_CLIENTS_RECEIPTS_FILE: first, OAUTH_CLIENTS_REPORT_FILE: second };
    const { provider, logged } = worldWith(envOf(server, env));
    await provider.delete("client-1", stateAt(server));
    expect(logged).toEqual([
      {
        severity: "info",
        message: expect.stringMatching(/^deleted .*"CI bot" \(client-1\).*2 tokens revoked/),
        urn: URN,
      },
    ]);
    for (const file of [first, second]) {
      const { receipts } = parseReceipts(readFileSync(file, "utf8"));
      expect(receipts).toMatchObject([
        { kind: "rezolve:OAuthClient", id: "client-1", urn: URN, tokensRevoked: 2, activeSessionsTerminated: null },
      ]);
    }
  });

  test.each([
    ["a folder stands there", () => folder(), "EISDIR"],
    ["its folder's parent is missing", () => join(folder(), "a", "b", "receipts.jsonl"), "does not exist"],
    ["it is a pipe", () => pipe(join(folder(), "receipts.jsonl")), "not a regular file"],
  ])("succeeds without a place for its receipt, which is then in a warning: %s", async (_name, place, reason) => {
    const server = await deleting();
    const path = place();
    const { provider, logged } = worldWith(envOf(server, { OAUTH_CLIENTS_RECEIPTS_FILE: path }));
    await provider.delete("client-1", stateAt(server));
    const warnings = logged.filter(({ severity }) => severity === "warning");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toMatch(new RegExp(`THE RECEIPT COULD NOT BE WRITTEN.*${reason}.*"tokensRevoked":2`));
  });

  test("that runs before the config has arrived asks for it no more", async () => {
    const server = await deleting();
    const { provider } = worldWith({});
    const config = new Map([
      ["rezolve:baseUrl", server.baseUrl],
      ["rezolve:token", TOKEN],
    ]);
    const configured = provider.configure({
      config: { get: (key: string) => config.get(key), require: (key: string) => config.get(key) ?? "" },
    });
    // Without waiting for `configure`, as the SDK does.
    const deletions = ["a", "b", "c"].map((id) => provider.delete(id, stateAt(server)));
    await Promise.all([configured, ...deletions]);
    expect(server.requests).toHaveLength(3);
  });

  test("that fails shows no secret, also where the vendor says it back", async () => {
    const server = await serve((response) =>
      json(response, 403, { success: false, error: { code: "FORBIDDEN", message: `no rights for ${TOKEN}` } }),
    );
    const { provider, logged } = worldWith(envOf(server));
    const error = await provider.delete("client-1", stateAt(server)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(Reflect.get(Object(error), "message"))).toMatch(/no rights for \[redacted\]/);
    expect(JSON.stringify([logged, Object.values(Object(error))])).not.toContain(TOKEN);
  });

  test("that an interrupt finds under way leaves a receipt before the process is killed, and its own one later", async () => {
    const file = join(folder(), "receipts.jsonl");
    const arrived = Promise.withResolvers<ServerResponse>();
    const server = await serve(arrived.resolve);
    const { provider, interrupt, logged } = worldWith(envOf(server, { OAUTH_CLIENTS_RECEIPTS_FILE: file }));
    const deletion = provider.delete("client-1", stateAt(server));
    const response = await arrived.promise;
    interrupt.arrived();
    const outcomes = () =>
      parseReceipts(readFileSync(file, { encoding: "utf8", flag: "a+" })).receipts.map((one) => one.outcome);
    await vi.waitFor(() => expect(outcomes()).toEqual(["unconfirmed"]), { timeout: 10_000 });
    json(response, 200, { success: true, data: { tokensRevoked: 2 } });
    await deletion;
    expect(outcomes()).toEqual(["unconfirmed", "deleted"]);
    expect(logged.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^not confirmed yet: /),
      expect.stringMatching(/^deleted /),
    ]);
  });

  test("of a client that another deletion of this run left open is not told as somebody else's", async () => {
    const server = await serve((response, _request, number) =>
      number === 1
        ? response.socket?.destroy()
        : json(response, 409, { success: false, error: { code: "OAUTH_CLIENT_ALREADY_DELETED" } }),
    );
    const { provider, logged } = worldWith(envOf(server));
    await expect(provider.delete("client-1", stateAt(server))).rejects.toThrow("may have been carried out");
    await provider.delete("client-1", stateAt(server));
    expect(logged.at(-1)?.message).toMatch(/already gone: .*an earlier DELETE, whose response was lost, may have/);
  });

  test("hands its evidence to the resource that takes its place, once", async () => {
    const server = await serve((response, { method }) =>
      json(response, 200, { success: true, data: method === "DELETE" ? { tokensRevoked: 2 } : { id: "client-2" } }),
    );
    const { provider } = worldWith(envOf(server));
    await provider.delete("client-1", stateAt(server));
    const inputs = { ...KIND, name: "CI bot", clientType: "public", status: "active", tenantId: "tenant-2" };
    const first = await provider.create(inputs);
    expect(first.id).toBe("client-2");
    expect(first.outs?.previousRevocation).toMatchObject({ outcome: "deleted", tokensRevoked: 2 });
    expect((await provider.create(inputs)).outs?.previousRevocation).toBeNull();
  });
});

describe("whatever is asked", () => {
  test("about a kind that nobody knows names those that are known", async () => {
    const { provider } = worldWith({});
    for (const kind of [{ __kind: "acme:Client" }, {}]) {
      await expect(provider.delete("a", kind)).rejects.toThrow(/does not know the resource kind.*rezolve:OAuthClient/);
    }
  });

  test("after an interrupt starts nothing", async () => {
    const server = await deleting();
    const { provider, interrupt } = worldWith(envOf(server));
    interrupt.arrived();
    await expect(provider.delete("client-1", stateAt(server))).rejects.toThrow(/Interrupted/);
    expect(server.requests).toEqual([]);
  });

  test("without settings tells every problem in a check, of no property, and throws in a deletion", async () => {
    const { provider } = worldWith({});
    const { failures = [] } = await provider.check({}, { ...KIND, name: "CI bot" });
    expect(new Set(failures.map(({ property }) => property))).toEqual(new Set([""]));
    const text = failures.map(({ reason }) => reason).join("\n");
    for (const part of ["has no baseUrl", "has no credentials", "clientType: is missing"]) expect(text).toContain(part);
    await expect(provider.delete("client-1", { ...KIND, tenantId: "t" })).rejects.toThrow(
      /has no baseUrl.*|has no credentials/,
    );
  });

  test("in a check and a diff sends nothing, and a diff replaces by deleting first", async () => {
    const server = await deleting();
    const { provider } = worldWith(envOf(server));
    const inputs = { ...KIND, name: "CI bot", clientType: "public", redirectUris: [], grantTypes: [], scopes: [] };
    // The SDK puts its own property back.
    const checked = { ...(await provider.check({}, { ...inputs, tenantId: "tenant-1" })).inputs, __provider: "code" };
    expect(checked).toMatchObject({ ...inputs, tenantId: "tenant-1", status: "active" });
    const state = { ...checked, baseUrl: server.baseUrl };
    expect(await provider.diff("client-1", state, checked)).toMatchObject({ changes: false, replaces: [] });
    expect(await provider.diff("client-1", state, { ...checked, tenantId: "tenant-2" })).toMatchObject({
      changes: true,
      replaces: ["tenantId"],
      deleteBeforeReplace: true,
    });
    expect(server.requests).toEqual([]);
  });

  test("a newer shell is a change, so that it gets into the state", async () => {
    const { provider } = worldWith({});
    const state = { ...KIND, name: "CI bot", status: "active", tenantId: "tenant-1" };
    expect(await provider.diff("client-1", state, { ...state, __provider: "newer code" })).toMatchObject({
      changes: true,
      replaces: [],
    });
  });

  test("a shell of a newer protocol is refused, and never written over", async () => {
    const { provider } = worldWith({});
    const shell = (protocol: number) => `exports.handler = () => require("somewhere").createProvider(${protocol});`;
    const state = { ...KIND, name: "CI bot", status: "active", tenantId: "tenant-1" };
    const planned = provider.diff("client-1", { ...state, __provider: shell(12) }, { ...state, __provider: shell(1) });
    await expect(planned).rejects.toThrow(/version 12 of the provider's protocol; .* knows version 1\./);
  });
});
