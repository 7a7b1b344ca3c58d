/** The chart of a page of receipts: what it shows, and the script that draws it there. */
import { deletedAt, type Receipt, totalReceipts } from "../../core/receipt.ts";
import { DAY_MS } from "../../core/time.ts";

/** Days in seconds since 1970, how many clients went, and how many tokens, null where nobody said any. */
export type Series = [number[], number[], (number | null)[]];

const MOST_DAYS = 3_660;

/** For each day, from the first to the last, what went. Empty where nothing has gone. */
export function seriesOf(receipts: readonly Receipt[]): Series {
  const dayOf = (receipt: Receipt) => Math.floor(Date.parse(deletedAt(receipt) ?? "") / DAY_MS);
  const dated = receipts.filter((receipt) => !Number.isNaN(dayOf(receipt)));
  const days = Map.groupBy(dated, dayOf);
  const known = [...days.keys()].sort((a, b) => a - b);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return [[], [], []];
  // A wrong clock must not make a page without an end.
  const all = last - first < MOST_DAYS ? Array.from({ length: last - first + 1 }, (_, at) => first + at) : known;
  const totals = all.map((day) => totalReceipts(days.get(day) ?? []));
  return [
    all.map((day) => (day * DAY_MS) / 1_000),
    totals.map(({ clients }) => clients),
    totals.map(({ tokensRevoked }) => tokensRevoked),
  ];
}

/**
 * Draws the chart, and draws it anew where the window has another width. A few days get others around them, of which nothing
 * is said: a chart of one day alone has no width. The ticks are whole days from the first one on, which the library's own, in
 * hours or months, would not be. Where nobody points at a day, the legend has the totals.
 */
export const DRAWING = `
const data = JSON.parse(document.getElementById("data").textContent);
const place = document.getElementById("chart");
if (place) {
  const DAY = 86400, FEWEST_DAYS = 7, LABEL_WIDTH = 130;
  const [first, last] = [data[0][0], data[0].at(-1)];
  const dayOf = (s) => new Date(s * 1e3).toISOString().slice(0, 10);
  const sumOf = (values) => values.every((v) => v === null) ? null : values.reduce((sum, v) => sum + v, 0);
  const spanned = (last - first) / DAY + 1;
  for (let more = 0; spanned + more < FEWEST_DAYS; more += 1) {
    const [days, ...counts] = data, isBefore = more % 2 === 0;
    if (isBefore) days.unshift(days[0] - DAY); else days.push(days.at(-1) + DAY);
    for (const each of counts) if (isBefore) each.unshift(null); else each.push(null);
  }
  const whole = [dayOf(first) + (first === last ? "" : " – " + dayOf(last)), sumOf(data[1]), sumOf(data[2])];
  const ticks = (u, axis, min, max) => {
    const step = Math.max(1, Math.ceil((max - min) / DAY * LABEL_WIDTH / u.width)) * DAY;
    const found = [];
    for (let at = first + Math.ceil((min - first) / step) * step; at <= max; at += step) found.push(at);
    return found;
  };
  const counted = (u, v, series, at) => (at == null ? whole[series] : v) ?? "–";
  const ink = getComputedStyle(document.body).color;
  const line = { stroke: "rgba(128,128,128,.25)" };
  const axis = { stroke: ink, grid: line, ticks: line };
  const counts = { ...axis, size: 44, labelSize: 20, incrs: [...Array(10).keys()].flatMap((power) => [1, 2, 5].map((one) => one * 10 ** power)) };
  const upward = { range: (u, min, max) => [0, Math.max(1, max * 1.1)] };
  const chart = new uPlot({
    width: place.clientWidth, height: 260,
    scales: { x: { time: false, range: (u, min, max) => [min - DAY / 2, max + DAY / 2] }, clients: upward, tokens: upward },
    axes: [{ ...axis, splits: ticks, values: (u, days) => days.map(dayOf) }, { ...counts, scale: "clients", label: "clients" }, { ...counts, scale: "tokens", label: "tokens revoked", side: 1, grid: { show: false } }],
    series: [{ label: "day", value: (u, v) => v == null ? whole[0] : dayOf(v) },
      { label: "clients", scale: "clients", value: counted, stroke: "#3b6ea5", fill: "rgba(59,110,165,.55)", paths: uPlot.paths.bars({ size: [0.6, 48, 3] }), points: { show: false } },
      { label: "tokens revoked", scale: "tokens", value: counted, stroke: "#c2571a", width: 2, spanGaps: true, points: { show: true, size: 6 } }],
  }, data, place);
  addEventListener("resize", () => chart.setSize({ width: place.clientWidth, height: 260 }));
}
`;
