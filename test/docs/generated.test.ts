import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { vendors } from "../../src/vendors/registry.ts";
import { settingsTable } from "../../tools/docs/connections.ts";
import { charts, pages, withParts } from "../../tools/docs/pages.ts";

test.each(pages())("$name has what is generated as the code has it; else run `npm run docs`", async (page) => {
  const text = await readFile(page.file, "utf8");
  expect(text).toBe(withParts(text, page));
});

test.each(charts())("$name is what its report makes of it; else run `npm run docs`", async ({ file, content }) => {
  expect(await readFile(file, "utf8")).toBe(content);
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
