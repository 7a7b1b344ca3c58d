import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writtenReceipt } from "../../test/unit/facts.ts";
import { parseReceipts } from "../core/receipt.ts";
import { appendReceipt } from "./receipts.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "receipts-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const receipt = (id: string, padding = "") =>
  writtenReceipt({ id, name: `Bot ${id}\nwith a line break ${padding}`, httpStatus: 204 });

test("receipts are appended, a line each, to a file and folder that are made where they are missing", async () => {
  const file = join(folder(), "a", "b", "receipts.jsonl");
  await appendReceipt(file, receipt("1"));
  await appendReceipt(file, receipt("2"));
  const text = readFileSync(file, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  expect(parseReceipts(text)).toEqual({ receipts: [receipt("1"), receipt("2")], unreadableLines: [] });
});

test("a file is readable for nobody else", async () => {
  const file = join(folder(), "receipts.jsonl");
  await appendReceipt(file, receipt("1"));
  expect(statSync(file).mode & 0o077).toBe(0);
});

test("receipts of parallel deletions do not mix", async () => {
  const file = join(folder(), "receipts.jsonl");
  const ids = Array.from({ length: 50 }, (_, index) => String(index));
  await Promise.all(ids.map((id) => appendReceipt(file, receipt(id, "x".repeat(5_000)))));
  const { receipts, unreadableLines } = parseReceipts(readFileSync(file, "utf8"));
  expect(unreadableLines).toEqual([]);
  expect(receipts.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(ids.map(Number));
});

test("a receipt after a torn line is not lost with it", async () => {
  const file = join(folder(), "receipts.jsonl");
  writeFileSync(file, JSON.stringify(receipt("1")).slice(0, 60));
  await appendReceipt(file, receipt("2"));
  await appendReceipt(file, receipt("3"));
  expect(parseReceipts(readFileSync(file, "utf8"))).toEqual({
    receipts: [receipt("2"), receipt("3")],
    unreadableLines: [1],
  });
});

test("a place that cannot be written is an error that says why", async () => {
  const path = folder();
  await expect(appendReceipt(path, receipt("1"))).rejects.toMatchObject({ code: "EISDIR" });
  writeFileSync(join(path, "file"), "");
  await expect(appendReceipt(join(path, "file", "receipts.jsonl"), receipt("1"))).rejects.toThrow(/ENOTDIR|EEXIST/);
});
