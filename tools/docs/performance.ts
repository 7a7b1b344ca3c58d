/** What docs/performance.md shows of the report that `npm run bench -- --report docs/performance.json` has written. */
import { readFileSync } from "node:fs";
import { spreadOf } from "../bench/figures.ts";
import { type Cell, type Report, readReport } from "../bench/report.ts";
import { barChart } from "./chart.ts";

const report = () => readReport(readFileSync(new URL("../../docs/performance.json", import.meta.url), "utf8"));

const MANY = 1_000;
const COMPARED = ["create", "no change", "destroy"];

/** The parts of the page, by their names. */
export function performanceTables({ machine, measured, seconds, measurements }: Report = report()) {
  return {
    machine: `Measured on ${measured} in one run of ${Math.round(seconds / 60)} minutes: ${machine}.`,
    targets: targetTable(measurements),
    alternatives: table(timingsOf(measurements.alternatives), COMPARED),
    purges: table(timingsOf(measurements.purge), ["purge", "create"]),
    knobs: knobTable(measurements.knobs),
    packaged: figureTable(measurements.packaged),
  };
}

/** Ours beside the alternatives, with many clients. */
export function performanceChart({ measurements }: Report = report()): string {
  const timings = timingsOf(measurements.alternatives).filter(({ clients }) => clients === MANY);
  const values = (of: (timing: Cell) => number | null) =>
    Object.fromEntries(
      sidesOf(timings).map((side) => [
        side,
        COMPARED.map((operation) => {
          const timing = timings.find((one) => one.side === side && one.of === operation);
          return timing === undefined ? null : of(timing);
        }),
      ]),
    );
  return barChart(COMPARED, [
    { title: `${shownCount(MANY)} clients: seconds`, values: values((timing) => Number(seconds(timing))) },
    { title: "requests for each client", values: values(({ requestsPerClient }) => requestsPerClient) },
  ]);
}

type Measurement = Report["measurements"][string] | undefined;

function timingsOf(measurement: Measurement): Cell[] {
  return measurement?.figures.flatMap(({ timings = [] }) => timings) ?? [];
}

function sidesOf(timings: readonly Cell[]): string[] {
  return [...new Set(timings.map(({ side }) => side))];
}

function seconds({ milliseconds }: Cell): string {
  return (spreadOf(milliseconds).median / 1_000).toFixed(1);
}

function shownCount(count: number): string {
  return count.toLocaleString("en");
}

/** A row for each side and number of clients, a column for each operation. */
function table(timings: readonly Cell[], operations: readonly string[]): string {
  const sizes = [...new Set(timings.map(({ clients }) => clients))].sort((a, b) => a - b);
  const rows = sizes.flatMap((clients) =>
    sidesOf(timings).map((side) => {
      const own = timings.filter((timing) => timing.clients === clients && timing.side === side);
      return [shownCount(clients), side, ...operations.map((of) => cell(own.find((timing) => timing.of === of)))];
    }),
  );
  return markdown(
    ["clients", "", ...operations],
    rows.filter((row) => row.slice(2).some((shown) => shown !== "")),
  );
}

function cell(timing: Cell | undefined): string {
  if (timing === undefined) return "";
  if (timing.requestsPerClient === null) return `${seconds(timing)} s`;
  const requests = Number(timing.requestsPerClient.toFixed(2));
  return `${seconds(timing)} s, ${requests} ${requests === 1 ? "request" : "requests"} each`;
}

function knobTable(measurement: Measurement): string {
  const rows = measurement?.figures.map(({ timings = [], note = "" }) => {
    const of = (operation: string) => timings.find((timing) => timing.of === operation);
    const [create, destroy] = [of("create"), of("destroy")];
    const shown = [create, destroy].map((timing) => (timing === undefined ? "" : `${seconds(timing)} s`));
    return [`\`${create?.side ?? ""}\``, ...shown, note];
  });
  return markdown(["", "create", "destroy", "what it risks"], rows ?? []);
}

function figureTable(measurement: Measurement): string {
  return markdown(
    ["figure", "measured"],
    (measurement?.figures ?? []).map(({ name, value }) => [name, value]),
  );
}

function targetTable(measurements: Report["measurements"]): string {
  const judged = Object.values(measurements).flatMap(({ figures }) =>
    figures.filter(({ holds }) => holds !== undefined),
  );
  const rows = judged.map(({ name, target = "", holds, value }) => [
    name,
    target,
    holds ? "holds" : "**missed**",
    value,
  ]);
  return markdown(["figure", "target", "", "measured"], rows);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((one) => one.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
