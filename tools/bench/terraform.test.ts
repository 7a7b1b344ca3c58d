import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROVIDER, TERRAFORM, versionIn } from "./terraform.ts";

test.each([
  ['{\n  "terraform_version": "1.11.4",\n  "platform": "linux_amd64"\n}', "1.11.4"],
  ['{"terraform_version": "1.12.0-beta1"}', "1.12.0-beta1"],
  ["Terraform v1.11.4", undefined],
  ['{"version": "1"}', undefined],
])("the version in %j is %s", (output, version) => {
  expect(versionIn(output)).toBe(version);
});

test.each([TERRAFORM, PROVIDER])(
  "the version that is told of $name is the one that its go.mod pins",
  async (recipe) => {
    const pinned = await readFile(join(recipe.module, "go.mod"), "utf8");
    expect(pinned).toContain(`${recipe.package} v${recipe.version} `);
  },
);
