/** The report as a page, in a real browser where there is one. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Receipt } from "pulumi-oauth-clients/automation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lineOf, receipt } from "../unit/facts.ts";
import { execute, oauthClients } from "./command.ts";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

const browser = BROWSERS.find((name) => {
  try {
    execFileSync("which", [name], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-html-"));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const EVIL = "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">";

const RECEIPTS = [
  receipt({ id: "1", name: EVIL, tenantId: "t-1", at: "2026-10-01T10:00:00.000Z", tokensRevoked: 3 }),
  receipt({ id: "2", name: "quiet", tenantId: "t-2", at: "2026-10-04T10:00:00.000Z" }),
  receipt({ id: "3", name: "odd clock", tenantId: "t-2", at: "not a time" }),
];

async function page(receipts: readonly Receipt[]): Promise<{ file: string; html: string }> {
  const [source, file] = [join(folder, "receipts.jsonl"), join(folder, "report.html")];
  await writeFile(source, receipts.map((one) => `${lineOf(one)}\n`).join(""));
  const ended = await oauthClients(["receipts", source, "--format", "html", "--output", file]);
  expect(ended).toEqual({ code: 0, stdout: "", stderr: "" });
  return { file, html: await readFile(file, "utf8") };
}

test("needs nothing from elsewhere, and runs no script but its own", async () => {
  const { html } = await page(RECEIPTS);
  expect(html).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i);
  expect(html).toMatch(
    /content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[^']+' 'sha256-[^']+'/,
  );
  expect(html).not.toContain("<img src=x");
  expect(html).toContain("3 clients: 3 deleted; 3 tokens revoked (2 not said)");
  expect(html.length).toBeLessThan(150_000);
});

test("what may be alive is in no count of what was deleted", async () => {
  const open = { ...receipt({ id: "4", tenantId: "t-2", at: "2026-10-09T10:00:00.000Z" }), httpStatus: 0 };
  const { html } = await page([
    ...RECEIPTS.slice(0, 2),
    { ...open, outcome: "unconfirmed" },
    { ...open, id: "5", outcome: "abandoned" },
  ]);
  const [days, clients] = JSON.parse(/id="data">([^<]*)/.exec(html)?.[1] ?? "");
  expect(days).toHaveLength(4);
  expect(clients).toEqual([1, 0, 0, 1]);
  expect(html).toContain('<td>t-2</td><td class="number">1</td><td class="number">2</td>');
  expect((await page([{ ...open, outcome: "unconfirmed" }])).html).toContain("There is nothing to draw.");
});

test("of nothing it says so", async () => {
  const { html } = await page([]);
  expect(html).toContain("There is nothing to draw.");
});

/** What a browser shows of a page, and what its console says. */
async function opened(file: string): Promise<{ dom: string; console: string[] }> {
  const options = ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(folder, "profile")}`];
  const said = ["--enable-logging=stderr", "--v=0", "--virtual-time-budget=3000", "--dump-dom"];
  const window = ["--window-size=1200,900", "--force-device-scale-factor=1"];
  const { stdout, stderr } = await execute(browser ?? "", [...options, ...said, ...window, `file://${file}`]);
  return { dom: stdout, console: stderr.split("\n").filter((line) => line.includes("CONSOLE")) };
}

/** Keeps in the page what stands on its canvas, which nobody can read off it: each text, with where it begins and ends. */
const RECORDING = `<script>
const drawn = [];
const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...area) { drawn.length = 0; return clearRect.apply(this, area); };
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  const half = this.measureText(text).width / 2;
  drawn.push({ text, from: x - half, to: x + half });
  return fillText.call(this, text, x, y);
};
addEventListener("load", () => {
  const [box, id] = [document.querySelector(".wide"), document.querySelector(".wide td:nth-child(3)")];
  document.body.dataset.seen = JSON.stringify({ drawn, boxWidth: box.clientWidth, idWidth: id.clientWidth });
});
</script>`;

interface Label {
  text: string;
  from: number;
  to: number;
}

/** The days on the axis of a page's chart, what its legend says, and how wide the table's box and an id in it are. */
async function seen(receipts: readonly Receipt[], width: number) {
  const { html } = await page(receipts);
  const file = join(folder, "recorded.html");
  // Its policy would let no script of a test run.
  const framed = `<style>body { max-width: ${width}px; }</style>${RECORDING}`;
  await writeFile(file, html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, framed));
  const { dom } = await opened(file);
  const found = JSON.parse((/data-seen="([^"]*)"/.exec(dom)?.[1] ?? "").replaceAll("&quot;", '"'));
  const labels: Label[] = found.drawn.filter(({ text }: Label) => /^\d{4}-\d{2}-\d{2}$/.test(text));
  const legend = [...dom.matchAll(/<td class="u-value">([^<]*)</g)].map(([, text]) => text);
  return { labels, days: labels.map(({ text }) => text), legend, boxWidth: found.boxWidth, idWidth: found.idWidth };
}

/** So many days from 2026-11-20 on, on each of which a client went. */
function daily(days: number): Receipt[] {
  return Array.from({ length: days }, (_, at) =>
    receipt({
      id: `client-550e8400-e29b-41d4-a716-4466554${40_000 + at}`,
      at: new Date(Date.UTC(2026, 10, 20 + at, 10)).toISOString(),
      tokensRevoked: 2,
    }),
  );
}

describe.skipIf(browser === undefined)("in a real browser (skipped where there is none)", () => {
  test("the chart is drawn, nothing of a receipt runs, and the console is empty", async () => {
    const { dom, console } = await opened((await page(RECEIPTS)).file);
    expect(console).toEqual([]);
    expect(dom).toMatch(/<div id="chart"[^>]*><div[^>]*class="uplot/);
    expect(dom).toContain("<canvas");
    expect(dom).toContain("<title>Deleted OAuth clients</title>");
  });

  test.each([
    [1, 1_200, "2026-11-20", ["2026-11-17", "2026-11-23"]],
    [1, 390, "2026-11-20", ["2026-11-17", "2026-11-23"]],
    [4, 1_200, "2026-11-20 – 2026-11-23", ["2026-11-18", "2026-11-24"]],
    [4, 390, "2026-11-20 – 2026-11-23", ["2026-11-18", "2026-11-24"]],
    [60, 1_200, "2026-11-20 – 2027-01-18", ["2026-11-20", "2027-01-18"]],
    [60, 390, "2026-11-20 – 2027-01-18", ["2026-11-20", "2027-01-18"]],
  ])(
    "of %i days, in %i pixels, the axis has each day once, and the legend the totals",
    async (days, width, span, [first, last]) => {
      const { labels, days: shown, legend, boxWidth, idWidth } = await seen(daily(days), width);
      expect(shown).toContain("2026-11-20");
      expect(shown.length).toBeGreaterThanOrEqual(2);
      expect(shown).toEqual([...new Set(shown)].sort());
      expect(shown.every((day) => day >= String(first) && day <= String(last))).toBe(true);
      for (const [at, { from }] of labels.entries()) expect(from).toBeGreaterThan((labels[at - 1]?.to ?? -1) + 4);
      expect(legend).toEqual([span, String(days), String(2 * days)]);
      // Of an id, whole groups stand on a line; a table that is too wide moves in a box of its own.
      expect(idWidth).toBeGreaterThan(120);
      expect(boxWidth).toBeLessThanOrEqual(width);
    },
  );

  test("a page that does run something shows in the console: the check above can fail", async () => {
    const file = join(folder, "broken.html");
    await writeFile(file, "<script>console.error('seen'); nothing()</script>");
    expect((await opened(file)).console.join("\n")).toContain("seen");
  });
});
