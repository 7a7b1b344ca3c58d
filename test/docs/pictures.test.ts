/** The pictures of terminals: whole, found in the pages, and still what a user sees. */
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { describeRevocation, NO_DETAILS } from "../../src/core/revocation.ts";
import { say } from "../../src/core/text.ts";
import { PICTURES, type PictureName, pathOf } from "../../tools/pictures/pictures.ts";
import { execute, oauthClients } from "../cli/command.ts";
import { lineOf, receipt } from "../unit/facts.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGES = globSync(["*.md", "docs/**/*.md"], { cwd: ROOT });

const pictureSchema = z.object({
  svg: z.object({
    title: z.object({ "#text": z.string() }),
    desc: z.object({ "#text": z.string() }),
    text: z.array(z.object({ "#text": z.string(), "@_y": z.string() })),
  }),
});

const sourceOf = (name: PictureName) => readFileSync(join(ROOT, pathOf(name)), "utf8");

function contentOf(name: PictureName) {
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false });
  const { svg } = pictureSchema.parse(parser.parse(sourceOf(name)));
  const rows = Map.groupBy(svg.text, (text) => text["@_y"]);
  const lines = [...rows.values()].map((row) => row.map((text) => text["#text"]).join("  "));
  return { title: svg.title["#text"], description: svg.desc["#text"], lines };
}

/** Every picture of a terminal in a page, with what is said in its place to whoever does not see it. */
const shown = PAGES.flatMap((page) => {
  const matches = readFileSync(join(ROOT, page), "utf8").matchAll(/!\[([^\]]*)\]\((?:docs\/)?pictures\/(\w+)\.svg\)/g);
  return [...matches].map(([, words, name]) => ({ page, words, name }));
});

test("there is none but those that are taken", () => {
  expect(globSync("docs/pictures/*", { cwd: ROOT }).sort()).toEqual(PICTURES.map(({ name }) => pathOf(name)).sort());
});

describe.each(PICTURES)("$name", ({ name, title, description, command }) => {
  test("is XML that says what it is, small, and needs nothing from elsewhere", () => {
    const source = sourceOf(name);
    expect(XMLValidator.validate(source)).toBe(true);
    expect(contentOf(name)).toMatchObject({ title, description });
    expect(contentOf(name).lines[0]).toBe(`$  ${command}`);
    expect(source.length).toBeLessThan(30_000);
    expect(source.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /<script|@import|@font-face|url\(|href|="https?:/,
    );
  });

  test("is in a page, and described there as in itself", () => {
    const own = shown.filter((one) => one.name === name);
    expect(own).not.toEqual([]);
    for (const { page, words } of own) expect(words, page).toBe(description);
  });
});

describe("what is in them is still what is printed", () => {
  test.each([
    [2, 0],
    [3, 0],
    [4, 2],
  ])("of a deletion with %d tokens and %d sessions", (tokensRevoked, activeSessionsTerminated) => {
    const counts = { ...NO_DETAILS, tokensRevoked, activeSessionsTerminated };
    const done = {
      outcome: "deleted",
      verified: null,
      responseLost: false,
      httpStatus: 200,
      vendorCode: null,
    } as const;
    const [before, after] = String(describeRevocation(say`CLIENT`, { ...counts, ...done })).split("CLIENT");
    const text = contentOf("destroy").lines.join(" ");
    expect(text).toContain(`${before}Rezolve OAuth client "`);
    expect(text).toContain(`5a4dbc0e-0000-4000-8000-000000000001${after}`);
  });

  test("of receipts: the head of the table, and the totals", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pictures-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "receipts.jsonl");
    const receipts = [
      receipt({ id: "1", tokensRevoked: 2, activeSessionsTerminated: 0 }),
      receipt({ id: "2", tokensRevoked: 3, activeSessionsTerminated: 0 }),
      receipt({ id: "3", tokensRevoked: 4, activeSessionsTerminated: 2 }),
    ];
    await writeFile(file, receipts.map((one) => `${lineOf(one)}\n`).join(""));
    const { stdout } = await oauthClients(["receipts", file], { env: { COLUMNS: "200" } });
    const printed = stdout.trimEnd().split("\n");
    const [, head = "", ...rows] = contentOf("receipts").lines;
    // Where there is room, there are more columns.
    expect(printed[0]?.split(/ {2,}/)).toEqual(expect.arrayContaining(head.split(/ {2,}/)));
    expect(rows.at(-1)).toBe(printed.at(-1));
  });

  test("of all of them, taken again; else run `npm run pictures`", async () => {
    const main = join(ROOT, "tools", "pictures", "main.ts");
    const ended = await execute(process.execPath, [main, "--check"], { cwd: ROOT });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
  });
});
