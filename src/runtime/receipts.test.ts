import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { writtenReceipt } from "../../test/unit/facts.ts";
import { parseReceipts } from "../core/receipts-file.ts";
import { appendReceipt, notLonger } from "./receipts.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "receipts-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const receipt = (id: string, padding = "") =>
  writtenReceipt({ id, name: `Bot ${id}\nwith a line break ${padding}`, httpStatus: 204 });

test("receipts are appended, a line each, to a file and folder that are made where they are missing", async () => {
  const file = join(folder(), "a", "receipts.jsonl");
  await appendReceipt(file, receipt("1"));
  await appendReceipt(file, receipt("2"));
  const text = readFileSync(file, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  expect(parseReceipts(text)).toEqual({ receipts: [receipt("1"), receipt("2")], unreadableLines: [] });
});

test.each([null, 0o666, 0o644, 0o640])(
  "a file is readable for nobody else, also if it was there with mode %o",
  async (mode) => {
    const file = join(folder(), "receipts.jsonl");
    if (mode !== null) {
      writeFileSync(file, "");
      chmodSync(file, mode);
    }
    await appendReceipt(file, receipt("1"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  },
);

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

test("receipts of several processes do not mix", async () => {
  const file = join(folder(), "receipts.jsonl");
  const program = `
    const { appendReceipt } = await import(${JSON.stringify(new URL("receipts.ts", import.meta.url))});
    const [, file, id] = process.argv;
    const receipt = { ...${JSON.stringify(receipt(""))}, id, name: "x".repeat(5_000) };
    for (let count = 0; count < 30; count += 1) await appendReceipt(file, receipt);`;
  const run = promisify(execFile);
  const ids = ["1", "2", "3"];
  await Promise.all(ids.map((id) => run(process.execPath, ["--input-type=module", "-e", program, file, id])));
  const { receipts, unreadableLines } = parseReceipts(readFileSync(file, "utf8"));
  expect(unreadableLines).toEqual([]);
  for (const id of ids) expect(receipts.filter((one) => one.id === id)).toHaveLength(30);
});

test("a place that cannot be written is an error that says why", async () => {
  const path = folder();
  await expect(appendReceipt(path, receipt("1"))).rejects.toMatchObject({ code: "EISDIR" });
  writeFileSync(join(path, "file"), "");
  await expect(appendReceipt(join(path, "file", "receipts.jsonl"), receipt("1"))).rejects.toThrow(/ENOTDIR|EEXIST/);
});

test("more than the last folder is not made: the error names what is missing", async () => {
  const path = folder();
  const failed = appendReceipt(join(path, "a", "b", "receipts.jsonl"), receipt("1"));
  await expect(failed).rejects.toThrow(`the folder ${join(path, "a")} does not exist`);
  expect(readdirSync(path)).toEqual([]);
});

test("no folder is made at the root of the disk", async () => {
  const mistyped = `/${randomUUID()}`;
  await expect(appendReceipt(`${mistyped}/receipts.jsonl`, receipt("1"))).rejects.toThrow(
    `the folder ${mistyped} does not exist`,
  );
  expect(existsSync(mistyped)).toBe(false);
});

describe.skipIf(process.platform === "win32")("what is no regular file of ours gets no receipts:", () => {
  test("a symbolic link, whatever it leads to", async () => {
    const path = folder();
    const [link, target] = [join(path, "receipts.jsonl"), join(path, "target")];
    symlinkSync(target, link);
    await expect(appendReceipt(link, receipt("1"))).rejects.toThrow("symbolic link; name the file itself");
    expect(existsSync(target)).toBe(false);
    writeFileSync(target, "");
    await expect(appendReceipt(link, receipt("1"))).rejects.toThrow("symbolic link; name the file itself");
    expect(readFileSync(target, "utf8")).toBe("");
  });

  test("but a folder on the way may be one", async () => {
    const path = folder();
    mkdirSync(join(path, "real"));
    symlinkSync(join(path, "real"), join(path, "link"));
    await appendReceipt(join(path, "link", "receipts.jsonl"), receipt("1"));
    expect(existsSync(join(path, "real", "receipts.jsonl"))).toBe(true);
  });

  test("a pipe, with and without a reader, which nobody waits for", async () => {
    const pipe = join(folder(), "receipts.jsonl");
    execFileSync("mkfifo", [pipe]);
    await expect(appendReceipt(pipe, receipt("1"))).rejects.toThrow("it is not a regular file");
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    await expect(appendReceipt(pipe, receipt("1"))).rejects.toThrow("it is not a regular file");
    expect(readSync(reader, Buffer.alloc(1))).toBe(0);
  });

  test("a device", async () => {
    await expect(appendReceipt("/dev/zero", receipt("1"))).rejects.toThrow("it is not a regular file");
  });

  test("a file of another user", async () => {
    const file = join(folder(), "receipts.jsonl");
    writeFileSync(file, "");
    vi.spyOn(process, "geteuid").mockReturnValue(statSync(file).uid + 1);
    await expect(appendReceipt(file, receipt("1"))).rejects.toThrow("it belongs to another user");
    expect(readFileSync(file, "utf8")).toBe("");
  });
});

test("the null device is how one says that no receipt is wanted", async () => {
  await appendReceipt(devNull, receipt("1"));
});

test("a disk that does not answer is an error, not a wait", async () => {
  await expect(notLonger(new Promise(() => {}), 10)).rejects.toThrow("the disk had not taken it after 0.01 s");
  await notLonger(Promise.resolve(), 60_000);
});
