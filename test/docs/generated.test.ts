import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../../src/core/errors.ts";
import { vendors } from "../../src/vendors/registry.ts";
import { settingsTable } from "../../tools/docs/connections.ts";
import { fileOf, pages, wholes, withParts } from "../../tools/docs/pages.ts";

test.each(await pages())("$name has what is generated as the code has it; else run `npm run docs`", async (page) => {
  const text = await readFile(page.file, "utf8");
  expect(text).toBe(withParts(text, page));
});

test.each(wholes())("$name is what it is made of; else run `npm run docs`", async ({ name, content }) => {
  expect(await readFile(fileOf(name), "utf8")).toBe(content);
});

test("every input, output and filter has its meaning", () => {
  for (const { name, content } of wholes()) {
    const empty = content.split("\n").filter((line) => /^\| .*\|\s*\|$/.test(line) && !line.startsWith("| ---"));
    expect(empty, name).toEqual([]);
  }
});

describe("docs/troubleshooting.md", () => {
  const source = fileURLToPath(new URL("../../src", import.meta.url));

  test("has each code of an error once, with what it means, why and what to do", async () => {
    const text = await readFile(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");
    const rows = text.split("\n").filter((line) => /^\| `[a-z-]+` \|/.test(line));
    const cells = rows.map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(cells.map(([code]) => code)).toEqual(ERROR_CODES.map((code) => `\`${code}\``));
    for (const [code, ...said] of cells) {
      expect(said, code).toHaveLength(3);
      for (const one of said) expect(one, code).toMatch(/^\S.*\.$/);
    }
  });

  test("every code is one that something is refused with", () => {
    const files = readdirSync(source, { recursive: true, encoding: "utf8" });
    const code = files.filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "core/errors.ts",
    );
    const text = code.map((file) => readFileSync(join(source, file), "utf8")).join("\n");
    expect(ERROR_CODES.filter((one) => !text.includes(`"${one}"`))).toEqual([]);
    expect([...ERROR_CODES]).toEqual([...ERROR_CODES].sort());
  });
});

describe("docs/connections.md", () => {
  test("describes every setting of every vendor, and says which are secret", () => {
    const rows = settingsTable().split("\n");
    for (const vendor of vendors) {
      for (const [key, schema] of Object.entries(vendor.settings.shape)) {
        expect(schema.meta()?.description, `${vendor.name}:${key}`).toMatch(/^[A-Z].*\.$/);
        const row = rows.find((line) => line.includes(`\`${vendor.name}:${key}\``));
        expect(row).toContain(`| \`${key}\` |`);
        expect(row?.includes("| yes |")).toBe(/token$|secret$|password$/i.test(key));
      }
    }
  });
});
