/** Pages with generated parts, each between two marker lines that name it. */
import { commandHelp } from "./command.ts";
import { settingsTable } from "./connections.ts";
import { faultTables } from "./faults.ts";
import { interruptTables } from "./interrupts.ts";
import { loadTable } from "./load.ts";
import { performanceChart, performanceTables } from "./performance.ts";
import { receiptExample, receiptTable } from "./receipts.ts";
import { registryExample, registrySettings } from "./registry.ts";
import { resourceIndex, resourcePages } from "./resources.ts";
import { soakFigures } from "./soak.ts";

/** A page, and what is generated in it by the names in its markers. */
export interface Page {
  file: URL;
  name: string;
  parts: Readonly<Record<string, string>>;
}

/** Every page with generated parts. */
export async function pages(): Promise<Page[]> {
  return [
    page("docs/command.md", { help: await commandHelp() }),
    page("docs/connections.md", { settings: settingsTable() }),
    page("docs/resources.md", { pages: resourceIndex() }),
    page("docs/performance.md", performanceTables()),
    page("docs/receipts.md", { line: receiptExample(), members: receiptTable() }),
    page("docs/reliability.md", { ...faultTables(), ...interruptTables(), ...loadTable(), ...soakFigures() }),
    page("plugin/docs/_index.md", { example: registryExample() }),
    page("plugin/docs/installation-configuration.md", { settings: registrySettings() }),
  ];
}

/** What is generated as a whole: its path in the repository, and what is in it. The API reference is made in api.ts. */
export function wholes(): { name: string; content: string }[] {
  return [{ name: "docs/performance.svg", content: performanceChart() }, ...resourcePages()];
}

/** Where something of the repository is. */
export function fileOf(name: string): URL {
  return new URL(`../../${name}`, import.meta.url);
}

/** The text of a page with these parts in the place of the old ones. */
export function withParts(text: string, { name, parts }: Pick<Page, "name" | "parts">): string {
  let fresh = text;
  for (const [part, content] of Object.entries(parts)) {
    const begin = `<!-- ${part}: written by \`npm run docs\` -->`;
    const end = `<!-- end of ${part} -->`;
    const from = fresh.indexOf(begin);
    const to = fresh.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${name} lacks the lines "${begin}" and "${end}".`);
    fresh = `${fresh.slice(0, from + begin.length)}\n${content}\n${fresh.slice(to)}`;
  }
  return fresh;
}

function page(name: string, parts: Page["parts"]): Page {
  return { name, parts, file: fileOf(name) };
}
