import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { packageSchema } from "../../tools/schema/schema.ts";
import manifest from "../package.json" with { type: "json" };

test("the schema is what the classes and the tables say: npm run schema", async () => {
  const written: unknown = JSON.parse(await readFile(new URL("../schema.json", import.meta.url), "utf8"));
  expect(written).toEqual(packageSchema(manifest.version));
});
