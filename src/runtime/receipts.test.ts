import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { writtenReceipt } from "../../test/unit/facts.ts";
import { receiptLine } from "../core/receipt-line.ts";
import { parseReceipts } from "../core/receipts-file.ts";
import { appendLine, notLonger } from "./receipts.ts";
import { problemWithReceiptsFile } from "./receipts-place.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "receipts-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const receipt = (id: string, padding = "") =>
  writtenReceipt({ id, name: `Bot ${id}\nwith a line break ${padding}`, httpStatus: 204 });
const line = (id: string, padding = "") => receiptLine(receipt(id, padding));

test("receipts are appended, a line each, to a file and folder that are made where they are missing", async () => {
  const file = join(folder(), "a", "receipts.jsonl");
  await appendLine(file, line("1"));
  await appendLine(file, line("2"));
  const text = readFileSync(file, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  expect(parseReceipts(text)).toMatchObject({ receipts: [receipt("1"), receipt("2")], unreadableLines: [] });
});

test.each([null, 0o666, 0o644, 0o640])(
  "a file is readable for nobody else, also if it was there with mode %o",
  async (mode) => {
    const file = join(folder(), "receipts.jsonl");
    if (mode !== null) {
      writeFileSync(file, "");
      chmodSync(file, mode);
    }
    await appendLine(file, line("1"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  },
);

test("receipts of parallel deletions do not mix", async () => {
  const file = join(folder(), "receipts.jsonl");
  const ids = Array.from({ length: 50 }, (_, index) => String(index));
  await Promise.all(ids.map((id) => appendLine(file, line(id, "x".repeat(5_000)))));
  const { receipts, unreadableLines } = parseReceipts(readFileSync(file, "utf8"));
  expect(unreadableLines).toEqual([]);
  expect(receipts.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(ids.map(Number));
});

test("a receipt after a torn line is not lost with it", async () => {
  const file = join(folder(), "receipts.jsonl");
  writeFileSync(file, line("1").slice(0, 60));
  await appendLine(file, line("2"));
  await appendLine(file, line("3"));
  expect(parseReceipts(readFileSync(file, "utf8"))).toMatchObject({
    receipts: [receipt("2"), receipt("3")],
    unreadable: { torn: [1] },
  });
});

test("a place that cannot be written is an error that says why", async () => {
  const path = folder();
  await expect(appendLine(path, line("1"))).rejects.toMatchObject({ code: "EISDIR" });
  writeFileSync(join(path, "file"), "");
  await expect(appendLine(join(path, "file", "receipts.jsonl"), line("1"))).rejects.toThrow(/ENOTDIR|EEXIST/);
});

test("more than the last folder is not made: the error names what is missing", async () => {
  const path = folder();
  const failed = appendLine(join(path, "a", "b", "receipts.jsonl"), line("1"));
  await expect(failed).rejects.toThrow(`the folder ${join(path, "a")} does not exist`);
  expect(readdirSync(path)).toEqual([]);
});

test("no folder is made at the root of the disk", async () => {
  const mistyped = `/${randomUUID()}`;
  await expect(appendLine(`${mistyped}/receipts.jsonl`, line("1"))).rejects.toThrow(
    `the folder ${mistyped} does not exist`,
  );
  expect(existsSync(mistyped)).toBe(false);
});

describe.skipIf(process.platform === "win32")("what is no regular file of ours gets no receipts:", () => {
  test("a symbolic link, whatever it leads to", async () => {
    const path = folder();
    const [link, target] = [join(path, "receipts.jsonl"), join(path, "target")];
    symlinkSync(target, link);
    await expect(appendLine(link, line("1"))).rejects.toThrow("symbolic link; name the file itself");
    expect(existsSync(target)).toBe(false);
    writeFileSync(target, "");
    await expect(appendLine(link, line("1"))).rejects.toThrow("symbolic link; name the file itself");
    expect(readFileSync(target, "utf8")).toBe("");
  });

  test("but a folder on the way may be one", async () => {
    const path = folder();
    mkdirSync(join(path, "real"));
    symlinkSync(join(path, "real"), join(path, "link"));
    await appendLine(join(path, "link", "receipts.jsonl"), line("1"));
    expect(existsSync(join(path, "real", "receipts.jsonl"))).toBe(true);
  });

  test("a pipe, with and without a reader, which nobody waits for", async () => {
    const pipe = join(folder(), "receipts.jsonl");
    execFileSync("mkfifo", [pipe]);
    await expect(appendLine(pipe, line("1"))).rejects.toThrow("it is not a regular file");
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    await expect(appendLine(pipe, line("1"))).rejects.toThrow("it is not a regular file");
    expect(readSync(reader, Buffer.alloc(1))).toBe(0);
  });

  test.each(["/dev/zero", "/dev/full", "/dev/tty"])("a device: %s", async (device) => {
    await expect(appendLine(device, line("1"))).rejects.toThrow(/it is not a regular file|ENXIO/);
  });

  test.skipIf(!lstatSync("/dev/stdout", { throwIfNoEntry: false })?.isSymbolicLink())(
    "what a process prints",
    async () => {
      await expect(appendLine("/dev/stdout", line("1"))).rejects.toThrow("symbolic link; name the file itself");
    },
  );

  test("a file of another user", async () => {
    const file = join(folder(), "receipts.jsonl");
    writeFileSync(file, "");
    vi.spyOn(process, "geteuid").mockReturnValue(statSync(file).uid + 1);
    await expect(appendLine(file, line("1"))).rejects.toThrow("it belongs to another user");
    expect(await problemWithReceiptsFile(file)).toBe("belongs to another user");
    expect(readFileSync(file, "utf8")).toBe("");
  });
});

test("the null device is how one says that no receipt is wanted", async () => {
  await appendLine(devNull, line("1"));
});

/** What all open files have in common, so that what one of them does can be interfered with. */
async function fileMethods(): Promise<FileHandle> {
  const handle = await open(devNull);
  await handle.close();
  return Object.getPrototypeOf(handle);
}

test("a file that is removed while a receipt is written does not take it along, as long as that has an end", async () => {
  const file = join(folder(), "receipts.jsonl");
  const sync = vi.spyOn(await fileMethods(), "sync");
  const remove = async () => unlinkSync(file);
  sync.mockImplementationOnce(remove).mockImplementationOnce(remove);
  await appendLine(file, line("1"));
  expect(parseReceipts(readFileSync(file, "utf8"))).toMatchObject({ receipts: [receipt("1")], unreadableLines: [] });
  sync.mockImplementation(remove);
  await expect(appendLine(file, line("2"))).rejects.toThrow("it was removed each time it was written");
});

test("of a line that found room for a part of it, all is written once more", async () => {
  const file = join(folder(), "receipts.jsonl");
  const write = vi.spyOn(await fileMethods(), "write");
  const writePart = async (data: unknown) => {
    if (!Buffer.isBuffer(data)) throw new Error("no bytes");
    writeFileSync(file, data.subarray(0, 50), { flag: "a" });
    return { bytesWritten: 50, buffer: "" };
  };
  write.mockImplementationOnce(writePart);
  await appendLine(file, line("1"));
  expect(parseReceipts(readFileSync(file, "utf8"))).toMatchObject({
    receipts: [receipt("1")],
    unreadable: { torn: [1] },
  });
  write.mockImplementationOnce(writePart).mockImplementationOnce(writePart);
  await expect(appendLine(file, line("2"))).rejects.toThrow(/^only 50 of \d+ bytes could be written$/);
  await appendLine(file, line("3"));
  expect(parseReceipts(readFileSync(file, "utf8")).receipts).toEqual([receipt("1"), receipt("3")]);
});

test("a disk that does not answer is an error, not a wait", async () => {
  await expect(notLonger(new Promise(() => {}), 10)).rejects.toThrow("the disk had not taken it after 0.01 s");
  await notLonger(Promise.resolve(), 60_000);
});
