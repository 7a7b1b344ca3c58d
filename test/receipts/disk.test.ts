/** Receipts on disks that are full, read-only, limited, or taken away: each line that was said to be written is there, whole. */
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseReceipts, type ReadReceipts } from "../../src/core/receipts-file.ts";
import { appendLine } from "../../src/runtime/receipts.ts";
import { type Ended, execute } from "../cli/command.ts";
import { folder, permitted, readOnly, smallDisk } from "../disk.ts";
import { lineOf, receipt } from "../unit/facts.ts";

const WRITER = fileURLToPath(new URL("writer.ts", import.meta.url));

/** Lets processes write receipts at the same time, each so many. */
function writing(file: string, names: readonly string[], count: number): Promise<Ended[]> {
  return Promise.all(names.map((name) => execute(process.execPath, [WRITER, file, name, String(count)])));
}

/** The ids that a writer should have written. */
function idsOf(names: readonly string[], count: number): string[] {
  return names.flatMap((name) => Array.from({ length: count }, (_, at) => `${name}-${at}`)).sort();
}

function read(...files: string[]): ReadReceipts {
  return parseReceipts(files.map((file) => readFileSync(file, "utf8")).join(""));
}

const line = (id: string) => lineOf(receipt({ id, name: "x".repeat(600) }));

/** Until the disk takes no more. */
async function fill(file: string): Promise<{ ids: string[]; error: unknown }> {
  const ids: string[] = [];
  for (;;) {
    const id = `c-${ids.length}`;
    try {
      await appendLine(file, line(id));
    } catch (error) {
      return { ids, error };
    }
    ids.push(id);
  }
}

describe.skipIf(process.platform !== "linux")("a disk", () => {
  test("that is full says so, and when it has room again, only a part of the receipt in between is lost", async (context) => {
    const disk = smallDisk(context, 64);
    const [file, other] = [join(disk, "receipts.jsonl"), join(disk, "other")];
    writeFileSync(other, "x".repeat(32 * 1024));
    const { ids, error } = await fill(file);
    expect(error).toMatchObject({ code: "ENOSPC" });
    expect(ids.length).toBeGreaterThan(5);
    // The last page of the disk had room for the beginning.
    expect(readFileSync(file, "utf8").endsWith("\n")).toBe(false);
    unlinkSync(other);
    await appendLine(file, line("after"));
    const { receipts, unreadable } = read(file);
    expect(receipts.map(({ id }) => id)).toEqual([...ids, "after"]);
    expect(unreadable).toEqual({ altered: [], torn: [ids.length + 1], newer: [], other: [] });
  });

  test("whose file may only grow so far (ulimit -f) says so, and no process is killed by it", async () => {
    const file = join(folder(), "receipts.jsonl");
    const program = `ulimit -f 8 && exec "$0" "$@"`;
    const ended = await execute("bash", ["-c", program, process.execPath, WRITER, file, "c", "12"]);
    expect(ended.code).toBe(0);
    for (const said of ended.stderr.trim().split("\n")) expect(said).toContain("EFBIG");
    const written = ended.stdout.trim().split("\n");
    expect(written.length).toBeGreaterThan(3);
    expect(written.length).toBeLessThan(12);
    await appendLine(file, line("after"));
    expect(read(file).receipts.map(({ id }) => id)).toEqual([...written, "after"]);
  });

  test("that is read-only gets no receipt, of root neither, whether the file is there or not", async (context) => {
    const disk = folder();
    await appendLine(join(disk, "there.jsonl"), line("1"));
    readOnly(context, disk);
    for (const name of ["there.jsonl", "new.jsonl"]) {
      await expect(appendLine(join(disk, name), line("2"))).rejects.toMatchObject({ code: "EROFS" });
    }
  });

  test("may hold a file that can only grow (chattr +a), which a careless edit cannot touch", async (context) => {
    const file = join(folder(), "receipts.jsonl");
    await appendLine(file, line("1"));
    chmodSync(file, 0o644);
    permitted(context, "chattr", "+a", file);
    onTestFinished(() => void execFileSync("chattr", ["-a", file]));
    await appendLine(file, line("2"));
    expect(() => writeFileSync(file, "")).toThrow("EPERM");
    expect(read(file).receipts.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test("may hold a file that cannot change (chattr +i), which gets no receipt", async (context) => {
    const file = join(folder(), "receipts.jsonl");
    await appendLine(file, line("1"));
    permitted(context, "chattr", "+i", file);
    onTestFinished(() => void execFileSync("chattr", ["-i", file]));
    await expect(appendLine(file, line("2"))).rejects.toMatchObject({ code: "EPERM" });
  });

  test("has the receipt, and the folder of a new file, before the writer goes on", async (context) => {
    permitted(context, "strace", "-o", "/dev/null", "true");
    const home = folder();
    const [file, trace] = [join(home, "new", "receipts.jsonl"), join(home, "trace")];
    const calls = ["mkdir", "openat", "write", "pwrite64", "fsync", "fdatasync"];
    const asked = ["-f", "-y", "-s", "16", "-e", `trace=${calls.join(",")}`, "-o", trace];
    const ended = await execute("strace", [...asked, process.execPath, WRITER, file, "c", "2"]);
    expect(ended).toMatchObject({ code: 0, stdout: "c-0\nc-1\n" });
    const done = stepsIn(readFileSync(trace, "utf8"), home);
    expect(done).toEqual([
      "mkdir new",
      "fsync .",
      "write new/receipts.jsonl",
      "fsync new/receipts.jsonl",
      "fsync new",
      "write (standard output)",
      // The folder has the file by now.
      "write new/receipts.jsonl",
      "fsync new/receipts.jsonl",
      "write (standard output)",
    ]);
  });
});

/** Of a trace by strace, what was done in a folder, and what was printed. A call may be told in two parts, when others ran. */
function stepsIn(trace: string, home: string): string[] {
  return trace.split("\n").flatMap((text) => {
    const [, call = "", rest = ""] = /^\d+ +(\w+)\((.*)$/.exec(text) ?? [];
    if (call === "write" && rest.startsWith("1<")) return ["write (standard output)"];
    const path = /^\d+<(.*?)>/.exec(rest)?.[1] ?? /^"(.*?)"/.exec(rest)?.[1] ?? "";
    if (call === "openat" || !path.startsWith(home)) return [];
    return [`${call} ${path === home ? "." : path.slice(home.length + 1)}`];
  });
}

describe("a file that another program rotates between two receipts", () => {
  test("by renaming it: the next receipt is in a new file, and the renamed one is as it was", async () => {
    const file = join(folder(), "receipts.jsonl");
    const kept = new Set<string>();
    await appendLine(file, line("1"), kept);
    await rename(file, `${file}.1`);
    await appendLine(file, line("2"), kept);
    expect(read(`${file}.1`).receipts.map(({ id }) => id)).toEqual(["1"]);
    expect(read(file)).toMatchObject({ receipts: [{ id: "2" }], unreadableLines: [] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("by copying and emptying it (copytruncate): the next receipt is its first line", async () => {
    const file = join(folder(), "receipts.jsonl");
    const kept = new Set<string>();
    await appendLine(file, line("1"), kept);
    await copyFile(file, `${file}.1`);
    truncateSync(file);
    await appendLine(file, line("2"), kept);
    expect(read(`${file}.1`).receipts.map(({ id }) => id)).toEqual(["1"]);
    expect(readFileSync(file, "utf8")).toBe(`${line("2")}\n`);
  });
});

describe("many processes with one file", () => {
  const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];

  test("lose no receipt and mix none", async () => {
    const file = join(folder(), "receipts.jsonl");
    const ended = await writing(file, NAMES, 200);
    expect(ended.map(({ stderr }) => stderr)).toEqual(NAMES.map(() => ""));
    const { receipts, unreadableLines } = read(file);
    expect(unreadableLines).toEqual([]);
    expect(receipts.map(({ id }) => id).sort()).toEqual(idsOf(NAMES, 200));
  });

  test("lose none either while another program renames the file under them", async () => {
    const home = folder();
    const file = join(home, "receipts.jsonl");
    await mkdir(join(home, "rotated"));
    const writers = writing(file, NAMES.slice(0, 4), 50);
    let isDone = false;
    const ended = writers.finally(() => {
      isDone = true;
    });
    for (let at = 0; !isDone; at += 1) {
      await rename(file, join(home, "rotated", String(at))).catch(() => {});
      await new Promise((next) => setTimeout(next, 2));
    }
    expect((await ended).map(({ stderr }) => stderr)).toEqual(["", "", "", ""]);
    await rename(file, join(home, "rotated", "last")).catch(() => {});
    const rotated = (await readdir(join(home, "rotated"))).map((name) => join(home, "rotated", name));
    expect(rotated.length).toBeGreaterThan(3);
    const { receipts, unreadableLines } = read(...rotated);
    expect(unreadableLines).toEqual([]);
    expect(receipts.map(({ id }) => id).sort()).toEqual(idsOf(NAMES.slice(0, 4), 50));
  });
});
