/** `oauth-clients receipts --verify`: what the lines of receipts files are. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firstLineOf, lineOf, receipt } from "../unit/facts.ts";
import { CLI, execute, oauthClients } from "./command.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-verify-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const one = lineOf(receipt({ id: "1", tokensRevoked: 2 }));
const two = lineOf(receipt({ id: "2", tokensRevoked: 3 }));

async function fileOf(name: string, ...lines: string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  return file;
}

const NONE = { altered: [], torn: [], newer: [], other: [] };

test("lines that are as they were written are intact, each of them", async () => {
  const file = await fileOf("good.jsonl", one, two);
  const { code, stdout, stderr } = await oauthClients(["receipts", "--verify", file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["file", "lines", "intact"],
    [file, "2", "2"],
    ["2 of 2 lines are intact."],
    [""],
  ]);
});

describe("a file in which much has happened", () => {
  const lines = [
    firstLineOf(receipt({ id: "0" })),
    one,
    two.replace('"tokensRevoked":3', '"tokensRevoked":300'),
    two.slice(0, 80),
    "",
    '{"receipt":3,"whatever":true}',
    "# by hand",
    two.replace(/,"sha256":"\w+"/, ""),
    one,
  ];
  const expected = {
    lines: 8,
    intact: 2,
    beforeChecksums: 1,
    altered: [3, 8],
    torn: [4],
    newer: [6],
    other: [7],
    duplicates: [9],
  };

  test("is told line by line, and fails the command", async () => {
    const file = await fileOf("mixed.jsonl", ...lines);
    const { code, stdout, stderr } = await oauthClients(["receipts", "--verify", file]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout.trimEnd().split("\n").slice(2)).toEqual([
      `${file}: lines 3, 8 were altered after they were written; line 4 is torn; line 6 is of a newer version of this package; line 7 is no receipt.`,
      `${file}: 1 line written before there were checksums; whether altered since, nobody can tell.`,
      `${file}: line 9 repeats what stands before; each client counts once.`,
      "2 of 8 lines are intact.",
    ]);
  });

  test("is the same as data, and as a row for programs", async () => {
    const file = await fileOf("mixed.jsonl", ...lines);
    const json = await oauthClients(["receipts", "--verify", file, "--json"]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({ ok: false, files: [{ file, ...expected }] });
    const csv = await oauthClients(["receipts", "--verify", file, "--format", "csv"]);
    expect(csv.stdout.split("\r\n").slice(0, 2)).toEqual([
      "file,lines,intact,beforeChecksums,altered,torn,newer,other,duplicates",
      `${file},8,2,1,3 8,4,6,7,9`,
    ]);
    const junit = await oauthClients(["receipts", "--verify", file, "--format", "junit"]);
    expect(junit.stdout).toContain('tests="1" failures="1"');
    const markdown = await oauthClients(["receipts", "--verify", file, "--format", "markdown"]);
    expect(markdown.stdout).toContain("| 8 | 2 | 1 | 2 | 1 | 1 | 1 | 1 |");
  });

  test("counts for what it says that is intact or older, and the rest is named", async () => {
    const file = await fileOf("mixed.jsonl", ...lines);
    const { code, stdout, stderr } = await oauthClients(["receipts", file, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).totals).toMatchObject({ clients: 2, tokensRevoked: 2, unknownTokenCounts: 1 });
    expect(stderr).toBe(
      `oauth-clients: Not all of ${file} counts: lines 3, 8 were altered after they were written; line 4 is torn; line 6 is of a newer version of this package; line 7 is no receipt.\n`,
    );
  });
});

test("of several files and standard input, a receipt that an earlier one has is told, and nothing is wrong with it", async () => {
  const [first, second] = [await fileOf("first.jsonl", one), await fileOf("second.jsonl", two, one)];
  const typed = `'${process.execPath}' '${CLI}' receipts --verify '${first}' - --json < '${second}'`;
  const { code, stdout } = await execute("sh", ["-c", typed]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    ok: true,
    files: [
      { file: first, lines: 1, intact: 1, beforeChecksums: 0, duplicates: [], ...NONE },
      { file: "-", lines: 2, intact: 2, beforeChecksums: 0, duplicates: [2], ...NONE },
    ],
  });
});

test("a file of an earlier version alone is in order, and said not to be known", async () => {
  const file = await fileOf("old.jsonl", firstLineOf(receipt({ id: "1" })), firstLineOf(receipt({ id: "2" })));
  const { code, stdout } = await oauthClients(["receipts", "--verify", file]);
  expect(code).toBe(0);
  expect(stdout).toContain("2 lines written before there were checksums");
  expect(stdout).toContain("0 of 2 lines are intact.");
});

test("a file of a newer version is no error of the file, neither shown nor verified", async () => {
  const file = await fileOf("newer.jsonl", '{"receipt":3}');
  for (const asked of [
    ["receipts", file],
    ["receipts", "--verify", file],
  ]) {
    const { code, stdout, stderr } = await oauthClients(asked);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("line 1 is of a newer version of this package");
  }
});

test("what is no receipts file, a page, and filters beside it are refused", async () => {
  const notes = await oauthClients(["receipts", "--verify", await fileOf("notes.txt", "# a", "# b")]);
  expect(notes).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("is no receipts file") });
  const file = await fileOf("good.jsonl", one);
  const html = await oauthClients(["receipts", "--verify", file, "--format", "html"]);
  expect(html).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--verify has none") });
  for (const filter of ["--since", "--until", "--tenant", "--vendor", "--max-length"]) {
    const value = filter === "--vendor" ? "nexus" : filter === "--max-length" ? "9999" : "2026-01-01";
    const filtered = await oauthClients(["receipts", "--verify", file, filter, value]);
    expect(filtered, filter).toMatchObject({ code: 2, stdout: "" });
    expect(filtered.stderr).toContain("cannot be used with option");
  }
  const ofStack = await oauthClients(["receipts", "--verify", file, "--stack", "dev"]);
  expect(ofStack).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("looks at every line") });
  const onto = await oauthClients(["receipts", "--verify", file, "--output", file]);
  expect(onto).toMatchObject({ code: 2, stdout: "" });
  expect(await readFile(file, "utf8")).toBe(`${one}\n`);
});
