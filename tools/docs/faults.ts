/** What docs/reliability.md shows of the fault tables, which the tests have written. */
import { readFileSync } from "node:fs";
import type { Case } from "../../test/faults/cases.ts";
import { NOT_PROMISED } from "../../test/faults/not-promised.ts";
import { markdownTable } from "./markdown.ts";

/** By operation and fault. */
type Table = Readonly<Record<string, Readonly<Record<string, Case>>>>;

const VENDORS = { rezolve: "Rezolve.ai", nexus: "ECI Nexus" } as const;

function tableOf(vendor: keyof typeof VENDORS): Table {
  return JSON.parse(readFileSync(new URL(`../../test/golden/faults-${vendor}.json`, import.meta.url), "utf8"));
}

/** The parts of the page, by their names. */
export function faultTables(): Record<string, string> {
  const tables = Object.entries(VENDORS).map(([vendor, title]) => ({
    vendor,
    title,
    table: tableOf(vendor as keyof typeof VENDORS),
  }));
  const counts = tables.map(({ title, table }) => `${casesIn(table).length} cases at ${title}`);
  const faults = new Set(tables.flatMap(({ table }) => Object.values(table).flatMap(Object.keys)));
  return {
    counts: `${faults.size} faults, ${new Set(tables.flatMap(({ table }) => Object.keys(table))).size} operations: ${counts.join(", ")}.`,
    ...Object.fromEntries(tables.map(({ vendor, table }) => [vendor, matrix(table)])),
    readings: tables.map(({ title, table }) => readings(title, table)).join("\n\n"),
    exceptions: NOT_PROMISED.map(
      ({ operations, fault, vendors, because }) =>
        `- **${operations.join(", ")}** × **${fault}** (${vendors.map((vendor) => VENDORS[vendor]).join(", ")}): ${because}.`,
    ).join("\n"),
  };
}

function casesIn(table: Table): Case[] {
  return Object.values(table).flatMap(Object.values);
}

const SIGNS: Readonly<Record<string, string>> = { done: "✓", unchanged: "=", said: "?" };

/** A row for each fault, a column for each operation. */
function matrix(table: Table): string {
  const operations = Object.keys(table);
  const faults = Object.keys(table[operations[0] ?? ""] ?? {});
  const rows = faults.map((fault) => [fault, ...operations.map((operation) => cell(table[operation]?.[fault]))]);
  return markdownTable(["", ...operations], rows);
}

function cell(one: Case | undefined): string {
  if (one === undefined) return "";
  const sign = SIGNS[one.ending] ?? "✗";
  const requests = one.requests === "–" ? "" : ` ${one.requests === "several" ? "3+" : one.requests}`;
  const held = one.state === "a claim" ? " c" : one.state === "unfinished" ? " u" : "";
  return `${sign}${requests}${held}`;
}

/** Of these operations, the page has what people read; of all of them, the tables of the tests. */
const SHOWN = ["create", "delete"];

/** What people read, each sentence once with how often. */
function readings(title: string, table: Table): string {
  const parts = SHOWN.map((operation) => {
    const cases = table[operation] ?? {};
    const found = new Map<string, number>();
    for (const { ending, reads } of Object.values(cases)) {
      if (ending === "done" || !(ending in SIGNS)) continue;
      found.set(reads, (found.get(reads) ?? 0) + 1);
    }
    const lines = [...found].map(([reads, count]) => `- ${count} × \`${reads.replaceAll("`", "'")}\``);
    return `**${operation}**\n\n${lines.join("\n")}`;
  });
  return `<details><summary>What a failure says at ${title}</summary>\n\n${parts.join("\n\n")}\n\n</details>`;
}
