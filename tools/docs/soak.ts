/** What docs/reliability.md shows of the long runs, whose figures `npm run soak` has written. */
import { readFileSync } from "node:fs";
import type { Soak } from "../../test/model/figures.ts";
import { INVARIANTS } from "../../test/model/invariants.ts";

/** The parts of the page, by their names. */
export function soakFigures(): Record<string, string> {
  const soak: Soak = JSON.parse(readFileSync(new URL("../../test/golden/soak-model.json", import.meta.url), "utf8"));
  return { invariants: invariants(), seeds: seeds(), lives: figures(soak) };
}

function seeds(): string {
  const file = new URL("../../test/model/seeds.json", import.meta.url);
  const kept: readonly { seed: number; found: string }[] = JSON.parse(readFileSync(file, "utf8"));
  return kept.map(({ seed, found }) => `- ${seed}: ${found}`).join("\n");
}

function invariants(): string {
  return Object.entries(INVARIANTS)
    .filter(([name]) => /^I\d$/.test(name))
    .map(([name, sentence]) => `- **${name}**: ${sentence}.`)
    .join("\n");
}

function figures(soak: Soak): string {
  const counted = (count: number, what: string) => `${number(count)} ${what}`;
  const listed = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${number(count)}`)
      .join(", ");
  return [
    `| version ${soak.version}, ${soak.date} | |`,
    "| --- | --- |",
    `| steps | ${counted(soak.steps, "steps")} of ${counted(soak.lives, "stacks")}, in ${counted(soak.minutes, "minutes")}; seeds from ${soak.firstSeed} on |`,
    `| of each kind | ${listed(soak.kinds)} |`,
    `| asked of the provider | ${listed(soak.operations)}; ${number(soak.failures)} ended with an error |`,
    `| requests spoilt | ${number(soak.faults)} |`,
    `| provider killed | ${number(soak.kills)} times, with ${counted(soak.orphansOfKills, "clients")} just made |`,
    `| clients deleted | ${number(soak.deletions)} |`,
    `| receipts | ${number(soak.receipts)} |`,
    `| **differences** | **${number(soak.differences)}** |`,
  ].join("\n");
}

function number(count: number): string {
  return count.toLocaleString("en-GB");
}
