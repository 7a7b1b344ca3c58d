import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { PROVIDER, presentProgram, TERRAFORM, versionIn } from "./terraform.ts";

const RECIPE = { name: "terraform", variable: "NAMED" } as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-terraform-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a program that is there", () => {
  const write = async (name: string, mode = 0o755) => {
    await writeFile(join(folder, name), "", { mode });
    return join(folder, name);
  };

  it("is the one that the environment names, before the one on PATH", async () => {
    const [onPath, named] = [await write("terraform"), await write("tofu")];
    expect(await presentProgram(RECIPE, { PATH: folder })).toEqual({ usable: true, value: onPath });
    expect(await presentProgram(RECIPE, { PATH: folder, NAMED: named })).toEqual({ usable: true, value: named });
    expect(await presentProgram(RECIPE, { PATH: folder, NAMED: "" })).toEqual({ usable: true, value: onPath });
  });

  it("may be none, so that it is built", async () => {
    expect(await presentProgram(RECIPE, { PATH: folder })).toEqual({ usable: true, value: undefined });
  });

  it("is not another one than the environment names", async () => {
    await write("terraform");
    const named = await write("no-program", 0o644);
    const reason = `NAMED names ${named}, which is no program; correct it, or unset it`;
    expect(await presentProgram(RECIPE, { PATH: folder, NAMED: named })).toEqual({ usable: false, reason });
  });
});

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
