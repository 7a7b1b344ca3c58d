import { OAuthClientsError } from "../../core/errors.ts";
import { linesInBrief, linesOf, type ReadReceipts, unreadableIn } from "../../core/receipts-file.ts";
import { counted, joined, type Message, say } from "../../core/text.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf, type TestCase } from "../output/junit.ts";
import { markdownTable } from "../output/markdown.ts";
import { jsonOf, print } from "../output/print.ts";
import { proseOf } from "../output/prose.ts";
import { type Column, exactSheetOf, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { named } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import { assertReceiptsFile, nameOf, textOfReceipts } from "./files.ts";
import type { ReceiptsOptions } from "./options.ts";

/** What the lines of a file are. Lists have numbers of lines, from 1. */
interface Verified {
  file: string;
  /** How many there are, without empty ones. */
  lines: number;
  intact: number;
  /** Written before lines had a checksum. */
  beforeChecksums: number;
  unreadable: ReadReceipts["unreadable"];
  /** Receipts that an earlier line of these files has too; they are among those above. */
  duplicates: number[];
}

/** Says of each file whether its lines are as they were written. */
export async function verified(files: readonly string[], options: ReceiptsOptions): Promise<ExitCode> {
  const seen = new Set<string>();
  const all: Verified[] = [];
  for (const file of files) all.push(verifiedFile(file, await textOfReceipts(file), seen));
  const findings = all.map(findingIn).filter((finding) => finding !== null);
  const isGood = findings.length === 0;
  const said = [...findings, ...all.flatMap(notesOn), summaryOf(all)].map((message) => REDACTOR.show(message));
  const shown = COLUMNS.filter(({ key, cell }) => ALWAYS.has(key) || all.some((one) => cell(one) !== 0));
  await print(options, {
    table: ({ width, styled }) => {
      const table = tableOf(sheetOf(shown, all), width, (title) => styled("bold", title));
      return `${table}${said.map((line) => `${proseOf(line, width)}\n`).join("")}`;
    },
    json: () => jsonOf({ ok: isGood, files: all.map(({ unreadable, ...rest }) => ({ ...rest, ...unreadable })) }),
    csv: () => csvOf(exactSheetOf(COLUMNS, all)),
    markdown: () => [...said, markdownTable(sheetOf(shown, all))].join("\n\n"),
    junit: () => junitOf("receipts", all.map(asTestCase)),
    html: () => {
      throw new OAuthClientsError(
        "configuration-invalid",
        say`--format html is a page of receipts: --verify has none.`,
      );
    },
  });
  return isGood ? EXIT.ok : EXIT.finding;
}

/** @param seen what the lines of earlier files say; those of this one are added */
function verifiedFile(file: string, text: string, seen: Set<string>): Verified {
  const found: Verified = {
    file,
    lines: 0,
    intact: 0,
    beforeChecksums: 0,
    unreadable: { altered: [], torn: [], newer: [], other: [] },
    duplicates: [],
  };
  for (const line of linesOf(text)) {
    found.lines += 1;
    if (line.is !== "intact" && line.is !== "unchecked") {
      found.unreadable[line.is].push(line.number);
      continue;
    }
    if (line.is === "intact") found.intact += 1;
    else found.beforeChecksums += 1;
    if (seen.has(line.key)) found.duplicates.push(line.number);
    seen.add(line.key);
  }
  assertReceiptsFile(file, found.lines, found.unreadable);
  return found;
}

/** What is not as it should be; null where all is. */
function findingIn({ file, unreadable }: Verified): Message | null {
  const said = unreadableIn({ unreadable });
  return said === "" ? null : say`${nameOf(file)}: ${said}.`;
}

/** What is to be known besides. */
function notesOn({ file, beforeChecksums, duplicates }: Verified): Message[] {
  const notes: Message[] = [];
  if (beforeChecksums > 0) {
    notes.push(
      say`${nameOf(file)}: ${counted(beforeChecksums, "line")} written before there were checksums; whether altered since, nobody can tell.`,
    );
  }
  if (duplicates.length > 0) {
    const repeat = duplicates.length === 1 ? "repeats" : "repeat";
    notes.push(
      say`${nameOf(file)}: ${linesInBrief(duplicates)} ${repeat} what stands before; each client counts once.`,
    );
  }
  return notes;
}

function summaryOf(all: readonly Verified[]): Message {
  const sum = (key: "intact" | "lines") => all.reduce((total, one) => total + one[key], 0);
  return say`${sum("intact")} of ${counted(sum("lines"), "line")} ${sum("intact") === 1 ? "is" : "are"} intact.`;
}

/** A list as a table has it, and as programs do. */
function listColumn(title: string, key: string, listIn: (one: Verified) => readonly number[]): Column<Verified> {
  return { title, key, cell: (one) => listIn(one).length, exact: (one) => named(listIn(one).join(" ")) };
}

const COLUMNS: readonly Column<Verified>[] = [
  { title: "file", key: "file", cell: ({ file }) => REDACTOR.show(nameOf(file)), cut: "middle" },
  { title: "lines", key: "lines", cell: ({ lines }) => lines },
  { title: "intact", key: "intact", cell: ({ intact }) => intact },
  { title: "before checksums", key: "beforeChecksums", cell: ({ beforeChecksums }) => beforeChecksums },
  listColumn("altered", "altered", ({ unreadable }) => unreadable.altered),
  listColumn("torn", "torn", ({ unreadable }) => unreadable.torn),
  listColumn("newer", "newer", ({ unreadable }) => unreadable.newer),
  listColumn("no receipts", "other", ({ unreadable }) => unreadable.other),
  listColumn("duplicates", "duplicates", ({ duplicates }) => duplicates),
];

/** What every file has always has a column; what no file has needs none. */
const ALWAYS: ReadonlySet<string> = new Set(["file", "lines", "intact"]);

function asTestCase(one: Verified): TestCase {
  const finding = findingIn(one);
  return {
    name: String(REDACTOR.show(nameOf(one.file))),
    group: "receipts",
    failure: finding === null ? null : REDACTOR.show(finding),
    output: REDACTOR.show(joined([...notesOn(one), summaryOf([one])])),
  };
}
