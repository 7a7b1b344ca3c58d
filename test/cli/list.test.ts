import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CLI, Command, oauthClients, plainEnvironment, seenOf } from "./command.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

/** Clients of the tenant as a stack export would have them. */
function exportOf(
  resources: { type: string; id: string; outputs?: object; external?: boolean }[],
  stack = "pr-7",
): string {
  const states = resources.map(({ type, ...rest }, at) => ({
    urn: `urn:pulumi:${stack}::shop::pulumi-nodejs:dynamic/${type}::client-${at}`,
    type: `pulumi-nodejs:dynamic/${type}`,
    custom: true,
    ...rest,
  }));
  return JSON.stringify({ version: 3, deployment: { resources: states } });
}

describe.each(VENDORS)("of %s", (vendor) => {
  beforeEach(() => tenant.only(vendor));

  test("lists what is not deleted, by name, with one walk through the list", async () => {
    await tenant.client(vendor, "zeta");
    await tenant.client(vendor, "alpha");
    await tenant.client(vendor, "pr-1 web");
    const { code, stdout, stderr } = await tenant.run(["list", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { clients, ...about } = JSON.parse(stdout);
    expect(about).toEqual({ vendor, connection: "default", tenantId: tenant.id, hiddenWithout: null });
    expect(clients.map(({ name }: { name: string }) => name)).toEqual(["alpha", "pr-1 web", "zeta"]);
    expect(tenant.sandbox.requests.list({ method: "GET" }).every(({ status }) => status === 200)).toBe(true);
    const prefixed = await tenant.run(["list", "--name-prefix", "pr-", "--json"]);
    expect(JSON.parse(prefixed.stdout).clients).toHaveLength(1);
  });

  test("never shows a secret, in whatever format", async () => {
    const id = await tenant.client(vendor, "bot");
    const secret = tenant.sandbox.clients.get(id);
    expect(secret).toBeDefined();
    for (const format of ["table", "json", "csv", "markdown"]) {
      const { stdout } = await tenant.run(["list", "--format", format]);
      expect(stdout).toContain("bot");
      expect(stdout.toLowerCase()).not.toContain("secret");
    }
  });

  test("ends at the first interrupt, also where the vendor never answers", async () => {
    tenant.sandbox.faults.add({ match: { method: "GET" }, effect: { kind: "hang" } });
    const running = new Command(process.execPath, [CLI, "list"], {
      cwd: tenant.folder,
      env: plainEnvironment(tenant.env),
    });
    while (tenant.sandbox.requests.count({ method: "GET" }) < 1) await new Promise((soon) => setTimeout(soon, 10));
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended();
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("Interrupted. Nothing was changed.");
  });

  test("says which stack manages a client, and lists the others on request", async () => {
    const managed = await tenant.client(vendor, "managed");
    const tombstone = await tenant.client(vendor, "tombstone");
    await tenant.client(vendor, "left over");
    const type = vendor === "rezolve" ? "rezolve:OAuthClient" : "nexus:Client";
    const file = tenant.file("export.json");
    await writeFile(
      file,
      exportOf([
        { type, id: managed, outputs: { name: "managed" } },
        { type, id: tombstone, outputs: { status: "deleted" } },
      ]),
    );
    const all = JSON.parse((await tenant.run(["list", "--managed", file, "--json"])).stdout);
    expect(all.clients.map(({ name, stack }: { name: string; stack: string }) => [name, stack])).toEqual([
      ["left over", null],
      ["managed", "shop/pr-7"],
      ["tombstone", null],
    ]);
    const free = await tenant.run(["list", "--managed", file, "--unmanaged"]);
    expect(free.stdout).not.toMatch(/^managed/m);
    expect(free.stdout).toContain("2 clients.");
    const adopted = await tenant.run(["adopt", "--managed", file, managed]);
    expect(adopted.stderr).toContain("0 of 1 client; 1 is managed already.");
  });

  test("says nothing of what is managed where nobody said it", async () => {
    const id = await tenant.client(vendor, "left over");
    const adopted = await tenant.run(["adopt", id]);
    expect(adopted.stderr).toContain("1 of 1 client; nobody was asked which are managed: add --stack or --managed.");
    const free = await tenant.run(["list", "--unmanaged"]);
    expect(free).toMatchObject({ code: 2, stdout: "" });
    expect(free.stderr).toContain("add --stack or --managed");
  });
});

test("shows created, last use and, with --usage, tokens: what nobody says is no zero and no never", async () => {
  const used = await tenant.client("rezolve", "used");
  const unused = await tenant.client("rezolve", "unused");
  const silent = await tenant.client("rezolve", "silent");
  tenant.sandbox.clients.edit(used, { createdAt: ago(40), usage: { lastUsedAt: ago(2), totalTokenRequests: 80 } });
  tenant.sandbox.clients.edit(unused, { createdAt: ago(20) });
  tenant.sandbox.clients.edit(silent, { usage: { lastUsedAt: null, totalTokenRequests: 5 } });
  tenant.sandbox.requests.clear();
  const plain = JSON.parse((await tenant.run(["list", "--sort", "last-used", "--json"])).stdout);
  const brief = ({ name, everUsed, activeTokens }: Record<string, unknown>) => [name, everUsed, activeTokens];
  expect(plain.clients.map(brief)).toEqual([
    ["unused", false, null],
    ["used", true, null],
    ["silent", null, null],
  ]);
  const listed = tenant.sandbox.requests.count();
  const looked = JSON.parse((await tenant.run(["list", "--usage", "--sort", "tokens", "--json"])).stdout);
  expect(looked.clients.map(brief).sort()).toEqual([
    ["silent", null, 0],
    ["unused", false, 0],
    ["used", true, 0],
  ]);
  expect(tenant.sandbox.requests.count()).toBe(2 * listed + 3);
});

test("what a vendor says is no formula in a spreadsheet, and nothing to a terminal or a comment", async () => {
  await tenant.client("rezolve", '=HYPERLINK("https://evil.example.test")');
  const id = await tenant.client("rezolve", "plain");
  tenant.sandbox.clients.edit(id, { name: "a\u001b]0;title\u0007|b `@org/all` <img src=x>" });
  const csv = (await tenant.run(["list", "--format", "csv"])).stdout;
  expect(csv).toContain(`"'=HYPERLINK(""https://evil.example.test"")"`);
  expect(csv.split("\r\n")[0]).toBe("name,id,clientId,status,createdAt,lastUsedAt");
  const markdown = (await tenant.run(["list", "--format", "markdown"])).stdout;
  expect(markdown).toContain("``a\ufffd]0;title\ufffd\\|b `@org/all` <img src=x>``");
  for (const text of [csv, markdown, (await tenant.run(["list"])).stdout]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/);
  }
});

describe("a table", () => {
  beforeEach(async () => {
    await tenant.client("rezolve", "Billing service of the European branch office");
    await tenant.client("rezolve", "bot");
  });

  test.each([60, 80, 100, 120, 200])("fits %d columns without a terminal", async (columns) => {
    const { stdout } = await tenant.run(["list"], { env: { COLUMNS: String(columns) } });
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(stdout).toMatch(/^name +/);
    expect(stdout).toContain("2 clients.");
  });

  test.each([80, 120])("fits a terminal of %d columns, in colours unless they are not wanted", async (columns) => {
    const { code, stdout } = await tenant.runOnTerminal(["list"], columns);
    expect(code).toBe(0);
    expect(stdout).toContain("\u001b[1mname");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal acts on is taken out
    const plain = seenOf(stdout).replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, "");
    expect(Math.max(...plain.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
    for (const [args, env] of [
      [["--color", "never", "list"], {}],
      [["list"], { NO_COLOR: "1" }],
    ] as const) {
      expect((await tenant.runOnTerminal(args, columns, { env })).stdout).not.toContain("\u001b[1m");
    }
  });

  test("has colours without a terminal where they are asked for", async () => {
    const { stdout } = await tenant.run(["--color", "always", "list"]);
    expect(stdout).toContain("\u001b[1mname");
  });

  test("goes to a file, and nothing but that to standard output", async () => {
    const file = tenant.file("clients.csv");
    const ended = await tenant.run(["list", "--format", "csv", "--output", file]);
    expect(ended).toEqual({ code: 0, stdout: "", stderr: "" });
    const missing = await tenant.run(["list", "--output", tenant.file("none/clients.txt")]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/cannot be written: ENOENT/);
  });
});

describe("without a clear vendor", () => {
  test("nothing is set up", async () => {
    const { code, stderr } = await oauthClients(["list"]);
    expect(code).toBe(2);
    expect(stderr).toContain("No vendor is set up. Name one (--vendor: rezolve, nexus)");
  });

  test("both are", async () => {
    const env = { ...tenant.settingsOf("rezolve"), ...tenant.settingsOf("nexus") };
    const { code, stderr } = await oauthClients(["list"], { env });
    expect(code).toBe(2);
    expect(stderr).toContain("Several vendors are set up. Name one: --vendor");
    expect((await oauthClients(["list", "--vendor", "nexus"], { env })).code).toBe(0);
  });
});

test("wrong usage exits with 2, and says what there is", async () => {
  const wrong = await tenant.run(["list", "--sort", "colour"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("Allowed choices are name, id, created, last-used, tokens, status");
  expect((await tenant.run(["list", "--json", "--format", "csv"])).code).toBe(2);
  expect((await tenant.run(["lst"])).code).toBe(2);
});

test.each([
  ["a token that is refused", { REZOLVE_TOKEN: "wrong" }, "credentials-rejected"],
  ["a tenant that is not known", { REZOLVE_TENANT_ID: "5a4dbc0e-0000-4000-8000-00000000dead" }, "tenant-unknown"],
])("with %s, it fails with the code of the error", async (_what, env, expected) => {
  const { code, stdout, stderr } = await tenant.run(["list"], { env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`oauth-clients [${expected}]: `);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("credentials that need not see every client are not taken for those that do", async () => {
  tenant.only("nexus");
  const id = await tenant.client("nexus", "somebody's");
  tenant.env.NEXUS_TOKEN = await tenant.sandbox.adminToken({ permissions: ["client.read"], user: { id: "bob" } });
  const listed = await tenant.run(["list", "--json"]);
  expect(JSON.parse(listed.stdout)).toMatchObject({ clients: [], hiddenWithout: "client.read.all" });
  expect(listed.stderr).toContain("These may not be all: to see every client takes client.read.all.");
  const adopted = await tenant.run(["adopt", id]);
  expect(adopted.code).toBe(1);
  expect(adopted.stderr).toContain("cannot be adopted: it is not shown to these credentials");
  const { checks } = JSON.parse((await tenant.run(["check", "--json"])).stdout);
  const reading = checks.find(({ check }: { check: string }) => check === "reading");
  expect(reading).toMatchObject({ result: "warning" });
  expect(reading.message).toContain("client.read.all");
});
