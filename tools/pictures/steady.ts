/** What is another thing with each run becomes always the same: ids, times, durations, ports, and the order of diagnostics. */
import { createHash } from "node:crypto";
import { type Cell, type Line, PLAIN } from "./screen.ts";

/** What a run has made. */
export interface Made {
  startedMs: number;
  /** Names of all clients by their ids. */
  clients: ReadonlyMap<string, string>;
}

/** When all runs are said to have been. */
const STARTED_MS = Date.parse("2026-11-24T09:00:00Z");

const HOUR_MS = 3_600_000;

/** Loopback ports that the system chooses have five digits. */
const PORT = "40100";

export function steady(lines: readonly Line[], made: Made): Line[] {
  return inSteadyOrder(lines.map((line) => steadyLine(line, made)));
}

/** Pulumi lists the diagnostics of resources in the order of chance; here they are in that of their names. */
function inSteadyOrder(lines: readonly Line[]): Line[] {
  const from = lines.findIndex((line) => textOf(line) === "Diagnostics:") + 1;
  const to = lines.findIndex((line) => textOf(line) === "Resources:");
  if (from === 0 || to < from) return [...lines];
  const blocks: Line[][] = [];
  for (const line of lines.slice(from, to)) {
    if (/^ {2}\S/.test(textOf(line))) blocks.push([line]);
    else blocks.at(-1)?.push(line);
  }
  const nameOf = ([heading = []]: readonly Line[]) => textOf(heading);
  const ordered = blocks.sort((one, other) => nameOf(one).localeCompare(nameOf(other), "en"));
  return [...lines.slice(0, from), ...ordered.flat(), ...lines.slice(to)];
}

function steadyLine(line: Line, { startedMs, clients }: Made): Line {
  const replacements: [RegExp, (match: string) => string][] = [
    [/client-[0-9a-f-]*(?:…[0-9a-f-]*)?/g, (id) => steadyId(id, clients)],
    [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g, (time) => steadyTime(time, startedMs)],
    [/(?<=127\.0\.0\.1:)\d+/g, () => PORT],
    [/(?<=\()\d+\.\d\ds(?=\))/g, () => "0.10s"],
    [/(?<=Duration: )\d+s/g, () => "2s"],
  ];
  return replacements.reduce((before, [pattern, replacement]) => replaced(before, pattern, replacement), line);
}

/** The id is made of the client's name; one whose middle is cut stays cut. */
function steadyId(shown: string, clients: ReadonlyMap<string, string>): string {
  const [begin = "", end = ""] = shown.split("…");
  for (const [id, name] of clients) {
    const isCut = shown.includes("…");
    if (isCut ? !(id.startsWith(begin) && id.endsWith(end)) : id !== shown) continue;
    const steadied = `client-${uuidOf(name)}`;
    return isCut ? `${steadied.slice(0, begin.length)}…${steadied.slice(steadied.length - end.length)}` : steadied;
  }
  throw new Error(`${shown} is none of the clients that were made.`);
}

function uuidOf(text: string): string {
  const digits = createHash("sha256").update(text).digest("hex");
  const [first, second] = [digits.slice(0, 8), digits.slice(8, 12)];
  return `${first}-${second}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** As long before the start as it was, to the hour: what happens in the run happens at its start. */
function steadyTime(shown: string, startedMs: number): string {
  const hours = Math.round((Date.parse(shown.replace(" ", "T")) - startedMs) / HOUR_MS);
  const time = new Date(STARTED_MS + hours * HOUR_MS).toISOString();
  return shown.includes("T") ? time : `${time.slice(0, 16).replace("T", " ")}Z`;
}

/** The new characters have the style of those in whose place they are. */
function replaced(line: Line, pattern: RegExp, replacement: (match: string) => string): Line {
  const text = textOf(line);
  const cells: Cell[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const style = line[match.index]?.style ?? PLAIN;
    cells.push(...line.slice(from, match.index), ...[...replacement(match[0])].map((one) => ({ text: one, style })));
    from = match.index + match[0].length;
  }
  return [...cells, ...line.slice(from)];
}

function textOf(line: Line): string {
  return line.map(({ text }) => text).join("");
}
