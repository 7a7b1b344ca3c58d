import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lineOf, receipt } from "../../test/unit/facts.ts";
import type { Receipt } from "../core/receipt.ts";
import { NO_SECRETS } from "../core/redaction.ts";
import { EarlierReceipts } from "./earlier-receipts.ts";

const OPEN = { outcome: "unconfirmed", httpStatus: 0, responseLost: true } as const;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "earlier-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function fileOf(receipts: readonly Receipt[], before = ""): string {
  const file = join(folder(), "receipts.jsonl");
  writeFileSync(file, before + receipts.map((one) => `${lineOf(one)}\n`).join(""));
  return file;
}

test.each<[string, Partial<Receipt>[], string | null]>([
  ["nothing", [], null],
  ["a DELETE that nobody confirmed", [OPEN], "open"],
  ["an abandoned one that may be deleted", [{ outcome: "abandoned", responseLost: true }], "open"],
  ["an abandoned one that is not", [{ outcome: "abandoned" }], null],
  ["one that an earlier try may have deleted", [{ outcome: "already-gone", responseLost: true }], "open"],
  ["one that was gone", [{ outcome: "already-gone" }], null],
  ["a deletion", [{ outcome: "deleted" }], "deleted"],
  ["a soft deletion", [{ outcome: "soft-deleted" }], "deleted"],
  ["a deletion after all", [OPEN, { outcome: "deleted" }], "deleted"],
  ["a deletion, and a later DELETE that nobody confirmed", [{ outcome: "deleted" }, OPEN], "deleted"],
])("an earlier run wrote down %s", async (_what, receipts, outcome) => {
  const earlier = new EarlierReceipts(() => [fileOf(receipts.map(receipt))]);
  expect((await earlier.of(receipt()))?.outcome ?? null).toBe(outcome);
});

test("it is told from other clients, tenants and vendors, and not from other kinds and realms", async () => {
  const earlier = new EarlierReceipts(() => [fileOf([receipt(OPEN)])]);
  for (const other of [{ id: "client-2" }, { tenantId: "tenant-2" }, { kind: "nexus:Client" }]) {
    expect(await earlier.of(receipt(other))).toBeNull();
  }
  expect(await earlier.of(receipt({ kind: "rezolve:OAuthClientDeletion" }))).toMatchObject({ outcome: "open" });
});

test("odd lines and what is no file of receipts cost nothing but themselves", async () => {
  const path = folder();
  const fifo = join(path, "fifo");
  execFileSync("mkfifo", [fifo]);
  const odd = ["", "{", "null", "[]", JSON.stringify({ receipt: 2 }), "x".repeat(200_000), '{"receipt":1}'].join("\n");
  const files = [join(path, "missing"), path, fifo, "/dev/null", fileOf([receipt(OPEN)], `${odd}\n`)];
  expect(await new EarlierReceipts(() => files).of(receipt())).toMatchObject({ outcome: "open" });
});

test("a file that is there and cannot be read is a doubt; one that is not, or never was one of receipts, is none", async () => {
  const path = folder();
  // Unlike permissions, which root does not need, this stops everybody.
  const circle = join(path, "circle");
  symlinkSync(circle, circle);
  const known = fileOf([receipt(OPEN)]);
  const files = [join(path, "missing"), join(known, "below"), path, "/dev/null", circle, known];
  const earlier = new EarlierReceipts(() => files);
  expect(await earlier.of(receipt())).toMatchObject({ outcome: "open" });
  expect((await earlier.doubts()).map((doubt) => NO_SECRETS.show(doubt))).toEqual([
    expect.stringMatching(
      `^The receipts file ${circle} cannot be read: .*ELOOP.* What it says of earlier deletions is not known here.$`,
    ),
  ]);
});

test("the files are read once, when it is first asked for, and of a long one the end", async () => {
  const lines = Array.from({ length: 9_000 }, (_, index) => receipt({ id: `other-${index}`, name: "x".repeat(4_000) }));
  const file = fileOf([receipt({ id: "first", ...OPEN }), ...lines, receipt(OPEN)]);
  let asked = 0;
  const earlier = new EarlierReceipts(() => {
    asked += 1;
    return [file];
  });
  expect(asked).toBe(0);
  expect(await earlier.of(receipt())).toMatchObject({ outcome: "open" });
  expect(await earlier.of(receipt({ id: "first" }))).toBeNull();
  // The line that the end begins within is no torn one.
  expect(await earlier.doubts()).toEqual([]);
  expect(asked).toBe(1);
});

test("what this run left open is known without a file, until it is settled", async () => {
  const earlier = new EarlierReceipts(() => []);
  earlier.note(receipt(OPEN));
  expect(await earlier.of(receipt())).toMatchObject({ outcome: "open" });
  earlier.note(receipt({ outcome: "deleted" }));
  expect(await earlier.of(receipt())).toBeNull();
});
