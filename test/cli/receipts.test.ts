import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Receipt } from "pulumi-oauth-clients/automation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { receipt as receiptWith } from "../unit/facts.ts";
import { oauthClients } from "./command.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-receipts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function fileOf(...lines: (Receipt | string)[]): Promise<string> {
  const file = join(folder, `receipts-${++files}.jsonl`);
  await writeFile(file, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
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

/** The cells of the table's rows. */
function rowsOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("│"))
    .map((line) =>
      line
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test("shows each client once as a row, with totals that say how many counts nobody knows", async () => {
  // The second run of an interrupted destroy: client 1 once more, already gone.
  const file = await fileOf(
    receipt("1"),
    receipt("2", { tokensRevoked: 0, activeSessionsTerminated: 0 }),
    gone("1"),
    gone("3"),
  );
  const { code, stdout, stderr } = await oauthClients(["receipts", file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(rowsOf(stdout)).toEqual([
    ["client", "tenant", "outcome", "tokens revoked", "sessions ended", "deleted at", "by"],
    ["Client 1", "t-1", "deleted", "3", "1", "2026-05-04T10:00:00.000Z", "Ada Example"],
    ["Client 2", "t-1", "deleted", "0", "0", "2026-05-04T10:00:00.000Z", "Ada Example"],
    ["Client 3", "t-1", "already-gone", "–", "–", "–", "–"],
    ["total: 3", "", "2 deleted, 1 already-gone", "3 (+ 1 not said)", "1 (+ 1 not said)", "", ""],
  ]);
});

test("shows a deletion that nobody confirmed until a later run found out", async () => {
  const open = (id: string): Receipt => ({ ...gone(id), outcome: "unconfirmed", verified: null, responseLost: true });
  const file = await fileOf(open("1"), open("2"), { ...gone("1"), responseLost: true });
  const { stdout } = await oauthClients(["receipts", file]);
  expect(rowsOf(stdout).map(([client, , outcome]) => [client, outcome])).toEqual([
    ["client", "outcome"],
    ["Client 1", "already-gone (response lost)"],
    ["Client 2", "unconfirmed"],
    ["total: 2", "1 already-gone, 1 unconfirmed"],
  ]);
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
  });
});

test("takes the file from the environment where none is named", async () => {
  const file = await fileOf(receipt("1"));
  const { code, stdout } = await oauthClients(["receipts"], { env: { OAUTH_CLIENTS_RECEIPTS_FILE: file } });
  expect(code).toBe(0);
  expect(stdout).toContain("Client 1");
});

test("a torn line is named and fails the command, and the others are counted all the same", async () => {
  const file = await fileOf(receipt("1"), JSON.stringify(receipt("2")).slice(0, 80), receipt("3"));
  const { code, stdout, stderr } = await oauthClients(["receipts", file]);
  expect(code).toBe(1);
  expect(rowsOf(stdout).map(([client]) => client)).toEqual(["client", "Client 1", "Client 3", "total: 2"]);
  expect(stderr).toContain("lines that are no receipts: 2.");
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("a file without any receipt is no receipts file, and is not shown as one", async () => {
  const { code, stdout, stderr } = await oauthClients(["receipts", await fileOf(...Array(116).fill("# notes"))]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("is no receipts file: none of its lines is a receipt");
  expect(stderr.length).toBeLessThan(400);
});

test("a file that is not there, and none at all, are errors that say what to do", async () => {
  const missing = await oauthClients(["receipts", join(folder, "none.jsonl")]);
  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toContain("none.jsonl cannot be read: ENOENT");
  const unnamed = await oauthClients(["receipts"]);
  expect(unnamed).toMatchObject({ code: 1, stdout: "" });
  expect(unnamed.stderr).toContain("OAUTH_CLIENTS_RECEIPTS_FILE");
});

test("an empty file is a table of nothing: sums that nobody knows are no zeros", async () => {
  const { code, stdout } = await oauthClients(["receipts", await fileOf()]);
  expect(code).toBe(0);
  expect(rowsOf(stdout).at(-1)).toEqual(["total: 0", "", "", "–", "–", "", ""]);
});
