import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { findEngine } from "../../tools/engine/engine.ts";
import { oauthClients } from "./command.ts";
import { Tenant, VENDORS } from "./tenant.ts";

interface Checked {
  ok: boolean;
  checks: { subject: string; check: string; result: string; message: string; code: string | null }[];
}

let tenant: Tenant;
let path: string;
beforeAll(async () => {
  tenant = await Tenant.open();
  const { pulumi } = await findEngine();
  path = `${join(pulumi, "..")}:${process.env.PATH}`;
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

async function checked(
  env: Record<string, string | undefined> = {},
  ...args: string[]
): Promise<Checked & { code: number | null }> {
  const receipts = tenant.file("receipts.jsonl");
  const { code, stdout, stderr } = await tenant.run(["check", "--json", ...args], {
    env: { PATH: path, OAUTH_CLIENTS_RECEIPTS_FILE: receipts, ...env },
  });
  expect(stderr).toBe("");
  return { code, ...JSON.parse(stdout) };
}

const resultsOf = ({ checks }: Checked, subject: string) =>
  Object.fromEntries(checks.filter((one) => one.subject === subject).map(({ check, result }) => [check, result]));
const messageOf = ({ checks }: Checked, check: string) => checks.find((one) => one.check === check)?.message;

const GOOD = { settings: "ok", address: "ok", credentials: "ok", tenant: "ok", reading: "ok" };

describe.each(VENDORS)("of a connection of %s", (vendor) => {
  const subject = `${vendor}:default`;
  const variable = (name: string) => `${vendor.toUpperCase()}_${name}`;
  beforeEach(() => tenant.only(vendor));

  test("that works, one list is asked for and nothing is changed", async () => {
    for (const name of ["bot", "shop", "jobs"]) await tenant.client(vendor, name);
    tenant.sandbox.requests.clear();
    const found = await checked();
    expect(found).toMatchObject({ code: 0, ok: true });
    // Nexus' token says what it may do.
    expect(resultsOf(found, subject)).toEqual({ ...GOOD, changing: vendor === "nexus" ? "ok" : "unknown" });
    expect(messageOf(found, "reading")).toContain("it has 3.");
    expect(tenant.sandbox.requests.list().every(({ method }) => method === "GET")).toBe(true);
  });

  test.each<[string, Record<string, string>, string, string]>([
    ["a token that is refused", { TOKEN: "wrong-token" }, "credentials", "rejected"],
    [
      "a tenant that is not known",
      { TENANT_ID: "5a4dbc0e-0000-4000-8000-00000000dead" },
      "tenant",
      "does not know this tenant",
    ],
    ["an address where nobody is", { BASE_URL: "http://127.0.0.1:9" }, "address", "ECONNREFUSED"],
    ["a plain address elsewhere", { BASE_URL: "http://api.example.test" }, "settings", "must start with https:"],
    [
      "half a credential",
      { TOKEN: "", TOKEN_URL: "https://login.example.test" },
      "settings",
      "only part of its credentials",
    ],
  ])("with %s", async (_what, settings, failing, expected) => {
    const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [variable(name), value]));
    const found = await checked({ ...env, [variable("RETRY_BUDGET_SECONDS")]: "0" });
    expect(found).toMatchObject({ code: 1, ok: false });
    const results = resultsOf(found, subject);
    expect(results[failing]).toBe("failure");
    const order = ["settings", "address", "credentials", "tenant", "reading", "changing"];
    const after = order.slice(order.indexOf(failing) + 1).map((check) => results[check]);
    expect(new Set(after)).toEqual(new Set(["not reached"]));
    expect(messageOf(found, failing)).toContain(expected);
    const codes = found.checks.filter(({ result }) => result === "failure").map(({ code }) => code);
    expect(codes).toEqual(codes.map(() => expect.stringMatching(/^[a-z]+-[a-z]+$/)));
    expect(JSON.stringify(found)).not.toContain("wrong-token");
  });

  test("with a wrong path in its address, nothing counts as proved", async () => {
    const found = await checked({ [variable("BASE_URL")]: `${tenant.sandbox.url}/wrong` });
    const results = resultsOf(found, subject);
    expect(Object.values(results).filter((result) => result === "ok")).toEqual([results.settings]);
    expect(JSON.stringify(found)).not.toContain("says nothing about the client");
  });

  test("with somebody else's page at its address", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<title>Welcome to the router</title>");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => new Promise<void>((closed) => void server.close(() => closed())));
    const { port } = server.address() as AddressInfo;
    const found = await checked({ [variable("BASE_URL")]: `http://127.0.0.1:${port}` });
    expect(resultsOf(found, subject).address).toBe("failure");
    expect(messageOf(found, "address")).toContain("Welcome to the router");
  });
});

test("checks every connection that is set up, or those that are named", async () => {
  const env = { ...tenant.settingsOf("nexus"), REZOLVE__EU__TENANT_ID: "t-2" };
  const subjects = async (...args: string[]) => [
    ...new Set((await checked(env, ...args)).checks.map(({ subject }) => subject)),
  ];
  expect(await subjects()).toEqual(["this machine", "rezolve:default", "rezolve:eu", "nexus:default"]);
  expect(await subjects("--vendor", "rezolve")).toEqual(["this machine", "rezolve:default", "rezolve:eu"]);
  expect(await subjects("--connection", "eu")).toEqual(["this machine", "rezolve:eu"]);
});

test("with nothing set up checks the machine, and names what to set", async () => {
  const of = async (...args: string[]): Promise<Checked> => {
    const { code, stdout } = await oauthClients(["check", "--json", ...args], { env: { PATH: path } });
    expect(code).toBe(1);
    return JSON.parse(stdout);
  };
  const found = await of();
  expect(resultsOf(found, "this machine")).toMatchObject({ "Pulumi CLI": "ok" });
  expect(resultsOf(found, "connections")).toEqual({ settings: "failure" });
  expect(messageOf(found, "settings")).toContain(
    "(Rezolve: REZOLVE_BASE_URL, REZOLVE_TENANT_ID, REZOLVE_TOKEN; Nexus: NEXUS_BASE_URL, NEXUS_TENANT_ID, NEXUS_TOKEN, NEXUS_APPLICATION_TOKEN)",
  );
  expect(messageOf(await of("--connection", "eu"), "settings")).toContain("REZOLVE__EU__TOKEN");
  expect(messageOf(await of("--vendor", "nexus"), "settings")).not.toContain("REZOLVE");
});

test("a read-only token of Nexus says itself that it may change nothing", async () => {
  tenant.only("nexus");
  const token = await tenant.sandbox.adminToken({ permissions: ["client.read.all"] });
  const found = await checked({ NEXUS_TOKEN: token });
  expect(resultsOf(found, "nexus:default")).toEqual({ ...GOOD, changing: "failure" });
  expect(found.code).toBe(1);
});

test("an application token that Nexus refuses is what the advice begins with", async () => {
  tenant.only("nexus");
  const file = tenant.file("token");
  await writeFile(file, `${tenant.env.NEXUS_TOKEN}\n`);
  const wrong = { NEXUS_TOKEN: "", NEXUS_TOKEN_FILE: file, NEXUS_APPLICATION_TOKEN: "wrong" };
  const said = messageOf(await checked(wrong), "credentials");
  expect(said).toMatch(
    /The application token is not valid\..*\. Put a valid applicationToken into NEXUS_APPLICATION_TOKEN/,
  );
});

describe("of the machine", () => {
  test("the Pulumi CLI must be there", async () => {
    const found = await checked({ PATH: "/nowhere" });
    expect(resultsOf(found, "this machine")["Pulumi CLI"]).toBe("failure");
    expect(found.code).toBe(1);
  });

  test("a project must have the SDK and this package installed", async () => {
    const folder = tenant.file("project");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    const found = await checked({}, "--cwd", folder);
    expect(resultsOf(found, "this machine")).toMatchObject({ "Pulumi SDK": "failure", package: "failure" });
    const here = await checked({}, "--cwd", join(import.meta.dirname, "../.."));
    expect(resultsOf(here, "this machine")).toMatchObject({ "Pulumi SDK": "ok", package: "ok" });
  });

  test("a program in another language must have the packaged provider", async () => {
    const folder = tenant.file("yaml");
    const bin = tenant.file("provider");
    for (const path of [folder, bin]) await mkdir(path, { recursive: true });
    await writeFile(join(bin, "pulumi-resource-oauth-clients"), "#!/bin/sh\n", { mode: 0o755 });
    const { pulumi } = await findEngine();
    const without = dirname(pulumi);
    const plugins = "plugins:\n  providers:\n    - name: oauth-clients\n      path: ./bin\n";
    const of = async (settings: string, PATH: string) => {
      await writeFile(join(folder, "Pulumi.yaml"), `name: shop\n${settings}`);
      return resultsOf(await checked({ PATH }, "--cwd", folder), "this machine");
    };
    expect(await of("runtime: yaml\n", without)).toMatchObject({ package: "failure" });
    expect(await of("runtime: yaml\n", `${without}:${bin}`)).toEqual(expect.objectContaining({ package: "ok" }));
    expect(await of(`runtime:\n  name: python\n${plugins}`, without)).toMatchObject({ package: "ok" });
    expect(await of("runtime:\n  name: nodejs\n", `${without}:${bin}`)).toMatchObject({ package: "failure" });
    expect(await of(`runtime: nodejs\n${plugins}`, without)).toMatchObject({ package: "ok", "Pulumi SDK": "failure" });
  });

  test("a receipts file must be one that receipts can be written to, and none is a warning", async () => {
    const of = async (file: string) =>
      resultsOf(await checked({ OAUTH_CLIENTS_RECEIPTS_FILE: file }), "this machine").receipts;
    expect(await of("")).toBe("warning");
    expect(await of("/dev/null")).toBe("warning");
    expect(await of(tenant.file("new/receipts.jsonl"))).toBe("ok");
    expect(await of(tenant.file("no/such/receipts.jsonl"))).toBe("failure");
    await symlink("/etc/hostname", tenant.file("link.jsonl"));
    expect(await of(tenant.file("link.jsonl"))).toBe("failure");
    expect(await of(tenant.folder)).toBe("failure");
  });
});

test.each([80, 120])("the table fits %d columns of a terminal, and ends with the verdict", async (columns) => {
  const { code, stdout } = await tenant.runOnTerminal(["check"], columns, { env: { PATH: path } });
  expect(code).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal acts on is taken out
  const plain = stdout.replaceAll(/\u001b\[[\d;]*[A-Za-z]|\r/g, "");
  expect(Math.max(...plain.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(plain).toContain("A deployment could work.");
});
