import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { packageSchema } from "../../tools/schema/schema.ts";
import { MADE_OF, madeOf, SCHEMA } from "../../tools/sdks/sdks.ts";
import manifest from "../package.json" with { type: "json" };

const json = async (file: URL): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));

describe("npm run sdks has been run since", () => {
  test("a class, a table or the version changed: the schema is what they say", async () => {
    expect(await json(SCHEMA)).toEqual(packageSchema(manifest.version));
  });

  test("the schema or the writer changed: the SDKs are made of these, and nobody has changed them by hand", async () => {
    expect(await json(MADE_OF)).toEqual(await madeOf());
  });
});

test("nothing in the root needs a vendor's types: Go packages that need each other do not compile", () => {
  const { types, config, provider } = packageSchema(manifest.version);
  const ofRoot = Object.entries(Object(types)).filter(([token]) => token.startsWith("oauth-clients:index:"));
  expect(ofRoot.length).toBeGreaterThan(5);
  for (const part of [...ofRoot, config, provider])
    expect(JSON.stringify(part)).not.toMatch(/#\/types\/oauth-clients:(rezolve|nexus):/);
});
