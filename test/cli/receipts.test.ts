import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Receipt } from "pulumi-oauth-clients/automation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findEngine } from "../../tools/engine/engine.ts";
import { lineOf, receipt as receiptWith } from "../unit/facts.ts";
import { CLI, execute, oauthClients, onTerminal, plainEnvironment, seenOf } from "./command.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-receipts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function fileOf(...lines: (Receipt | string)[]): Promise<string> {
  const file = join(folder, `receipts-${++files}.jsonl`);
  await writeFile(file, lines.map((line) => `${typeof line === "string" ? line : lineOf(line)}\n`).join(""));
  return file;
}

function receipt(id: string, changes: Partial<Receipt> = {}): Receipt {
  return receiptWith({
    at: "2026-05-04T10:00:01.000Z",
    tenantId: "t-1",
    id,
    clientId: `${id}_oauth`,
    name: `Client ${id}`,
    tokensRevoked: 3,
    activeSessionsTerminated: 1,
    deletedAt: "2026-05-04T10:00:00.000Z",
    deletedBy: { id: "u-1", name: "Ada Example", email: "ada@example.test" },
    ...changes,
  });
}

const gone = (id: string) =>
  receipt(id, {
    outcome: "already-gone",
    tokensRevoked: null,
    activeSessionsTerminated: null,
    deletedAt: null,
    deletedBy: null,
    httpStatus: 404,
    verified: true,
  });

/** The cells of the table's rows, without what is below it. */
function rowsOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.includes("  "))
    .map((line) => line.split(/ {2,}/));
}

/** Wide enough for every column. */
const WIDE = { COLUMNS: "240" };

test("shows each client once as a row, with totals that say how many counts nobody knows", async () => {
  // The second run of an interrupted destroy: client 1 once more, already gone.
  const urn = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/rezolve:OAuthClient::bot";
  const file = await fileOf(
    receipt("1", { urn }),
    receipt("2", { tokensRevoked: 0, activeSessionsTerminated: 0 }),
    gone("1"),
    gone("3"),
  );
  const { code, stdout, stderr } = await oauthClients(["receipts", file], { env: WIDE });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(rowsOf(stdout)).toEqual([
    ["deleted at", "client", "id", "OAuth client id", "tenant", "stack", "outcome", "tokens", "sessions", "by"],
    ["2026-05-04 10:00Z", "Client 1", "1", "1_oauth", "t-1", "dev", "deleted", "3", "1", "Ada Example"],
    ["2026-05-04 10:00Z", "Client 2", "2", "2_oauth", "t-1", "–", "deleted", "0", "0", "Ada Example"],
    // The vendor said no time: that of the receipt stands for it.
    ["2026-05-04 10:00Z", "Client 3", "3", "3_oauth", "t-1", "–", "already-gone", "–", "–", "–"],
  ]);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(
    "3 clients: 2 deleted, 1 already-gone; 3 tokens revoked (1 not said), 1 session ended (1 not said).",
  );
});

test("shows a deletion that nobody confirmed until a later run found out", async () => {
  const open = (id: string): Receipt => ({ ...gone(id), outcome: "unconfirmed", verified: null, responseLost: true });
  const file = await fileOf(open("1"), open("2"), { ...gone("1"), responseLost: true });
  const { stdout } = await oauthClients(["receipts", file], { env: WIDE });
  expect(rowsOf(stdout).map(([, client, , , , , outcome]) => [client, outcome])).toEqual([
    ["client", "outcome"],
    ["Client 1", "already-gone (response lost)"],
    ["Client 2", "unconfirmed"],
  ]);
  expect(stdout).toContain("2 clients: 1 already-gone, 1 unconfirmed; nobody says how many tokens were revoked");
});

test.each(["unconfirmed", "abandoned"] as const)("a client that is %s was deleted at no time", async (outcome) => {
  const file = await fileOf({ ...gone("1"), outcome, verified: null }, receipt("2"));
  const { stdout } = await oauthClients(["receipts", file], { env: WIDE });
  expect(rowsOf(stdout).map(([at, client]) => [at, client])).toEqual([
    ["deleted at", "client"],
    ["–", "Client 1"],
    ["2026-05-04 10:00Z", "Client 2"],
  ]);
  const markdown = (await oauthClients(["receipts", file, "--format", "markdown"])).stdout;
  expect(markdown).toContain("| – | `Client 1` |");
  const [, row = ""] = (await oauthClients(["receipts", file, "--format", "csv"])).stdout.split("\r\n");
  expect(row).toMatch(/^2026-05-04T10:00:01.000Z,,/);
});

describe.each([60, 80, 120])("on %d columns", (columns) => {
  const names = ["Billing service of the European branch office", "Billing service of the European branch office"];
  const ids = ["client-550e8400-e29b-41d4-a716-446655440001", "client-550e8400-e29b-41d4-a716-446655440002"];
  const receipts = ids.map((id, at) =>
    receipt(id, { name: names[at] ?? "", tenantId: "5a4dbc0e-0000-4000-8000-000000000001" }),
  );

  test("no line is longer, and rows are told apart", async () => {
    const file = await fileOf(...receipts);
    const plain = (await oauthClients(["receipts", file], { env: { COLUMNS: String(columns) } })).stdout;
    expect(Math.max(...plain.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(plain.replaceAll(/\s/g, "")).toContain("0001");
    expect(plain.replaceAll(/\s/g, "")).toContain("0002");
    const shown = seenOf((await onTerminal(["receipts", file], columns)).stdout);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal acts on is taken out
    expect(shown.replaceAll(/\u001b\[[\d;]*m/g, "")).toBe(plain);
  });
});

test("with --json prints the same as data", async () => {
  const file = await fileOf(receipt("1"), gone("1"), gone("2"));
  const { code, stdout } = await oauthClients(["receipts", file, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    receipts: [receipt("1"), gone("2")],
    totals: {
      clients: 2,
      outcomes: { deleted: 1, "soft-deleted": 0, "already-gone": 1, abandoned: 0, unconfirmed: 0 },
      tokensRevoked: 3,
      activeSessionsTerminated: 1,
      unknownTokenCounts: 1,
      unknownSessionCounts: 1,
    },
    unreadable: [],
  });
});

describe("of several files", () => {
  const URN = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/rezolve:OAuthClient::bot";
  const clientsOf = async (...args: string[]) => {
    const { code, stdout, stderr } = await oauthClients(["receipts", ...args, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout).receipts.map(({ id }: Receipt) => id);
  };

  test("and of standard input, each client counts once", async () => {
    const [one, two] = [await fileOf(receipt("1"), receipt("2")), await fileOf(gone("2"), receipt("3"))];
    expect(await clientsOf(one, two)).toEqual(["1", "2", "3"]);
    const piped = await execute("sh", ["-c", `'${process.execPath}' '${CLI}' receipts '${one}' - --json < '${two}'`]);
    expect(JSON.parse(piped.stdout).totals.clients).toBe(3);
  });

  test("by time, stack, tenant and vendor", async () => {
    const file = await fileOf(
      receipt("1", { at: "2026-05-01T00:00:00.000Z", urn: URN }),
      receipt("2", { at: "2026-05-02T00:00:00.000Z", urn: URN.replace("dev", "prod") }),
      receipt("3", { at: "2026-05-03T00:00:00.000Z", tenantId: "t-2", kind: "nexus:Client" }),
    );
    expect(await clientsOf(file, "--since", "2026-05-02")).toEqual(["2", "3"]);
    expect(await clientsOf(file, "--until", "2026-05-02T00:00Z")).toEqual(["1"]);
    expect(await clientsOf(file, "--since", "2026-05-02", "--until", "2026-05-03")).toEqual(["2"]);
    expect(await clientsOf(file, "--stack", "dev")).toEqual(["1"]);
    expect(await clientsOf(file, "--stack", "shop/prod", "--stack", "dev")).toEqual(["1", "2"]);
    expect(await clientsOf(file, "--tenant", "t-2")).toEqual(["3"]);
    expect(await clientsOf(file, "--vendor", "rezolve")).toEqual(["1", "2"]);
  });

  test("a time that is none is wrong usage", async () => {
    const { code, stderr } = await oauthClients(["receipts", "--since", "yesterday"]);
    expect(code).toBe(2);
    expect(stderr).toContain("It must be a date such as 2026-11-01");
  });
});

test("as CSV, nothing is shortened, and nothing is a formula", async () => {
  const file = await fileOf(
    receipt("1", { name: "=1+1", deletedBy: { id: "u-1", name: "@sum", email: null } }),
    gone("2"),
  );
  const { stdout } = await oauthClients(["receipts", file, "--format", "csv"]);
  const [head = "", first = "", second = ""] = stdout.split("\r\n");
  const keys = head.split(",");
  expect(keys.slice(0, 4)).toEqual(["at", "deletedAt", "kind", "name"]);
  const rowOf = (line: string) => Object.fromEntries(line.split(",").map((cell, at) => [keys[at], cell]));
  expect(rowOf(first)).toMatchObject({ name: "'=1+1", deletedByName: "'@sum", deletedAt: "2026-05-04T10:00:00.000Z" });
  expect(rowOf(second)).toMatchObject({ tokensRevoked: "", outcome: "already-gone", verified: "true" });
});

test("as JUnit, a client that may be alive is a failure", async () => {
  const file = await fileOf(receipt("1", { name: 'a "b" <c>' }), { ...gone("2"), outcome: "abandoned" });
  const { stdout } = await oauthClients(["receipts", file, "--format", "junit"]);
  expect(stdout).toContain('<testsuite name="oauth-clients.receipts" tests="2" failures="1"');
  expect(stdout).toContain('name="a &quot;b&quot; &lt;c&gt;"');
  expect(stdout).toContain("abandoned: the client may be alive");
});

test("as Markdown, others' words are code", async () => {
  const file = await fileOf(receipt("1", { name: "@org/all" }));
  const { stdout } = await oauthClients(["receipts", file, "--format", "markdown"]);
  expect(stdout).toContain("| `@org/all` |");
});

describe("as Markdown of so many characters at most", () => {
  const HUNDREDS = Array.from({ length: 300 }, (_, at) => receipt(`c-${at}`, { name: `pr-7-service-${at}` }));
  const TOTALS = "300 clients: 300 deleted; 900 tokens revoked, 300 sessions ended.";

  test.each([30_000, 2_000])("of %d: the totals, the rows that fit, and how many do not", async (longest) => {
    const file = await fileOf(...HUNDREDS);
    const asked = ["receipts", file, "--format", "markdown"];
    const { stdout: all } = await oauthClients(asked);
    const { code, stdout } = await oauthClients([...asked, "--max-length", String(longest)]);
    expect(code).toBe(0);
    expect(stdout.length).toBeLessThanOrEqual(longest);
    const rows = stdout.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows.length).toBeGreaterThan(0);
    expect(all.startsWith(stdout.slice(0, stdout.lastIndexOf("|") + 1))).toBe(true);
    expect(stdout.startsWith(`${TOTALS}\n\n| deleted at |`)).toBe(true);
    expect(stdout.endsWith(`\n\n… and ${300 - rows.length} more; the receipts file has them all.\n`)).toBe(true);
    // One more would not have fitted.
    expect(stdout.length + (rows.at(-1) ?? "").length).toBeGreaterThan(longest - 10);
  });

  test("the totals stay, whatever has to go", async () => {
    const long = "n".repeat(999);
    const file = await fileOf(...HUNDREDS.map((one) => ({ ...one, name: long, tenantId: long })));
    const { stdout } = await oauthClients(["receipts", file, "--format", "markdown", "--max-length", "2000"]);
    expect(stdout).toBe(`${TOTALS}\n\n… and 300 more; the receipts file has them all.\n`);
  });

  test.each(["receipts", "impact"])("less than a summary has room for is refused: %s", async (command) => {
    for (const length of ["0", "1999", "many"]) {
      const { code, stdout, stderr } = await oauthClients([command, "none.json", "--max-length", length]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("It must be a whole number, and 2000 at least: the summary always stays.");
    }
  });

  test("nothing goes where all has room, to the character", async () => {
    const file = await fileOf(...HUNDREDS.slice(0, 30));
    const asked = ["receipts", file, "--format", "markdown"];
    const { stdout } = await oauthClients(asked);
    expect((await oauthClients([...asked, "--max-length", String(stdout.length)])).stdout).toBe(stdout);
    expect((await oauthClients([...asked, "--max-length", String(stdout.length - 1)])).stdout).toContain("… and ");
  });
});

test("takes the file from the environment where none is named", async () => {
  const file = await fileOf(receipt("1"));
  const { code, stdout } = await oauthClients(["receipts"], { env: { OAUTH_CLIENTS_RECEIPTS_FILE: file } });
  expect(code).toBe(0);
  expect(stdout).toContain("Client 1");
});

test("takes the file that the stack's config names, beside its project, and shows that stack alone", async () => {
  const project = await mkdtemp(join(folder, "project-"));
  const { pulumi } = await findEngine();
  const env = {
    PATH: `${dirname(pulumi)}:${process.env.PATH}`,
    PULUMI_BACKEND_URL: pathToFileURL(project).href,
    PULUMI_CONFIG_PASSPHRASE: "synthetic",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const say = async (...args: string[]) => {
    const { code, stderr } = await execute(pulumi, [...args, "--non-interactive"], {
      cwd: project,
      env: plainEnvironment(env),
    });
    expect(code, stderr).toBe(0);
  };
  await writeFile(join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  await say("stack", "init", "dev");
  const asked = ["receipts", "--stack", "dev", "--cwd", project, "--json"];
  expect(await oauthClients(asked, { env })).toMatchObject({ code: 2, stdout: "" });
  await say("config", "set", "oauth-clients:receiptsFile", "kept.jsonl");
  const urnIn = (stack: string) => `urn:pulumi:${stack}::shop::rezolve:OAuthClient::bot`;
  const lines = ["dev", "prod"].map((stack) => lineOf(receipt(stack, { urn: urnIn(stack) })));
  await writeFile(join(project, "kept.jsonl"), `${lines.join("\n")}\n`);
  const { code, stdout } = await oauthClients(asked, { env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).receipts.map(({ id }: Receipt) => id)).toEqual(["dev"]);
  // However the stack is called, and from a folder below as well: paths start where Pulumi starts the program.
  const below = join(project, "docs");
  await mkdir(below);
  for (const name of ["dev", "shop/dev", "organization/shop/dev"]) {
    const found = await oauthClients(["receipts", "--stack", name, "--json"], { env, cwd: below });
    expect(found, name).toMatchObject({ code: 0 });
    expect(JSON.parse(found.stdout).receipts).toHaveLength(1);
  }
  await mkdir(join(project, "program"));
  await writeFile(join(project, "Pulumi.yaml"), "name: shop\nmain: program # where it is\nruntime: nodejs\n");
  await rename(join(project, "kept.jsonl"), join(project, "program", "kept.jsonl"));
  expect(await oauthClients(asked, { env })).toMatchObject({ code: 0 });
});

test("a torn line is named and fails the command, and the others are counted all the same", async () => {
  const file = await fileOf(receipt("1"), lineOf(receipt("2")).slice(0, 80), receipt("3"));
  const { code, stdout, stderr } = await oauthClients(["receipts", file]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout.split("\n").slice(-3)).toEqual([
    expect.stringMatching(/^2 clients: 2 deleted/),
    `Not all of ${file} counts: line 2 is torn.`,
    "",
  ]);
});

describe("lines that do not count are named in a report", () => {
  const torn = lineOf(receipt("2")).slice(0, 80);
  const reportOf = async (file: string, ...options: string[]) => {
    const { code, stdout, stderr } = await oauthClients(["receipts", file, ...options]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `oauth-clients: Not all of ${file} counts: line 2 is torn.\n`,
    });
    return stdout;
  };

  test("as data", async () => {
    const file = await fileOf(receipt("1"), torn);
    const { unreadable } = JSON.parse(await reportOf(file, "--json"));
    expect(unreadable).toEqual([{ file, altered: [], torn: [2], newer: [], other: [] }]);
  });

  test("as JUnit, by a failing case", async () => {
    const file = await fileOf(receipt("1"), torn);
    const stdout = await reportOf(file, "--format", "junit");
    expect(stdout).toContain('<testsuite name="oauth-clients.receipts" tests="2" failures="1"');
    expect(stdout).toContain(`<failure message="Not all of ${file} counts: line 2 is torn.">`);
  });

  test("as Markdown, below the totals, as nobody's markup", async () => {
    const file = await fileOf(receipt("1"), torn);
    const [, complaint, table] = (await reportOf(file, "--format", "markdown")).split("\n\n");
    expect(complaint).toBe(`\`Not all of ${file} counts: line 2 is torn.\``);
    expect(table).toContain("| `Client 1` |");
  });

  test("as Markdown of so many characters at most, in brief where there are many files", async () => {
    const files = await Promise.all(Array.from({ length: 40 }, (_, at) => fileOf(receipt(`c-${at}`), torn)));
    const { code, stdout } = await oauthClients([
      ...["receipts", ...files, "--format", "markdown", "--max-length", "2000"],
    ]);
    expect(code).toBe(1);
    expect(stdout.length).toBeLessThanOrEqual(2_000);
    const [, complaint, table] = stdout.split("\n\n");
    expect(complaint).toBe("In 40 files, lines do not count: `oauth-clients receipts --verify` says which.");
    expect(table).toContain("| `Client c-0` |");
  });

  test("as a page", async () => {
    const file = await fileOf(receipt("1"), torn);
    const stdout = await reportOf(file, "--format", "html");
    expect(stdout).toContain(`<p><strong>Not all of ${file} counts: line 2 is torn.</strong></p>`);
  });

  test("as a table in a file", async () => {
    const [file, output] = [await fileOf(receipt("1"), torn), join(folder, "table.txt")];
    expect(await reportOf(file, "--output", output)).toBe("");
    expect(await readFile(output, "utf8")).toContain(`\nNot all of ${file} counts: line 2 is torn.\n`);
  });
});

test("a file whose one line is torn is a receipts file of which nothing counts", async () => {
  const file = await fileOf(lineOf(receipt("1")).slice(0, 80));
  const { code, stdout } = await oauthClients(["receipts", file]);
  expect(code).toBe(1);
  expect(stdout).toContain(`Not all of ${file} counts: line 1 is torn.`);
});

test("a file without any receipt is no receipts file, and is not shown as one", async () => {
  const { code, stdout, stderr } = await oauthClients(["receipts", await fileOf(...Array(116).fill("# notes"))]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("is no receipts file: none of its lines is a receipt");
  expect(stderr.length).toBeLessThan(400);
});

test("a file that is not there, and none at all, are errors that say what to do", async () => {
  const missing = await oauthClients(["receipts", join(folder, "none.jsonl")]);
  expect(missing).toMatchObject({ code: 2, stdout: "" });
  expect(missing.stderr).toContain("none.jsonl cannot be read: ENOENT");
  const unnamed = await oauthClients(["receipts"]);
  expect(unnamed).toMatchObject({ code: 2, stdout: "" });
  expect(unnamed.stderr).toContain("OAUTH_CLIENTS_RECEIPTS_FILE");
});

test("an empty file is a table of nothing: sums that nobody knows are no zeros", async () => {
  const { code, stdout } = await oauthClients(["receipts", await fileOf()]);
  expect(code).toBe(0);
  expect(stdout).toBe(
    "0 clients; nobody says how many tokens were revoked, nobody says how many sessions were ended.\n",
  );
});
