import { counted, type Message } from "../../core/text.ts";
import { code } from "../output/markdown.ts";
import { UNKNOWN } from "../output/table.ts";
import { minute, named } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import { type Impact, titleOf } from "./impact.ts";
import type { ImpactTotals, Objection } from "./verdict.ts";

/** The longest comment that GitHub takes, in characters. */
export const LONGEST_COMMENT = 65_536;

/** What a comment says. */
export interface Comment {
  impacts: readonly Impact[];
  totals: ImpactTotals;
  objections: readonly Objection[];
  isDestroy: boolean;
  /** Whether the vendor was asked. */
  isLookedAt: boolean;
  /** As `project/stack`; empty where nobody says. */
  stack: string;
  /** Why the preview is not whole: it failed. None where it did not. */
  errors: readonly Message[];
}

/**
 * What a pull request would delete, for the people who review it: the verdict first, then the totals, then a row for each
 * client, as many as there is room for. Empty where nothing is deleted, for certain.
 *
 * @param longest in characters; the summary is never cut, and shorter than what the command takes for the least
 */
export function commentOf(comment: Comment, longest = LONGEST_COMMENT): string {
  const { impacts, errors, stack } = comment;
  if (impacts.length === 0 && errors.length === 0) return "";
  const summary = [markerOf(stack), headingOf(comment), verdictOf(comment)];
  const head = [...summary, ...(impacts.length === 0 ? [] : [totalsOf(comment)])].join("\n\n");
  const foot = nextSteps(comment);
  const rows = [...impacts].sort(byWeight).map(rowOf);
  const objections = comment.objections.map(({ because }) => `- ${code(REDACTOR.show(because))}`);
  const fits = (text: string) => text.length <= longest;
  // The summary stays, whatever has to go.
  for (let shown = rows.length; shown >= 0; shown = less(shown)) {
    const text = assembled(
      head,
      rows.slice(0, shown),
      rows.length - shown,
      objections.slice(0, shown),
      objections.length,
      foot,
    );
    if (fits(text)) return text;
  }
  return `${head}\n`;
}

/** By which a later comment finds the one to edit. */
export function markerOf(stack: string): string {
  return `<!-- oauth-clients impact: ${REDACTOR.identifier(stack).replace(/-(?=-|$)/g, "- ")} -->`;
}

function less(shown: number): number {
  return shown > 10 ? Math.floor(shown * 0.9) : shown - 1;
}

function assembled(
  head: string,
  rows: readonly string[],
  left: number,
  objections: readonly string[],
  allObjections: number,
  foot: string,
): string {
  const unsaid = allObjections - objections.length;
  const more = left > 0 ? [`… and ${left} more, which \`oauth-clients impact\` lists.`] : [];
  const against =
    allObjections === 0
      ? []
      : [["**Against it:**", "", ...objections, ...(unsaid > 0 ? [`- … and ${unsaid} more`] : [])].join("\n")];
  const table = rows.length === 0 ? [] : [[...HEADER, ...rows].join("\n")];
  return `${[head, ...against, ...table, ...more, foot].join("\n\n")}\n`;
}

function headingOf({ isDestroy, stack, totals, impacts }: Comment): string {
  const where = stack === "" ? "" : ` (${code(named(stack))})`;
  if (impacts.length === 0) return `### ⚠️ The preview failed${where}`;
  const clients = counted(totals.clients, "OAuth client");
  return isDestroy
    ? `### 🗑️ Destroying ${code(named(stack))} deletes ${clients}`
    : `### ⚠️ This change deletes ${clients}${where}`;
}

function verdictOf({ totals, objections, isLookedAt, errors }: Comment): string {
  // Nothing that is said of a part holds for the whole. What a program threw may quote anything, and a comment is public.
  if (errors.length > 0) return "**The preview failed, so this may not be all**: its log says why.";
  if (!isLookedAt) return "**Not looked at**: nobody asked the vendor whether they are in use.";
  if (objections.length > 0) return `**Do not merge yet**: ${counted(objections.length, "objection")}, below.`;
  if (totals.refused > 0) {
    return `**It would fail**: ${counted(totals.refused, "deletion")} would be refused, and nothing changed there.`;
  }
  if (totals.unknown > 0)
    return `**Look closer**: of ${counted(totals.unknown, "client")} nobody knows whether it lives.`;
  if (totals.gone === totals.clients) return "**Harmless**: they are gone already.";
  if (totals.activeTokens === 0 && totals.unknownTokenCounts === 0) return "**Not in use now**: no active tokens.";
  return "**In use**, or nobody says: whoever works as these clients loses access at once, and it cannot be undone.";
}

function totalsOf({ totals, isLookedAt }: Comment): string {
  if (!isLookedAt) return `${counted(totals.deletions, "deletion")}.`;
  const { alive, gone, unknown, activeTokens, unknownTokenCounts, requestsPerDay, unknownRequestCounts } = totals;
  const states = [
    alive > 0 ? `${alive} alive` : "",
    gone > 0 ? `${gone} already gone` : "",
    unknown > 0 ? `${unknown} unknown` : "",
  ];
  const uses =
    alive + unknown === 0
      ? []
      : [
          `active tokens: ${sumOf(activeTokens, unknownTokenCounts)}`,
          `requests per day: ${sumOf(requestsPerDay === null ? null : rounded(requestsPerDay), unknownRequestCounts)}`,
        ];
  const twice =
    totals.clients < totals.deletions
      ? [`${totals.deletions - totals.clients} of the ${totals.deletions} deletions name a client once more`]
      : [];
  return [states.filter((one) => one !== "").join(", "), ...uses, ...twice].join(" · ");
}

function sumOf(sum: number | null, unknown: number): string {
  if (sum === null) return "nobody says";
  return unknown === 0 ? `**${sum}**` : `**${sum}** (${unknown} not said)`;
}

const HEADER = [
  "| client | tenant | deleted by | last used | active tokens | requests/day | |",
  "| --- | --- | --- | --- | ---: | ---: | --- |",
];

function rowOf(impact: Impact): string {
  const { tenant, how, lastUsedAt, everUsed, activeTokens, requestsPerDay, is, refused, problem } = impact;
  const used = everUsed === false ? "never" : (minute(lastUsedAt) ?? UNKNOWN);
  const note = refused ?? problem;
  const remark = note === null ? (is === "gone" ? "already gone" : "") : code(REDACTOR.show(note));
  const cells = [
    code(REDACTOR.show(titleOf(impact))),
    tenant === null ? UNKNOWN : code(named(tenant)),
    how,
    used,
    activeTokens ?? UNKNOWN,
    requestsPerDay === null ? UNKNOWN : rounded(requestsPerDay),
    remark,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** What is most in use first: it is what is left when there is no room for all. */
function byWeight(one: Impact, other: Impact): number {
  // Pulumi's own order differs from preview to preview.
  return weightOf(other) - weightOf(one) || Number(one.urn > other.urn) - Number(one.urn < other.urn);
}

function weightOf({ is, activeTokens, requestsPerDay }: Impact): number {
  return is === "gone" ? -1 : (activeTokens ?? 0) + (requestsPerDay ?? 0);
}

function nextSteps({ isDestroy, totals, objections, errors, isLookedAt }: Comment): string {
  const lines = [
    goOn(),
    '- To try first who depends on a client: set its `status` to `"inactive"`, where the vendor has that, and wait.',
    "- To keep a client that is to leave the program: `retainOnDelete: true` first, or `pulumi state delete` of its resource. A renamed resource keeps its client with `aliases`.",
  ];
  return ["<details><summary>What to do next</summary>", lines.join("\n"), "</details>"].join("\n\n");

  function goOn(): string {
    if (errors.length > 0) return "- To go on: mend what failed, then make another preview.";
    if (totals.refused > 0) {
      return "- To go on: clear what is refused, which says why in its row; `OAUTH_CLIENTS_FORCE` overrules a guard for one run.";
    }
    if (objections.length > 0) {
      return "- To go on all the same: ask who works as these clients, then let this check pass for one run, as its pipeline has it.";
    }
    if (isLookedAt && totals.unknown > 0) return "- To go on: find out first what nobody knows; its row says why.";
    return `- To go on: ${isDestroy ? "run the destroy" : "merge it"}. Each deletion leaves a receipt.`;
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
