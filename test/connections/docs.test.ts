import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { vendors } from "../../src/vendors/registry.ts";
import { PAGE, settingsTable, withTable } from "../../tools/docs/connections.ts";

describe("docs/connections.md", () => {
  test("has every setting as the schemas have it; else run `npm run docs`", async () => {
    const page = await readFile(PAGE, "utf8");
    expect(page).toBe(withTable(page, settingsTable()));
  });

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
