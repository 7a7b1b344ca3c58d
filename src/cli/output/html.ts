import { createHash } from "node:crypto";
import chartScript from "virtual:uplot-script";
import chartStyle from "virtual:uplot-style";
import manifest from "../../../package.json" with { type: "json" };
import { mayBeAlive, onePerClient, type Receipt, type ReceiptTotals, totalReceipts } from "../../core/receipt.ts";
import { REDACTOR } from "../redactor.ts";
import { DRAWING, seriesOf } from "./chart.ts";
import type { Cell, Sheet } from "./sheet.ts";
import { UNKNOWN } from "./table.ts";
import { named, stackOf } from "./words.ts";

/**
 * Receipts as one page without anything from elsewhere: totals, a chart over time, sums for each tenant and stack, and a row
 * for each client. Its policy lets no script run but its own, whatever stands in a receipt.
 *
 * @param sheet a row for each client
 * @param summary the totals as a sentence
 * @param complaints what is in no total, a sentence each
 */
export function htmlReport(
  receipts: readonly Receipt[],
  sheet: Sheet,
  summary: string,
  complaints: readonly string[],
): string {
  const once = onePerClient(receipts);
  const series = seriesOf(once);
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `script-src ${[chartScript, DRAWING].map(hashOf).join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${manifest.name} ${manifest.version}">
<title>Deleted OAuth clients</title>
<style>${chartStyle}${STYLE}</style>
</head>
<body>
<main>
<h1>Deleted OAuth clients</h1>
<p>${escaped(summary)}</p>
${complaints.map((complaint) => `<p><strong>${escaped(complaint)}</strong></p>\n`).join("")}${cards(totalReceipts(once))}
<section>
<h2>Over time</h2>
${series[0].length === 0 ? "<p>There is nothing to draw.</p>" : '<div id="chart" role="img" aria-label="Deleted clients and revoked tokens for each day"></div>'}
</section>
${grouped("Tenants", once, ({ tenantId }) => tenantId)}
${grouped("Stacks", once, ({ urn }) => stackName(urn))}
<section>
<h2>Clients</h2>
${tableIn(sheet)}
</section>
<footer>Counts that the vendor did not say are shown as ${UNKNOWN} and are in no sum. Times are UTC.</footer>
</main>
<script type="application/json" id="data">${jsonIn(series)}</script>
<script>${chartScript}</script>
<script>${DRAWING}</script>
</body>
</html>
`;
}

function stackName(urn: string | null): string {
  const { stack, project } = stackOf(urn);
  return stack === null ? "no stack" : `${project}/${stack}`;
}

function cards({
  clients,
  outcomes,
  tokensRevoked,
  activeSessionsTerminated,
  unknownTokenCounts,
}: ReceiptTotals): string {
  const shown: [string, Cell][] = [
    ["clients", clients],
    ...Object.entries(outcomes).filter(([, count]) => count > 0),
    ["tokens revoked", tokensRevoked],
    ["sessions ended", activeSessionsTerminated],
    ...(unknownTokenCounts > 0 ? ([["clients without a count", unknownTokenCounts]] satisfies [string, Cell][]) : []),
  ];
  return `<dl class="cards">${shown.map(([title, value]) => `<div><dt>${escaped(title)}</dt><dd>${cellIn(value)}</dd></div>`).join("")}</dl>`;
}

function grouped(title: string, receipts: readonly Receipt[], by: (receipt: Receipt) => string): string {
  const groups = Map.groupBy(receipts, by);
  if (groups.size < 2) return "";
  const isOpenCounted = receipts.some(mayBeAlive);
  const sorted = [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
  const rows = sorted.map(([name, of]): Cell[] => {
    const { clients, tokensRevoked, activeSessionsTerminated } = totalReceipts(of);
    const open = of.filter(mayBeAlive).length;
    return [named(name), clients - open, ...(isOpenCounted ? [open] : []), tokensRevoked, activeSessionsTerminated];
  });
  const titles = ["", "deleted", ...(isOpenCounted ? ["may be alive"] : []), "tokens revoked", "sessions ended"];
  const columns = titles.map((one) => ({ title: one, key: one }));
  return `<section><h2>${escaped(title)}</h2>${tableIn({ columns, rows })}</section>`;
}

function tableIn({ columns, rows }: Sheet): string {
  const kinds = columns.map((_, at) => (rows.some((row) => typeof row[at] === "number") ? ' class="number"' : ""));
  const head = columns.map(({ title }, at) => `<th scope="col"${kinds[at]}>${escaped(title)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell, at) => `<td${kinds[at]}>${cellIn(cell)}</td>`).join("")}</tr>`);
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table></div>`;
}

function cellIn(cell: Cell): string {
  return cell === null ? UNKNOWN : escaped(String(cell));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return REDACTOR.identifier(text, text.length + 1).replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? character,
  );
}

/** JSON that ends no element. */
function jsonIn(data: unknown): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

function hashOf(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; } main { max-width: 75rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0 0; padding: 0; }
.cards div { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem; padding: .5rem 1rem; }
dt { opacity: .75; } dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { text-align: left; padding: .3rem 1.25rem .3rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); vertical-align: top; }
td { overflow-wrap: break-word; max-width: 24rem; } .number { text-align: right; font-variant-numeric: tabular-nums; }
footer { margin-top: 2rem; opacity: .75; font-size: .9rem; }
@media print { main { max-width: none; } }
`;
