/** The report as a page, in a real browser where there is one. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Receipt } from "pulumi-oauth-clients/automation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { receipt } from "../unit/facts.ts";
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
  await writeFile(source, receipts.map((one) => `${JSON.stringify(one)}\n`).join(""));
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
  const { stdout, stderr } = await execute(browser ?? "", [...options, ...said, `file://${file}`]);
  return { dom: stdout, console: stderr.split("\n").filter((line) => line.includes("CONSOLE")) };
}

describe.skipIf(browser === undefined)("in a real browser (skipped where there is none)", () => {
  test("the chart is drawn, nothing of a receipt runs, and the console is empty", async () => {
    const { dom, console } = await opened((await page(RECEIPTS)).file);
    expect(console).toEqual([]);
    expect(dom).toMatch(/<div id="chart"[^>]*><div[^>]*class="uplot/);
    expect(dom).toContain("<canvas");
    expect(dom).toContain("<title>Deleted OAuth clients</title>");
  });

  test("a page that does run something shows in the console: the check above can fail", async () => {
    const file = join(folder, "broken.html");
    await writeFile(file, "<script>console.error('seen'); nothing()</script>");
    expect((await opened(file)).console.join("\n")).toContain("seen");
  });
});
